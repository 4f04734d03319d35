import Analysis
import Messages
import Recipe

/// What a plan lacks, for those who have its runs trained elsewhere, and the evaluations of the base that come by themselves there.
extension Engine {
  /// Queues an evaluation of the base by itself.
  func evaluateBase(_ plan: RunPlan) async throws -> [RunID] {
    guard plan.isAskedBaseline else {
      throw Refusal("an evaluation of the base has no modules and no settings of training", exitStatus: 64)
    }
    try checkSettings(plan)
    return try await enqueue([plan])
  }

  /// Lets one run of a study go on, or begins it. Values of module groups were checked among all combinations of the study, of which this
  /// run has one.
  func runOfStudy(_ plan: RunPlan, _ heats: HeatOrder?) async throws -> RunID? {
    if plan.isBaseline { return try await evaluateBase(plan).first }
    let present = await bus.currentSnapshot().runs.last { $0.plan == plan && $0.state != .cancelled }
    guard let present else { return try await enqueue([plan], heats: heats).first }
    heatOrders[present.id] = heats
    switch runs[present.id]?.phase {
    case .waiting: schedule.held.remove(present.id)
    case .paused: await requeue([present.id])
    case .active, .awaitingLatency, .measuring, .remeasuring: break
    case .ended(let state): throw refusal(present.id, "has ended (\(state.rawValue))")
    case nil: throw refusal(present.id, "is not there any more")
    }
    proceed()
    return present.id
  }

  /// The runs of a plan that are not done here, and the evaluations of the base that they lack.
  func runsToDo(_ sweep: SweepPlan) async throws -> [PlannedRun] {
    let base = try await load(sweep.model)
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    let snapshot = await bus.currentSnapshot()
    let model = schedulingModel.learning(from: snapshot.runs)
    let like = sweep.reuseFinished ? runsByPlan(snapshot.runs.filter { $0.state == .done }) : [:]
    func planned(_ plan: RunPlan) -> PlannedRun {
      PlannedRun(plan: plan, seconds: model.times(plan).map { $0.shared / Double(model.jobs(plan)) + $0.measuring })
    }
    var runs: [PlannedRun] = []
    var baselines: Set<RunPlan> = []
    for plan in plans {
      let present = like[plan.deciding].flatMap { reusable(plan, in: $0, fingerprint: base.summary.fingerprint) }
      if present != nil { continue }
      runs.append(planned(plan))
      guard options.evaluatesBase, let baseline = plan.baseline, baselines.insert(baseline).inserted else { continue }
      let known = snapshot.baseline(of: plan)
      if known?.state == .done, known?.prepared?.baseFingerprint == base.summary.fingerprint { continue }
      runs.append(planned(baseline))
    }
    return runs
  }
}

extension RunPlan {
  /// An evaluation of the base, and no run of which somebody has forgotten to choose modules.
  var isAskedBaseline: Bool { isBaseline && pruning == nil && settings == settings.evaluationOnly }
}
