import Messages
import Synchronization
import Terminal

/// The texts of rows in view whose runs have ended: while these stay what they are, a frame makes none of them anew.
final class RememberedTexts: Sendable {
  /// What texts of such runs follow from besides the run.
  struct Causes: Equatable, Sendable {
    var marks: Marks
    var chosen: Set<RunID>
    var smoothing: RememberedLosses.Smoothing
    var losses: UInt64
    var fleets: UInt64
    /// The settings that differ, and the widest overhead.
    var identity: Int
    var mostOverhead: Double
    var model: String?
    var utcOffset: Int
    var set: CharacterSet

    init(_ state: DashboardState) {
      marks = state.marks
      chosen = state.runs.chosen
      smoothing = state.lossSmoothing
      losses = state.remembered.losses.serial
      fleets = state.fleets.value?.serial ?? 0
      identity = state.overview.identity
      mostOverhead = state.overview.mostOverhead
      model = state.snapshot.model?.fingerprint
      utcOffset = state.utcOffset
      set = state.characterSet
    }
  }

  /// The columns of a row as they were drawn last.
  fileprivate struct Line: Sendable {
    var columns: [RunsColumn.Width]
    var cells: Canvas
  }

  /// What is known of a row.
  struct Row: Sendable {
    let run: RunSummary
    fileprivate(set) var texts: [RunsColumn: RunsColumn.Text] = [:]
    fileprivate var line: Line?

    /// - Parameter make: of a run that has ended, once.
    mutating func text(_ column: RunsColumn, _ make: () -> RunsColumn.Text) -> RunsColumn.Text {
      if let known = texts[column] { return known }
      let text = make()
      if run.state.isTerminal { texts[column] = text }
      return text
    }
  }

  private struct State {
    var causes: Causes?
    var rows: [RunID: Row] = [:]
  }

  private let state = Mutex(State())

  func rows(_ runs: some Collection<RunSummary>, _ causes: Causes) -> [Row] {
    let known = state.withLock { $0.causes == causes ? $0.rows : [:] }
    return runs.map { run in
      if let row = known[run.id], row.run.sharesBox(with: run) { return row }
      return Row(run: run)
    }
  }

  /// Those in view are kept, which are asked for again.
  func keep(_ rows: [Row], _ causes: Causes) {
    let kept = Dictionary(rows.map { ($0.run.id, $0) }) { first, _ in first }
    state.withLock { $0 = State(causes: causes, rows: kept) }
  }
  /// A row's columns in their widths. While its run is over and nothing else has changed, no text is padded and drawn anew.
  ///
  /// - Parameters:
  ///   - run: one of those that were kept last.
  ///   - make: draws them.
  func line(_ run: RunSummary, _ columns: [RunsColumn.Width], _ make: () -> Canvas) -> Canvas {
    guard run.state.isTerminal else { return make() }
    let known = state.withLock { $0.rows[run.id] }
    guard let known, known.run.sharesBox(with: run) else { return make() }
    if let line = known.line, line.columns == columns { return line.cells }
    let cells = make()
    state.withLock { $0.rows[run.id]?.line = Line(columns: columns, cells: cells) }
    return cells
  }
}
