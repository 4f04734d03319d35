import Messages
import Terminal

/// The curves' values where charts can decimate and smooth them: series of snapshots, copied as they grow.
///
/// A series that lies in the store is read off the dashboard's thread, which draws what is there meanwhile.
package struct CurveStore: Sendable {
  package enum Metric: Hashable, Sendable {
    case loss, gradientNorm, learningRate, tokenCount, tokenRate, elapsed, memory
  }

  /// A curve that has to be read before it can be drawn.
  package struct Unread: Sendable {
    fileprivate var key: Key
    fileprivate var series: MetricSeries
    /// As it will be drawn: it is smoothed while it is read.
    fileprivate var beta: Double
    fileprivate var scale: AxisScale

    /// Waits for the store.
    package func read() -> Curve {
      let buffer = SeriesBuffer(series.values(0..<series.count))
      _ = buffer.view.smoothed(beta: beta, scale: scale)
      return Curve(key: key, series: series, buffer: buffer)
    }
  }

  /// A curve that was read.
  package struct Curve: Sendable {
    fileprivate var key: Key
    fileprivate var series: MetricSeries
    fileprivate var buffer: SeriesBuffer
  }

  private struct Entry: Sendable {
    var source: MetricSeries
    var buffer: SeriesBuffer
  }

  fileprivate struct Key: Hashable, Sendable {
    var run: RunID
    var metric: Metric
  }

  private struct Asked: Sendable {
    var series: MetricSeries
    /// It could not be read: the same is not asked again.
    var hasFailed = false
  }

  private var entries: [Key: Entry] = [:]
  /// What is being read, or could not be.
  private var asked: [Key: Asked] = [:]

  package init() {}

  /// The run's values so far; only what is new since the last call is copied.
  ///
  /// - Parameters: `beta` and `scale`: how the curve is drawn.
  /// - Returns: what has to be read first, said once; nil where the values are here.
  @discardableResult
  package mutating func take(_ run: RunSummary, _ metric: Metric, beta: Double = 0, scale: AxisScale = .linear)
    -> Unread?
  {
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
      guard entry.buffer.count < series.count else { return nil }
      entry.buffer.append(contentsOf: series.values(entry.buffer.count..<series.count))
      return nil
    }
    guard series.isHere else {
      if let known = asked[key], known.series.sharesStorage(with: series) { return nil }
      asked[key] = Asked(series: series)
      // What is there of an earlier series of the run is none of this one.
      entries[key] = nil
      return Unread(key: key, series: series, beta: beta, scale: scale)
    }
    // A rewound run goes on with a series of its own: its curve starts anew.
    entries[key] = Entry(source: series, buffer: SeriesBuffer(series.values(0..<series.count)))
    asked[key] = nil
    return nil
  }

  /// A curve that was asked for. One that nothing draws any more is dropped.
  package mutating func take(_ curve: Curve) {
    guard let known = asked[curve.key], known.series.sharesStorage(with: curve.series) else { return }
    guard curve.series.isHere else {
      asked[curve.key]?.hasFailed = true
      return
    }
    entries[curve.key] = Entry(source: curve.series, buffer: curve.buffer)
    asked[curve.key] = nil
  }

  /// Why nothing is drawn of a curve that there is: it is being read, or could not be. Nil where that is not why.
  package func whyUnread(_ run: RunID, _ metric: Metric) -> String? {
    asked[Key(run: run, metric: metric)].map {
      $0.hasFailed ? "the store cannot be read: no curve of #\(run)" : "reading the curve of #\(run)"
    }
  }

  package func view(_ run: RunID, _ metric: Metric) -> SeriesView {
    entries[Key(run: run, metric: metric)]?.buffer.view ?? .empty
  }

  /// Forgets runs that nothing draws any more.
  package mutating func keep(only runs: Set<RunID>) {
    entries = entries.filter { runs.contains($0.key.run) }
    asked = asked.filter { runs.contains($0.key.run) }
  }
}
