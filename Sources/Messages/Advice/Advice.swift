/// What a study says about which modules to adapt: everything on the Advise screen.
public struct Advice: Sendable {
  public var origin: StudyOrigin
  public var baseModel: String
  public var datasets: [String]
  public var combinations: Int
  public var runs: Int
  /// The parts that can be asked about by name; the first is all of it.
  public var scopes: [String]
  /// The part that was asked about.
  public var scope: String
  /// Accuracy first, balanced, challenging: in this order.
  public var cards: [Recommendation]
  /// What the published study gives for the same three questions.
  public var published: [Recommendation]
  /// How the cards were decided, one rule a line.
  public var rules: [String]
  public var findings: [Finding]
  public var publishedFindings: [Finding]
  public var tradeoffs: [ExpectedTradeoff]
  /// The runs that would make the answers surer, as a plan whose finished runs are there already; nil where nothing is missing.
  public var missing: SweepPlan?
  /// How many runs of that plan are missing.
  public var missingRuns: Int

  public init(
    origin: StudyOrigin, baseModel: String, datasets: [String], combinations: Int, runs: Int, scopes: [String],
    scope: String, cards: [Recommendation], published: [Recommendation], rules: [String], findings: [Finding],
    publishedFindings: [Finding], tradeoffs: [ExpectedTradeoff], missing: SweepPlan?, missingRuns: Int
  ) {
    self.origin = origin
    self.baseModel = baseModel
    self.datasets = datasets
    self.combinations = combinations
    self.runs = runs
    self.scopes = scopes
    self.scope = scope
    self.cards = cards
    self.published = published
    self.rules = rules
    self.findings = findings
    self.publishedFindings = publishedFindings
    self.tradeoffs = tradeoffs
    self.missing = missing
    self.missingRuns = missingRuns
  }
}
