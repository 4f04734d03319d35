import Messages
import Recipe
import Terminal

/// What can be done on the Sweep screen.
package enum SweepAction: Hashable, Sendable {
  case include, includeAll, preset, sort, start, measureSpeed
  case showBracket, endSearch
  case includeData, includeAllData
  // What a dialog chooses.
  case send, sendSearch

  var name: String? {
    switch self {
    case .include, .includeData: "include"
    case .includeAll, .includeAllData: "include-all"
    case .preset: "preset"
    case .sort: "sort"
    case .start: "start"
    case .measureSpeed: "measure"
    case .showBracket: "show-race"
    case .endSearch: "end-search"
    case .send, .sendSearch: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: SweepAction) {
    switch action {
    case .include:
      let set = state.sweep.selected
      if state.sweep.included.remove(set) == nil { state.sweep.included.insert(set) }
    case .includeAll:
      state.sweep.included = state.sweep.included.isEmpty ? Set(state.sweep.combinations) : []
    case .preset:
      state.sweep.included = Set(
        state.sweep.preset == .all
          ? Targets.articleNine.filter(state.sweep.combinations.contains) : state.sweep.combinations)
    case .includeData: includeData()
    case .includeAllData:
      let all = state.studyChoices.map(\.reference)
      state.sweep.data = state.studyData.count == all.count ? nil : all
    case .measureSpeed:
      guard let plan = state.sweepPlan else { return }
      // Where everything is known a person wants it anew.
      send(.measureSpeed(plan, again: state.sweepIsClocked))
    case .sort: state.sweep.sort = state.sweep.sort == .parameters ? .digit : .parameters
    case .showBracket:
      if let shown = BracketPane.shown(state) {
        state.sweep.hiddenBracket = shown.id
      } else {
        state.sweep.hiddenBracket = nil
        state.sweep.openedBracket = BracketPane.newest(state)?.id
      }
    case .endSearch: state.dialog = BracketPane.open(state).map(Dialogs.endSearch)
    case .start:
      guard state.sweepPlan != nil else {
        return state.say("a sweep needs a model, a dataset and a combination", .warning)
      }
      state.dialog = Dialogs.sweep(state)
    case .send:
      guard let plan = state.sweepPlan else { return }
      send(.sweep(plan))
      show(.main)
    case .sendSearch:
      guard var plan = state.sweepPlan else { return }
      plan.search = state.sweep.searchChoice
      // One seed confirms nothing.
      if plan.seeds.count == 1, let seed = plan.seeds.first { plan.seeds += [seed &+ 1, seed &+ 2] }
      send(.sweep(plan))
    }
  }

  mutating func chooseSweep(_ step: Int) {
    switch state.sweep.field {
    case .preset: perform(SweepAction.preset)
    case .strategy: state.sweep.isSearch.toggle()
    case .order: state.sweep.cheapestFirst.toggle()
    case .reuse: state.sweep.reuseFinished.toggle()
    case .jobs: stepSweep(step)
    case .match:
      state.sweep.parameterBudget = state.sweep.parameterBudget == nil ? state.adapterParameters(.all) : nil
    case .seeds, .evaluation, .latency, .fleet, .minutes: break
    }
  }

  /// Switches the data set under the cursor; the last one stays.
  private mutating func includeData() {
    let choices = state.studyChoices
    guard choices.indices.contains(state.sweep.dataRow) else { return }
    let reference = choices[state.sweep.dataRow].reference
    var chosen = state.studyData.map(\.reference)
    if chosen.contains(reference) {
      if chosen.count == 1 { return state.say("a sweep needs a data set", .warning) }
      chosen.removeAll { $0 == reference }
    } else {
      chosen.append(reference)
    }
    // In the order of the list.
    state.sweep.data = choices.map(\.reference).filter(chosen.contains)
  }

  mutating func stepSweep(_ direction: Int) {
    guard mayChange(state.sweep.field) else { return }
    switch state.sweep.field {
    case .seeds:
      if direction > 0 {
        // After the last number there is comes 0.
        let next = (state.setup.seeds.max() ?? 0) &+ 1
        if state.setup.seeds.count < 64, !state.setup.seeds.contains(next) { state.setup.seeds.append(next) }
      } else if state.setup.seeds.count > 1 {
        state.setup.seeds.removeLast()
      }
    case .evaluation:
      let now = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples ?? 500
      setEvaluation(min(max(0, now + 100 * direction), TrainingLimits.counts.upperBound))
    case .match:
      let now =
        state.sweep.parameterBudget ?? state.snapshot.model.map { state.adapterParameters($0.linears.all) ?? 0 } ?? 0
      let most = TrainingLimits.budgets.upperBound
      state.sweep.parameterBudget = max(1, direction > 0 ? 2 * min(now, most / 2) : now / 2)
    case .jobs: stepJobs(direction)
    case .latency, .fleet, .minutes: stepBudget(state.sweep.field, direction)
    case .preset, .strategy, .order, .reuse: chooseSweep(direction)
    }
  }

  mutating func resetSweep() {
    switch state.sweep.field {
    case .preset: state.sweep.included = Set(state.sweep.combinations)
    case .strategy: state.sweep.isSearch = false
    case .seeds: state.setup.seeds = [0]
    case .order: state.sweep.cheapestFirst = true
    case .reuse: state.sweep.reuseFinished = true
    case .jobs: setJobs(nil)
    case .match: state.sweep.parameterBudget = nil
    case .latency: state.sweep.latencyBudget = nil
    case .fleet: state.sweep.fleet = nil
    case .minutes: state.sweep.minutesBudget = nil
    case .evaluation:
      state.setup.settings.evaluationExamples = state.snapshot.data?.recommendedSettings.evaluationExamples
      state.sweep.evaluationExamples = nil
    }
  }

  /// Of all data sets: on the chosen one the form's number follows.
  mutating func setEvaluation(_ count: Int) {
    state.setup.settings.evaluationExamples = count
    state.sweep.evaluationExamples = count
  }

  /// Automatic, then 1, 2 and so on.
  private mutating func stepJobs(_ direction: Int) {
    let engine = state.snapshot.engine
    let next = (engine.jobsAreAutomatic ? 0 : engine.jobs) + direction
    setJobs(next < 1 ? nil : next)
  }

  private mutating func setJobs(_ count: Int?) {
    if let reason = state.readOnlyReason { return state.say(reason, .warning) }
    let most = max(1, state.snapshot.engine.threads)
    send(.setJobs(count.map { min(max(1, $0), most) }))
  }

  mutating func editSweep() {
    guard mayChange(state.sweep.field) else { return }
    switch state.sweep.field {
    case .seeds: state.field = FieldEdit(.sweepSeeds, text: SetupField.seeds.text(state.setup))
    case .evaluation:
      let now = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples
      state.field = FieldEdit(.sweepEvaluation, text: now.map(String.init) ?? "")
    case .match:
      let now = state.sweep.parameterBudget ?? state.adapterParameters(.all)
      state.field = FieldEdit(.sweepBudget, text: now.map(String.init) ?? "")
    case .latency:
      state.field = FieldEdit(.sweepLatency, text: state.sweep.latencyBudget.map(SettingValue.plain) ?? "")
    case .fleet: state.field = FieldEdit(.sweepFleet, text: state.sweep.fleet.map(String.init) ?? "")
    case .minutes:
      state.field = FieldEdit(.sweepMinutes, text: state.sweep.minutesBudget.map(SettingValue.plain) ?? "")
    case .preset, .strategy, .order, .reuse, .jobs: chooseSweep(1)
    }
  }
}
