import Analysis
import Foundation
import Messages
import Recipe

/// Measuring how fast kinds of runs go, and what follows from it.
extension Engine {
  /// What decides how many runs go at once: measured speeds, and no times of runs.
  var schedulingModel: TimeModel {
    TimeModel(
      machine: Machine.identity, threads: environment.threads, speeds: speeds, fingerprints: fingerprints,
      fixedJobs: jobs, runs: [])
  }

  /// Reads a base, and remembers by its hash what it is.
  func load(_ reference: ModelReference) async throws -> LoadedBase {
    let base = try await environment.bases.load(reference)
    fingerprints[reference] = base.summary.fingerprint
    return base
  }

  /// A run's kind where its speed is not known: how many of the kind go at once depends on it.
  func unknownSpeed(_ plan: RunPlan, _ model: TimeModel) -> SpeedMeasurement.Key? {
    guard jobs == nil, environment.threads > 1, plan.trains, plan.settings.engine == .lorascope,
      let key = model.key(plan), speeds[key] == nil,
      !speedFailures.contains(key)
    else { return nil }
    return key
  }

  /// Measures what was asked for, or else what the next runs in the queue lack.
  func startMeasuringSpeed(_ key: SpeedMeasurement.Key, _ model: TimeModel) {
    let waiting = schedule.waiting.compactMap { runs[$0]?.plan }.filter { $0.trains && model.key($0) == key }
    guard let request = speedRequests.removeValue(forKey: key) ?? SpeedRequest(waiting, key: key) else {
      return schedule.measuredSpeed()
    }
    let control = RunControl()
    speedControl = control
    let probe = SpeedProbe(
      request: request, environment: environment, control: control,
      latencySeconds: speeds.values.filter {
        $0.key.machine == request.key.machine && $0.key.baseFingerprint == request.key.baseFingerprint
          && $0.key.threads == request.key.threads
      }.max { $0.time < $1.time }?.latencySeconds)
    Task {
      let result = await Result { try await Blocking.run { try probe.run() } }
      await self.measuredSpeed(request.key, result)
    }
  }

  private func measuredSpeed(_ key: SpeedMeasurement.Key, _ result: Result<SpeedMeasurement?, any Error>) async {
    switch result {
    case .success(let measurement?) where measurement.isBusy:
      // Better than nothing until a quiet machine is measured, and no better than what a quiet machine gave: the store does not keep it.
      if speeds[key]?.isBusy != false { speeds[key] = measurement }
      notice(
        .warning,
        "other programs took \(CoreUse.takenPercent(measurement.coreShare ?? 1)) % of the cores while the speed on "
          + "\(key.data.displayName) was measured: times may be too long, and it is not kept", run: nil)
    case .success(let measurement?):
      speeds[key] = measurement
      try? await store.save(measurement)
    case .success(nil): break
    case .failure(let error):
      // The run itself will say what is wrong with its data.
      speedFailures.insert(key)
      notice(
        .warning, "the speed of runs on \(key.data.displayName) was not measured: \(Failure.line(error))", run: nil)
    }
    speedControl = nil
    schedule.measuredSpeed()
    proceed()
    tellIdle()
  }

  /// Queues measurements for a plan's kinds of runs; a kind is asked about again only if it is not known.
  func measureSpeed(_ sweep: SweepPlan, again: Bool) async throws {
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    await catchUp()
    guard schedule.computing.isEmpty else {
      throw Refusal(
        "runs are under way: how fast they go is measured while nothing else computes", exitStatus: 64)
    }
    let model = schedulingModel
    for (key, group) in Dictionary(grouping: plans, by: { model.key($0) }) {
      guard let key, group.allSatisfy({ $0.settings.engine == .lorascope }), again || speeds[key]?.isBusy != false,
        schedule.measuringSpeed != key, speedRequests[key] == nil,
        let request = SpeedRequest(group, key: key)
      else { continue }
      speedRequests[key] = request
      schedule.speedRequests.append(key)
    }
    // In the plan's order.
    let order = sweep.parts.map(\.data)
    schedule.speedRequests.sort { a, b in
      (order.firstIndex(of: a.data) ?? 0) < (order.firstIndex(of: b.data) ?? 0)
    }
    proceed()
  }

