import Recipe

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
    case .checkpoint(let step): lastCheckpointStep = step
    case .rewound(let step): rewind(to: step)
    case .evaluationProgress(let done, let total, let running):
      phaseProgress = total > 0 ? Double(done) / Double(total) : 0
      runningScore = running
    case .latencyProgress(let done, let total): phaseProgress = total > 0 ? Double(done) / Double(total) : 0
    case .evaluated(let summary):
      score = summary
      runningScore = nil
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
    }
    self.step = min(self.step, step)
  }

  /// From the median time of the last steps, without the first ten, which warm up; nil before. The median leaves out
  /// the time for which the program was suspended.
  private var estimatedSecondsLeft: Double? {
    let warmUp = Self.stepsBeforeEstimate
    guard step >= warmUp, elapsed.count == step else { return nil }
    let first = step > warmUp ? max(warmUp, step - Self.stepsInEstimate) : 0
    let times = elapsed.values(max(0, first - 1)..<step)
    var seconds = zip(times.dropFirst(), times).map { $0 - $1 }
    if first == 0, let time = times.first { seconds.append(time) }
    seconds.sort()
    return Double(seconds[seconds.count / 2]) * Double(max(0, totalSteps - step))
  }
}
