import Recipe

/// The newest state of everything, for screens: drop snapshots, never events.
public struct Snapshot: Sendable {
  /// Grows by one with each published snapshot.
  public var version: UInt64 = 0
  public var engine = EngineStatus()
  public var model: ModelSummary?
  public var data: DataSummary?
  public var availableData: [DataSummary] = []
  /// All records, in order of id. Waiting runs' order is `queue`.
  public var runs: [RunSummary] = []
  public var queue: [RunID] = []
  /// In order of id.
  public var searches: [SearchSummary] = []
  /// Newest last; bounded.
  public var notices: [Notice] = []

  public init() {}

  public func run(_ id: RunID) -> RunSummary? {
    // Ids grow along the array, so that a lookup is a binary search.
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].id == id ? runs[low] : nil
  }

  /// The newest evaluation of the base that a plan's score is seen against, finished or not.
  public func baseline(of plan: RunPlan) -> RunSummary? {
    guard let wanted = plan.baseline else { return nil }
    return runs.last { $0.plan == wanted && $0.state != .cancelled && $0.state != .failed }
  }
}

public struct EngineStatus: Hashable, Sendable {
  public var queuePaused = false
  /// TPOT is being measured: screens draw at most once a second, without animation.
  public var isMeasuring = false
  public var finishesThenQuits = false
  /// True when another engine holds the store: only reading is possible.
  public var isReadOnly = false
  /// Estimated seconds until the queue is empty; nil until there is something to estimate from.
  public var secondsLeft: Double?
  /// When that was estimated, seconds since 1970: it is estimated anew when a run begins or ends, not while it goes on.
  public var secondsLeftTime: Double?
  public var threads = 1
  /// Runs that may train at once, each with its share of the threads.
  public var jobs = 1
  /// `jobs` follows from measured speeds, for each kind of run by itself.
  public var jobsAreAutomatic = false
  /// What the speed of is being measured; nothing trains meanwhile.
  public var measuresSpeedOf: String?
  /// How far the look at a base has come that is under way; nothing trains meanwhile.
  public var probe: ProbeProgress?
  /// How far the measurement of a fleet has come that is under way; nothing trains meanwhile.
  public var fleet: FleetProgress?
  /// What adapters have answered so far that are being asked; nothing trains meanwhile.
  public var answers: AdapterAnswers?
  /// Latencies of fleets that were kept since the start: what is said of fleets is worth asking for again when it grows.
  public var keptFleets = 0
  /// The machine's processor and threads, by which what was measured elsewhere is told apart; empty in a replay of no engine.
  public var machine = ""
  /// Kinds of runs whose speed was measured here: estimates are worth asking for again when it grows.
  public var measuredSpeeds = 0
  public var instructionSet = ""
  /// What runs need for `RunSettings.useBF16` and `evaluatesInBF16`, where it is not there.
  public var missingForBF16: String?
  /// Why the engine itself waits (full disk, store locked), for the status row.
  public var blockedReason: String?
  /// Where the replay stands that is shown instead of an engine at work.
  public var replay: ReplayStatus?
  /// The study that a cluster trains and whose folder is watched.
  public var cluster: ClusterStatus?
  /// Set once, when the engine has saved everything and ended.
  public var hasShutDown = false

  public init() {}

  /// Estimated seconds from some time on, seconds since 1970, until the queue is empty.
  ///
  /// - Parameter active: runs under way, which know best how long they still take.
  public func timeLeft(at now: Double, active: [RunSummary]) -> Double? {
    guard let estimate = secondsLeft else { return nil }
    guard let time = secondsLeftTime else { return estimate }
    let own = active.compactMap { $0.secondsLeft }.max() ?? 0
    return max(own, estimate - max(0, now - time))
  }
}

/// The base model as the checklist needs it.
public struct ModelSummary: Hashable, Codable, Sendable {
  public var reference: ModelReference
  public var name: String
  public var parameterCount: Int
  public var byteCount: Int
  /// `bfloat16` or `float32`.
  public var element: String
  public var fingerprint: String
  public var linears: ModelLinears

