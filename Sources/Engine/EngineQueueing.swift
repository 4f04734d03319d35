import Analysis
import Foundation
import Messages
import Recipe
import Training

/// New runs: what is checked, kept and queued before they begin.
extension Engine {
  /// Refuses what could never start; whether model and data can be read shows when the run prepares.
  ///
  /// - Parameter tuning: examples of the tuning split that its heats are scored on.
  func check(_ plan: RunPlan, tuning: Int = 0) throws {
    guard !plan.targets.isEmpty else {
      throw Refusal(
        "no module is chosen: name some of \(ModelGroups.of(plan.model).map(\.rawValue).joined(separator: ", "))",
        exitStatus: 64)
    }
    try checkSettings(plan, tuning: tuning)
  }

  /// What evaluations of the base are asked for, too.
  func checkSettings(_ plan: RunPlan, tuning: Int = 0) throws {
    if let model, model.reference == plan.model { try plan.targets.check(in: model.summary.linears) }
    try TrainingOptions(plan.settings, threads: schedule.share(jobs: jobs ?? 1)).validate()
    _ = try DataCatalogue.metric(plan.settings)
    if !plan.data.isBuiltin, plan.settings.evaluationSplit == .tuning, plan.settings.tuningShare == nil {
      throw Refusal(
        "data from files has no tuning split: hold out a share of it with --tuning-share, or give an evaluation file of its own",
        exitStatus: 64)
    }
    if case .file = plan.data, plan.settings.dataSeed == .same, plan.settings.trainingExamples != nil {
      throw Refusal(
        "a number of examples of a file is a sample, which --data-seed seed draws for each run, or a number (--data-seed 1) for all; "
          + "with \"same\" a file is taken whole: leave --examples out", exitStatus: 64)
    }
    if case .task = plan.data {
      try DataCatalogue.check(try DataCatalogue.task(for: plan.data), plan.settings, tuning: tuning)
    }
  }

