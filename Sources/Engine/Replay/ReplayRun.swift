import Messages

/// A stored run as it stood at any time of its life.
///
/// What is known of when: the store has the times of its queueing, start and end, the seconds of each phase, those of each step, and
/// when checkpoints were written. Steps are placed backwards from the checkpoint that follows them, so that a run that was paused, or
/// waited in its race, waits there here too. When pauses began is not stored: a run stands at its step then, in the state before.
struct ReplayRun: Sendable {
  /// A checkpoint: this many steps were done at this time.
  struct Anchor: Hashable, Sendable {
    var step: Int
    /// Seconds since 1970.
    var time: Double
  }

  let stored: RunSummary
  /// When each phase was over, seconds since 1970, in this order: each not before the one before it.
  private let begun: Double?
  private let prepared: Double
  private let trained: Double
  private let evaluated: Double
  private let measuring: Double
  /// From here on it is what the store has.
  let ended: Double
  private let anchors: [Anchor]
  /// Between steps more time passed than steps took.
  private let wasHeld: Bool

  /// - Parameter checkpoints: step and time (seconds since 1970), in order of the steps.
  init(_ run: RunSummary, checkpoints: [(step: Int, time: Double)]) {
    stored = run
    guard let begun = run.started else {
      self.begun = nil
      let end = max(run.created, run.finished ?? run.created)
      (prepared, trained, evaluated, measuring, ended) = (end, end, end, end, end)
      (anchors, wasHeld) = ([], false)
      return
    }
    let steps = run.losses.count
    let known = checkpoints.filter { $0.step >= 0 && $0.step <= steps && $0.time >= begun }
    // Where the phases are not stored (an earlier version, a failure), steps and times say as much as they can.
    let phases = run.phases ?? Self.phases(of: run, from: begun)
    let sum = [phases.preparing, phases.training, phases.evaluating, phases.measuring].map(Self.seconds).reduce(0, +)
    let end = max(begun, run.finished ?? max(begun + sum, known.last?.time ?? begun))
    // A clock that was set meanwhile.
    let scale = sum > end - begun ? (end - begun) / sum : 1
    self.begun = begun
    ended = end
    let measuring = max(begun, end - (run.latency == nil ? 0 : Self.seconds(phases.measuring) * scale))
    self.measuring = measuring
    let prepared = min(measuring, begun + Self.seconds(phases.preparing) * scale)
    self.prepared = prepared
    var trained = prepared + Self.seconds(phases.training) * scale
    var last = prepared
    var anchors: [Anchor] = []
    for point in known where point.step > 0 && point.time <= measuring {
      last = max(last, point.time)
      anchors.append(Anchor(step: point.step, time: last))
    }
    if let end = anchors.last { trained = end.step == steps ? end.time : max(trained, end.time) }
    trained = min(max(trained, prepared), measuring)
    wasHeld = trained - prepared > Self.seconds(phases.training) * scale + ReplayTimeline.idleSeconds
    if anchors.last?.step != steps { anchors.append(Anchor(step: steps, time: trained)) }
    self.trained = trained
    // Of the scoring at heats only the last one's comes after the last step.
    let before = (run.heats ?? []).filter { $0.step < steps }.map { Self.seconds($0.scoringSeconds ?? 0) }.reduce(0, +)
    evaluated = min(measuring, trained + max(0, Self.seconds(phases.evaluating) - before) * scale)
    self.anchors = anchors
  }

  private static func phases(of run: RunSummary, from begun: Double) -> PhaseSeconds {
    var phases = PhaseSeconds()
    phases.training = seconds(Double(run.elapsed.last ?? 0))
    let rest = max(0, (run.finished ?? begun) - begun - phases.training)
    if run.score == nil { phases.preparing = rest } else { phases.evaluating = rest }
    return phases
  }

  private static func seconds(_ value: Double) -> Double { value.isFinite ? max(0, value) : 0 }

  /// When it computed, seconds since 1970.
  var busy: [ClosedRange<Double>] {
    guard let begun else { return [ended...ended] }
    var busy = [begun...prepared, trained...evaluated, measuring...ended]
    if wasHeld {
      var before = Anchor(step: 0, time: prepared)
      for anchor in anchors {
        let seconds = elapsed(anchor.step) - elapsed(before.step)
        busy.append(max(before.time, anchor.time - max(0, seconds))...anchor.time)
        before = anchor
      }
    } else {
      busy.append(prepared...trained)
    }
    return busy
  }

