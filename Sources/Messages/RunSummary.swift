import Recipe

/// One run as the table, the charts and the headless verbs see it.
///
/// A reference in size, a value in use: thousands of them are in each snapshot, and a copy of that many structures with all their strings and
/// series at every step would cost more than drawing does. What changes in one copy does not show in another.
public struct RunSummary: Sendable {
  /// Always one element: an array is a box that is copied when it is shared and written to, and needs no reference of its own kind.
  private var fields: [RunSummaryFields]

  public var id: RunID {
    _read { yield fields[0].id }
    _modify { yield &fields[0].id }
  }
  public var plan: RunPlan {
    _read { yield fields[0].plan }
    _modify { yield &fields[0].plan }
  }
  public var state: RunState {
    _read { yield fields[0].state }
    _modify { yield &fields[0].state }
  }
  /// Why it failed, stopped or is paused; one line.
  public var reason: String? {
    _read { yield fields[0].reason }
    _modify { yield &fields[0].reason }
  }
  /// Steps done.
  public var step: Int {
    _read { yield fields[0].step }
    _modify { yield &fields[0].step }
  }
  /// 0 until prepared.
  public var totalSteps: Int {
    _read { yield fields[0].totalSteps }
    _modify { yield &fields[0].totalSteps }
  }
  /// 0 to 1 within the present state when it is evaluating or measuring.
  public var phaseProgress: Double {
    _read { yield fields[0].phaseProgress }
    _modify { yield &fields[0].phaseProgress }
  }
  /// Mean score of the examples evaluated so far, 0 to 1, while evaluating.
  public var runningScore: Double? {
    _read { yield fields[0].runningScore }
    _modify { yield &fields[0].runningScore }
  }
  public var tokensPerSecond: Double? {
    _read { yield fields[0].tokensPerSecond }
    _modify { yield &fields[0].tokensPerSecond }
  }
  /// An estimate; nil before 10 steps are done.
  public var secondsLeft: Double? {
    _read { yield fields[0].secondsLeft }
    _modify { yield &fields[0].secondsLeft }
  }
  public var prepared: PreparedRun? {
    _read { yield fields[0].prepared }
    _modify { yield &fields[0].prepared }
  }
  public var score: ScoreSummary? {
    _read { yield fields[0].score }
    _modify { yield &fields[0].score }
  }
  public var latency: LatencySummary? {
    _read { yield fields[0].latency }
    _modify { yield &fields[0].latency }
  }
  public var peakMemoryBytes: Int? {
    _read { yield fields[0].peakMemoryBytes }
    _modify { yield &fields[0].peakMemoryBytes }
  }
  public var wallSeconds: Double? {
    _read { yield fields[0].wallSeconds }
    _modify { yield &fields[0].wallSeconds }
  }
  /// Where the time went.
  public var phases: PhaseSeconds? {
    _read { yield fields[0].phases }
    _modify { yield &fields[0].phases }
  }
  /// The search that it belongs to.
  public var search: SearchID? {
    _read { yield fields[0].search }
    _modify { yield &fields[0].search }
  }
  /// The heats of its race at which it was scored, in order; nil for a run of no race.
  public var heats: [HeatSummary]? {
    _read { yield fields[0].heats }
    _modify { yield &fields[0].heats }
  }
  /// What pruning has kept of its parent's adapter; nil for a run that trains, and until it is decided.
  public var pruned: PrunedAdapter? {
    _read { yield fields[0].pruned }
    _modify { yield &fields[0].pruned }
  }
  /// Seconds since 1970.
  public var created: Double {
    _read { yield fields[0].created }
    _modify { yield &fields[0].created }
  }
  public var started: Double? {
    _read { yield fields[0].started }
    _modify { yield &fields[0].started }
  }
  public var finished: Double? {
    _read { yield fields[0].finished }
    _modify { yield &fields[0].finished }
  }
  /// The PEFT folder.
  public var adapterPath: String? {
    _read { yield fields[0].adapterPath }
    _modify { yield &fields[0].adapterPath }
  }
  public var lastCheckpointStep: Int? {
    _read { yield fields[0].lastCheckpointStep }
    _modify { yield &fields[0].lastCheckpointStep }
  }
  public var seriesSlot: Int? {
    _read { yield fields[0].seriesSlot }
    _modify { yield &fields[0].seriesSlot }
  }
  /// What a person has written on it.
  public var labels: RunLabels {
    _read { yield fields[0].labels }
    _modify { yield &fields[0].labels }
  }
  /// Where it was trained, if that is elsewhere: it was imported.
  public var origin: RunOrigin? {
    _read { yield fields[0].origin }
    _modify { yield &fields[0].origin }
  }
  /// The status of `sysexits.h` that the failure amounts to; known only to the engine that saw it.
  public var failureStatus: Int32? {
    _read { yield fields[0].failureStatus }
    _modify { yield &fields[0].failureStatus }
  }
  /// The latency of a finished run is measured again; known only to the engine that does it.
  public var remeasuring: Remeasuring? {
    _read { yield fields[0].remeasuring }
    _modify { yield &fields[0].remeasuring }
  }
  /// Why it could not be measured again, one line; known only to the engine that tried.
  public var remeasuringProblem: String? {
    _read { yield fields[0].remeasuringProblem }
    _modify { yield &fields[0].remeasuringProblem }
  }
  /// How much the adapter changes each layer, as it was looked at last.
  public var energy: AdapterEnergy? {
    _read { yield fields[0].energy }
    _modify { yield &fields[0].energy }
  }
  public var losses: MetricSeries {
    _read { yield fields[0].losses }
    _modify { yield &fields[0].losses }
  }
  public var gradientNorms: MetricSeries {
    _read { yield fields[0].gradientNorms }
    _modify { yield &fields[0].gradientNorms }
  }
  public var learningRates: MetricSeries {
    _read { yield fields[0].learningRates }
    _modify { yield &fields[0].learningRates }
  }
  /// On held-out examples, after the steps that ``heldOutSteps`` says.
  public var heldOutLosses: MetricSeries {
    _read { yield fields[0].heldOutLosses }
    _modify { yield &fields[0].heldOutLosses }
  }
  /// What the last of them took; known only to the engine that took it.
  public var heldOutSeconds: Double? {
    _read { yield fields[0].heldOutSeconds }
    _modify { yield &fields[0].heldOutSeconds }
  }
  /// Seconds of training since the start of the run, at the end of each step.
  public var elapsed: MetricSeries {
    _read { yield fields[0].elapsed }
    _modify { yield &fields[0].elapsed }
  }
  /// Tokens that went through the model since the start of the run, at the end of each step.
  public var tokenCounts: MetricSeries {
    _read { yield fields[0].tokenCounts }
    _modify { yield &fields[0].tokenCounts }
  }
  /// Tokens a second of each step.
  public var tokenRates: MetricSeries {
    _read { yield fields[0].tokenRates }
    _modify { yield &fields[0].tokenRates }
  }
  /// Bytes that the process had resident at each step; not-a-number where nobody looked.
  public var memory: MetricSeries {
    _read { yield fields[0].memory }
    _modify { yield &fields[0].memory }
  }

