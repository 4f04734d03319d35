import Messages

/// All runs in the order of the table, whatever its filter shows of them: made once for an order and a state of the store, so that a letter of a
/// filter and a fold of groups sort nothing.
struct RunOrder: Sendable {
  /// What the order follows from besides the runs.
  struct Causes: Equatable, Sendable {
    var sort: RunsTable.Sort
    var isReversed: Bool
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

  let runs: [RunSummary]
  /// Places in `runs`, the first row first.
  let places: [Int]
  /// Another one for another order.
  let serial: UInt64
  /// By which each of the runs stands where it does.
  private let keys: [RunSortKey]
  private let causes: Causes

  /// - Parameters:
  ///   - before: the order of an earlier snapshot: where nothing else has changed but some runs, these alone are looked at.
  ///   - key: of the run at a place.
  init(_ runs: [RunSummary], _ causes: Causes, before: RunOrder?, key: (Int) -> RunSortKey) {
    (self.runs, self.causes) = (runs, causes)
    if let before, before.causes == causes, before.runs.count == runs.count,
      case let changes = RunChanges(from: before.runs, to: runs), !changes.areOthers
    {
      var keys = before.keys
      var isInOrder = true
      for place in changes.places {
        let key = key(place)
        guard keys[place] != key else { continue }
        keys[place] = key
        isInOrder = false
      }
      self.keys = keys
      if isInOrder {
        (places, serial) = (before.places, before.serial)
        return
      }
    } else {
      keys = runs.indices.map(key)
    }
    // A sort of what is nearly in order is hardly more than a pass.
    let known = before?.places.filter { $0 < runs.count } ?? []
    let last = before.map { min($0.runs.count, runs.count) } ?? 0
    places = Self.sorted(keys, from: known + Array(last..<runs.count), isReversed: causes.isReversed)
    serial = Serial.next()
  }

  /// What is compared of a run: numbers alone, for texts are compared once and not at each step of the sort.
  private struct Entry {
    var group: Int
    var value: Double
    var text: Int
    var place: Int
  }

  private static func sorted(_ keys: [RunSortKey], from places: [Int], isReversed: Bool) -> [Int] {
    let texts = Set(keys.lazy.map(\.text).filter { !$0.isEmpty }).sorted()
    let ranks = Dictionary(uniqueKeysWithValues: texts.enumerated().map { ($1, $0 + 1) })
    let sign = isReversed ? -1 : 1
    var entries = places.map { place in
      let key = keys[place]
      let text = key.text.isEmpty ? 0 : ranks[key.text] ?? 0
      // Pinned runs come first, and rows without a value last, whatever the direction.
      return Entry(
        group: key.isPinned ? key.group : key.group + unpinned, value: Double(sign) * key.value, text: sign * text,
        place: place)
    }
    entries.sort { a, b in
      if a.group != b.group { return a.group < b.group }
      if a.value != b.value { return a.value < b.value }
      if a.text != b.text { return a.text < b.text }
      // Places grow with ids: the newest of those that are alike stands first.
      return a.place > b.place
    }
    return entries.map(\.place)
  }

  /// More than any group's number.
  private static let unpinned = 1000
}
