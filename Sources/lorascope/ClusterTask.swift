import Cluster
import Dispatch
import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Synchronization

/// One task of a study, from its claim to its last log.
final class ClusterTask {
  private let folder: ClusterFolder
  private let study: ClusterStudy
  private let task: Int
  private let environment = ProcessInfo.processInfo.environment
  private var status: TaskStatus
  /// Told by Slurm some time before its time is over.
  private let timeUp = TimeUp()
  /// Of each run when its log was written last.
  private var published: [RunID: String] = [:]
  /// What the shared folder has refused so far.
  private var troubles: Set<String> = []
  /// What was there when the task began.
  private var progressBefore = 0
  /// Places in the study of the store's runs.
  private var places: [RunID: Int] = [:]

  /// Between two looks at the runs, and two lives of the status.
  private static let beat = Duration.seconds(1)

  init(_ folder: ClusterFolder, _ study: ClusterStudy, _ task: Int) {
    (self.folder, self.study, self.task) = (folder, study, task)
    var job: String?
    if let array = environment["SLURM_ARRAY_JOB_ID"], let index = environment["SLURM_ARRAY_TASK_ID"] {
      job = "\(array)_\(index)"
    }
    status = TaskStatus(
      task: task, job: job, restarts: environment["SLURM_RESTART_COUNT"].flatMap { Int($0) } ?? 0,
      host: LogWriter.thisHost, process: getpid(), owner: UUID().uuidString, time: Date().timeIntervalSince1970)
  }

  func run() async throws {
    try await TaskClaim(folder).take(status)
    let place = Self.place()
    defer { try? FileManager.default.removeItem(at: place) }
    do {
      if let clock = try? FolderProbe(folder.url).clockAhead, abs(clock) > FolderProbe.mostClock {
        status.what =
          "the node's clock is \(Int(abs(clock))) s \(clock > 0 ? "ahead of" : "behind") the folder's: times in its logs are off; "
          + "whoever runs the cluster should set it (NTP)"
      }
      let store = place.appending(path: "store.sqlite")
      try await takeUp(store)
      try await train(store)
    } catch {
      if status.state == .working {
        // A signal that came before the first run is told like one that came later.
        status.state = ((error as? CommandError)?.exitStatus ?? 0) > 128 ? .interrupted : .refused
        status.what = Failure.line(error)
        try? write()
      }
      throw error
    }
  }

  private static let mark = "lorascope-task-"