  /// When it was first there.
  var created: Double { min(stored.created, begun ?? ended) }
  var start: Double? { begun }

  /// The run at a time (seconds since 1970); nil before it was queued.
  func summary(at time: Double) -> RunSummary? {
    if time >= ended { return stored }
    guard time >= created else { return nil }
    var run = RunSummary(id: stored.id, plan: stored.plan, state: .waiting, created: stored.created)
    run.search = stored.search
    run.seriesSlot = stored.seriesSlot
    guard let begun, time >= begun else { return run }
    run.started = begun
    run.state = .preparing
    guard time >= prepared, stored.prepared != nil else { return run }
    run.prepared = stored.prepared
    run.totalSteps = stored.totalSteps
    train(&run, time)
    if time >= trained { evaluate(&run, time) }
    return run
  }

  private func train(_ run: inout RunSummary, _ time: Double) {
    run.state = .training
    let steps = time >= trained ? stored.losses.count : steps(at: time)
    run.step = time >= trained ? stored.step : steps
    run.losses = stored.losses.prefix(steps)
    run.gradientNorms = stored.gradientNorms.prefix(steps)
    run.learningRates = stored.learningRates.prefix(steps)
    run.elapsed = stored.elapsed.prefix(steps)
    run.heldOutLosses = stored.heldOutLosses.prefix(stored.heldOutSteps.count(upTo: steps))
    run.tokenCounts = stored.tokenCounts.prefix(steps)
    run.tokenRates = stored.tokenRates.prefix(steps)
    run.memory = stored.memory.prefix(steps)
    // Of all looks only the last is stored: before its step there is none.
    if let energy = stored.energy, energy.step <= steps { run.energy = energy }
    let heats = stored.heats?.filter { isScored($0, step: steps, time) } ?? []
    if !heats.isEmpty { run.heats = heats }
    if run.step > 0, time < trained { run.secondsLeft = run.estimatedSecondsLeft }
    run.lastCheckpointStep = anchors.last { $0.time <= time && $0.step <= steps && $0.step > 0 }?.step
  }

  /// A heat is scored after the checkpoint of its step, which is written for that, and before the next step.
  private func isScored(_ heat: HeatSummary, step: Int, _ time: Double) -> Bool {
    if step > heat.step { return true }
    guard let checkpoint = anchors.first(where: { $0.step == heat.step }) else { return time >= evaluated }
    return time >= checkpoint.time + Self.seconds(heat.scoringSeconds ?? 0)
  }

  private func evaluate(_ run: inout RunSummary, _ time: Double) {
    run.peakMemoryBytes = stored.peakMemoryBytes
    run.tokensPerSecond = stored.tokensPerSecond
    run.adapterPath = stored.adapterPath
    guard stored.score != nil || evaluated > trained else { return }
    run.state = .evaluating
    run.phaseProgress = evaluated > trained ? min(1, (time - trained) / (evaluated - trained)) : 1
    guard time >= evaluated else { return }
    // It waits in its race for what is decided.
    if stored.score == nil, stored.heats != nil { run.state = .paused }
    run.score = stored.score
    guard stored.latency != nil else { return }
    run.state = time < measuring ? .awaitingLatency : .measuring
    run.phaseProgress = run.state == .measuring ? (time - measuring) / (ended - measuring) : 0
  }

  /// Seconds of training after so many steps.
  private func elapsed(_ steps: Int) -> Double {
    guard steps > 0, let value = stored.elapsed.values(steps - 1..<steps).first else { return 0 }
    return Self.seconds(Double(value))
  }

  /// Steps that were done at a time: of those between two checkpoints as many as their own seconds, counted back from the later one, say.
  private func steps(at time: Double) -> Int {
    var before = Anchor(step: 0, time: prepared)
    guard let next = anchors.first(where: { $0.time > time }) else { return stored.losses.count }
    if let last = anchors.last(where: { $0.time <= time }) { before = last }
    let all = elapsed(next.step) - elapsed(before.step)
    let room = next.time - before.time
    // Scoring at heats and the disk take time too: seconds never reach back beyond the checkpoint before.
    let scale = all > room && all > 0 ? room / all : 1
    var low = before.step
    var high = next.step
    while low < high {
      let middle = (low + high + 1) / 2
      if next.time - (elapsed(next.step) - elapsed(middle)) * scale <= time { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
