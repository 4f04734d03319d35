import Messages
import Terminal

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

/// The curves' values where charts can decimate and smooth them: series of snapshots, copied as they grow.
package struct CurveStore: Sendable {
  package enum Metric: Hashable, Sendable {
    case loss, gradientNorm, learningRate, tokenCount, tokenRate, elapsed, memory
  }

  private struct Entry: Sendable {
    var source: MetricSeries
    var buffer: SeriesBuffer
  }

  private struct Key: Hashable, Sendable {
    var run: RunID
    var metric: Metric
  }

  private var entries: [Key: Entry] = [:]

  package init() {}

  /// The run's values so far; only what is new since the last call is copied.
  package mutating func take(_ run: RunSummary, _ metric: Metric) {
    let series: MetricSeries
    switch metric {
    case .loss: series = run.losses
    case .gradientNorm: series = run.gradientNorms
    case .learningRate: series = run.learningRates
    case .tokenCount: series = run.tokenCounts
    case .tokenRate: series = run.tokenRates
    case .elapsed: series = run.elapsed
    case .memory: series = run.memory
    }
    let key = Key(run: run.id, metric: metric)
    if let entry = entries[key], entry.source.sharesStorage(with: series), entry.buffer.count <= series.count {
      guard entry.buffer.count < series.count else { return }
      entry.buffer.append(contentsOf: series.values(entry.buffer.count..<series.count))
    } else {
      // A rewound run goes on with a series of its own: its curve starts anew.
      entries[key] = Entry(source: series, buffer: SeriesBuffer(series.values(0..<series.count)))
    }
  }

  package func view(_ run: RunID, _ metric: Metric) -> SeriesView {
    entries[Key(run: run, metric: metric)]?.buffer.view ?? .empty
  }

  /// Forgets runs that nothing draws any more.
  package mutating func keep(only runs: Set<RunID>) { entries = entries.filter { runs.contains($0.key.run) } }
}