  public init(
    reference: ModelReference, name: String, parameterCount: Int, byteCount: Int, element: String,
    fingerprint: String, linears: ModelLinears
  ) {
    self.reference = reference
    self.name = name
    self.parameterCount = parameterCount
    self.byteCount = byteCount
    self.element = element
    self.fingerprint = fingerprint
    self.linears = linears
  }

  public var layers: Int { linears.decoder.count }

  /// The module groups that it has, which runs on it combine.
  public var groups: [TargetGroup] { linears.groups }

  /// Layers of the vision tower, 0 without one.
  public var visionLayers: Int { linears.vision?.count ?? 0 }

  /// What an adapter on these targets has to train.
  public func adapterParameters(_ targets: Targets, rank: Int, useDoRA: Bool = false) -> Int {
    linears.adapterParameters(targets.present(in: linears), useDoRA: useDoRA) { _ in rank }
  }

  /// The same under a run's settings, with the ranks of single module groups.
  public func adapterParameters(_ targets: Targets, _ settings: RunSettings) -> Int {
    linears.adapterParameters(targets.present(in: linears), useDoRA: settings.useDoRA) {
      settings.rank(of: $0.group)
    }
  }

  /// The rank, from 1, at which these targets have about so many adapter parameters.
  public func rank(_ targets: Targets, parameters: Int, useDoRA: Bool = false) -> Int {
    let first = adapterParameters(targets, rank: 1, useDoRA: useDoRA)
    let each = adapterParameters(targets, rank: 2, useDoRA: useDoRA) - first
    guard each > 0 else { return 1 }
    let exact = (Double(parameters) - Double(first - each)) / Double(each)
    return Int(min(max(1, exact.rounded()), Double(TrainingLimits.ranks.upperBound)))
  }

  /// What all ranks of these settings are multiplied by for about so many adapter parameters, before rounding.
  func rankFactor(_ targets: Targets, _ settings: RunSettings, parameters: Int) -> Double {
    let paths = targets.present(in: linears)
    let fixed = linears.adapterParameters(paths, useDoRA: settings.useDoRA) { _ in 0 }
    let now = linears.adapterParameters(paths, useDoRA: false) { settings.rank(of: $0.group) }
    return now > 0 ? max(0, Double(parameters - fixed) / Double(now)) : 1
  }
}

public struct DataSummary: Hashable, Codable, Sendable {
  public var reference: DataReference
  public var name: String
  /// One line: what it asks for.
  public var about: String
  public var metric: String
  public var trainingExamples: Int
  public var evaluationExamples: Int
  /// Settings that suit this data on the embedded base; a setup starts from them.
  public var recommendedSettings: RunSettings

  public init(
    reference: DataReference, name: String, about: String, metric: String, trainingExamples: Int,
    evaluationExamples: Int, recommendedSettings: RunSettings
  ) {
    self.reference = reference
    self.name = name
    self.about = about
    self.metric = metric
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
    self.recommendedSettings = recommendedSettings
  }
}

extension Snapshot {
  /// Notices that a snapshot carries; the store has them all.
  static let noticeLimit = 200

  /// Applies one event: the whole of the lossy lane's knowledge about what events mean.
  package mutating func fold(_ event: Event) {
    if case .notice(let notice) = event.content {
      notices.append(notice)
      if notices.count > Self.noticeLimit { notices.removeFirst(notices.count - Self.noticeLimit) }
    }
    guard let id = event.run, let index = index(of: id) else { return }
    runs[index].fold(event)
  }

  /// Position of a run in `runs`, whose ids grow along the array.
  package func index(of id: RunID) -> Int? {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].id == id ? low : nil
  }
}

extension StepSample {
  /// Tokens a second; not-a-number where the step took no time that is known.
  package var tokenRate: Float { seconds > 0 && tokens > 0 ? Float(Double(tokens) / seconds) : .nan }
}

extension RunSummary {
  /// Steps that a first estimate of the time left needs.
  static let stepsBeforeEstimate = 10
  /// The most steps that an estimate looks back on.
  static let stepsInEstimate = 100

