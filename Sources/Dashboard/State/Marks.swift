import Messages

/// The runs that are drawn and compared, and the slot (0 to 7) that is each one's colour and marker.
///
/// A run gets the lowest free slot when it is first marked and keeps it for its whole life; the slot changes only when
/// a run that holds the same one is marked at the same time, and then the later one moves.
package struct Marks: Sendable, Equatable {
  package static let most = 8

  /// In the order of marking.
  package private(set) var runs: [RunID] = []
  private var slots: [RunID: Int] = [:]

  package init() {}

  package enum Outcome: Equatable, Sendable {
    /// `moved`: the run had another slot before.
    case marked(slot: Int, moved: Bool)
    case unmarked
    /// Eight runs are marked already.
    case full
  }

  package func contains(_ run: RunID) -> Bool { runs.contains(run) }

  /// The slot of a marked run, or the one that an unmarked run had last.
  package func slot(_ run: RunID) -> Int? { slots[run] }

  /// Runs in order of their slots, as legends list them.
  package var inSlotOrder: [RunID] { runs.sorted { (slots[$0] ?? 0) < (slots[$1] ?? 0) } }

  package mutating func mark(_ run: RunID, preferred: Int? = nil) -> Outcome {
    guard !runs.contains(run) else { return .marked(slot: slots[run] ?? 0, moved: false) }
    guard runs.count < Self.most else { return .full }
    let held = Set(runs.compactMap { slots[$0] })
    let wanted = slots[run] ?? preferred
    let slot: Int
    if let wanted, (0..<Self.most).contains(wanted), !held.contains(wanted) {
      slot = wanted
    } else {
      slot = (0..<Self.most).first { !held.contains($0) } ?? 0
    }
    runs.append(run)
    slots[run] = slot
    return .marked(slot: slot, moved: wanted != nil && wanted != slot)
  }

  package mutating func unmark(_ run: RunID) { runs.removeAll { $0 == run } }

  /// Drops records that were deleted.
  package mutating func keep(where exists: (RunID) -> Bool) {
    runs.removeAll { !exists($0) }
    slots = slots.filter { exists($0.key) }
  }
}
