import Messages

/// Everything that a key, a dialog's choice or a command line can do, by the place where it is done. What each action does
/// stands beside it, in the folder Actions.
package enum Action: Hashable, Sendable {
  case go(Navigation)
  case program(ProgramAction)
  case list(ListAction)
  case runs(RunsAction)
  case adapter(AdapterAction)
  case setup(SetupAction)
  case chart(ChartAction)
  case scatter(ScatterAction)
  case heatmap(HeatmapAction)
  case runPanes(RunPanesAction)
  case compare(CompareAction)
  case sweep(SweepAction)
  case advise(AdviseAction)
  case log(LogAction)
  /// A dialog's choice that is nothing but a command.
  case send(Command)

  /// What `keys.toml` calls the action: unique within a context. Nil for what only dialogs choose.
  package var name: String? {
    switch self {
    case .go(let action): action.name
    case .program(let action): action.name
    case .list(let action): action.name
    case .runs(let action): action.name
    case .adapter(let action): action.name
    case .setup(let action): action.name
    case .chart(let action): action.name
    case .scatter(let action): action.name
    case .heatmap(let action): action.name
    case .runPanes(let action): action.name
    case .compare(let action): action.name
    case .sweep(let action): action.name
    case .advise(let action): action.name
    case .log(let action): action.name
    case .send: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: Action) {
    switch action {
    case .go(let action): perform(action)
    case .program(let action): perform(action)
    case .list(let action): perform(action)
    case .runs(let action): perform(action)
    case .adapter(let action): perform(action)
    case .setup(let action): perform(action)
    case .chart(let action): perform(action)
    case .scatter(let action): perform(action)
    case .heatmap(let action): perform(action)
    case .runPanes(let action): perform(action)
    case .compare(let action): perform(action)
    case .sweep(let action): perform(action)
    case .advise(let action): perform(action)
    case .log(let action): perform(action)
    case .send(let command): send(command)
    }
  }
}
