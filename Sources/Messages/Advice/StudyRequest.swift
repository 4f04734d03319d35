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