  /// The kinds of runs that wait for their measurement, and the one under way, in words; nil for none.
  var speedText: String? {
    guard let key = schedule.measuringSpeed else { return nil }
    let left = schedule.speedRequests.count
    return key.data.displayName + (left > 0 ? ", then \(left) more" : "")
  }

  // MARK: Estimates

  /// What a plan comes to: which of its runs are there, and how long the others will take.
  func estimate(_ sweep: SweepPlan) async throws -> SweepEstimate {
    let base = try await load(sweep.model)
    let plans = try await expand(sweep)
    let snapshot = await bus.currentSnapshot()
    let model = schedulingModel.learning(from: snapshot.runs)
    let like = sweep.reuseFinished ? runsByPlan(snapshot.runs) : [:]
    let present = plans.map { plan in
      like[plan.deciding].flatMap { reusable(plan, in: $0, fingerprint: base.summary.fingerprint) }
    }
    var items: [SweepEstimate.Item] = []
    for part in sweep.parts {
      var seen: Set<Targets> = []
      let ofPart = plans.indices.filter { sweep.has(plans[$0], in: part, base.summary) }
      for plan in ofPart.map({ plans[$0] }) where seen.insert(plan.targets).inserted {
        let places = ofPart.filter { plans[$0].targets == plan.targets }
        let own = plan.settings.narrowed(to: plan.targets)
        items.append(
          SweepEstimate.Item(
            data: part.data, targets: plan.targets, rank: own.rank, rankByGroup: own.rankByGroup,
            parameters: base.summary.adapterParameters(plan.targets, own),
            have: places.count { present[$0] != nil }, wanted: places.count,
            secondsPerRun: model.times(plan).map { $0.shared / Double(model.jobs(plan)) + $0.measuring }))
      }
    }
    let missing = plans.indices.filter { present[$0] == nil }.map { plans[$0] }
    let started = Set(present.compactMap { $0 }).compactMap { snapshot.run($0) }.filter { !$0.state.isTerminal }
    return SweepEstimate(
      items: items,
      ways: sweep.parts.map { part in way(part, plans.filter { sweep.has($0, in: part, base.summary) }, model) },
      runsToDo: missing.count,
      runsBegun: started.count,
      secondsTotal: secondsTotal(missing, started, snapshot, model),
      basedOnRuns: missing.map(model.basis).max() ?? 0,
      unmeasured: sweep.parts.filter { part in
        missing.contains { sweep.has($0, in: part, base.summary) && model.times($0) == nil }
      }.map(\.data),
      spread: missing.compactMap(model.spread).max(), busyShare: missing.compactMap(model.busyShare).min())
  }

  /// Of runs that are missing, and of those that were begun.
  private func secondsTotal(
    _ missing: [RunPlan], _ started: [RunSummary], _ snapshot: Snapshot, _ model: TimeModel
  ) -> Double? {
    var queue = started.sorted { $0.id < $1.id }
    var baselines: Set<RunPlan> = []
    for plan in missing {
      queue.append(RunSummary(id: 0, plan: plan, state: .waiting, created: 0))
      guard options.evaluatesBase, let baseline = plan.baseline, !baselines.contains(baseline),
        snapshot.baseline(of: plan) == nil
      else { continue }
      baselines.insert(baseline)
      queue.append(RunSummary(id: 0, plan: baseline, state: .waiting, created: 0))
    }
    return model.seconds(active: [], queue: queue)
  }

  private func way(_ part: SweepPlan.Part, _ plans: [RunPlan], _ model: TimeModel) -> SweepEstimate.Way {
    let own = plans.max {
      SpeedArithmetic.size($0.targets) < SpeedArithmetic.size($1.targets)
    }
    let speed = own.flatMap(model.speed)
    func rate(_ way: SpeedMeasurement.Way?) -> Double? {
      guard let way, let speed, way.secondsPerStep > 0 else { return nil }
      return Double(way.jobs) * speed.tokensPerStep / way.secondsPerStep
    }
    let like = speed?.ways.filter { $0.targets == own?.targets } ?? []
    let several = like.filter { $0.jobs > 1 }.max { (rate($0) ?? 0) < (rate($1) ?? 0) }
    return SweepEstimate.Way(
      data: part.data, jobs: own.map(model.jobs) ?? 1, tokensPerSecondInTurn: rate(like.first { $0.jobs == 1 }),
      tokensPerSecondAtOnce: rate(several), atOnce: several?.jobs)
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
