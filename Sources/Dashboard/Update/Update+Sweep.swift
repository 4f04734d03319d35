import Messages
import Terminal

/// Actions on the Sweep screen.
extension Update {
  mutating func performOnSweep(_ action: Action) {
    switch action {
    case .include:
      let set = state.sweep.selected
      if state.sweep.included.remove(set) == nil { state.sweep.included.insert(set) }
    case .includeAll:
      state.sweep.included = state.sweep.included.isEmpty ? Set(TargetSet.fifteen) : []
    case .preset:
      state.sweep.included = Set(state.sweep.preset == .all ? TargetSet.articleNine : TargetSet.fifteen)
    case .sortPlan: state.sweep.sort = state.sweep.sort == .parameters ? .digit : .parameters
    case .startSweep:
      guard state.sweepPlan != nil else {
        return state.say("a sweep needs a model, a dataset and a combination", .warning)
      }
      state.dialog = Dialogs.sweep(state)
    case .sendSweep:
      guard let plan = state.sweepPlan else { return }
      send(.sweep(plan))
      show(.main)
    default: break
    }
  }

  mutating func chooseSweep(_ step: Int) {
    switch state.sweep.field {
    case .preset: performOnSweep(.preset)
    case .order: state.sweep.cheapestFirst.toggle()
    case .reuse: state.sweep.reuseFinished.toggle()
    case .jobs: stepSweep(step)
    case .seeds, .evaluation: break
    }
  }

  mutating func stepSweep(_ direction: Int) {
    switch state.sweep.field {
    case .seeds:
      if direction > 0 {
        let next = (state.setup.seeds.max() ?? 0) + 1
        if state.setup.seeds.count < 64 { state.setup.seeds.append(next) }
      } else if state.setup.seeds.count > 1 {
        state.setup.seeds.removeLast()
      }
    case .evaluation:
      let now = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples ?? 500
      state.setup.settings.evaluationExamples = max(0, now + 100 * direction)
    case .jobs: setJobs(state.snapshot.engine.jobs + direction)
    default: chooseSweep(direction)
    }
  }

  mutating func resetSweep() {
    switch state.sweep.field {
    case .preset: state.sweep.included = Set(TargetSet.fifteen)
    case .seeds: state.setup.seeds = [0]
    case .order: state.sweep.cheapestFirst = true
    case .reuse: state.sweep.reuseFinished = true
    case .jobs: setJobs(1)
    case .evaluation:
      state.setup.settings.evaluationExamples = state.snapshot.data?.recommendedSettings.evaluationExamples
    }
  }

  private mutating func setJobs(_ count: Int) {
    if let reason = state.readOnlyReason { return state.say(reason, .warning) }
    let most = max(1, state.snapshot.engine.threads)
    send(.setJobs(min(max(1, count), most)))
  }

  mutating func editSweep() {
    switch state.sweep.field {
    case .seeds: state.field = FieldEdit(.sweepSeeds, text: SetupField.seeds.text(state.setup))
    case .evaluation:
      let now = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples
      state.field = FieldEdit(.sweepEvaluation, text: now.map(String.init) ?? "")
    default: chooseSweep(1)
    }
  }
}

extension DashboardState {
  /// What `n` on the Sweep screen would start; nil while a model, data or a combination is missing.
  package var sweepPlan: SweepPlan? {
    guard let model = snapshot.model?.reference, let data = snapshot.data?.reference, !sweep.included.isEmpty else {
      return nil
    }
    return SweepPlan(
      model: model, data: [data], combinations: TargetSet.fifteen.filter { sweep.included.contains($0) },
      seeds: setup.seeds, settings: setup.settings, reuseFinished: sweep.reuseFinished,
      cheapestFirst: sweep.cheapestFirst)
  }

  /// The combinations in the order in which the planner lists them.
  package var plannedSets: [TargetSet] {
    guard sweep.sort == .parameters, let model = snapshot.model else { return TargetSet.fifteen }
    let rank = setup.settings.rank
    return TargetSet.fifteen.sorted {
      model.adapterParameters($0, rank: rank) < model.adapterParameters($1, rank: rank)
    }
  }

  /// Runs that the plan would start, and their estimated seconds, from the engine's estimate.
  package var sweepTotals: (toDo: Int, have: Int, wanted: Int, seconds: Double?) {
    let seeds = setup.seeds.count
    var have = 0
    var wanted = 0
    var seconds: Double? = 0
    for set in sweep.included {
      let item = estimate.item(set)
      let done = sweep.reuseFinished ? min(item?.have ?? 0, seeds) : 0
      have += done
      wanted += seeds
      if seeds > done {
        if let each = item?.secondsPerRun, let sum = seconds {
          seconds = sum + each * Double(seeds - done)
        } else {
          seconds = nil
        }
      }
    }
    return (wanted - have, have, wanted, seconds)
  }
}