  /// A folder of the node's own. Those of tasks that were killed here go.
  private static func place() -> URL {
    let temporary = FileManager.default.temporaryDirectory
    for name in (try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? [] where name.hasPrefix(mark)
    {
      guard let process = name.dropFirst(mark.count).split(separator: "-").first.flatMap({ pid_t($0) }),
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(at: temporary.appending(path: name))
    }
    return temporary.appending(path: "\(mark)\(getpid())-\(UUID().uuidString)", directoryHint: .isDirectory)
  }

  private func write() throws {
    guard TaskClaim(folder).holds(status) else {
      throw CommandError("task \(task) was begun anew elsewhere: this one ends", status: 69)
    }
    status.beat += 1
    status.updated = Date().timeIntervalSince1970
    try folder.write(status)
  }

  // MARK: What is there already

  /// The node's own store, with what earlier starts of the task have left in the cluster folder.
  private func takeUp(_ store: URL) async throws {
    let logs = folder.logs(of: task)
    RunLogs.sweepCopies(in: logs)
    let own = try RunStore(at: store, mode: .engine)
    defer { try? own.close() }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: logs.path)) ?? []).sorted()
    // A run of a race brings what it has come to in the round before.
    for place in study.tasks[task] {
      guard let source = study.source(of: place), !names.contains(logName(place) + ".jsonl") else { continue }
      let log = folder.url.deletingLastPathComponent().deletingLastPathComponent().appending(path: source)
      _ = try await own.importLogs([log])
    }
    for name in names where name.hasSuffix(".jsonl") && !name.hasPrefix(".") {
      let log = logs.appending(path: name)
      do {
        let outcome = try await own.importLogs([log])
        // What failed is begun anew, unless it would come to the same end.
        let runs = try await own.readableRuns().runs.filter { outcome.added.contains($0.id) }
        for run in runs where run.state == .failed && !TaskStatus.Run(place: 0, run).hasDiverged {
          try await own.moveToTrash([run.id], now: Date().timeIntervalSince1970)
          try RunLogs.putAside(log)
        }
      } catch let error as StoreError where error.reason == .unreadable || error.reason == .missing {
        // A kill in the middle of a copy, or a damaged disk: the run comes to the same bits again.
        StandardStreams.note("\(Failure.line(error)); the run begins anew")
        try RunLogs.putAside(log)
      }
    }
  }

  /// Of a run's log, without an ending.
  private func logName(_ place: Int) -> String {
    let digits = String(study.runs.count).count
    let number = String(place)
    return "run-" + String(repeating: "0", count: max(0, digits - number.count)) + number
  }

  // MARK: Work

  private var threads: Int? {
    ["SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"].compactMap { environment[$0].flatMap { Int($0) } }.first
      ?? study.options.cpus
  }

  private func train(_ store: URL) async throws {
    let session = try await StudySession.open(
      store: store, threads: threads, jobs: study.options.jobs, evaluatesBase: false)
    timeUp.watch { Task { _ = await session.bus.send(.shutdown(.save)) } }
    try await check(session)
    try await queue(session)
    let reader = try RunStore(at: store, mode: .reading)
    defer { try? reader.close() }
    while true {
      let snapshot = await session.bus.currentSnapshot()
      do { try await publish(snapshot, session, reader) } catch let error as CommandError {
        await session.close()
        throw error
      } catch {
        // A file server that is away for a moment is no end: the runs go on, and the next look tries again.
        let line = Failure.line(error)
        if troubles.insert(line).inserted { StandardStreams.note("\(line); trying again") }
      }
      let mine = places.keys.compactMap { snapshot.run($0) }
      if snapshot.engine.hasShutDown || mine.allSatisfy(isOver) { break }
      try? await Task.sleep(for: Self.beat)
    }
    await session.close()
    try await end(session, reader)
  }

  /// The base, the processor: what a node may have otherwise than the one where the study was submitted.
  private func check(_ session: StudySession) async throws {
    guard let model = study.runs.first?.model else { return }
    try await session.expect(.selectModel(model))
    let snapshot = await session.bus.currentSnapshot()
    let here = snapshot.model?.fingerprint ?? "none"
    guard here == study.base else {
      throw CommandError(
        "the base \(model.displayName) on \(status.host) is another one (\(here.prefix(12))) than where the study was submitted "
          + "(\(study.base.prefix(12))): put the same files on all nodes, or submit the study again", status: 65)
    }
    if let missing = snapshot.engine.missingForBF16,
      study.tasks[task].contains(where: { study.runs[$0].settings.needsBF16 })
    {
      throw CommandError(
        "runs of this task are computed in bf16, which needs \(missing), and \(status.host) has not: name nodes that have it with "
          + "--constraint, and --resubmit", status: 69)
    }
  }

  private func queue(_ session: StudySession) async throws {
    let runs = await session.bus.currentSnapshot().runs
    progressBefore = Self.progress(runs)
    for place in study.tasks[task] {
      let plan = study.runs[place]
      if let known = runs.last(where: { $0.plan == plan && places[$0.id] == nil }) {
        places[known.id] = place
        if isOver(known) {
          // What earlier starts have written is the log already.
          published[known.id] = Self.mark(known)
          continue
        }
      }
      let ids = try await session.queue(.runOfStudy(plan, heats: study.heats(of: place)))
      for id in ids { places[id] = place }
    }
  }

  /// As far as it is asked to come: to its end, or to a heat.
  private func isOver(_ run: RunSummary) -> Bool {
    let heats = places[run.id].flatMap(study.heats(of:))
    return heats?.isReached(by: run) ?? run.state.isTerminal
  }

  private func isReached(_ run: RunSummary) -> Bool { run.state == .done || isOver(run) && !run.state.isTerminal }

  // MARK: Telling

  /// Changes where there is something to log: a state, a checkpoint.
  private static func mark(_ run: RunSummary) -> String { "\(run.state.rawValue) \(run.lastCheckpointStep ?? -1)" }

  /// Logs first, status after them: a run that is said to be done has its log.
  private func publish(_ snapshot: Snapshot, _ session: StudySession, _ reader: RunStore) async throws {
    let changed = places.keys.sorted().compactMap { snapshot.run($0) }.filter {
      $0.state != .waiting && published[$0.id] != Self.mark($0)
    }
    if !changed.isEmpty {
      guard TaskClaim(folder).holds(status) else {
        throw CommandError("task \(task) was begun anew elsewhere: this one ends", status: 69)
      }
      if !snapshot.engine.hasShutDown, snapshot.engine.blockedReason == nil { await session.bus.flush() }
      try await export(changed, reader)
    }
    status.runs = places.sorted { $0.value < $1.value }.compactMap { id, place in
      snapshot.run(id).map { TaskStatus.Run(place: place, $0) }
    }
    try write()
  }

  private func export(_ runs: [RunSummary], _ reader: RunStore) async throws {
    var names: [RunID: String] = [:]
    for run in runs { names[run.id] = logName(places[run.id] ?? 0) }
    _ = try await reader.exportLogs(runs.map(\.id), to: folder.logs(of: task), by: RunsLog.writer, names: names)
    for run in runs {
      published[run.id] = Self.mark(run)
      if run.state.isTerminal { StandardStreams.note(RunLine.finished(run)) }
    }
  }

  private func end(_ session: StudySession, _ reader: RunStore) async throws {
    // As it is stored: what was told after the engine's end is not in the snapshot.
    let stored = try await reader.readableRuns().runs.filter { places[$0.id] != nil }
    try await export(stored.filter { $0.state != .waiting && published[$0.id] != Self.mark($0) }, reader)
    status.runs = stored.compactMap { run in places[run.id].map { TaskStatus.Run(place: $0, run) } }
      .sorted { $0.place < $1.place }
    if stored.allSatisfy(isOver) {
      status.state = .ended
      try write()
      if !stored.allSatisfy(isReached) {
        throw CommandError("not every run of task \(task) finished; --follow has the reasons", status: 1)
      }
      return
    }
    status.state = .interrupted
    if timeUp.isUp {
      status.what = "the time limit came; it goes on in its next start"
      try write()
      return try await comeBack(stored)
    }
    status.what = session.receivedSignal.map { "signal \($0)" }
    try write()
    try session.exitIfInterrupted()
    throw CommandError("task \(task) ended before its runs", status: 1)
  }

  /// Grows with every step that is kept and every run that ends.
  private static func progress(_ runs: [RunSummary]) -> Int {
    runs.reduce(0) { $0 + $1.step + ($1.state.isTerminal ? 1 : 0) }
  }

  /// Slurm starts preempted tasks again by itself, and those whose time was over only when they ask for it.
  private func comeBack(_ stored: [RunSummary]) async throws {
    guard Self.progress(stored) > progressBefore else {
      throw CommandError(
        "task \(task) came no step further within its time limit: --resubmit it with more --time", status: 1)
    }
    guard let job = status.job else { throw CommandError("the time is over", status: 1) }
    try await Slurm().requeue(job)
  }
}

/// SIGUSR1, which the job script asks Slurm for before the time limit.
///
/// `@unchecked Sendable`: the source is set once and only kept alive; the rest is locked.
private final class TimeUp: @unchecked Sendable {
  private struct State {
    var isUp = false
    var action: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let source: any DispatchSourceSignal

  init() {
    signal(SIGUSR1, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global(qos: .userInitiated))
    source.setEventHandler { [weak self] in self?.come() }
    source.resume()
  }

  var isUp: Bool { state.withLock { $0.isUp } }

  func watch(_ action: @escaping @Sendable () -> Void) {
    let isUp = state.withLock { state in
      state.action = action
      return state.isUp
    }
    if isUp { action() }
  }

  private func come() {
    let action = state.withLock { state in
      state.isUp = true
      return state.action
    }
    action?()
  }
}
