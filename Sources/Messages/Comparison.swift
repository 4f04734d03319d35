import Recipe

/// Two to eight runs side by side, as STUDY allows them to be compared.
public struct Comparison: Sendable {
  public enum Verdict: String, Codable, Sendable {
    case better, worse
    /// The test does not separate them at this n.
    case cannotTell
    case baseline
    /// Not the same examples, or no evaluation.
    case notComparable
  }

  public struct Row: Sendable {
    public var run: RunSummary
    /// Score minus the baseline's, in points (0 to 100), paired by example.
    public var difference: Interval?
    /// Holm-corrected over the rows.
    public var pValue: Double?
    /// No resample was as extreme as what was seen: the p-value is at most this.
    public var pIsBound: Bool
    /// `exact McNemar` or `paired bootstrap`; where examples have groups, `exact permutation` or `permutation`.
    public var test: String
    public var verdict: Verdict
    /// Examples that both runs evaluated.
    public var pairedExamples: Int
    /// What the paired examples are about, over which difference and test were taken; nil where each stands for itself.
    public var groups: ExampleGroups?
    /// Nothing compared here is both more accurate and faster.
    public var onFront: Bool?
    /// Score minus that of the base without adapters, in points, paired by example; nil where the base was not evaluated alike.
    public var overBase: Interval?

    public init(
      run: RunSummary, difference: Interval?, pValue: Double?, test: String, verdict: Verdict, pairedExamples: Int,
      onFront: Bool?, overBase: Interval? = nil, pIsBound: Bool = false, groups: ExampleGroups? = nil
    ) {
      self.run = run
      self.difference = difference
      self.pValue = pValue
      self.test = test
      self.verdict = verdict
      self.pairedExamples = pairedExamples
      self.onFront = onFront
      self.overBase = overBase
      self.pIsBound = pIsBound
      self.groups = groups
    }
  }

  /// One setting with each run's value, in the order of the rows.
  public struct Setting: Hashable, Sendable {
    public var name: String
    public var values: [String]
    public var differs: Bool { Set(values).count > 1 }

    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// One prompt with every run's output, in the order of the rows; nil where a run did not evaluate it.
  public struct Sample: Sendable {
    public var prompt: String
    public var expected: String
    public var outcomes: [ExampleOutcome?]

    public init(prompt: String, expected: String, outcomes: [ExampleOutcome?]) {
      self.prompt = prompt
      self.expected = expected
      self.outcomes = outcomes
    }
  }

  /// Two of the runs against each other.
  public struct Pair: Hashable, Sendable {
    /// Places of their rows.
    public var first: Int
    public var second: Int
    /// The first's score minus the second's, in points, paired by example.
    public var points: Interval
    /// Holm-corrected over all pairs.
    public var pValue: Double
    /// No resample was as extreme as what was seen: the p-value is at most this.
    public var pIsBound: Bool
    public var test: String
    /// Of the first against the second: better, worse, or can't tell.
    public var verdict: Verdict
    /// Examples that both evaluated, and what they are about.
    public var examples: Int
    public var groups: ExampleGroups?

    public init(
      first: Int, second: Int, points: Interval, pValue: Double, pIsBound: Bool, test: String, verdict: Verdict,
      examples: Int, groups: ExampleGroups? = nil
    ) {
      self.first = first
      self.second = second
      self.points = points
      self.pValue = pValue
      self.pIsBound = pIsBound
      self.test = test
      self.verdict = verdict
      self.examples = examples
      self.groups = groups
    }

    /// The same seen from the second.
    public var reversed: Pair {
      var pair = self
      (pair.first, pair.second) = (second, first)
      pair.points = Interval(estimate: -points.estimate, low: -points.high, high: -points.low)
      pair.verdict = verdict == .better ? .worse : verdict == .worse ? .better : verdict
      return pair
    }
  }

  /// Runs of one combination that differ in their seed only, taken together.
  public struct Group: Hashable, Sendable {
    /// Places of their rows, in the order of the seeds.
    public var rows: [Int]
    /// Mean over seeds, 0 to 1; the interval is over seeds and examples. Nil without examples that all of them share.
    public var score: Interval?
    /// Mean of those that were measured on a quiet machine.
    public var overheadPercent: Interval?
    /// Score minus that of the baseline's group, in points.
    public var difference: Interval?
    /// Holm-corrected over the groups.
    public var pValue: Double?
    public var pIsBound = false
    public var test = ""
    public var verdict = Verdict.notComparable
    /// Paired examples.
    public var examples = 0

