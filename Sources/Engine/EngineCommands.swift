import Analysis
import Foundation
import Messages
import Recipe
import Training

extension Engine {
  public func handle(_ command: Command) async -> CommandOutcome {
    if hasShutDown { return .refused("the engine has ended") }
    do {
      if command.changesStore {
        guard !isReadOnly else {
          throw StudyError(
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
    case .exportReport(let request, let path, let replace):
      return try await exportReport(request, to: path, replace: replace)
    case .exportConfiguration(let tool, let kind, let request, let path, let replace):
      return try await exportConfiguration(tool, kind, request, to: path, replace: replace)
    case .shutdown(let mode): await shutdown(mode)
    case .queue(let plan): changed = try await enqueue([plan])
    case .sweep(let sweep): changed = try await self.sweep(sweep)
    case .pause(let id): changed = [try pause(id)]
    case .resume(let id): changed = [try await resume(id)]
    case .stop(let id, let keep): changed = [try stop(id, keep: keep)]
    case .cancel(let id): changed = [try cancel(id)]
    case .delete(let ids): changed = try await delete(ids)
    case .move(let id, let earlier): changed = [try await move(id, earlier: earlier)]
    case .repeatWithNextSeed(let id): changed = try await repeatWithNextSeed(id)
    case .setSeriesSlot(let id, let slot): changed = [try await setSeriesSlot(id, slot)]
    case .resumeUnfinished: changed = await resumeUnfinished()
    case .pauseQueue(let isPaused):
      schedule.isPaused = isPaused
      proceed()
    case .undelete(let ids): changed = try await undelete(ids)
    case .setJobs(let count):
      if let count, !(1...Self.mostJobs).contains(count) {
        throw StudyError("1 to \(Self.mostJobs) runs can train at once, not \(count)", exitStatus: 64)
      }
      jobs = count
      proceed()
    case .measureSpeed(let sweep, let again):
      try await measureSpeed(sweep, again: again)
    case .measureLatency(let ids): changed = try await measureLatency(ids)
    case .keepLatency(let ids): changed = try keepLatency(ids)
    }
    return .accepted(runs: changed)
  }

  // MARK: New runs

  /// Refuses what could never start; whether model and data can be read shows when the run prepares.
  func check(_ plan: RunPlan) throws {
    guard !plan.targets.isEmpty else {
      throw StudyError(
        "no module is chosen: name some of \(TargetGroup.allCases.map(\.rawValue).joined(separator: ", "))",
        exitStatus: 64)
    }
    if let model, model.reference == plan.model { try plan.targets.check(in: model.summary.linears) }
    try TrainingOptions(plan.settings, threads: schedule.share(jobs: jobs ?? 1)).validate()
    _ = try DataCatalogue.metric(plan.settings)
    if !plan.data.isBuiltin, plan.settings.evaluationSplit == .tuning {
      throw StudyError(
        "data from files has no tuning split: hold out a share of it, or give an evaluation file of its own",
        exitStatus: 64)
    }
    if case .task = plan.data { _ = try DataCatalogue.task(for: plan.data) }
  }

  /// - Parameter present: runs of the same study that are there already: the evaluations of the base that they lack come along.
  private func enqueue(_ plans: [RunPlan], beside present: [RunPlan] = []) async throws -> [RunID] {
    guard !isEnding, !schedule.finishesThenQuits else { throw StudyError("the engine is about to end", exitStatus: 64) }
    for plan in plans { try check(plan) }
    let created = now
    let snapshot = await bus.currentSnapshot()
    let baselines = missingBaselines(of: plans + present, in: snapshot)
    defer { for baseline in baselines { baselinesOnTheirWay.remove(baseline.plan) } }
    let all = plans + baselines.map(\.plan)
    let outputs = try takeOutputs(of: plans, in: snapshot)
    let ids: [RunID]
    do { ids = try await store.insert(all, created: created) } catch {
      for (_, output) in outputs { output.release(nil) }
      throw error
    }
    for (place, output) in outputs { output.assign(ids[place]) }
    for (id, plan) in zip(ids, all) { runs[id] = EngineRun(plan: plan, phase: .waiting) }
    for place in plans.indices {
      schedule.queue.append(ids[place])
      for (offset, baseline) in baselines.enumerated() where baseline.follows == place {
        schedule.queue.append(ids[plans.count + offset])
      }
    }
    for (offset, baseline) in baselines.enumerated() where baseline.follows >= plans.count {
      schedule.queue.append(ids[plans.count + offset])
    }
    schedule.queue += unfinishedBaselines(of: plans + present, in: snapshot)
    bus.change { snapshot in
      for (id, plan) in zip(ids, all) {
        let run = RunSummary(id: id, plan: plan, state: .waiting, created: created)
        // Two commands at once may come to the snapshot in another order than their numbers.
        let place = snapshot.runs.lastIndex { $0.id < id }.map { $0 + 1 } ?? 0
        snapshot.runs.insert(run, at: place)
      }
    }
    try? await store.setQueue(schedule.queue)
    proceed()
    return Array(ids.prefix(plans.count))
  }

  /// Keeps the folders that runs will write to, before anything is computed: all of them or none.
  private func takeOutputs(of plans: [RunPlan], in snapshot: Snapshot) throws -> [(place: Int, OutputReservation)] {
    var taken: [(place: Int, OutputReservation)] = []
    do {
      for (place, plan) in plans.enumerated() {
        guard let path = plan.settings.output else { continue }
        guard !plans[..<place].contains(where: { $0.settings.output == path }) else {
          throw StudyError("two runs cannot write to \(path)", exitStatus: 73)
        }
        try OutputPlaces(runs: snapshot.runs, folder: store.folder).check(path, of: nil)
        let output = OutputReservation(folder: path, store: store.folder.database)
        try output.take(for: nil) { id in
          if case .ended? = runs[id]?.phase { return false }
          return runs[id] != nil
        }
        taken.append((place, output))
      }
    } catch {
      for (_, output) in taken { output.release(nil) }
      throw error
    }
    return taken
  }

  /// Evaluations of the base that the store lacks, each with the place of the run that it follows: the first run's curve must not
  /// wait for it, and that run's score is the first that can be seen against it.
  private func missingBaselines(of plans: [RunPlan], in snapshot: Snapshot) -> [(follows: Int, plan: RunPlan)] {
    guard options.evaluatesBase else { return [] }
    var missing: [(follows: Int, plan: RunPlan)] = []
    for (place, plan) in plans.enumerated() {
      guard let baseline = plan.baseline, !baselinesOnTheirWay.contains(baseline) else { continue }
      if let present = snapshot.baseline(of: plan) {
        let fingerprint = model.flatMap { $0.reference == plan.model ? $0.summary.fingerprint : nil }
        guard let fingerprint, let prepared = present.prepared, prepared.baseFingerprint != fingerprint else {
          continue
        }
      }
      baselinesOnTheirWay.insert(baseline)
      missing.append((place, baseline))
    }
    return missing
  }

  /// Evaluations of the base that an earlier start left unfinished: they go on with the runs that need them.
  private func unfinishedBaselines(of plans: [RunPlan], in snapshot: Snapshot) -> [RunID] {
    var goOn: [RunID] = []
    for id in Set(plans.compactMap { snapshot.baseline(of: $0)?.id }).sorted() {
      schedule.held.remove(id)
      guard case .paused? = runs[id]?.phase, runs[id]?.isUnfinished == true else { continue }
      runs[id]?.phase = .waiting
      runs[id]?.isUnfinished = false
      post(.waiting, run: id)
      goOn.append(id)
    }
    return goOn
  }

  /// Queues a study's runs, without those that are there already; returns all of the study's runs. What a kill, a quit or a person has
  /// left unfinished of it goes on.
  private func sweep(_ sweep: SweepPlan) async throws -> [RunID] {
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    var present: [Int: RunID] = [:]
    if sweep.reuseFinished {
      let snapshot = await bus.currentSnapshot()
      let like = runsByPlan(snapshot.runs)
      for (place, plan) in plans.enumerated() {
        present[place] = like[plan.deciding].flatMap {
          reusable(plan, in: $0, fingerprint: fingerprints[sweep.model])
        }
      }
    }
    let missing = plans.indices.filter { present[$0] == nil }
    await goOn(present.sorted { $0.key < $1.key }.map(\.value))
    let there = plans.indices.filter { present[$0] != nil }.map { plans[$0] }
    let ids = try await enqueue(missing.map { plans[$0] }, beside: there)
    for (place, id) in zip(missing, ids) { present[place] = id }
    if !missing.isEmpty { savePlan(sweep) }
    if missing.count < plans.count {
      notice(.info, "\(plans.count - missing.count) of \(plans.count) runs are there already", run: nil)
    }
    return plans.indices.compactMap { present[$0] }
  }

  /// Runs that an earlier start has left, or that are paused, take their places in the queue again.
  private func goOn(_ ids: [RunID]) async {
    var paused: [RunID] = []
    for id in ids {
      switch runs[id]?.phase {
      case .waiting: schedule.held.remove(id)
      case .paused: paused.append(id)
      default: break
      }
    }
    await requeue(paused)
  }

  func expand(_ sweep: SweepPlan) async throws -> [RunPlan] {
    guard !sweep.combinations.isEmpty, !sweep.seeds.isEmpty, !sweep.parts.isEmpty else {
      throw StudyError("a sweep needs at least one combination, one seed and one data set", exitStatus: 64)
    }
    let base = try await load(sweep.model)
    for set in sweep.combinations { try set.check(in: base.summary.linears) }
    return SweepExpansion.plans(sweep, in: base.summary)
  }

  /// The runs by what decides their results, each in their order: a study of thousands of runs asks for each of them.
  func runsByPlan(_ runs: [RunSummary]) -> [RunPlan: [RunSummary]] { Dictionary(grouping: runs, by: \.plan.deciding) }

  /// A run with the same plan that is finished, or on its way.
  func reusable(_ plan: RunPlan, in runs: [RunSummary], fingerprint: String?) -> RunID? {
    runs.last { run in
      guard run.plan.deciding == plan.deciding else { return false }
      guard run.state == .done || !run.state.isTerminal else { return false }
      guard let fingerprint, let prepared = run.prepared else { return true }
      return prepared.baseFingerprint == fingerprint
    }?.id
  }

  private func repeatWithNextSeed(_ id: RunID) async throws -> [RunID] {
    var plan = try known(id).plan
    guard !plan.isBaseline else {
      throw refusal(id, "is the base's evaluation, which has no seed: delete it, and the next run brings a new one")
    }
    let seeds = runs.values.filter { $0.plan.withoutSeed == plan.withoutSeed }.map(\.plan.settings.seed)
    plan.settings.seed = (seeds.max() ?? 0) &+ 1
    // Two runs must not write the same folder.
    plan.settings.output = nil
    return try await enqueue([plan])
  }

  /// Keeps the sweep as a file, so that it can be run again from the command line.
  private func savePlan(_ sweep: SweepPlan) {
    let folder = store.folder.database.deletingLastPathComponent().appending(path: "plans", directoryHint: .isDirectory)
    let files = FileManager.default
    do {
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
      var number = 1
      var url: URL
      repeat {
        url = folder.appending(path: "sweep-\(number < 10 ? "0" : "")\(number).toml")
        number += 1
      } while files.fileExists(atPath: url.path)
      try SweepPlanFile.write(sweep, to: url)
      notice(.info, "the sweep's plan is saved as \(url.path)", run: nil)
    } catch {
      notice(.warning, "the sweep's plan could not be saved: \(Failure.line(error))", run: nil)
    }
  }

  // MARK: Runs that are there

  func known(_ id: RunID) throws -> EngineRun {
    guard let run = runs[id] else {
      if let what = unreadable[id] {
        throw StudyError("run \(id): \(what); `lorascope runs delete \(id)` removes it", exitStatus: 65)
      }
      throw StudyError("there is no run \(id); `lorascope runs list` shows those that there are", exitStatus: 66)
    }
    return run
  }

  private func refusal(_ id: RunID, _ what: String) -> StudyError { StudyError("run \(id) \(what)", exitStatus: 64) }

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
  private func requeue(_ ids: [RunID]) async {
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
  private func needsBF16(_ id: RunID) -> Bool {
    !TrainingOptions.canUseBF16 && runs[id]?.plan.settings.useBF16 == true
  }

  private func requireBF16(_ id: RunID) throws {
    guard needsBF16(id) else { return }
    throw StudyError("run \(id) trains in bf16, which needs \(TrainingOptions.bf16Needs)", exitStatus: 69)
  }

  private func resumeUnfinished() async -> [RunID] {
    let unfinished = runs.filter { $0.value.isUnfinished }.keys.sorted()
    let waiting = schedule.queue.filter { schedule.held.contains($0) }
    let paused = unfinished.filter { !needsBF16($0) }
    let held = waiting.filter { !needsBF16($0) }
    let left = (unfinished + waiting).filter(needsBF16)
    if !left.isEmpty {
      let names = left.map { "#\($0)" }.joined(separator: ", ")
      notice(
        .warning, "left as they are: \(names), which train in bf16 and need \(TrainingOptions.bf16Needs)", run: nil)
    }
    schedule.held.subtract(held)
    await requeue(paused)
    if !(paused + held).isEmpty {
      notice(.info, "going on with \(paused.count) unfinished and \(held.count) waiting runs", run: nil)
    }
    proceed()
    return paused + held
  }

  private func stop(_ id: RunID, keep: Bool) throws -> RunID {
    let run = try known(id)
    // Half an evaluation of the base is no result: kept, it would stand for the whole one.
    let order: RunControl.Order = keep && !run.plan.isBaseline ? .stop : .discard
    switch run.phase {
    case .active(let runner), .measuring(let runner): runner.control.set(order)
    case .awaitingLatency:
      end(id, order, at: .awaitingLatency)
      proceed()
    case .waiting: throw refusal(id, "has not started: cancel it")
    case .paused: end(id, order, at: .paused)
    case .ended(let state), .remeasuring(_, let state): throw refusal(id, "has ended (\(state.rawValue))")
    }
    return id
  }

  private func cancel(_ id: RunID) throws -> RunID {
    guard case .waiting = try known(id).phase else { throw refusal(id, "does not wait: stop it instead") }
    schedule.dequeue(id)
    runs[id]?.phase = .ended(.cancelled)
    releaseOutput(id)
    post(.cancelled, reason: "taken out of the queue", run: id)
    proceed()
    return id
  }

  private func delete(_ ids: [RunID]) async throws -> [RunID] {
    for id in ids where unreadable[id] == nil {
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
      guard (0..<8).contains(slot) else { throw StudyError("at most 8 runs can be marked", exitStatus: 64) }
      if let other = await bus.currentSnapshot().runs.first(where: { $0.seriesSlot == slot && $0.id != id }) {
        throw StudyError("the curve slot \(slot) belongs to run \(other.id)", exitStatus: 64)
      }
    }
    bus.change { snapshot in
      if let index = snapshot.index(of: id) { snapshot.runs[index].seriesSlot = slot }
    }
    try await store.setSeriesSlot(slot, of: id)
    return id
  }

  // MARK: Shutdown

  public func shutdown(_ mode: Command.Shutdown) async {
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
    if !isReadOnly { try? await store.setQueue(schedule.queue) }
    await finish()
    hasShutDown = true
    publishStatus()
  }
}

extension Command {
  /// The runs that the command is about and that have to be there.
  fileprivate var existingRuns: [RunID] {
    switch self {
    case .pause(let id), .resume(let id), .stop(let id, _), .cancel(let id), .move(let id, _): [id]
    case .delete(let ids): ids
    default: []
    }
  }
}
