import Analysis
import Foundation
import Messages
import Recipe
import Training

extension Engine {
  package func handle(_ command: Command) async -> CommandOutcome {
    if hasShutDown { return .refused("the engine has ended") }
    do {
      if command.changesStore {
        guard !isReadOnly else {
          throw Refusal(
            "the store \(store.folder.database.path) is open for reading only: another lorascope trains with it, "
              + "or --read-only was given", exitStatus: 74)
        }
        for id in command.existingRuns { await catchUp(id) }
      }
      return try await perform(command)
    } catch {
      return .refused(Refusal(Failure.line(error), exitStatus: Failure.exitStatus(error)))
    }
  }

  private func perform(_ command: Command) async throws -> CommandOutcome {
    var changed: [RunID] = []
    switch command {
    case .selectModel(let reference): try await select(reference)
    case .selectData(let reference):
      let summary = try await Blocking.run { try DataCatalogue.summary(of: reference) }
      bus.change { $0.data = summary }
    case .selectDataUnder(let reference, let settings):
      let summary = try await Blocking.run { try DataCatalogue.summary(of: reference, under: settings) }
      bus.change { $0.data = summary }
    case .export(let id, let path, let replace): return try await export(id, to: path, replace: replace)
    case .exportBF16(let id, let path, let replace):
      return try await export(id, to: path, rounds: true, replace: replace)
    case .exportReport(let request, let path, let replace):
      return try await exportReport(request, to: path, replace: replace)
    case .exportConfiguration(let tool, let kind, let request, let path, let replace):
      return try await exportConfiguration(tool, kind, request, to: path, replace: replace)
    case .shutdown(let mode): await shutdown(mode)
    case .queue(let plan):
      // An evaluation of the base is asked for by its own name.
      try check(plan)
      try plan.settings.checkGroups(among: [plan.targets])
      changed = try await enqueue([plan])
    case .evaluateBase(let plan): changed = try await evaluateBase(plan)
    case .runOfStudy(let plan, let heats): changed = [try await runOfStudy(plan, heats)].compactMap { $0 }
    case .sweep(let sweep): changed = try await self.sweep(sweep)
    case .search(let requests): try await beginSearches(requests)
    case .endSearch(let id): try await endSearch(id)
    case .pause(let id): changed = [try pause(id)]
    case .resume(let id): changed = [try await resume(id)]
    case .stop(let id, let keep): changed = [try await stop(id, keep: keep)]
    case .cancel(let id): changed = [try await cancel(id)]
    case .delete(let ids): changed = try await delete(ids)
    case .move(let id, let earlier): changed = [try await move(id, earlier: earlier)]
    case .repeatWithNextSeed(let id): changed = try await repeatWithNextSeed(id)
    case .setSeriesSlot(let id, let slot): changed = [try await setSeriesSlot(id, slot)]
    case .label(let ids, let change): changed = try await label(ids, change)
    case .resumeUnfinished: changed = await resumeUnfinished()
    case .pauseQueue(let isPaused):
      schedule.isPaused = isPaused
      proceed()
    case .undelete(let ids): changed = try await undelete(ids)
    case .setJobs(let count):
      if let count, !(1...Self.mostJobs).contains(count) {
        throw Refusal("1 to \(Self.mostJobs) runs can train at once, not \(count)", exitStatus: 64)
      }
      jobs = count
      proceed()
    case .measureSpeed(let sweep, let again):
      try await measureSpeed(sweep, again: again)
    case .measureLatency(let ids): changed = try await measureLatency(ids)
    case .prune(let pruning, let measures): changed = try await prune(pruning, measureLatency: measures)
    case .keepLatency(let ids): changed = try keepLatency(ids)
    case .keepFleets(let fleets): try await keep(fleets)
    case .measureFleet(let id, let sequences): changed = [try await measureFleet(id, sequences)]
    case .stopFleet: fleetControl?.set(.stop)
    case .stopProbe: stopProbe()
    case .stopAnswers: answerControl?.set(.stop)
    case .cluster: throw Refusal("no cluster's study is watched here: lorascope --watch DIR does that", exitStatus: 64)
    case .replay: throw Refusal("nothing is replayed here: lorascope --replay does that", exitStatus: 64)
    }
    return .accepted(runs: changed)
  }

  // MARK: Runs that are there

  func known(_ id: RunID) throws -> EngineRun {
    guard let run = runs[id] else {
      if let what = unreadable[id] {
        throw Refusal("run \(id): \(what); `lorascope runs delete \(id)` removes it", exitStatus: 65)
      }
      throw Refusal("there is no run \(id); `lorascope runs list` shows those that there are", exitStatus: 66)
    }
    return run
  }

  func refusal(_ id: RunID, _ what: String) -> Refusal { Refusal("run \(id) \(what)", exitStatus: 64) }

  private func pause(_ id: RunID) throws -> RunID {
    let run = try known(id)
    switch run.phase {
    case .active(let runner), .measuring(let runner): runner.control.set(.pause)
    case .awaitingLatency:
      end(id, .pause, at: .awaitingLatency)
      proceed()
    case .waiting: throw refusal(id, "has not started: cancel it, or pause the queue")
    case .paused: throw refusal(id, "is paused already")
    case .ended(let state), .remeasuring(_, let state): throw refusal(id, "has ended (\(state.rawValue))")
    }
    return id
  }

