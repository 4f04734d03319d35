import Messages
import Recipe

/// What the Run screen shows.
package struct RunView: Sendable {
  package struct Request: Hashable, Sendable {
    package var run: RunID
    /// Asked for again with every change of its state.
    package var state: RunState
  }

  package var run: RunID?
  package var answer = Asked<Request, [ExampleOutcome]>()
  package var sample = 0

  package init() {}

  package var examples: [ExampleOutcome] { answer.value ?? [] }
}
