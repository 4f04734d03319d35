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
  /// Of machine time; the best answer by then ends it.
  public var secondsBudget: Double?
  /// Each combination has the rank at which it trains about so many parameters.
  public var parameterBudget: Int?

  public static let heats = [0.3, 0.6, 1]
  public static let tuningExamples = 100

  public init(
    purpose: Purpose = .combinations, model: ModelReference, data: DataReference, settings: RunSettings,
    combinations: [Targets], rates: [Double], heats: [Double] = Self.heats, tuningExamples: Int = Self.tuningExamples,
    seeds: [UInt64] = [0, 1, 2], latencyBudget: Double? = nil, secondsBudget: Double? = nil,
    parameterBudget: Int? = nil
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
  }

  /// The plan of one of its runs. TPOT is measured once for a combination: with the first seed.
  public func plan(_ targets: Targets, rate: Double, seed: UInt64, in model: ModelSummary) -> RunPlan {
    var own = parameterBudget.map { settings.matched(to: $0, targets, in: model) } ?? settings
    own.learningRate = rate
    own.seed = seed
    if purpose == .combinations, seed != seeds.first { own.measureLatency = false }
    return RunPlan(model: self.model, data: data, targets: targets, settings: own)
  }

  /// The word `auto`, or the ends of a range, as rates: ×1, ×2 and ×4 of the settings' own where they lie in the range; without any
  /// there, three that divide it evenly in their logarithms.
  public static func rates(own: Double, in range: ClosedRange<Double>?) -> [Double] {
    guard let range else { return [own, 2 * own, 4 * own] }
    if range.lowerBound == range.upperBound { return [range.lowerBound] }
    return [range.lowerBound, (range.lowerBound * range.upperBound).squareRoot(), range.upperBound]
  }
}

/// Where a search stands.
public enum SearchState: String, Hashable, Codable, Sendable, CaseIterable {
  case running
  /// Left by a kill, a quit or a person: it goes on when it is asked for.
  case paused
  /// It has its answer; the runs that the answer names come to their end.
  case answered
  /// It could not go on; its reason says why.
  case failed

  public var isOver: Bool { self == .answered || self == .failed }
}

/// A search as front ends see it: who is in, who left, at which step, why.
public struct SearchSummary: Hashable, Sendable {
  /// One run of the race.
  public struct Entrant: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
      case waiting, racing
      case left(heat: Int, reason: String)
      /// In the answer.
      case named
    }

    public var targets: Targets
    public var learningRate: Double
    public var seed: UInt64
    public var run: RunID?
    public var standing: Standing
    /// The heats that it came to, in order.
    public var heats: [HeatSummary]

    public init(
      targets: Targets, learningRate: Double, seed: UInt64, run: RunID?, standing: Standing, heats: [HeatSummary]
    ) {
      self.targets = targets
      self.learningRate = learningRate
      self.seed = seed
      self.run = run
      self.standing = standing
      self.heats = heats
    }
  }

  public var id: SearchID
  public var request: SearchRequest
  public var state: SearchState
  public var reason: String?
  /// Seconds since 1970.
  public var created: Double
  public var finished: Double?
  public var secondsPromised: Double?
  /// In which it was under way, its pauses left out.
  public var secondsUsed: Double
  public var entrants: [Entrant]
  /// The last one, or the best so far.
  public var answer: FoundAnswer?

  public init(
    id: SearchID, request: SearchRequest, state: SearchState, reason: String? = nil, created: Double,
    finished: Double? = nil, secondsPromised: Double? = nil, secondsUsed: Double = 0, entrants: [Entrant] = [],
    answer: FoundAnswer? = nil
  ) {
    self.id = id
    self.request = request
    self.state = state
    self.reason = reason
    self.created = created
    self.finished = finished
    self.secondsPromised = secondsPromised
    self.secondsUsed = secondsUsed
    self.entrants = entrants
    self.answer = answer
  }
}

/// What a search says.
public struct FoundAnswer: Hashable, Codable, Sendable {
  public enum Kind: String, Hashable, Codable, Sendable {
    case winner, equals
    case cannotTell = "cannot-tell"
  }

  /// One combination that it names, at the rate that it takes.
  public struct Candidate: Hashable, Codable, Sendable {
    public var targets: Targets
    public var learningRate: Double
    /// On the tuning split, 0 to 1, over all seeds.
    public var score: Interval
    /// Percent over the base's TPOT; nil where it was not measured or predicted.
    public var overheadPercent: Double?
    public var parameters: Int?

    public init(
      targets: Targets, learningRate: Double, score: Interval, overheadPercent: Double? = nil, parameters: Int? = nil
    ) {
      self.targets = targets
      self.learningRate = learningRate
      self.score = score
      self.overheadPercent = overheadPercent
      self.parameters = parameters
    }
  }

  public var kind: Kind
  /// Cheapest first.
  public var candidates: [Candidate]
  /// One sentence.
  public var sentence: String
  /// The search goes on: it may say something else at its end.
  public var isSoFar: Bool

  public init(kind: Kind, candidates: [Candidate], sentence: String, isSoFar: Bool = false) {
    self.kind = kind
    self.candidates = candidates
    self.sentence = sentence
    self.isSoFar = isSoFar
  }
}
