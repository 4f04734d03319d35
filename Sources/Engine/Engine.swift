import Analysis
import Foundation
import Kernels
import Logging
import Messages
import Recipe
import RunStore
import Text
import Training

/// Plans runs and takes commands. It never computes: each run has a `Runner` with a thread of its own.
package actor Engine: EngineEndpoint {
  /// Deleted runs stay in the trash for this long.
  static let trashSeconds = 7.0 * 24 * 3600

  let bus: MessageBus
  package let store: RunStore
  let options: EngineOptions
  let environment: RunEnvironment
  let isReadOnly: Bool

  var runs: [RunID: EngineRun] = [:]
  /// Runs in the store that cannot be read, with the reason: they can be deleted, and nothing else.
  var unreadable: [RunID: String] = [:]
  /// Which run starts when.
  var schedule: Schedule
  var searches: [SearchID: EngineSearch] = [:]
  /// Where runs of a race stop.
  var heatOrders: [RunID: HeatOrder] = [:]
  /// Runs under way that leave their race at the next step, each with its reason.
  var leaving: [RunID: String] = [:]
  var model: LoadedBase?
  var blockedReason: String?
  package var isEnding = false
  var hasShutDown = false
  /// Evaluations of the base that are being written to the store.
  var baselinesOnTheirWay: Set<RunPlan> = []
  /// Runs that train at once, each with its share of the threads; nil follows measured speeds.
  var jobs: Int?
  /// Measured here, or stored by an earlier start.
  var speeds: [SpeedMeasurement.Key: SpeedMeasurement] = [:]
  /// What was asked for, by the kinds in the schedule.
  var speedRequests: [SpeedMeasurement.Key: SpeedRequest] = [:]
  /// Of the measurement under way.
  var speedControl: RunControl?
  /// Of the look at a base under way that a person has asked for.
  var probeControl: RunControl?
  /// Of the measurement of a fleet under way.
  var fleetControl: RunControl?
  /// Of the answers under way.
  var answerControl: RunControl?
  /// Of the look under way at the base of a search, and which that is.
  var lookControl: RunControl?
  var lookedAt: SearchID?
  /// The groups' TPOT as searches have measured it since the start.
  var groupCosts: [GroupCostKey: ProbeResult.Costs] = [:]
  /// What could not be measured is not tried again.
  var speedFailures: Set<SpeedMeasurement.Key> = []
  /// Hashes of the bases that were read.
  var fingerprints: [ModelReference: String] = [:]
  /// What was resampled for the last plot of combinations.
  let resampled = ResampledScores()
  let samplePictures = SamplePictures()
  /// The study that was looked at last.
  var lastStudy: KnownStudy?
  /// Free worker teams by their threads: made when first needed, and used again.
  var teams: [Int: [WorkerTeam]] = [:]
  /// Continuations of a shutdown that waits for the last runner.
  var idleWaiters: [CheckedContinuation<Void, Never>] = []
  /// Continuations of commands that wait for a runner whose last event is out.
  var endWaiters: [RunID: [CheckedContinuation<Void, Never>]] = [:]
  /// Of an engine that only reads: what it last saw of each run.
  var marksSeen: [RunID: Int64] = [:]
  private var pump: Task<Void, Never>?
  private(set) var ticker: Task<Void, Never>?

  /// Opens the store, attaches itself to the bus and publishes the first snapshot: the runs in the store, the built-in
  /// base and the first task.
  /// - Throws: `StoreError`, one line each.
  package init(options: EngineOptions, bus: MessageBus) async throws {
    let url = options.store ?? StoreLocation.defaultStore()
    (store, isReadOnly) = try Self.open(url, options: options)
    self.options = options
    self.bus = bus
    jobs = options.jobs.map { max(1, $0) }
    environment = RunEnvironment(
      bus: bus, bases: BaseCache(), folder: store.folder, options: options,
      threads: max(1, options.threads ?? ProcessInfo.processInfo.activeProcessorCount))
    schedule = Schedule(threads: environment.threads)
    await bus.attach(self)
    try await loadRuns()
    if !isReadOnly { startPump() }
    await preselect()
    if options.follows { startTicker() }
  }

  /// The store's folder: where runs keep their files.
  package nonisolated var folder: StoreFolder { environment.folder }

  private static func open(_ url: URL, options: EngineOptions) throws -> (RunStore, Bool) {
    if options.readOnly { return (try RunStore(at: url, mode: .reading, patience: options.storePatience), true) }
    do {
      return (try RunStore(at: url, mode: .engine, patience: options.storePatience), false)
    } catch let error as StoreError where error.reason == .engineRunning && options.readOnlyIfLocked {
      return (try RunStore(at: url, mode: .reading, patience: options.storePatience), true)
    }
  }

  // MARK: Start

  private func loadRuns() async throws {
    var interrupted: [RunID] = []
    if !isReadOnly {
      interrupted = try await store.markInterrupted(reason: PauseReason.interrupted)
      try? await store.purgeTrash(before: now - Self.trashSeconds)
      store.purgeUnreadable(before: now - Self.trashSeconds)
    }
    // Before the runs: what changes in between is read again, and nothing else is.
    if isReadOnly { marksSeen = try await store.marks() }
    let (stored, broken) = try await store.readableRuns()
    for run in broken { unreadable[run.id] = run.what }
    schedule.queue = try await store.queue().filter { unreadable[$0] == nil }
    let notices = try await store.notices(limit: 50)
    let failures = try await store.failures()
    for speed in try await store.speeds() { speeds[speed.key] = speed }
    for run in stored {
      if let hash = run.prepared?.baseFingerprint { fingerprints[run.plan.model] = hash }
      var known = EngineRun(plan: run.plan, phase: .ended(run.state))
      switch run.state {
      case .waiting:
        known.phase = .waiting
        schedule.held.insert(run.id)
      case .paused:
        known.phase = .paused
        known.isUnfinished = run.reason != nil
      case .failed: known.isUnfinished = failures[run.id].map(Failure.mayPass) ?? false
      default: break
      }
      runs[run.id] = known
    }
    if !isReadOnly { sweepLeftovers(stored) }
    bus.change {
      [queue = schedule.queue, isReadOnly, jobs, speeds = speeds.count, threads = environment.threads] snapshot in
      snapshot.runs = stored
      snapshot.queue = queue
      snapshot.notices = notices
      snapshot.engine.isReadOnly = isReadOnly
      snapshot.engine.threads = threads
      snapshot.engine.jobs = jobs ?? 1
      snapshot.engine.jobsAreAutomatic = jobs == nil
      snapshot.engine.measuredSpeeds = speeds
      snapshot.engine.machine = Machine.identity
      snapshot.engine.instructionSet = InstructionSet.current.rawValue
      snapshot.engine.missingForBF16 = TrainingOptions.canUseBF16 ? nil : TrainingOptions.bf16Needs
    }
    if let first = store.unknownRuns.first {
      let more = store.unknownRuns.count > 1 ? " and \(store.unknownRuns.count - 1) more" : ""
      notice(
        .warning,
        "\(store.folder.run(first).path)\(more) belongs to a run that this store does not know: it is left as it is",
        run: nil)
    }
    tellUnreadable(broken)
    try await loadSearches(stored)
    for id in interrupted where unreadable[id] == nil {
      let run = stored.first { $0.id == id }
      let from = run?.lastCheckpointStep.map { "from step \($0)" } ?? "from its start"
      notice(.warning, "#\(id) was interrupted at step \(run?.step ?? 0): resume goes on \(from)", run: id)
    }
  }

  /// A store of a later version may have many such rows: the first ones are named.
  private func tellUnreadable(_ runs: [UnreadableRun]) {
    let named = 5
    for run in runs.prefix(named) {
      notice(
        .warning, "#\(run.id) is left out: \(run.what); `lorascope runs delete \(run.id)` removes it", run: nil)
    }
    if runs.count > named {
      notice(.warning, "\(runs.count - named) more runs are left out: their rows cannot be read", run: nil)
    }
  }

  /// What kills have left in the runs' own folders and of outputs that were kept for them.
  private func sweepLeftovers(_ stored: [RunSummary]) {
    // A look at the folder of each of thousands of runs would be seen before the first frame.
    let kept = Set((try? FileManager.default.contentsOfDirectory(atPath: store.folder.runs.path)) ?? [])
    for run in stored {
      if run.state.isTerminal {
        if run.state == .done, kept.contains(String(run.id)) { environment.removeCheckpoints(of: run.id) }
        releaseOutput(run.id)
      } else {
        Leftovers.sweep(store.folder.run(run.id).path)
        Leftovers.sweep(store.folder.adapter(run.id).path)
      }
    }
  }

  private func preselect() async {
    bus.change { $0.availableData = DataCatalogue.builtin }
    guard options.preselect else { return }
    if let first = DataCatalogue.builtin.first { bus.change { $0.data = first } }
    do {
      try await select(.builtin)
    } catch {
      notice(.warning, Failure.line(error), run: nil)
    }
  }

  /// Reads a base and describes it in the snapshot.
  func select(_ reference: ModelReference) async throws {
    let base = try await load(reference)
    model = base
    bus.change { $0.model = base.summary }
  }

  private func startPump() {
    pump = bus.pump { [store] batch in
      try await store.write(batch)
    } blocked: { [weak self] reason in
      await self?.storeBlocked(reason)
    }
  }

  private func startTicker() {
    ticker = Task { [weak self, isReadOnly] in
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        guard let self, !Task.isCancelled else { return }
        if isReadOnly { await self.refresh() } else { await self.tick() }
      }
    }
  }

  /// Brings the estimates up to date.
  private func tick() async {
    if !schedule.computing.isEmpty {
      publishStatus()
      publishSearchTimes()
    }
    await endOverdueSearches()
  }

  // MARK: Telling

  nonisolated var now: Double { Date().timeIntervalSince1970 }

  func notice(_ level: Notice.Level, _ text: String, run: RunID?) {
    if isReadOnly {
      let notice = Notice(level: level, text: text, time: now)
      bus.change { $0.notices.append(notice) }
    } else {
      bus.post(.notice(Notice(level: level, text: text, time: now)), run: run)
    }
    options.logger?.log(level: .init(level), "\(text)")
  }

  func post(_ state: RunState, reason: String? = nil, run: RunID) {
    bus.post(.stateChanged(state, reason: reason), run: run)
  }

  func publishStatus() {
    let waiting = schedule.waiting
    let now = (waiting.first ?? schedule.computing.keys.first).flatMap { runs[$0]?.plan }
    let model = schedulingModel
    let atOnce = now.map(model.jobs) ?? jobs ?? 1
    bus.change {
      [
        schedule, jobs, blockedReason, hasShutDown, speeds = speeds.count, text = speedText, model,
        measuresFleet = fleetControl != nil
      ] snapshot in
      snapshot.queue = schedule.queue
      snapshot.engine.jobs = atOnce
      snapshot.engine.jobsAreAutomatic = jobs == nil
      snapshot.engine.queuePaused = schedule.isPaused
      snapshot.engine.blockedReason = blockedReason
      snapshot.engine.finishesThenQuits = schedule.finishesThenQuits
      snapshot.engine.hasShutDown = hasShutDown
      snapshot.engine.isMeasuring = schedule.measuring != nil || measuresFleet
      snapshot.engine.measuresSpeedOf = text
      snapshot.engine.measuredSpeeds = speeds
      snapshot.engine.secondsLeft = Self.secondsLeft(
        snapshot, waiting: waiting, model.learning(from: snapshot.runs))
      snapshot.engine.secondsLeftTime = Date().timeIntervalSince1970
    }
  }

  /// Nil while nothing is to do, or where some run cannot be estimated.
  private static func secondsLeft(_ snapshot: Snapshot, waiting: [RunID], _ model: TimeModel) -> Double? {
    let active = snapshot.runs.filter { $0.state.isActive || $0.state == .awaitingLatency }
    let seconds = model.seconds(active: active, queue: waiting.compactMap { snapshot.run($0) })
    return seconds.flatMap { $0 > 0 ? $0 : nil }
  }

  // MARK: The store's troubles

  private func storeBlocked(_ reason: String?) {
    blockedReason = reason
    for run in runs.values { run.runner?.control.set(reason == nil ? .go : .hold) }
    // The end does not wait for a store that takes nothing.
    if reason != nil, isEnding { bus.close() }
    if let reason, FileSizeLimit.isSet {
      notice(.error, "\(reason), and files have a limit here (ulimit -f): the end", run: nil)
      Task { await self.shutdown(.save) }
    } else if let reason {
      notice(.error, "runs wait: \(reason)", run: nil)
    } else {
      notice(.good, "the store takes results again: runs go on", run: nil)
      proceed()
    }
    publishStatus()
  }

  // MARK: The end

  /// Stores what is left and gives the store back.
  func finish() async {
    ticker?.cancel()
    // A store that takes nothing must not keep the program from ending; the runs' checkpoints are on disk.
    if blockedReason == nil { await bus.flush() }
    bus.close()
    if blockedReason != nil { pump?.cancel() }
    await pump?.value
    try? store.close()
  }
}
