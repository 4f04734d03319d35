import Messages
import Terminal

/// The curves' values where charts can decimate and smooth them: series of snapshots, copied as they grow.
package struct CurveStore: Sendable {
  package enum Metric: Hashable, Sendable { case loss, gradientNorm, learningRate }

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
