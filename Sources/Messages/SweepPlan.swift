import Recipe

/// Many runs: every combination on every data set with every seed, under one set of hyper-parameters for each data set, or under one
/// budget of adapter parameters.
public struct SweepPlan: Hashable, Codable, Sendable {
  /// One data set with the settings of its runs; the plan's seeds take the place of theirs.
  public struct Part: Hashable, Codable, Sendable {
    public var data: DataReference
    public var settings: RunSettings

    public init(data: DataReference, settings: RunSettings) {
      self.data = data
      self.settings = settings
    }
  }

  public var model: ModelReference
  public var parts: [Part]
  public var combinations: [Targets]
  public var seeds: [UInt64]
  /// Parameter-matched: each combination gets the rank at which it trains about so many parameters; nil keeps the settings' rank.
  public var parameterBudget: Int?
  /// Finished runs with the same plan count as done.
  public var reuseFinished: Bool
  /// Fewest adapter parameters first; otherwise the given order.
  public var cheapestFirst: Bool
  /// A race instead of whole runs; nil runs everything.
  public var search: SearchChoice?
  /// Where every run is scored on the tuning split on its way, as a race would score it, and goes on; nil for none.
  public var heats: HeatOrder?

  public static let mostSeeds = 10_000

  public init(
    model: ModelReference, parts: [Part], combinations: [Targets], seeds: [UInt64], parameterBudget: Int? = nil,
    reuseFinished: Bool = true, cheapestFirst: Bool = true
  ) {
    self.model = model
    self.parts = parts
    self.combinations = combinations
    self.seeds = seeds
    self.parameterBudget = parameterBudget
    self.reuseFinished = reuseFinished
    self.cheapestFirst = cheapestFirst
  }

  /// The same settings for all data sets.
  public init(
    model: ModelReference, data: [DataReference], combinations: [Targets], seeds: [UInt64], settings: RunSettings,
    parameterBudget: Int? = nil, reuseFinished: Bool = true, cheapestFirst: Bool = true
  ) {
    self.init(
      model: model, parts: data.map { Part(data: $0, settings: settings) }, combinations: combinations, seeds: seeds,
      parameterBudget: parameterBudget, reuseFinished: reuseFinished, cheapestFirst: cheapestFirst)
  }

  /// Whether a run of the plan is a part's: a data set may be in it several times, under other settings.
  package func has(_ plan: RunPlan, in part: Part, _ model: ModelSummary) -> Bool {
    guard plan.data == part.data else { return false }
    var own = plan.settings
    own.seed = part.settings.seed
    return own == settings(part, plan.targets, in: model)
  }

  /// A part's settings for one combination: with the rank of the budget where there is one.
  public func settings(_ part: Part, _ targets: Targets, in model: ModelSummary) -> RunSettings {
    parameterBudget.map { part.settings.matched(to: $0, targets, in: model) } ?? part.settings
  }
}

extension RunSettings {
  /// The same with the rank at which these targets train about `budget` parameters. Alpha over rank stays what it is, and so, as
  /// nearly as whole numbers can, does what ranks of single module groups are to the others'.
  public func matched(to budget: Int, _ targets: Targets, in model: ModelSummary) -> RunSettings {
    var own = self
    own.parameterBudget = budget
    if rankByGroup.isEmpty {
      own.rank = model.rank(targets, parameters: budget, useDoRA: useDoRA)
    } else {
      let factor = model.rankFactor(targets, self, parameters: budget)
      func scaled(_ rank: Int) -> Int {
        Int(min(max(1, (factor * Double(rank)).rounded()), Double(TrainingLimits.ranks.upperBound)))
      }
      own.rankSplit = rankByGroup.mapValues { Double($0) / Double(max(1, rank)) }
      own.rank = scaled(rank)
      own.rankByGroup = rankByGroup.mapValues(scaled)
    }
    own.alpha = alpha.map { $0 * Double(own.rank) / Double(max(1, rank)) }
    return own
  }
}

/// What a plan comes to before it is started. All times are estimates.
public struct SweepEstimate: Hashable, Codable, Sendable {
  /// One combination on one data set, all seeds.
  public struct Item: Hashable, Codable, Sendable {
    public var data: DataReference
    public var targets: Targets
    /// The budget's rank in a parameter-matched plan, else the settings'; of single module groups their own.
    public var rank: Int
    public var rankByGroup: ByGroup<Int>
    public var parameters: Int
    /// Runs that are finished already, of those that the plan asks for.
    public var have: Int
    public var wanted: Int
    /// What one run adds to the study's time, seconds: its share of the machine, and its latency measurement. Nil where nothing
    /// is known yet.
    public var secondsPerRun: Double?

    public init(
      data: DataReference, targets: Targets, rank: Int, rankByGroup: ByGroup<Int> = ByGroup(), parameters: Int,
      have: Int, wanted: Int, secondsPerRun: Double?
    ) {
      self.data = data
      self.targets = targets
      self.rank = rank
      self.rankByGroup = rankByGroup
      self.parameters = parameters
      self.have = have
      self.wanted = wanted
      self.secondsPerRun = secondsPerRun
    }
  }

  /// How the runs of a data set would go: several at once or one after the other.
  public struct Way: Hashable, Codable, Sendable {
    public var data: DataReference
    /// Runs at once.
    public var jobs: Int
    /// Training tokens a second, all runs together, one after another with all threads; nil where it was not measured.
    public var tokensPerSecondInTurn: Double?
    /// The same with the largest number of runs at once that was measured, and that number.
    public var tokensPerSecondAtOnce: Double?
    public var atOnce: Int?

