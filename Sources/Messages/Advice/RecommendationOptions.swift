/// What the recommendations are asked with.
public struct RecommendationOptions: Hashable, Sendable {
  /// Points that a faster combination may be worse.
  public var margin = 1.0
  public var budget = LatencyBudget.cheapestThird
  /// A data set is hard when the base scores less than so many percent on it.
  public var hardBelow = 50.0

  public init() {}
}
