import Foundation
import Messages
import Recipe

/// The runs table: order, filter, columns and cursor. The cursor is a run's id, so that new data never moves it to another run.
package struct RunsTable: Sendable, Equatable {
  package var sort = Sort.accuracy
  package var isReversed = false
  /// As it was typed: `RunFilter` is its language.
  package var filter = ""
  /// Columns that a person has switched on or off; all others come and go by themselves.
  package var columns: [RunsColumn: Bool] = [:]
  package var grouping: Grouping?
  /// Titles of groups whose rows are not shown.
  package var folded: Set<String> = []
  package var selected: RunID?
  /// The title of the group on whose row the cursor stands; nil where it stands on a run.
  package var group: String?
  /// The run at which a range of marks was started with `v`.
  package var rangeStart: RunID?
  /// Runs on which the next order is carried out together.
  package var chosen: Set<RunID> = []
  /// The column that the status row explains, and when it was chosen: later news comes before it.
  package var column: RunsColumn?
  package var columnChosen = 0.0
  /// The loss in points that pruning may cost, as it was asked for last.
  package var pruneTolerance = Pruning.tolerance

  package init() {}
}

/// What of the table outlasts a session: a value to be written wherever the dashboard keeps such things.
///
/// `DashboardState.runsMemory` is read to be saved and set to be restored. What a later version wrote and this one does not know is
/// left out.
package struct RunsTableMemory: Codable, Hashable, Sendable {
  /// Keys of `RunsTable.Sort`.
  package var sort: String?
  package var isReversed: Bool?
  package var filter: String?
  /// Keys of `RunsColumn`, true for those that are always shown and false for those that never are.
  package var columns: [String: Bool]?
  package var grouping: String?

  package init() {}

  /// Its place in `DashboardState.memory`.
  package static let key = "runs"

  /// Without order and filter, which are options and remembered as such.
  package var besideOptions: String? {
    var memory = self
    (memory.sort, memory.isReversed, memory.filter) = (nil, nil, nil)
    return (try? JSONEncoder().encode(memory)).flatMap { String(data: $0, encoding: .utf8) }
  }
}

extension DashboardState {
  /// Takes over what `memory` holds of the table; what cannot be read is nothing.
  package mutating func rememberTable() {
    guard let text = memory[RunsTableMemory.key],
      let table = try? JSONDecoder().decode(RunsTableMemory.self, from: Data(text.utf8))
    else { return }
    runsMemory = table
  }

  /// The table's part of what is remembered between sessions.
  package var runsMemory: RunsTableMemory {
    get {
      var memory = RunsTableMemory()
      memory.sort = runs.sort.key
      memory.isReversed = runs.isReversed
      memory.filter = runs.filter.isEmpty ? nil : runs.filter
      memory.grouping = runs.grouping?.rawValue
      memory.columns = Dictionary(uniqueKeysWithValues: runs.columns.map { ($0.key.key, $0.value) })
      return memory
    }
    set {
      if let sort = newValue.sort.flatMap(RunsTable.Sort.init(key:)) { runs.sort = sort }
      runs.isReversed = newValue.isReversed ?? runs.isReversed
      runs.grouping = newValue.grouping.flatMap(RunsTable.Grouping.init(rawValue:))
      // A filter that this version cannot read would hide runs without a reason.
      if let filter = newValue.filter, RunFilter.reading(filter).problem == nil { runs.filter = filter }
      for (key, isShown) in newValue.columns ?? [:] {
        if let column = RunsColumn(key: key) { runs.columns[column] = isShown }
      }
    }
  }
}
