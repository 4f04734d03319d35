/// One of the article's claims, recomputed from a study's own figures.
public struct Finding: Hashable, Codable, Sendable {
  public enum Verdict: String, Codable, Sendable {
    case borneOut = "borne out"
    case partly = "partly borne out"
    case notBorneOut = "not borne out"
    case cannotTell = "can't tell"
  }

  /// A number that the statement rests on.
  public struct Figure: Hashable, Codable, Sendable {
    public var name: String
    public var value: Double
    /// With its denominator, such as `points` or `% of o_proj+fc2`.
    public var unit: String

    public init(_ name: String, _ value: Double, _ unit: String) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// 1 to 5, in the article's order.
  public var number: Int
  /// The article's words, shortened.
  public var claim: String
  public var verdict: Verdict
  /// What this study's figures say.
  public var statement: String
  public var figures: [Figure]
  /// What would have to be run to say more.
  public var missing: [String]

  public init(
    number: Int, claim: String, verdict: Verdict, statement: String, figures: [Figure], missing: [String]
  ) {
    self.number = number
    self.claim = claim
    self.verdict = verdict
    self.statement = statement
    self.figures = figures
    self.missing = missing
  }

  public func figure(_ name: String) -> Double? { figures.first { $0.name == name }?.value }
}