  private func resume(_ id: RunID) async throws -> RunID {
    let run = try known(id)
    if let search = openSearch(of: await bus.currentSnapshot().run(id))?.summary {
      guard search.status == .running else {
        throw refusal(id, "belongs to search \(search.id): `lorascope resume` goes on with all of it")
      }
      if case .ended = run.phase {
        throw refusal(id, "has left the race of search \(search.id), which is not over: it can go on after that")
      }
      guard heatOrders[id] != nil, await bus.currentSnapshot().run(id)?.reason == nil else {
        throw refusal(id, "waits in the race of search \(search.id), which decides whether it goes on")
      }
    }
    switch run.phase {
    case .waiting where schedule.held.contains(id):
      try requireBF16(id)
      schedule.held.remove(id)
    case .waiting: throw refusal(id, "waits in the queue already")
    case .paused, .ended(.stopped):
      try requireBF16(id)
      await requeue([id])
    case .ended(.failed) where await mayGoOn(id):
      try requireBF16(id)
      await requeue([id])
    case .active, .measuring, .awaitingLatency: throw refusal(id, "is not paused")
    case .ended(let state), .remeasuring(_, let state):
      throw refusal(id, "has ended (\(state.rawValue)): repeat it instead")
    }
    proceed()
    return id
  }

  /// Not what would fail again: a run that has diverged comes to the same step.
  private func mayGoOn(_ id: RunID) async -> Bool {
    if runs[id]?.isUnfinished == true { return true }
    guard let run = await bus.currentSnapshot().run(id) else { return false }
    return run.reason?.contains(" diverged: ") != true && (run.prepared != nil || run.failureStatus == nil)
  }

  /// Puts runs that have a checkpoint back at the front of the queue.
  func requeue(_ ids: [RunID]) async {
    if ids.isEmpty { return }
    for id in ids {
      runs[id]?.phase = .waiting
      schedule.held.remove(id)
      runs[id]?.isUnfinished = false
      post(.waiting, run: id)
    }
    schedule.queue.insert(contentsOf: ids, at: 0)
    try? await store.setQueue(schedule.queue)
  }

  /// What this machine cannot go on with keeps its place and its checkpoint.
  func needsBF16(_ id: RunID) -> Bool {
    !TrainingOptions.canUseBF16 && runs[id]?.plan.settings.needsBF16 == true
  }

  func needsBF16(_ search: EngineSearch) -> Bool {
    !TrainingOptions.canUseBF16 && search.summary.request.settings.needsBF16
  }

  func sayNeedsBF16(_ names: [String]) {
    guard !names.isEmpty else { return }
    notice(
      .warning,
      "left as they are: \(names.joined(separator: ", ")), which are computed in bf16 and need \(TrainingOptions.bf16Needs)",
      run: nil)
  }

  private func requireBF16(_ id: RunID) throws {
    guard needsBF16(id) else { return }
    throw Refusal("run \(id) is computed in bf16, which needs \(TrainingOptions.bf16Needs)", exitStatus: 69)
  }

  private func resumeUnfinished() async -> [RunID] {
    // First: they let their own runs go on, as far as they want them.
    let before = Set(schedule.queue.filter { !schedule.held.contains($0) })
    let searching = await resumeSearches()
    let raced = schedule.queue.filter { !schedule.held.contains($0) && !before.contains($0) }
    let open = Set(await bus.currentSnapshot().runs.filter { openSearch(of: $0) != nil }.map(\.id))
    // One that has failed since is its search's all the same: it would only fail again.
    let unfinished = runs.filter { $0.value.isUnfinished && !open.contains($0.key) }.keys.sorted()
    let waiting = schedule.queue.filter { schedule.held.contains($0) && !open.contains($0) }
    let paused = unfinished.filter { !needsBF16($0) }
    let held = waiting.filter { !needsBF16($0) }
    let left = (unfinished + waiting).filter(needsBF16)
    let stuck = searches.values.filter { $0.summary.status == .paused && needsBF16($0) }.map(\.summary.id).sorted()
    sayNeedsBF16(stuck.map { "search \($0)" } + left.map { "#\($0)" })
    schedule.held.subtract(held)
    await requeue(paused)
    if !(paused + held).isEmpty {
      notice(.info, "going on with \(paused.count) unfinished and \(held.count) waiting runs", run: nil)
    }
    if !searching.isEmpty {
      notice(.info, "going on with search \(searching.map(String.init).joined(separator: ", "))", run: nil)
    }
    proceed()
    return paused + held + raced
  }

