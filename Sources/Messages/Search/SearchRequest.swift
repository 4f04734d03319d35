import Recipe

public typealias SearchID = Int64

/// What a search is asked for: which combination of modules, or which learning rate for each, on one data set.
///
/// Everything in it is decided before the first step, so that a search that a kill has left goes on as it was begun.
public struct SearchRequest: Hashable, Codable, Sendable {
  public enum Purpose: String, Hashable, Codable, Sendable {
    /// Which combinations to adapt.
    case combinations
    /// One combination's learning rate: the runs of all seeds follow at the rate that it takes.
    case rates
  }

  public var purpose: Purpose
  public var model: ModelReference
  public var data: DataReference
  /// Of every run but for its rate and its seed.
  public var settings: RunSettings
  public var combinations: [Targets]
  /// Learning rates that race each other in the first heat; one where the settings' own is taken.
  public var rates: [Double]
  /// Shares of a run's steps at which the race stops to look; the last is 1.
  public var heats: [Double]
  /// Examples of the tuning split that are scored at each heat.
  public var tuningExamples: Int
  /// The first is raced with; the leaders are confirmed with the others.
  public var seeds: [UInt64]
  /// Percent over the base's TPOT that the answer may cost.
  public var latencyBudget: Double?
  /// TPOT is that of a batch of so many sequences with an adapter each, over the same batch without; nil for one sequence's.
  public var fleet: Int?
  /// Of machine time; the best answer by then ends it.
  public var secondsBudget: Double?
  /// Each combination has the rank at which it trains about so many parameters.
  public var parameterBudget: Int?
  /// How the first heats on other data sets of the same base ended orders and shortens the shortlist. Absent in what earlier versions
  /// stored, which shared nothing.
  public var sharesHeats: Bool?

  public static let heats = [0.3, 0.6, 1]
  public static let tuningExamples = 100
  /// Where none are given: one raced with, two that confirm.
  public static let seeds: [UInt64] = [0, 1, 2]

  public init(
    purpose: Purpose = .combinations, model: ModelReference, data: DataReference, settings: RunSettings,
    combinations: [Targets], rates: [Double], heats: [Double] = Self.heats, tuningExamples: Int = Self.tuningExamples,
    seeds: [UInt64] = Self.seeds, latencyBudget: Double? = nil, secondsBudget: Double? = nil,
    parameterBudget: Int? = nil, sharesHeats: Bool? = nil
  ) {
    self.purpose = purpose
    self.model = model
    self.data = data
    self.settings = settings
    self.combinations = combinations
    self.rates = rates
    self.heats = heats
    self.tuningExamples = tuningExamples
    self.seeds = seeds
    self.latencyBudget = latencyBudget
    self.secondsBudget = secondsBudget
    self.parameterBudget = parameterBudget
    self.sharesHeats = sharesHeats
  }

  /// The plan of one of its runs. TPOT is measured once for a combination: with the first seed.
  public func plan(_ targets: Targets, rate: Double, seed: UInt64, in model: ModelSummary) -> RunPlan {
    var own = parameterBudget.map { settings.matched(to: $0, targets, in: model) } ?? settings
    own.learningRate = rate
    own.seed = seed
    if purpose == .combinations, seed != seeds.first { own.measureLatency = false }
    return RunPlan(model: self.model, data: data, targets: targets, settings: own)
  }

  /// The word `auto`, or the ends of a range, as rates: ×1, ×2 and ×4 of the settings' own, or the two ends and their geometric
  /// middle; one where both ends are the same.
  public static func rates(own: Double, in range: ClosedRange<Double>?) -> [Double] {
    guard let range else { return [own, 2 * own, 4 * own] }
    if range.lowerBound == range.upperBound { return [range.lowerBound] }
    return [range.lowerBound, (range.lowerBound * range.upperBound).squareRoot(), range.upperBound]
  }
}