    public init(
      data: DataReference, jobs: Int, tokensPerSecondInTurn: Double?, tokensPerSecondAtOnce: Double?, atOnce: Int?
    ) {
      self.data = data
      self.jobs = jobs
      self.tokensPerSecondInTurn = tokensPerSecondInTurn
      self.tokensPerSecondAtOnce = tokensPerSecondAtOnce
      self.atOnce = atOnce
    }
  }

  public var items: [Item]
  public var ways: [Way]
  public var runsToDo: Int
  /// Runs that an earlier start has begun or queued and not finished: they go on.
  public var runsBegun: Int
  /// Nil unless every run can be estimated.
  public var secondsTotal: Double?
  /// Number of finished runs that the times come from.
  public var basedOnRuns: Int
  /// Data sets of which neither runs nor measurements exist here.
  public var unmeasured: [DataReference]
  /// By how much single runs took longer or shorter than was said of their like, twice the standard deviation as a share; nil with fewer
  /// than three of them.
  public var spread: Double?
  /// What other programs left of the cores while the speeds were measured that the times come from, where that was too little.
  public var busyShare: Double?

  public init(
    items: [Item], ways: [Way] = [], runsToDo: Int, runsBegun: Int = 0, secondsTotal: Double?, basedOnRuns: Int,
    unmeasured: [DataReference] = [], spread: Double? = nil, busyShare: Double? = nil
  ) {
    self.spread = spread
    self.busyShare = busyShare
    self.items = items
    self.ways = ways
    self.runsToDo = runsToDo
    self.runsBegun = runsBegun
    self.secondsTotal = secondsTotal
    self.basedOnRuns = basedOnRuns
    self.unmeasured = unmeasured
  }
}

/// How fast this machine goes through one kind of runs: real steps and real answers, of one run alone and of several at once.
public struct SpeedMeasurement: Hashable, Codable, Sendable {
  /// What was measured. Times hold for the same key only.
  public struct Key: Hashable, Codable, Sendable {
    /// Processor, instruction set.
    public var machine: String
    public var baseFingerprint: String
    /// Threads of all runs together.
    public var threads: Int
    public var data: DataReference
    /// Without what changes no time.
    public var settings: RunSettings

    /// - Parameter settings: of any run of this kind, whatever its seed and length.
    public init(
      machine: String, baseFingerprint: String, threads: Int, data: DataReference, settings: RunSettings
    ) {
      self.machine = machine
      self.baseFingerprint = baseFingerprint
      self.threads = threads
      self.data = data
      self.settings = settings.timing
    }
  }

  /// So many runs at once with these targets, each with its share of the threads.
  public struct Way: Hashable, Codable, Sendable {
    public var jobs: Int
    public var targets: Targets
    /// Of each run.
    public var secondsPerStep: Double
    /// Evaluation, of each run.
    public var secondsPerExample: Double

    public init(jobs: Int, targets: Targets, secondsPerStep: Double, secondsPerExample: Double) {
      self.jobs = jobs
      self.targets = targets
      self.secondsPerStep = secondsPerStep
      self.secondsPerExample = secondsPerExample
    }
  }

  public var key: Key
  public var ways: [Way]
  /// Mean of the measured steps.
  public var tokensPerStep: Double
  /// Mean of a training example.
  public var tokensPerExample: Double
  /// Examples of a file that is taken whole: a run's own settings may take fewer.
  public var trainingExamples: Int
  public var evaluationExamples: Int
  /// A template may make one example of each answer of a record; nil in what earlier versions stored, whose counts were one run's.
  public var examplesPerRecord: Double?
  /// Reading and tokenising.
  public var preparingSeconds: Double
  /// The base's own evaluation, which writes answers of other lengths, with all threads.
  public var baseSecondsPerExample: Double
  /// One latency measurement: the same for every data set.
  public var latencySeconds: Double
  /// Seconds since 1970.
  public var time: Double
  /// The share of the cores that other programs left, 0 to 1; nil where it is not known.
  public var coreShare: Double?

  /// Other programs had so much of the cores meanwhile that runs are faster than this by an unknown amount.
  public var isBusy: Bool { CoreUse.isBusy(coreShare) }

  public init(
    key: Key, ways: [Way], tokensPerStep: Double, tokensPerExample: Double, trainingExamples: Int,
    evaluationExamples: Int, examplesPerRecord: Double? = 1, preparingSeconds: Double, baseSecondsPerExample: Double,
    latencySeconds: Double, time: Double
  ) {
    self.key = key
    self.ways = ways
    self.tokensPerStep = tokensPerStep
    self.tokensPerExample = tokensPerExample
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
    self.examplesPerRecord = examplesPerRecord
    self.preparingSeconds = preparingSeconds
    self.baseSecondsPerExample = baseSecondsPerExample
    self.latencySeconds = latencySeconds
    self.time = time
  }
}

/// A run that a plan asks for and the store lacks.
public struct PlannedRun: Hashable, Codable, Sendable {
  public var plan: RunPlan
  /// What it would take alone, with its latency measurement: an estimate. Nil where nothing is known yet.
  public var seconds: Double?

  public init(plan: RunPlan, seconds: Double?) {
    self.plan = plan
    self.seconds = seconds
  }
}

extension SweepEstimate {
  /// How sure the times are, for behind them: ` ± 12 %`, or that the speeds come from a busy machine; empty where nothing is known of it.
  package var certainty: String {
    if let busyShare { return ", speeds of a busy machine (others took \(CoreUse.takenPercent(busyShare)) %)" }
    return spread.map { ", ± \(max(1, Int((100 * min($0, 9.99)).rounded()))) %" } ?? ""
  }
}