  private func stop(_ id: RunID, keep: Bool) async throws -> RunID {
    let run = try known(id)
    // Half an evaluation of the base is no result: kept, it would stand for the whole one.
    let order: RunControl.Order = keep && !run.plan.isBaseline ? .stop : .discard
    switch run.phase {
    case .active(let runner), .measuring(let runner): runner.control.set(order)
    case .awaitingLatency:
      end(id, order, at: .awaitingLatency)
      proceed()
    case .waiting: throw refusal(id, "has not started: cancel it")
    case .paused:
      // A pruning that is not over has nothing to keep.
      end(id, run.plan.pruning == nil ? order : .discard, at: .paused)
      // No runner tells its search.
      await raced(id, .ended(keep ? .stopped : .cancelled))
    case .ended(let state), .remeasuring(_, let state): throw refusal(id, "has ended (\(state.rawValue))")
    }
    return id
  }

  private func cancel(_ id: RunID) async throws -> RunID {
    guard case .waiting = try known(id).phase else { throw refusal(id, "does not wait: stop it instead") }
    schedule.dequeue(id)
    runs[id]?.phase = .ended(.cancelled)
    releaseOutput(id)
    post(.cancelled, reason: "taken out of the queue", run: id)
    proceed()
    await raced(id, .ended(.cancelled))
    return id
  }

  private func delete(_ ids: [RunID]) async throws -> [RunID] {
    let snapshot = await bus.currentSnapshot()
    for id in ids where unreadable[id] == nil {
      if let search = openSearch(of: snapshot.run(id)) {
        throw refusal(
          id,
          "belongs to search \(search.summary.id), which is not over: `lorascope resume --end \(search.summary.id)` ends that first"
        )
      }
      switch try known(id).phase {
      case .paused, .ended: break
      case .waiting: throw refusal(id, "waits in the queue: cancel it first")
      case .active, .measuring, .awaitingLatency: throw refusal(id, "is in progress: stop it first")
      case .remeasuring: throw refusal(id, "is being measured again: wait until it is")
      }
    }
    // What it has emitted must be in the record before the record is moved.
    if blockedReason == nil { await bus.flush() }
    let ids = ids.enumerated().filter { !ids[..<$0.offset].contains($0.element) }.map(\.element)
    for id in ids where unreadable[id] != nil {
      try await store.discardUnreadable(id)
      unreadable[id] = nil
    }
    let known = ids.filter { runs[$0] != nil }
    for id in known { releaseOutput(id) }
    try await store.moveToTrash(known, now: now)
    for id in known { runs[id] = nil }
    let gone = Set(known)
    bus.change { snapshot in snapshot.runs.removeAll { gone.contains($0.id) } }
    return ids
  }

  private func undelete(_ ids: [RunID]) async throws -> [RunID] {
    let ids = ids.enumerated().filter { !ids[..<$0.offset].contains($0.element) }.map(\.element)
    let restored = try await store.restoreFromTrash(ids)
    for run in restored {
      runs[run.id] = EngineRun(plan: run.plan, phase: run.state == .paused ? .paused : .ended(run.state))
    }
    bus.change { snapshot in
      for run in restored {
        let place = snapshot.runs.lastIndex { $0.id < run.id }.map { $0 + 1 } ?? 0
        snapshot.runs.insert(run, at: place)
      }
    }
    return ids
  }

  private func move(_ id: RunID, earlier: Bool) async throws -> RunID {
    guard let place = schedule.queue.firstIndex(of: id) else {
      _ = try known(id)
      throw refusal(id, "does not wait in the queue")
    }
    let other = earlier ? place - 1 : place + 1
    guard schedule.queue.indices.contains(other) else {
      throw refusal(id, earlier ? "is the first in the queue" : "is the last in the queue")
    }
    schedule.queue.swapAt(place, other)
    publishStatus()
    try await store.setQueue(schedule.queue)
    return id
  }

  private func setSeriesSlot(_ id: RunID, _ slot: Int?) async throws -> RunID {
    _ = try known(id)
    if let slot {
      guard (0..<8).contains(slot) else { throw Refusal("at most 8 runs can be marked", exitStatus: 64) }
      if let other = await bus.currentSnapshot().runs.first(where: { $0.seriesSlot == slot && $0.id != id }) {
        throw Refusal("the curve slot \(slot) belongs to run \(other.id)", exitStatus: 64)
      }
    }
    bus.change { snapshot in
      if let index = snapshot.index(of: id) { snapshot.runs[index].seriesSlot = slot }
    }
    try await store.setSeriesSlot(slot, of: id)
    return id
  }

  private func label(_ ids: [RunID], _ change: RunLabelChange) async throws -> [RunID] {
    for id in ids { _ = try known(id) }
    let labels = try await store.label(ids, change)
    bus.change { snapshot in
      for (id, labels) in labels {
        if let index = snapshot.index(of: id) { snapshot.runs[index].labels = labels }
      }
    }
    return ids
  }
}

extension Command {
  /// The runs that the command is about and that have to be there.
  fileprivate var existingRuns: [RunID] {
    switch self {
    case .pause(let id), .resume(let id), .stop(let id, _), .cancel(let id), .move(let id, _): [id]
    case .delete(let ids), .measureLatency(let ids): ids
    case .prune(let pruning, _): [pruning.parent]
    case .measureFleet(let id, _): [id]
    default: []
    }
  }
}
