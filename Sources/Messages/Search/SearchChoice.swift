import Recipe

/// What a plan asks for beyond running everything: a search instead of all runs, and rates that race each other.
public struct SearchChoice: Hashable, Codable, Sendable {
  /// Rates that race on the tuning split before the first whole run.
  public enum Rates: Hashable, Codable, Sendable {
    /// ×1, ×2 and ×4 of the settings' own.
    case auto
    case range(low: Double, high: Double)

    /// For a run whose own rate is this.
    public func list(own: Double) -> [Double] {
      switch self {
      case .auto: SearchRequest.rates(own: own, in: nil).filter(TrainingLimits.factors.contains)
      case .range(let low, let high): SearchRequest.rates(own: own, in: low...max(low, high))
      }
    }
  }

  /// Races, and names the combinations to train; otherwise every combination is trained, at the rate that it takes.
  public var isSearch: Bool
  public var rates: Rates?
  /// Machine time of the search on each data set, seconds.
  public var secondsBudget: Double?
  /// Percent over the base's TPOT.
  public var latencyBudget: Double?
  /// TPOT is that of a batch of so many sequences with an adapter each, over the same batch without; nil for one sequence's.
  public var fleet: Int?
  public var tuningExamples: Int
  /// Searches know how the first heats on other data sets ended; nil: where the plan has several.
  public var sharesHeats: Bool?

  public init(
    isSearch: Bool, rates: Rates? = nil, secondsBudget: Double? = nil, latencyBudget: Double? = nil,
    fleet: Int? = nil, tuningExamples: Int = SearchRequest.tuningExamples, sharesHeats: Bool? = nil
  ) {
    self.fleet = fleet
    self.isSearch = isSearch
    self.rates = rates
    self.secondsBudget = secondsBudget
    self.latencyBudget = latencyBudget
    self.tuningExamples = tuningExamples
    self.sharesHeats = sharesHeats
  }
}

extension SweepPlan {
  /// The searches that the plan amounts to: one for each data set, or one for each combination where only rates race. Nil for a plan of
  /// whole runs.
  public var searches: [SearchRequest]? {
    guard let choice = search, choice.isSearch || choice.rates != nil else { return nil }
    let shares = choice.sharesHeats ?? (Set(parts.map(\.data)).count > 1)
    func request(_ part: Part, _ sets: [Targets], _ purpose: SearchRequest.Purpose) -> SearchRequest {
      let own = part.settings.learningRate
      var request = SearchRequest(
        purpose: purpose, model: model, data: part.data, settings: part.settings, combinations: sets,
        rates: choice.rates?.list(own: own) ?? [own], tuningExamples: choice.tuningExamples, seeds: seeds,
        latencyBudget: choice.latencyBudget, secondsBudget: choice.secondsBudget, parameterBudget: parameterBudget,
        sharesHeats: purpose == .combinations && shares ? true : nil)
      request.fleet = choice.fleet
      return request
    }
    return parts.flatMap { part in
      choice.isSearch
        ? [request(part, combinations, .combinations)] : combinations.map { request(part, [$0], .rates) }
    }
  }
}
