import Analysis
import Foundation
import Kernels
import Messages
import Recipe

/// What the engine itself knows of a run; everything that is shown is in the snapshot.
struct EngineRun {
  enum Phase {
    case waiting
    case active(Runner)
    /// What was trained is large, and of thousands of runs few are here.
    indirect case awaitingLatency(Runner, TrainedRun)
    case measuring(Runner)
    /// Finished in this state, and its latency is being measured again.
    case remeasuring(Runner, RunState)
    case paused
    case ended(RunState)
  }

  var plan: RunPlan
  var phase: Phase
  /// Paused by the engine (a kill, a quit) and not by a person.
  var isUnfinished = false

  /// The runner whose flag to set.
  var runner: Runner? {
    switch phase {
    case .active(let runner), .awaitingLatency(let runner, _), .measuring(let runner), .remeasuring(let runner, _):
      runner
    case .waiting, .paused, .ended: nil
    }
  }
}

extension Engine {
  static let mostJobs = 64

  /// Does what the schedule says; to be called after every fact that may change it.
  func proceed() {
    defer { publishStatus() }
    guard !isEnding, !isReadOnly, blockedReason == nil else { return }
    let model = schedulingModel
    let actions = schedule.next(
      jobs: { runs[$0].map(\.plan).map(model.jobs) ?? 1 },
      unknownSpeed: { runs[$0].map(\.plan).flatMap { unknownSpeed($0, model) } })
    for action in actions {
      switch action {
      case .start(let id, let threads): start(id, threads: threads)
      case .measure(let id): startMeasuring(id)
      case .measureAgain(let id): startRemeasuring(id)
      case .measureSpeed(let key): startMeasuringSpeed(key, model)
      case .look(let search): Task { await self.look(for: search) }
      case .quit: Task { await self.shutdown(.save) }
      }
    }
  }

  private func start(_ id: RunID, threads: Int) {
    guard let plan = runs[id]?.plan else { return schedule.ended(id) }
    let runner = Runner(id: id, plan: plan, environment: environment)
    runs[id]?.phase = .active(runner)
    runs[id]?.isUnfinished = false
    let team = team(of: threads)
    Task {
      let known = await bus.currentSnapshot().run(id)
      var parent: [ExampleOutcome] = []
      if let pruning = plan.pruning { parent = (try? await store.examples(of: pruning.parent)) ?? [] }
      runner.start(known: known, team: team, heats: heatOrders[id], parent: parent) { outcome in
        Task { await self.ended(id, outcome, runner: runner, team: team) }
      }
    }
  }

  private func startMeasuring(_ id: RunID) {
    guard case .awaitingLatency(let runner, let trained)? = runs[id]?.phase else { return schedule.ended(id) }
    runs[id]?.phase = .measuring(runner)
    let team = team(of: environment.threads)
    runner.measure(trained, team: team) { outcome in
      Task { await self.ended(id, outcome, runner: runner, team: team) }
    }
  }

  func team(of threads: Int) -> WorkerTeam { teams[threads]?.popLast() ?? WorkerTeam(threads: threads) }

  /// A runner gave the machine back.
  private func ended(_ id: RunID, _ outcome: RunOutcome, runner: Runner, team: WorkerTeam) async {
    teams[team.threads, default: []].append(team)
    schedule.ended(id)
    switch outcome {
    case .trained(let trained):
      runs[id]?.phase = .awaitingLatency(runner, trained)
      schedule.awaiting.insert(id)
    case .ended(let state): runs[id]?.phase = .ended(state)
    case .paused: runs[id]?.phase = .paused
    }
    for waiter in endWaiters.removeValue(forKey: id) ?? [] { waiter.resume() }
    if case .ended(let state) = outcome {
      releaseOutput(id)
      if state == .failed { await keepFailure(id) }
    }
    if case .ended(.done) = outcome { await reportDone(id) }
    // An order that came too late for the runner to see it.
    if case .trained = outcome, runner.control.mustEnd {
      let order = runner.control.order
      end(id, isEnding && order == .discard ? .save : order, at: .awaitingLatency)
    }
    proceed()
    await raced(id, outcome)
    tellIdle()
  }

  /// Lets those go on who wait until nothing computes.
  func tellIdle() {
    guard schedule.isIdle else { return }
    for waiter in idleWaiters { waiter.resume() }
    idleWaiters = []
  }

  /// Carries out an order on a run that has no thread which could.
  func end(_ id: RunID, _ order: RunControl.Order, at phase: RunEnding.Phase) {
    if let ending = order.ending(at: phase) { end(id, ending) }
  }

  func end(_ id: RunID, _ ending: RunEnding) {
    schedule.awaiting.remove(id)
    if ending.state == .paused {
      runs[id]?.phase = .paused
    } else {
      runs[id]?.phase = .ended(ending.state)
      runs[id]?.isUnfinished = false
      if !ending.keepsFiles { try? FileManager.default.removeItem(at: environment.folder.run(id)) }
      releaseOutput(id)
    }
    post(ending.state, reason: ending.reason, run: id)
  }

