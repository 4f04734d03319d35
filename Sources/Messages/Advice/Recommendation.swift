import Foundation
import Recipe

/// Which runs are looked at as one study, and how they are judged.
public struct StudyRequest: Hashable, Sendable {
  /// Which finished runs take part.
  public struct Filter: Hashable, Sendable {
    /// Nil takes the base with the most finished runs.
    public var model: ModelReference?
    /// Names of data sets as run lists show them; empty takes all.
    public var data: Set<String> = []
    /// Empty takes all.
    public var seeds: Set<UInt64> = []
    /// A filter of runs in `RunFilter`'s language; nil takes all.
    public var query: String?

    public init() {}
  }

  public var filter = Filter()
  public var options = RecommendationOptions()
  /// The part of the study that the recommendations are for, by its name in `Advice.scopes`; nil is all of it.
  public var scope: String?
  /// The article's figures, whatever runs there are.
  public var publishedOnly = false

  public init() {}
}

/// What the recommendations are asked with.
public struct RecommendationOptions: Hashable, Sendable {
  /// Points that a faster combination may be worse.
  public var margin = 1.0
  public var budget = LatencyBudget.cheapestThird
  /// A data set is hard when the base scores less than so many percent on it.
  public var hardBelow = 50.0
  /// Sequences of a batch, each with an adapter of its own, whose overhead is what decoding costs; nil goes by one sequence.
  public var fleet: Int?

  public init() {}
}

/// The most that decoding may cost.
public enum LatencyBudget: Hashable, Sendable {
  /// The cheapest third of the measured costs.
  case cheapestThird
  /// Percent over the base's time per output token.
  case overheadPercent(Double)
  /// TPOT p95.
  case milliseconds(Double)

  /// `10`, `10%` or `7.5ms`; nil for anything else, for what is not finite, and for milliseconds not over 0.
  public init?(parsing text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let isTime = trimmed.hasSuffix("ms")
    let digits = isTime ? String(trimmed.dropLast(2)) : trimmed.hasSuffix("%") ? String(trimmed.dropLast()) : trimmed
    guard let value = Double(digits.trimmingCharacters(in: .whitespaces)), value.isFinite, !isTime || value > 0 else {
      return nil
    }
    self = isTime ? .milliseconds(value) : .overheadPercent(value)
  }
}

/// One pick with its reasons.
public struct Recommendation: Hashable, Codable, Sendable {
  public enum Kind: String, Codable, CaseIterable, Sendable {
    case accuracy, balanced, challenging

    public var title: String {
      switch self {
      case .accuracy: "accuracy first"
      case .balanced: "balanced"
      case .challenging: "challenging tasks"
      }
    }
  }

  /// What was measured of the pick.
  public struct Figures: Hashable, Codable, Sendable {
    /// Percent, mean over the data sets; without an interval low and high are the estimate.
    public var score: Interval
    public var cost: StudyCost
    public var parameters: Int?
    /// Fewest over the data sets; 0 for published figures.
    public var seeds: Int
    /// Evaluated examples, all data sets together.
    public var examples: Int
    /// Share of resamples in which nothing is both more accurate and faster; nil where it was not computed.
    public var frontProbability: Double?

    public init(
      score: Interval, cost: StudyCost, parameters: Int?, seeds: Int, examples: Int, frontProbability: Double?
    ) {
      self.score = score
      self.cost = cost
      self.parameters = parameters
      self.seeds = seeds
      self.examples = examples
      self.frontProbability = frontProbability
    }
  }

  public var kind: Kind
  /// What it holds for: `all data sets`, `text`, `medmcqa`.
  public var scope: String
  public var origin: StudyOrigin
  /// Nil where the study does not hold enough to pick; `reason` says what.
  public var targets: Targets?
  public var figures: Figures?
  /// One sentence with its figures.
  public var reason: String
  /// Which model, data sets, runs and seeds.
  public var measuredOn: String
  /// What would have to be run to be sure.
  public var missing: [String]
  /// The runs that the pick rests on.
  public var runs: [RunID]
  /// The pick and what it was chosen over, a run each on the same data and seed, the pick first: at most eight.
  public var evidence: [RunID]

  public init(
    kind: Kind, scope: String, origin: StudyOrigin, targets: Targets?, figures: Figures? = nil, reason: String,
    measuredOn: String, missing: [String], runs: [RunID], evidence: [RunID] = []
  ) {
    self.kind = kind
    self.scope = scope
    self.origin = origin
    self.targets = targets
    self.figures = figures
    self.reason = reason
    self.measuredOn = measuredOn
    self.missing = missing
    self.runs = runs
    self.evidence = evidence
  }
}

/// What a combination costs when it decodes.
public struct StudyCost: Hashable, Codable, Sendable {
  public enum Unit: String, Codable, Sendable {
    /// Percent of the base's time per output token.
    case overheadPercent = "% over the base's TPOT"
    case p95Milliseconds = "ms TPOT p95"
  }

  public var unit: Unit
  public var value: Double
  public var interval: Interval?
  /// Of a batch of sequences with an adapter each: how many, and whether it is predicted. Nil at batch 1.
  public var fleet: FleetOverhead?

  public init(unit: Unit, value: Double, interval: Interval? = nil) {
    self.unit = unit
    self.value = value
    self.interval = interval
  }
}

/// The tools for which a recommendation is written as a configuration.
public enum ConfigurationTool: String, CaseIterable, Hashable, Sendable {
  case peft
  case llamaFactory = "llama-factory"
  case axolotl
  case mlx

  /// As the tool calls itself.
  public var displayName: String {
    switch self {
    case .peft: "PEFT"
    case .llamaFactory: "LLaMA-Factory"
    case .axolotl: "Axolotl"
    case .mlx: "MLX"
    }
  }

  /// What the file is usually called.
  public var fileName: String {
    switch self {
    case .peft: "adapter_config.json"
    case .llamaFactory: "llama-factory.yaml"
    case .axolotl: "axolotl.yaml"
    case .mlx: "mlx.yaml"
    }
  }
}
