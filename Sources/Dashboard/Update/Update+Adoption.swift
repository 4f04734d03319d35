import Messages
import Recipe

/// Setup begins with what the newest run of the store was trained with.
extension Update {
  /// A store goes on where it ended: Setup begins with what its newest run was trained with, where that was no part of a search's race.
  mutating func adoptNewest() {
    guard state.adoptsNewest, state.snapshot.engine.replay == nil,
      let run = state.snapshot.runs.last(where: {
        $0.plan.trains && $0.plan.pruning == nil && $0.plan.settings.evaluationSplit == nil
      })
    else { return }
    let plan = run.plan
    state.setup.begin(with: run)
    var choices: [Command] = []
    if state.snapshot.model?.reference != plan.model { choices.append(.selectModel(plan.model)) }
    if state.snapshot.data?.reference != plan.data {
      choices.append(
        plan.data.isBuiltin ? .selectData(plan.data) : .selectDataUnder(plan.data, plan.settings.keeping(.reading)))
    }
    for choice in choices { send(choice) }
    state.setup.adoptionsAwaited = choices.count
    state.say(
      "Setup begins as #\(run.id) was trained: \(plan.model.displayName), \(plan.data.displayName); "
        + "Backspace on its model goes back to the embedded base")
  }

  /// Whether a command chose what Setup begins with: these go before all of a person's, who chooses something else by theirs.
  mutating func isAdoption(_ command: Command) -> Bool {
    switch command {
    case .selectData, .selectDataUnder, .selectModel: break
    default: return false
    }
    guard state.setup.adoptionsAwaited > 0 else {
      state.setup.origin = nil
      return false
    }
    state.setup.adoptionsAwaited -= 1
    return true
  }
}