    public init(rows: [Int]) { self.rows = rows }
  }

  public var baseline: RunID
  public var rows: [Row]
  public var settings: [Setting]
  /// Prompts on which the runs disagree come first.
  public var samples: [Sample]
  /// One sentence, no more than the tests say.
  public var conclusion: String
  /// The score of the base without adapters, where it was evaluated as these are.
  public var base: ScoreSummary?
  /// Every two runs that share an example, the earlier row first.
  public var pairs: [Pair] = []
  /// The runs by combination; empty where no combination is here with two seeds.
  public var groups: [Group] = []
  /// How long single tokens took, where that is stored.
  public var tokenTimes: TokenTimes?

  public init(baseline: RunID, rows: [Row], settings: [Setting], samples: [Sample], conclusion: String) {
    self.baseline = baseline
    self.rows = rows
    self.settings = settings
    self.samples = samples
    self.conclusion = conclusion
  }
}

extension Comparison {
  /// One row's run against another's; nil for the same run, and for two that share no example.
  public func pair(_ first: Int, _ second: Int) -> Pair? {
    for pair in pairs {
      if pair.first == first && pair.second == second { return pair }
      if pair.first == second && pair.second == first { return pair.reversed }
    }
    return nil
  }
}

/// What all seeds of one combination of targets say together.
public struct CombinationSummary: Hashable, Codable, Sendable {
  /// What a combination may cost: each is an axis against which scores are plotted.
  public enum Axis: String, CaseIterable, Hashable, Codable, Sendable {
    /// TPOT p50 over the base's, percent, and the times themselves in milliseconds.
    case overhead, p50, p95
    /// Adapter parameters.
    case parameters
    /// TPOT p95 over that of o_proj, percent, each against the base that was measured beside it.
    case overOProj
    /// TPOT of a batch of ``fleetSequences`` adapters over the same batch without, percent.
    case fleet
  }

  /// Sequences of the batch, each with an adapter of its own, that ``Axis/fleet`` speaks of.
  public static let fleetSequences = 8

  /// Where a combination is among the others of its plot.
  public enum Place: String, Hashable, Codable, Sendable { case front, mayBeOnFront, behind }

  public struct Cost: Hashable, Codable, Sendable {
    /// Mean over the seeds.
    public var value: Double
    public var interval: Interval?
    public var place: Place
    /// Of a fleet: what the number rests on, since most are predicted.
    public var fleet: FleetOverhead?

    public init(value: Double, interval: Interval? = nil, place: Place = .behind) {
      self.value = value
      self.interval = interval
      self.place = place
    }
  }

  public var targets: Targets
  /// Finished runs, one for each seed.
  public var runs: [RunID]
  public var trainableParameters: Int?
  /// Mean score, 0 to 1; the interval is over seeds and examples, or what they are about. Nil without examples that all share.
  public var score: Interval?
  /// Mean TPOT overhead over the base, percent; nil where none was measured.
  public var overheadPercent: Interval?
  /// Nothing in the study is both more accurate and faster; nil without both figures.
  public var onFront: Bool?
  /// Share of resamples in which it is on the front.
  public var frontProbability: Double?
  /// Where combinations are summed up for a plot: all costs that are known.
  public var costs: [Axis: Cost] = [:]
  /// All of its runs were stopped early: a partial result is on no front.
  public var isPartial = false
  /// Its latencies were all measured on a busy machine: they are shown, and are on no front.
  public var isBusy = false

  public init(
    targets: Targets, runs: [RunID], trainableParameters: Int?, score: Interval?, overheadPercent: Interval?,
    onFront: Bool?, frontProbability: Double?
  ) {
    self.targets = targets
    self.runs = runs
    self.trainableParameters = trainableParameters
    self.score = score
    self.overheadPercent = overheadPercent
    self.onFront = onFront
    self.frontProbability = frontProbability
  }
}
