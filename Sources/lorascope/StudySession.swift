import Engine
import Foundation
import Messages
import RunStore

/// A headless verb's engine and bus, with the signals that end it.
///
/// The first SIGINT, SIGTERM or SIGHUP asks the engine to checkpoint at its next step and to keep the queue; a
/// second one exits at once.
final class StudySession: Sendable {
  let bus: MessageBus
  let engine: Engine
  private let place: URL
  private let signals: SignalWatch?

  private init(place: URL, bus: MessageBus, engine: Engine, signals: SignalWatch?) {
    self.place = place
    self.bus = bus
    self.engine = engine
    self.signals = signals
  }

  static func open(
    store: URL?, threads: Int? = nil, jobs: Int? = 1, readOnly: Bool = false, forDashboard: Bool = false,
    evaluatesBase: Bool = true, mustExist: Bool = false
  ) async throws -> StudySession {
    let place = store ?? StoreLocation.defaultStore()
    if mustExist, !FileManager.default.fileExists(atPath: place.path) {
      throw StoreError.missing(place.path)
    }
    // What is too large for `ulimit -f` is an error of the write, and no end of the process.
    if !forDashboard { signal(SIGXFSZ, SIG_IGN) }
    let bus = MessageBus()
    var options = EngineOptions()
    options.store = store
    options.threads = threads
    options.jobs = jobs
    options.evaluatesBase = evaluatesBase
    options.readOnly = readOnly
    // The dashboard may watch what another engine trains; a verb that trains is refused instead.
    options.readOnlyIfLocked = forDashboard
    // Verbs that only read need no model.
    options.preselect = forDashboard || !readOnly
    options.logger = LogFile.logger(beside: place, echo: !forDashboard)
    if !readOnly { StandardStreams.finishFirst() }
    let engine = try await Engine(options: options, bus: bus)
    // In the dashboard signals are the screen's: it gives the terminal back first.
    let signals = forDashboard ? nil : SignalWatch { _ in Task { _ = await bus.send(.shutdown(.save)) } }
    return StudySession(place: place, bus: bus, engine: engine, signals: signals)
  }

  /// The signal that asked for the end, if one did.
  var receivedSignal: Int32? { signals?.received }

  /// What is stored, as it is shown: nothing is under way that no program computes.
  func shown() async -> Snapshot {
    let holder = StoreHolder(store: place)
    return await bus.currentSnapshot().settled { holder.isThere() }
  }

  /// Sends a command that queues runs; a refusal is thrown as the error it is.
  func queue(_ command: Command) async throws -> [RunID] {
    switch await bus.send(command) {
    case .accepted(let runs): return runs
    case .refused(let refusal):
      // An engine that a signal has ended refuses everything.
      try exitIfInterrupted()
      throw refusal
    case .wouldReplace(let reason): throw CommandError(reason, status: 73)
    }
  }

  /// Sends a command that has to be carried out before anything else.
  func expect(_ command: Command) async throws { _ = try await queue(command) }

  /// - Throws: `CommandError` for a number that no run has.
  func require(_ runs: [RunID]) async throws {
    let snapshot = await bus.currentSnapshot()
    guard let missing = runs.first(where: { snapshot.run($0) == nil }) else { return }
    try await refuseUnreadable(missing)
    throw CommandError("no run #\(missing) in this store", status: 66)
  }

  private func refuseUnreadable(_ run: RunID) async throws {
    guard let what = await engine.whyUnreadable(run) else { return }
    throw CommandError("run #\(run): \(what); `lorascope runs delete \(run)` removes it", status: 65)
  }

  /// The evaluations of the base that these runs' scores are seen against; without one that a person has paused.
  func baselines(of runs: [RunID]) async -> [RunID] {
    let snapshot = await bus.currentSnapshot()
    let found = runs.compactMap { snapshot.run($0).flatMap { snapshot.baseline(of: $0.plan) } }
    return Set(found.filter { $0.state != .paused }.map(\.id)).sorted()
  }

  /// What a plan comes to.
  func estimate(_ plan: SweepPlan) async throws -> SweepEstimate {
    switch await bus.ask(.estimate(plan)) {
    case .estimate(let estimate): return estimate
    case .refused(let refusal):
      try exitIfInterrupted()
      throw refusal
    default: throw CommandError("the engine gave no estimate", status: 70)
    }
  }

  /// What the store holds of fleets; none where it cannot be read.
  func fleets() async -> [FleetMeasurement] {
    guard case .fleets(let fleets) = await bus.ask(.fleets) else { return [] }
    return fleets
  }

  /// Waits while speeds are being measured.
  func followSpeed(_ line: ProgressLine) async {
    for await snapshot in bus.snapshots() {
      guard let what = snapshot.engine.measuresSpeedOf, !snapshot.engine.hasShutDown else { break }
      line.show("measuring how fast this machine is: \(what)", fraction: nil, detail: "")
    }
    line.finish()
  }

  /// Shows progress on standard error until every one of the runs has ended, or the engine has shut down.
  ///
  /// - Parameter onEnd: what is done as soon as a run has ended.
  func follow(
    _ runs: [RunID], onEnd: (RunSummary) async throws -> Void
  ) async rethrows -> Snapshot {
    let line = ProgressLine()
    let wanted = Set(runs)
    var ended = Set<RunID>()
    var newest = Snapshot()
    for await snapshot in bus.snapshots() {
      newest = snapshot
      let mine = snapshot.runs.filter { wanted.contains($0.id) }
      for run in mine where run.state.isTerminal && !ended.contains(run.id) {
        ended.insert(run.id)
        line.note(RunLine.finished(run))
        try await onEnd(run)
      }
      let active = mine.filter { $0.state.isActive }
      if let first = active.first {
        var progress = RunLine.progress(first, ended: ended.count, of: wanted.count)
        if active.count > 1 { progress.detail += "  +\(active.count - 1) at once" }
        if wanted.count > 1, let left = snapshot.engine.secondsLeft {
          progress.detail += "  all in about \(ProgressLine.duration(left))"
        }
        line.show(progress.label, fraction: progress.fraction, detail: progress.detail)
      } else if let what = snapshot.engine.measuresSpeedOf {
        line.show("measuring how fast this machine is: \(what)", fraction: nil, detail: "")
      }
      if ended.count == wanted.count || snapshot.engine.hasShutDown { break }
    }
    line.finish()
    return newest
  }

  func follow(_ runs: [RunID]) async -> Snapshot { await follow(runs) { _ in } }

  /// Saves and ends the engine, so that the store is closed before the process exits.
  func close() async { _ = await bus.send(.shutdown(.save)) }

  /// A headless verb that was interrupted ends with the signal's status once everything is saved.
  func exitIfInterrupted() throws {
    if let signal = receivedSignal { throw Self.interrupted(signal) }
  }

  static func interrupted(_ signal: Int32) -> CommandError {
    CommandError("interrupted; `lorascope resume` goes on from the last checkpoint", status: 128 + signal)
  }
}