  public enum Remeasuring: Hashable, Sendable { case waiting, measuring }

  /// The two are one box, so that nothing of one is other than in the other. Where they are two, nothing is said.
  package func sharesBox(with other: RunSummary) -> Bool {
    fields.withUnsafeBufferPointer { own in other.fields.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress } }
  }

  /// The latency, unless it was measured on a busy machine: what fronts, recommendations and findings stand on.
  public var quietLatency: LatencySummary? { latency.flatMap { $0.isBusy ? nil : $0 } }

  public init(id: RunID, plan: RunPlan, state: RunState, created: Double) {
    fields = [RunSummaryFields(id: id, plan: plan, state: state, created: created)]
  }
}

/// What is in the box of a ``RunSummary``, whose properties say what each is.
private struct RunSummaryFields: Sendable {
  var id: RunID
  var plan: RunPlan
  var state: RunState
  var reason: String?
  var step = 0
  var totalSteps = 0
  var phaseProgress = 0.0
  var runningScore: Double?
  var tokensPerSecond: Double?
  var secondsLeft: Double?
  var prepared: PreparedRun?
  var score: ScoreSummary?
  var latency: LatencySummary?
  var peakMemoryBytes: Int?
  var wallSeconds: Double?
  var phases: PhaseSeconds?
  var search: SearchID?
  var heats: [HeatSummary]?
  var pruned: PrunedAdapter?
  var created: Double
  var started: Double?
  var finished: Double?
  var adapterPath: String?
  var lastCheckpointStep: Int?
  var seriesSlot: Int?
  var labels = RunLabels()
  var origin: RunOrigin?
  var failureStatus: Int32?
  var remeasuring: RunSummary.Remeasuring?
  var remeasuringProblem: String?
  var energy: AdapterEnergy?
  var losses = MetricSeries()
  var gradientNorms = MetricSeries()
  var learningRates = MetricSeries()
  var heldOutLosses = MetricSeries()
  var heldOutSeconds: Double?
  var elapsed = MetricSeries()
  var tokenCounts = MetricSeries()
  var tokenRates = MetricSeries()
  var memory = MetricSeries()
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
