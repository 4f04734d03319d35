import Messages
import Synchronization
import Terminal

/// What rows say of the losses of their runs, the smoothed one and the curve as a line, for as long as a run does not grow: a table of runs
/// that are finished costs a look-up a row. Of series that lie in a store only what was read by ``read(_:columns:set:_:)`` is known.
final class RememberedLosses: Sendable {
  /// As the curve is smoothed.
  struct Smoothing: Hashable, Sendable {
    /// As `ChartView.smoothing`.
    var chosen: Int?
    var isLog: Bool

    func beta(of run: RunSummary) -> Double { CurveSmoothing.beta(chosen, of: run) }
  }

  /// The smoothed losses of all runs that there are.
  struct All: Equatable, Sendable {
    var identity: Int
    var smoothing: Smoothing
  }

  private struct LineKey: Hashable, Sendable {
    var run: RunID
    var columns: Int
    var set: CharacterSet
  }

  /// Valid while the series is as long as it was, and ends as it did.
  private struct Known<Value: Sendable>: Sendable {
    var count: Int
    var last: UInt32
    var value: Value

    func isOf(_ losses: MetricSeries) -> Bool { count == losses.count && last == (losses.last ?? 0).bitPattern }
  }

  private struct State: Sendable {
    var lines: [LineKey: Known<String>] = [:]
    var averages: [RunID: (smoothing: Smoothing, known: Known<Double?>)] = [:]
    var serial: UInt64 = 0
    /// Of each run that was read, the serial after it.
    var serials: [RunID: UInt64] = [:]
  }

  private let state = Mutex(State())
  /// Lines that were looked at long ago are forgotten with the others: a store of thousands does not fill the memory.
  private static let most = 512

  /// Another one whenever something was read.
  var serial: UInt64 { state.withLock { $0.serial } }

  /// Another one whenever something was read of this run.
  func serials(of runs: some Collection<RunSummary>) -> [UInt64] {
    state.withLock { state in runs.map { state.serials[$0.id] ?? 0 } }
  }

  /// The newest smoothed loss; NaN where the last one is not finite, nil without any, and until it was read.
  func average(_ run: RunSummary, _ smoothing: Smoothing) -> Double? {
    guard let last = run.losses.last else { return nil }
    guard smoothing.beta(of: run) > 0, last.isFinite else { return Double(last) }
    if let known = state.withLock({ $0.averages[run.id] }), known.smoothing == smoothing, known.known.isOf(run.losses) {
      return known.known.value
    }
    return run.losses.isHere ? readAverage(run, smoothing) : nil
  }

  /// Empty without a curve, and until it was read.
  func line(_ run: RunSummary, columns: Int, set: CharacterSet) -> String {
    guard columns > 0, run.losses.count > 1 else { return "" }
    let key = LineKey(run: run.id, columns: columns, set: set)
    if let known = state.withLock({ $0.lines[key] }), known.isOf(run.losses) { return known.value }
    return run.losses.isHere ? readLine(run, key) : ""
  }

  /// - Parameter columns: of the line; 0 where none is asked for.
  func isUnread(_ run: RunSummary, columns: Int, set: CharacterSet, _ smoothing: Smoothing) -> Bool {
    guard run.losses.count > 0, !run.losses.isHere else { return false }
    if average(run, smoothing) == nil { return true }
    guard columns > 0, run.losses.count > 1 else { return false }
    let key = LineKey(run: run.id, columns: columns, set: set)
    return state.withLock { $0.lines[key] }?.isOf(run.losses) != true
  }

  /// Waits for the store.
  func read(_ run: RunSummary, columns: Int, set: CharacterSet, _ smoothing: Smoothing) {
    _ = readAverage(run, smoothing)
    if columns > 0 { _ = readLine(run, LineKey(run: run.id, columns: columns, set: set)) }
    state.withLock { state in
      state.serial += 1
      state.serials[run.id] = state.serial
    }
  }

  private func readAverage(_ run: RunSummary, _ smoothing: Smoothing) -> Double? {
    let value = run.losses.newestAverage(beta: smoothing.beta(of: run), ofLogarithms: smoothing.isLog)
    let known = Known(count: run.losses.count, last: (run.losses.last ?? 0).bitPattern, value: value)
    state.withLock { $0.averages[run.id] = (smoothing, known) }
    return value
  }

  private func readLine(_ run: RunSummary, _ key: LineKey) -> String {
    let text = LossLine.make(run.losses, columns: key.columns, set: key.set)
    let known = Known(count: run.losses.count, last: (run.losses.last ?? 0).bitPattern, value: text)
    state.withLock { state in
      if state.lines.count >= Self.most { state.lines.removeAll() }
      state.lines[key] = known
    }
    return text
  }
}