  /// Applies one event of this run.
  package mutating func fold(_ event: Event) {
    switch event.content {
    case .stateChanged(let state, let reason): change(to: state, reason: reason, time: event.time)
    case .prepared(let prepared):
      self.prepared = prepared
      totalSteps = prepared.totalSteps
    case .step(let sample): append(sample)
    case .heldOutLoss(let point): append(point)
    case .energy(let energy): self.energy = energy
    case .checkpoint(let step): lastCheckpointStep = step
    case .rewound(let step): rewind(to: step)
    case .evaluationProgress(let done, let total, let running):
      phaseProgress = total > 0 ? Double(done) / Double(total) : 0
      runningScore = running
    case .latencyProgress(let done, let total): phaseProgress = total > 0 ? Double(done) / Double(total) : 0
    case .evaluated(let summary):
      score = summary
      runningScore = nil
    case .heat(let summary, _, _):
      // A run that went back is scored again at a heat before its last.
      heats = ((heats ?? []).filter { $0.heat != summary.heat } + [summary]).sorted { $0.heat < $1.heat }
    case .pruned(let result): pruned = result
    case .latencyMeasured(let summary): latency = summary
    case .adapterWritten(let path): adapterPath = path
    case .resources(let peak, let rate, let wall):
      peakMemoryBytes = peak
      tokensPerSecond = rate
      wallSeconds = wall
    case .phases(let phases): self.phases = phases
    case .examples, .latencyBlock, .notice: break
    }
  }

  private mutating func change(to state: RunState, reason: String?, time: Double) {
    self.state = state
    self.reason = reason
    phaseProgress = 0
    runningScore = nil
    secondsLeft = state == .training ? estimatedSecondsLeft : nil
    if state.isActive && started == nil { started = time }
    finished = state.isTerminal ? time : nil
  }

  private mutating func append(_ sample: StepSample) {
    // A step that is stored already (a resumed run that was not rewound) replaces what comes after it.
    if sample.step <= losses.count { rewind(to: sample.step - 1) }
    step = sample.step
    losses.append(sample.loss)
    gradientNorms.append(sample.gradientNorm)
    learningRates.append(sample.learningRate)
    elapsed.append((elapsed.last ?? 0) + Float(sample.seconds))
    tokenCounts.append((tokenCounts.last ?? 0) + Float(sample.tokens))
    tokenRates.append(sample.tokenRate)
    memory.append(sample.memoryBytes.map { Float($0) } ?? .nan)
    if sample.seconds > 0 {
      let rate = Double(sample.tokens) / sample.seconds
      tokensPerSecond = tokensPerSecond.map { 0.9 * $0 + 0.1 * rate } ?? rate
    }
    secondsLeft = estimatedSecondsLeft
  }

  private mutating func rewind(to step: Int) {
    if step < losses.count {
      losses = losses.truncated(to: step)
      gradientNorms = gradientNorms.truncated(to: step)
      learningRates = learningRates.truncated(to: step)
      elapsed = elapsed.truncated(to: step)
      tokenCounts = tokenCounts.truncated(to: step)
      tokenRates = tokenRates.truncated(to: step)
      memory = memory.truncated(to: step)
    }
    let points = heldOutSteps.count(upTo: step)
    if points < heldOutLosses.count { heldOutLosses = heldOutLosses.truncated(to: points) }
    self.step = min(self.step, step)
    if let energy, energy.step > step { self.energy = nil }
  }

  /// From the median time of the last steps, without the first ten, which warm up; nil before. The median leaves out
  /// the time for which the program was suspended. Held-out losses that are yet to come take as long as the last one.
  package var estimatedSecondsLeft: Double? {
    let warmUp = Self.stepsBeforeEstimate
    guard step >= warmUp, elapsed.count == step else { return nil }
    let first = step > warmUp ? max(warmUp, step - Self.stepsInEstimate) : 0
    let times = elapsed.values(max(0, first - 1)..<step)
    var seconds = zip(times.dropFirst(), times).map { $0 - $1 }
    if first == 0, let time = times.first { seconds.append(time) }
    seconds.sort()
    let points = max(0, heldOutSteps.count - heldOutSteps.count(upTo: step))
    return Double(seconds[seconds.count / 2]) * Double(max(0, totalSteps - step)) + Double(points)
      * (heldOutSeconds ?? 0)
  }
}
