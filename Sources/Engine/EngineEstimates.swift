import Analysis
import Messages
import Recipe

extension Engine {
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
      for plan in plans where plan.data == part.data && seen.insert(plan.targets).inserted {
        let places = plans.indices.filter { plans[$0].data == part.data && plans[$0].targets == plan.targets }
        let rank = plan.settings.rank
        items.append(
          SweepEstimate.Item(
            data: part.data, targets: plan.targets, rank: rank,
            parameters: base.summary.adapterParameters(plan.targets, rank: rank, useDoRA: plan.settings.useDoRA),
            have: places.count { present[$0] != nil }, wanted: places.count,
            secondsPerRun: model.times(plan).map { $0.shared / Double(model.jobs(plan)) + $0.measuring }))
      }
    }
    let missing = plans.indices.filter { present[$0] == nil }.map { plans[$0] }
    let started = Set(present.compactMap { $0 }).compactMap { snapshot.run($0) }.filter { !$0.state.isTerminal }
    return SweepEstimate(
      items: items, ways: sweep.parts.map { way($0, plans, model) }, runsToDo: missing.count,
      runsBegun: started.count,
      secondsTotal: secondsTotal(missing, started, snapshot, model),
      basedOnRuns: missing.map(model.basis).max() ?? 0,
      unmeasured: sweep.parts.map(\.data).filter { data in
        missing.contains { $0.data == data && model.times($0) == nil }
      })
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
    let own = plans.filter { $0.data == part.data }.max {
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
