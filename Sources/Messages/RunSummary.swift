import Recipe

/// One run as the table, the charts and the headless verbs see it.
public struct RunSummary: Sendable {
  public var id: RunID
  public var plan: RunPlan
  public var state: RunState
  /// Why it failed, stopped or is paused; one line.
  public var reason: String?
  /// Steps done.
  public var step = 0
  /// 0 until prepared.
  public var totalSteps = 0
  /// 0 to 1 within the present state when it is evaluating or measuring.
  public var phaseProgress = 0.0
  /// Mean score of the examples evaluated so far, 0 to 1, while evaluating.
  public var runningScore: Double?
  public var tokensPerSecond: Double?
  /// An estimate; nil before 10 steps are done.
  public var secondsLeft: Double?
  public var prepared: PreparedRun?
  public var score: ScoreSummary?
  public var latency: LatencySummary?
  public var peakMemoryBytes: Int?
  public var wallSeconds: Double?
  /// Where the time went.
  public var phases: PhaseSeconds?
  /// The search that it belongs to.
  public var search: SearchID?
  /// The heats of its race at which it was scored, in order; nil for a run of no race.
  public var heats: [HeatSummary]?
  /// What pruning has kept of its parent's adapter; nil for a run that trains, and until it is decided.
  public var pruned: PrunedAdapter?
  /// Seconds since 1970.
  public var created: Double
  public var started: Double?
  public var finished: Double?
  /// The PEFT folder.
  public var adapterPath: String?
  public var lastCheckpointStep: Int?
  public var seriesSlot: Int?
  /// What a person has written on it.
  public var labels = RunLabels()
  /// Where it was trained, if that is elsewhere: it was imported.
  public var origin: RunOrigin?
  /// The status of `sysexits.h` that the failure amounts to; known only to the engine that saw it.
  public var failureStatus: Int32?
  /// The latency of a finished run is measured again; known only to the engine that does it.
  public var remeasuring: Remeasuring?
  /// Why it could not be measured again, one line; known only to the engine that tried.
  public var remeasuringProblem: String?
  /// How much the adapter changes each layer, as it was looked at last.
  public var energy: AdapterEnergy?
  public var losses = MetricSeries()
  public var gradientNorms = MetricSeries()
  public var learningRates = MetricSeries()
  /// On held-out examples, after the steps that ``heldOutSteps`` says.
  public var heldOutLosses = MetricSeries()
  /// What the last of them took; known only to the engine that took it.
  public var heldOutSeconds: Double?
  /// Seconds of training since the start of the run, at the end of each step.
  public var elapsed = MetricSeries()
  /// Tokens that went through the model since the start of the run, at the end of each step.
  public var tokenCounts = MetricSeries()
  /// Tokens a second of each step.
  public var tokenRates = MetricSeries()
  /// Bytes that the process had resident at each step; not-a-number where nobody looked.
  public var memory = MetricSeries()

  public enum Remeasuring: Hashable, Sendable { case waiting, measuring }

  /// The latency, unless it was measured on a busy machine: what fronts, recommendations and findings stand on.
  public var quietLatency: LatencySummary? { latency.flatMap { $0.isBusy ? nil : $0 } }

  public init(id: RunID, plan: RunPlan, state: RunState, created: Double) {
    self.id = id
    self.plan = plan
    self.state = state
    self.created = created
  }
}

public typealias RunID = Int64

/// Where a run stands. Terminal states are `done`, `failed`, `stopped` and `cancelled`.
public enum RunState: String, CaseIterable, Codable, Sendable {
  /// In the queue.
  case waiting
  /// Reading the model and tokenising the data.
  case preparing
  case training
  /// Generating on the evaluation split.
  case evaluating
  /// Trained and scored; its latency measurement waits until nothing trains.
  case awaitingLatency
  /// Measuring TPOT, interleaved with the base.
  case measuring
  /// Paused by a person, or by the engine (full disk, quit); goes on from its checkpoint.
  case paused
  case done
  /// Ended by an error or by divergence; `RunSummary.reason` says why and at which step.
  case failed
  /// Stopped early by a person, its checkpoint kept as a partial result.
  case stopped
  /// Taken out of the queue, or stopped and discarded.
  case cancelled

  public var isTerminal: Bool {
    switch self {
    case .done, .failed, .stopped, .cancelled: true
    default: false
    }
  }

  /// The state uses the machine now.
  public var isActive: Bool {
    switch self {
    case .preparing, .training, .evaluating, .measuring: true
    default: false
    }
  }
}

/// A run in the trash folder, as a front end lists it.
public struct DeletedRun: Hashable, Codable, Sendable {
  public var id: RunID
  public var plan: RunPlan
  /// Seconds since 1970.
  public var deleted: Double
  /// Mean score, 0 to 1, where it was evaluated.
  public var score: Double?

  public init(id: RunID, plan: RunPlan, deleted: Double, score: Double?) {
    self.id = id
    self.plan = plan
    self.deleted = deleted
    self.score = score
  }
}