  /// - Parameters:
  ///   - present: runs of the same study that are there already: the evaluations of the base that they lack come along.
  ///   - heats: where they are scored on their way.
  ///   - search: that they belong to.
  func enqueue(
    _ plans: [RunPlan], beside present: [RunPlan] = [], heats: HeatOrder? = nil, of search: SearchID? = nil
  ) async throws -> [RunID] {
    try checkNotEnding()
    for plan in plans where !plan.isAskedBaseline { try check(plan, tuning: heats?.examples ?? 0) }
    try await checkEngines(of: plans)
    let created = now
    let snapshot = await bus.currentSnapshot()
    let baselines = missingBaselines(of: plans + present, in: snapshot)
    defer { for baseline in baselines { baselinesOnTheirWay.remove(baseline.plan) } }
    let all = plans + baselines.map(\.plan)
    let outputs = try takeOutputs(of: plans, in: snapshot)
    let ids: [RunID]
    do { ids = try await store.insert(all, created: created, search: search) } catch {
      for (_, output) in outputs { output.release(nil) }
      throw error
    }
    for (place, output) in outputs { output.assign(ids[place]) }
    for (id, plan) in zip(ids, all) { runs[id] = EngineRun(plan: plan, phase: .waiting) }
    for place in plans.indices {
      heatOrders[ids[place]] = heats
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
        var run = RunSummary(id: id, plan: plan, state: .waiting, created: created)
        if !plan.isBaseline { run.search = search }
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
          throw Refusal("two runs cannot write to \(path)", exitStatus: 73)
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
  func sweep(_ sweep: SweepPlan) async throws -> [RunID] {
    if let searches = sweep.searches {
      try await beginSearches(searches)
      savePlan(sweep)
      return []
    }
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    var present: [Int: RunID] = [:]
    if sweep.reuseFinished {
      let snapshot = await bus.currentSnapshot()
      let like = runsByPlan(snapshot.runs)
      for (place, plan) in plans.enumerated() {
        present[place] = like[plan.deciding].flatMap { runs in
          // One that trains already was started with its heats or without them.
          let runs =
            sweep.heats.map { order in
              runs.filter { $0.canBeScored(at: order) && (!$0.state.isActive || heatOrders[$0.id] == order) }
            } ?? runs
          return reusable(plan, in: runs, fingerprint: fingerprints[sweep.model])
        }
      }
    }
    let missing = plans.indices.filter { present[$0] == nil }
    if sweep.heats != nil { for id in present.values { heatOrders[id] = sweep.heats } }
    await goOn(present.sorted { $0.key < $1.key }.map(\.value))
    let there = plans.indices.filter { present[$0] != nil }.map { plans[$0] }
    let ids = try await enqueue(missing.map { plans[$0] }, beside: there, heats: sweep.heats)
    for (place, id) in zip(missing, ids) { present[place] = id }
    // A plan file cannot say where heats are.
    if !missing.isEmpty, sweep.heats == nil { savePlan(sweep) }
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
      throw Refusal("a sweep needs at least one combination, one seed and one data set", exitStatus: 64)
    }
    let base = try await load(sweep.model)
    for set in sweep.combinations { try set.check(in: base.summary.linears) }
    for part in sweep.parts { try part.settings.checkGroups(among: sweep.combinations) }
    return SweepExpansion.plans(sweep, in: base.summary)
  }

  /// The runs by what decides their results, each in their order: a study of thousands of runs asks for each of them.
  func runsByPlan(_ runs: [RunSummary]) -> [RunPlan: [RunSummary]] { Dictionary(grouping: runs, by: \.plan.deciding) }

  /// A run with the same plan that is finished, or on its way.
  func reusable(_ plan: RunPlan, in runs: [RunSummary], fingerprint: String?) -> RunID? {
    runs.last { run in
      guard run.plan.deciding == plan.deciding else { return false }
      guard run.state == .done || !run.state.isTerminal, openSearch(of: run) == nil else { return false }
      guard let fingerprint, let prepared = run.prepared else { return true }
      return prepared.baseFingerprint == fingerprint
    }?.id
  }

  func repeatWithNextSeed(_ id: RunID) async throws -> [RunID] {
    var plan = try known(id).plan
    guard !plan.isBaseline else {
      throw refusal(id, "is the base's evaluation, which has no seed: delete it, and the next run brings a new one")
    }
    if let pruning = plan.pruning {
      throw refusal(id, "is pruned from run \(pruning.parent): repeat that, and prune it")
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
}

/// A study's runs from a sweep's plan.
enum SweepExpansion {
  /// Seed by seed, data by data, combination by combination (fewest adapter parameters first where asked).
  static func plans(_ sweep: SweepPlan, in model: ModelSummary) -> [RunPlan] {
    var combinations: [Targets] = []
    for set in sweep.combinations where !combinations.contains(set) { combinations.append(set) }
    var plans: [RunPlan] = []
    var known: Set<RunPlan> = []
    // Seeds outermost: a whole first picture of all combinations comes before the second seed of any.
    let cells = sweep.parts.map { part in
      let cells = combinations.map { (targets: $0, settings: sweep.settings(part, $0, in: model)) }
      return (part: part, cells: sweep.cheapestFirst ? cheapestFirst(cells, model) : cells)
    }
    for seed in sweep.seeds {
      for (part, cells) in cells {
        for cell in cells {
          var settings = cell.settings
          settings.seed = seed
          let plan = RunPlan(model: sweep.model, data: part.data, targets: cell.targets, settings: settings)
          if known.insert(plan).inserted { plans.append(plan) }
        }
      }
    }
    return plans
  }

  private static func cheapestFirst(
    _ cells: [(targets: Targets, settings: RunSettings)], _ model: ModelSummary
  ) -> [(targets: Targets, settings: RunSettings)] {
    let costs = cells.map { model.adapterParameters($0.targets, $0.settings) }
    return cells.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }.map { cells[$0] }
  }
}
