import Recipe

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

/// Where a study's figures come from.
public enum StudyOrigin: String, Codable, Sendable {
  /// The article's figures: no results by example, so that only margins decide.
  case published
  /// Runs of this store.
  case measured
}

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

/// A row of the article's table of expected trade-offs beside what a study measured.
public struct ExpectedTradeoff: Hashable, Sendable {
  public enum Verdict: String, Codable, Sendable {
    case asExpected = "as expected"
    case above = "above"
    case below = "below"
    case cannotTell = "can't tell"
    case notMeasured = "not measured"
    /// Only on a machine that other programs kept busy.
    case measuredBusy = "busy machine"
    /// The article names no range.
    case noRange = "no range given"
  }

  public var targets: Targets
  public var expectedAccuracy: String
  public var expectedLatency: String
  /// Percent over the base; nil where the article names none.
  public var expectedOverhead: ClosedRange<Double>?
  /// Percent of the base's TPOT, mean over the data sets.
  public var measuredOverhead: Interval?
  /// Mean score over the data sets on which it was run, percent, and their number.
  public var measuredMean: Double?
  public var datasets: Int
  public var verdict: Verdict

  public init(
    targets: Targets, expectedAccuracy: String, expectedLatency: String, expectedOverhead: ClosedRange<Double>?,
    measuredOverhead: Interval?, measuredMean: Double?, datasets: Int, verdict: Verdict
  ) {
    self.targets = targets
    self.expectedAccuracy = expectedAccuracy
    self.expectedLatency = expectedLatency
    self.expectedOverhead = expectedOverhead
    self.measuredOverhead = measuredOverhead
    self.measuredMean = measuredMean
    self.datasets = datasets
    self.verdict = verdict
  }
}

/// The article's scores and latencies, for screens that show them beside measured ones.
public struct PublishedFigures: Hashable, Sendable {
  public struct Dataset: Hashable, Sendable {
    public var name: String
    /// What `--data` calls its stand-in.
    public var taskName: String
    /// Percent.
    public var base: Double?
    public var scores: [Targets: Double]

    public init(name: String, taskName: String, base: Double?, scores: [Targets: Double]) {
      self.name = name
      self.taskName = taskName
      self.base = base
      self.scores = scores
    }
  }

  public var baseModel: String
  public var datasets: [Dataset]
  /// TPOT p95 in milliseconds on the article's machine, of two combinations only.
  public var latencyP95: [Targets: Double]

  public init(baseModel: String, datasets: [Dataset], latencyP95: [Targets: Double]) {
    self.baseModel = baseModel
    self.datasets = datasets
    self.latencyP95 = latencyP95
  }
}
