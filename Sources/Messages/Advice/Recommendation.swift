import Messages

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

  public var kind: Kind
  /// What it holds for: `all data sets`, `text`, `medmcqa`.
  public var scope: String
  public var origin: StudyTable.Origin
  /// Nil where the study does not hold enough to pick; `reason` says what.
  public var targets: TargetSet?
  /// One sentence with its figures.
  public var reason: String
  /// Which model, data sets, runs and seeds.
  public var measuredOn: String
  /// What would have to be run to be sure.
  public var missing: [String]
  /// The runs that the pick rests on.
  public var runs: [RunID]

  public init(
    kind: Kind, scope: String, origin: StudyTable.Origin, targets: TargetSet?, reason: String, measuredOn: String,
    missing: [String], runs: [RunID]
  ) {
    self.kind = kind
    self.scope = scope
    self.origin = origin
    self.targets = targets
    self.reason = reason
    self.measuredOn = measuredOn
    self.missing = missing
    self.runs = runs
  }
}

/// What the recommendations are asked with.
public struct RecommendationOptions: Hashable, Sendable {
  /// Points that a faster combination may be worse.
  public var margin = 1.0
  public var budget = LatencyBudget.cheapestThird
  /// A data set is hard when the base scores less than so many percent on it.
  public var hardBelow = 50.0

  public init() {}
}
