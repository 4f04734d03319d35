import Messages
import Recipe

/// Runs in the order of the table, as far as its filter shows them: places in a snapshot's runs, which are not copied.
package struct RunRows: RandomAccessCollection, Sendable {
  let runs: [RunSummary]
  /// Places in `runs`, one group after the other.
  let order: [Int]
  package let groups: [RunGroup]
  /// Another one for other rows, another order of them, other groups; not for a fold.
  let serial: UInt64
  /// What stands in each line where there are groups; without any, each line is a run.
  private let lines: [Line]?
  /// What the filter shows of `runs`; nil without one.
  private let fits: [Bool]?
  private let orderSerial: UInt64
  private let causes: Causes

  /// What rows follow from besides the runs and their order.
  struct Causes: Equatable, Sendable {
    /// As it was typed.
    var filter: String
    var grouping: RunsTable.Grouping?
    /// Titles of groups.
    var folded: Set<String>
  }

  package enum Line: Equatable, Sendable {
    case group(Int)
    /// A position in the rows.
    case run(Int)
  }

  /// - Parameters:
  ///   - parents: see ``Overview/parents``.
  ///   - names: which group each run is in; nil without groups.
  ///   - before: the rows of an earlier snapshot, filter or fold, of which what is the same is taken over.
  init(_ order: RunOrder, _ causes: Causes, parents: [Int: Int], names: RunGroupNames?, before: RunRows?) {
    (runs, orderSerial, self.causes) = (order.runs, order.serial, causes)
    fits = Self.fits(order.runs, causes.filter, before)
    if let before, before.orderSerial == order.serial, before.fits == fits, before.causes.grouping == causes.grouping {
      (self.order, serial) = (before.order, before.serial)
      if before.causes.folded == causes.folded {
        (groups, lines) = (before.groups, before.lines)
        return
      }
      groups = before.groups.map { group in
        RunGroup(title: group.title, members: group.members, isFolded: causes.folded.contains(group.title))
      }
    } else {
      serial = Serial.next()
      var places = order.places
      if let fits { places = places.filter { fits[$0] } }
      places = Self.besideParents(places, parents)
      groups = names.map { Self.groups(places, $0, causes.folded) } ?? []
      self.order = names == nil ? places : groups.flatMap(\.members)
    }
    lines = names == nil ? nil : Self.lines(groups)
  }

  /// What a filter shows; where it was asked of earlier runs, those alone are looked at that have changed.
  private static func fits(_ runs: [RunSummary], _ text: String, _ before: RunRows?) -> [Bool]? {
    let filter = RunFilter.reading(text).filter
    guard !filter.isEmpty else { return nil }
    if let before, before.causes.filter == text, var known = before.fits, before.runs.count == runs.count,
      case let changes = RunChanges(from: before.runs, to: runs), !changes.areOthers
    {
      for place in changes.places { known[place] = filter.matches(runs[place]) }
      return known
    }
    return runs.map(filter.matches)
  }

  /// Pruned runs stand under the runs whose adapters they made smaller, whatever the order, where these have rows.
  private static func besideParents(_ order: [Int], _ parents: [Int: Int]) -> [Int] {
    guard !parents.isEmpty else { return order }
    let shown = Set(order)
    var children: [Int: [Int]] = [:]
    var moved: Set<Int> = []
    for place in order {
      guard let parent = parents[place], shown.contains(parent) else { continue }
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
  private static func groups(_ order: [Int], _ names: RunGroupNames, _ folded: Set<String>) -> [RunGroup] {
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

  private static func lines(_ groups: [RunGroup]) -> [Line] {
    var lines: [Line] = []
    var row = 0
    for (index, group) in groups.enumerated() {
      lines.append(.group(index))
      if !group.isFolded { lines += (row..<row + group.members.count).map { .run($0) } }
      row += group.members.count
    }
    return lines
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
