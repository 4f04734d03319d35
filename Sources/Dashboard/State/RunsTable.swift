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

  /// What decides which rows there are, and in which order.
  struct Ordering: Equatable, Sendable {
    var sort: Sort
    var isReversed: Bool
    var filter: String
    var grouping: Grouping?
    var folded: Set<String>
  }

  var ordering: Ordering {
    Ordering(sort: sort, isReversed: isReversed, filter: filter, grouping: grouping, folded: folded)
  }

  /// The rows from top to bottom.
  ///
  /// - Parameter before: the rows of an earlier snapshot: where nothing else has changed but some runs, these alone are looked at, and what
  ///   hardly changed is ordered again in little more than a pass.
  func rows(
    _ snapshot: Snapshot, _ causes: RunRows.Causes, before: RunRows?, names: RunGroupNames?,
    loss: @escaping (RunSummary) -> Double?, differs: @escaping (RunSummary) -> String,
    fleet: @escaping (RunSummary) -> Double?
  ) -> RunRows {
    let filter = RunFilter.reading(filter).filter
    let keys = RunSortKeys(sort, isReversed: isReversed, snapshot, loss: loss, differs: differs, fleet: fleet)
    let runs = snapshot.runs
    func key(_ place: Int) -> RunSortKey? {
      filter.isEmpty || filter.matches(runs[place]) ? keys.key(runs[place]) : nil
    }
    var known: [RunSortKey?]
    if let before, before.causes == causes, case let changes = RunChanges(from: before.runs, to: runs),
      !changes.areOthers, before.runs.count == runs.count
    {
      known = before.keys
      var isInOrder = true
      for place in changes.places {
        let key = key(place)
        guard known[place] != key else { continue }
        known[place] = key
        isInOrder = false
      }
      if isInOrder { return before.of(runs) }
    } else {
      known = runs.indices.map(key)
    }
    // A sort of what is nearly in order is hardly more than a pass.
    var order = before?.order.filter { $0 < runs.count && known[$0] != nil } ?? []
    var isThere = [Bool](repeating: false, count: runs.count)
    for place in order { isThere[place] = true }
    for place in runs.indices where known[place] != nil && !isThere[place] { order.append(place) }
    // Places grow with ids: the newest of those that are alike stands first.
    order.sort { a, b in
      guard let first = known[a], let second = known[b] else { return a > b }
      return first.precedes(second, isReversed: isReversed) ?? (a > b)
    }
    order = besideParents(order, snapshot)
    return RunRows(runs: runs, order: order, groups: names.map { groups(order, $0) }, keys: known, causes: causes)
  }

  /// Pruned runs stand under the runs whose adapters they made smaller, whatever the order, where these have rows.
  private func besideParents(_ order: [Int], _ snapshot: Snapshot) -> [Int] {
    let runs = snapshot.runs
    var shown: Set<Int>?
    var children: [Int: [Int]] = [:]
    var moved: Set<Int> = []
    for place in order {
      guard let pruning = runs[place].plan.pruning, let parent = snapshot.index(of: pruning.parent), parent < place,
        !runs[place].labels.isPinned
      else { continue }
      if shown == nil { shown = Set(order) }
      guard shown?.contains(parent) == true else { continue }
      children[parent, default: []].append(place)
      moved.insert(place)
    }
    guard !moved.isEmpty else { return order }
    var result: [Int] = []
    result.reserveCapacity(order.count)
    func add(_ place: Int) {
      result.append(place)
      for child in children[place] ?? [] { add(child) }
    }
    for place in order where !moved.contains(place) { add(place) }
    return result
  }

  /// Groups stand where their first rows would.
  private func groups(_ order: [Int], _ names: RunGroupNames) -> [RunGroup] {
    var groups: [RunGroup] = []
    var known: [Int: Int] = [:]
    for place in order {
      let name = names.groups[place]
      if let group = known[name] {
        groups[group].members.append(place)
      } else {
        known[name] = groups.count
        let title = names.titles[name]
        groups.append(RunGroup(title: title, members: [place], isFolded: folded.contains(title)))
      }
    }
    return groups
  }
}

/// Runs in the order of the table: places in a snapshot's runs, which are not copied.
package struct RunRows: RandomAccessCollection, Sendable {
  private(set) var runs: [RunSummary]
  /// Places in `runs`, one group after the other.
  let order: [Int]
  package let groups: [RunGroup]
  /// What stands in each line where there are groups; without any, each line is a run.
  private let lines: [Line]?
  /// By which each of the runs stands where it does; nil for what the filter leaves out.
  fileprivate let keys: [RunSortKey?]
  fileprivate let causes: Causes

  /// What the order follows from besides the runs.
  struct Causes: Equatable, Sendable {
    var ordering: RunsTable.Ordering
    var beta: Double
    var isLog: Bool
    /// The losses that were read, where rows are ordered by them, and the answer about fleets.
    var losses: UInt64
    var fleets: UInt64
    var queue: [RunID]
    /// Which runs there are, and with them the settings that differ.
    var identity: Int
    var model: String?
  }

  /// The same rows in the same order, of runs that have gone on.
  fileprivate func of(_ runs: [RunSummary]) -> RunRows {
    var rows = self
    rows.runs = runs
    return rows
  }

  package enum Line: Equatable, Sendable {
    case group(Int)
    /// A position in the rows.
    case run(Int)
  }

  fileprivate init(runs: [RunSummary], order: [Int], groups: [RunGroup]?, keys: [RunSortKey?], causes: Causes) {
    (self.runs, self.keys, self.causes) = (runs, keys, causes)
    self.groups = groups ?? []
    guard let groups else {
      (self.order, lines) = (order, nil)
      return
    }
    var lines: [Line] = []
    var grouped: [Int] = []
    for (index, group) in groups.enumerated() {
      lines.append(.group(index))
      if !group.isFolded { lines += group.members.indices.map { .run(grouped.count + $0) } }
      grouped += group.members
    }
    (self.order, self.lines) = (grouped, lines)
  }

  package var lineCount: Int { lines?.count ?? order.count }

  package func line(_ index: Int) -> Line { lines?[index] ?? .run(index) }

  /// The line of the cursor; nil where it has none.
  package func line(of table: RunsTable) -> Int? {
    if let title = table.group, let group = groups.firstIndex(where: { $0.title == title }) {
      return lines?.firstIndex(of: .group(group))
    }
    guard let row = row(of: table.selected) else { return nil }
    return lines.map { $0.firstIndex(of: .run(row)) } ?? row
  }

  /// The group of a run; nil where there are none.
  func group(of id: RunID?) -> RunGroup? {
    guard !groups.isEmpty, let row = row(of: id) else { return nil }
    return groups.first { $0.members.contains(order[row]) }
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { order.count }
  package subscript(position: Int) -> RunSummary { runs[order[position]] }

  package func id(at position: Int) -> RunID { runs[order[position]].id }

  /// The row of a run; nil where it has none.
  package func row(of id: RunID?) -> Int? {
    guard let id else { return nil }
    // Ids grow along the runs.
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].id < id { low = middle + 1 } else { high = middle }
    }
    guard low < runs.count, runs[low].id == id else { return nil }
    return order.firstIndex(of: low)
  }

  package var ids: [RunID] { order.map { runs[$0].id } }
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
