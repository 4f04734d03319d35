import Messages

/// What the Compare screen shows: the marked runs, and the engine's answer about the finished ones.
package struct CompareView: Sendable {
  package struct Request: Hashable, Sendable {
    package var runs: [RunID]
    package var baseline: RunID
    /// A comparison is asked for again when one of its runs gets new results.
    package var finished: [Double]
  }

  package var baseline: RunID?
  package var answer = Asked<Request, Comparison>()
  package var showsAllSettings = false
  package var sample = 0
  package var selected: RunID?
  /// First line of the settings and first output column, where not all fit.
  package var settingsTop = 0
  package var firstColumn = 0

  package init() {}

  package var comparison: Comparison? { answer.value }
}
