import Dashboard
import Messages
import Terminal

/// Presses keys on a state and answers its questions, as the program would, from test data.
enum Driver {
  @discardableResult
  static func apply(_ input: Input, to state: inout DashboardState) -> [Effect] {
    var all: [Effect] = []
    var inputs = [input]
    while !inputs.isEmpty {
      let effects = Update.apply(inputs.removeFirst(), to: &state)
      all += effects
      for effect in effects {
        switch effect {
        case .ask(.estimate(let request)):
          inputs.append(.reply(.estimate(request), .estimate(TestData.estimate(request.plan))))
        case .ask(.sweepEstimate(let request)):
          inputs.append(.reply(.sweepEstimate(request), .estimate(TestData.estimate(request.plan))))
        case .ask(.advice(let request)):
          inputs.append(.reply(.advice(request), .advice(AdviceData.advice(request.study, state.snapshot))))
        case .ask(.combinations(let request)):
          let summaries = CombinationData.summaries(request, state.snapshot)
          inputs.append(.reply(.combinations(request), .combinations(summaries)))
        case .ask(.published): inputs.append(.reply(.published, .published(AdviceData.published)))
        case .ask(.compare(let request)):
          inputs.append(.reply(.compare(request), .comparison(TestData.comparison)))
        case .ask(.examples(let request)): inputs.append(.reply(.examples(request), .examples(TestData.examples)))
        case .ask(.latencyBlocks(let request)):
          inputs.append(.reply(.latencyBlocks(request), .latencyBlocks(TestData.latencyBlocks)))
        case .ask(.log(let newest)): inputs.append(.reply(.log(newest: newest), .log(state.snapshot.notices)))
        case .setTheme(let name): inputs.append(.theme(name: name, failure: nil))
        case .setColorDepth(let depth): inputs.append(.colorDepth(depth))
        default: break
        }
      }
    }
    return all
  }

  /// `"jj"`, characters one by one.
  @discardableResult
  static func type(_ keys: String, on state: inout DashboardState) -> [Effect] {
    keys.flatMap { apply(.key(.character($0)), to: &state) }
  }

  @discardableResult
  static func press(_ keys: Key..., on state: inout DashboardState) -> [Effect] {
    keys.flatMap { apply(.key($0), to: &state) }
  }

  static func commands(_ effects: [Effect]) -> [Command] {
    effects.compactMap { if case .send(let command) = $0 { command } else { nil } }
  }

  static func exit(_ effects: [Effect]) -> ExitReason? {
    effects.lazy.compactMap { if case .quit(let reason) = $0 { reason } else { nil } }.first
  }
}
