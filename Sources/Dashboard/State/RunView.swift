import Messages

/// What the Run screen shows.
package struct RunView: Sendable {
  package var run: RunID?
  /// The run and state that `examples` were asked for.
  package var requested: RunID?
  package var requestedState: RunState?
  package var examples: [ExampleOutcome] = []
  package var sample = 0
  package var refusal: String?

  package init() {}
}