  /// Gives an output back that nothing was written to.
  func releaseOutput(_ id: RunID) {
    guard let output = runs[id]?.plan.settings.output else { return }
    OutputReservation(folder: output, store: store.folder.database).release(id)
  }

  /// A run whose data or output was away for a moment goes on when it is asked for.
  private func keepFailure(_ id: RunID) async {
    guard let status = await bus.currentSnapshot().run(id)?.failureStatus else { return }
    runs[id]?.isUnfinished = Failure.mayPass(status)
    if blockedReason == nil { await bus.flush() }
    try? await store.setFailure(status, of: id)
  }

  private func reportDone(_ id: RunID) async {
    guard let run = await bus.currentSnapshot().run(id) else { return }
    var parts: [String] = []
    if let score = run.score {
      parts.append("\(score.score.text(scale: 100)) %")
    }
    if let overhead = run.latency?.overheadPercent {
      let mark = run.latency?.isBusy == true ? "~" : ""
      parts.append(
        mark + "\(overhead.text(signed: true)) % TPOT"
          + (mark.isEmpty ? "" : " (busy machine)"))
    }
    if let score = run.score, run.plan.isBaseline {
      parts.append(
        String(
          format: "lenient %.1f %%, %.1f %% did not parse", 100 * score.lenient, 100 * score.parseFailureRate))
      parts += (score.formatFree?.parts ?? []).map { "\($0) %" }
    } else if let prepared = run.prepared {
      parts.append("\(SettingsTable.count(prepared.trainableParameters)) parameters")
    }
    notice(.good, "#\(id) done: \(run.adaptedLabel) \(parts.joined(separator: ", "))", run: id)
  }

  /// Waits for the moment between a runner's last event, which the person who sends a command has seen, and the
  /// engine's own knowledge of it.
  func catchUp(_ id: RunID) async {
    if case .remeasuring? = runs[id]?.phase { return }
    guard let run = runs[id], schedule.computing[id] != nil, let state = await bus.currentSnapshot().run(id)?.state
    else { return }
    let isOver =
      switch state {
      case .done, .failed, .stopped, .cancelled: true
      case .paused: run.runner?.control.mustEnd ?? true
      case .awaitingLatency: if case .active = run.phase { true } else { false }
      case .waiting, .preparing, .training, .evaluating, .measuring: false
      }
    // The runner may have been heard meanwhile.
    guard isOver, runs[id]?.runner === run.runner, schedule.computing[id] != nil else { return }
    await withCheckedContinuation { endWaiters[id, default: []].append($0) }
  }

  /// The same for what asks that nothing computes: who has seen the last run's end may ask at once.
  func catchUp() async {
    for id in schedule.computing.keys.sorted() { await catchUp(id) }
  }

  /// Returns when nothing computes any more.
  func waitUntilIdle() async {
    if schedule.isIdle { return }
    await withCheckedContinuation { idleWaiters.append($0) }
  }

  // MARK: The end

  package func shutdown(_ mode: Command.Shutdown) async {
    if hasShutDown { return }
    switch mode {
    case .finishCurrentRun where !isEnding:
      // Asked for again, it is taken back.
      schedule.finishesThenQuits.toggle()
      proceed()
      return
    case .finishCurrentRun: return
    case .save, .discard: break
    }
    let isFirst = !isEnding
    isEnding = true
    schedule.speedRequests = []
    schedule.remeasures = []
    speedControl?.set(.save)
    probeControl?.set(.save)
    fleetControl?.set(.save)
    answerControl?.set(.save)
    lookControl?.set(.save)
    let order: RunControl.Order = mode == .discard ? .discard : .save
    for (id, run) in runs {
      switch run.phase {
      case .active(let runner): runner.control.set(order)
      // Trained and scored: of these nothing is left to discard.
      case .measuring(let runner), .remeasuring(let runner, _): runner.control.set(.save)
      case .awaitingLatency: end(id, .save, at: .awaitingLatency)
      case .waiting where mode == .discard:
        runs[id]?.phase = .ended(.cancelled)
        releaseOutput(id)
        post(.cancelled, reason: "discarded when lorascope was left", run: id)
      default: break
      }
    }
    if mode == .discard { schedule.queue = [] }
    // Runners that wait for a blocked store have to be let go.
    if blockedReason != nil { bus.close() }
    await waitUntilIdle()
    guard isFirst, !hasShutDown else {
      // Who asks a second time may end the program next: not before everything is stored.
      while !hasShutDown, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
      return
    }
    if !isReadOnly {
      try? await store.setQueue(schedule.queue)
      await leaveSearches(mode)
    }
    await finish()
    hasShutDown = true
    publishStatus()
  }
}
