import Messages
import Terminal

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
  /// Which of the answer's samples is read: its place in them, whatever the order in which they are shown.
  package var sample = 0 { didSet { if sample != oldValue { sampleTop = 0 } } }
  /// Lines by which its prompt and outputs are scrolled.
  package var sampleTop = 0
  package var selected: RunID?
  /// The run that the selected one is set against in the matrix of pairs; nil: the baseline.
  package var against: RunID?
  /// First line of the settings and first output column, where not all fit.
  package var settingsTop = 0
  package var firstColumn = 0
  /// Title of the column of the results that the status row explains, and when it was chosen.
  package var column: String?
  package var columnChosen = 0.0
  /// Who got which example of the answer right; made when the answer comes.
  package private(set) var grid = ExampleGrid([])
  /// Another one with every answer.
  private(set) var serial = Serial.next()
  package var order = ExampleGrid.Order.byRight
  package var onlyDiffering = false
  /// The results show the seeds of a combination together.
  package var showsGroups = false
  /// What a person chose that the maps by layer show; nil: `shownLayers` says it.
  package var layers: LayerMeasure?
  /// Panes that share a place on the screen: those that are open in theirs.
  package var open = CompareSlots()

  package init() {}

  package var comparison: Comparison? { answer.value }

  /// What the maps by layer show: what training has made of the adapters, where that is known of some, for how many parameters they have
  /// follows from their modules alone.
  package var shownLayers: LayerMeasure {
    layers ?? (comparison?.rows.contains { $0.run.energy != nil } == true ? .energy : .parameters)
  }

  /// The run that the selected one is set against, where it is still compared.
  package var shownAgainst: RunID? {
    guard let comparison else { return nil }
    return against.flatMap { run in comparison.rows.contains { $0.run.id == run } ? run : nil } ?? comparison.baseline
  }

  /// The examples that are stepped through, as places in the answer's samples.
  package var examples: [Int] { grid.examples(order, onlyDiffering: onlyDiffering) }

  /// Takes what follows from a new answer alone, and the cursor to an example on which the runs differ where they are other runs.
  mutating func settle(before: [RunID]?) {
    guard let comparison else { return }
    grid = ExampleGrid(comparison.samples)
    serial = Serial.next()
    if comparison.groups.isEmpty { showsGroups = false }
    if grid.count(of: .differ) == 0 { onlyDiffering = false }
    if comparison.rows.map(\.run.id) != before {
      // Examples on which all agree show nothing of a difference.
      sample = grid.examples(order, onlyDiffering: true).first ?? examples.first ?? 0
    }
    sample = min(sample, max(0, comparison.samples.count - 1))
    if onlyDiffering, !examples.contains(sample) { sample = examples.first ?? 0 }
  }

  /// The example so many places further, or the nearest there is; with `differing` the next on which the runs differ.
  func example(_ step: Int, differing: Bool = false) -> Int? {
    let shown = examples
    guard let place = shown.firstIndex(of: sample) else { return shown.first }
    guard differing else { return shown[min(max(0, place + step), shown.count - 1)] }
    return step > 0
      ? shown[(place + 1)...].first { grid.agreement[$0] == .differ }
      : shown[..<place].last { grid.agreement[$0] == .differ }
  }
}
