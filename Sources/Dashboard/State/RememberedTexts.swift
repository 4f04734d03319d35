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
    /// Of the losses that were read of it.
    let losses: UInt64
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
  private static let most = 240

  func rows(_ runs: some Collection<RunSummary>, _ causes: Causes, _ losses: RememberedLosses) -> [Row] {
    let known = state.withLock { $0.causes == causes ? $0.rows : [:] }
    return zip(runs, losses.serials(of: runs)).map { run, losses in
      if let row = known[run.id], row.run.sharesBox(with: run), row.losses == losses { return row }
      return Row(run: run, losses: losses)
    }
  }

  /// Those in view are kept, and those that were a few screens ago: who pages down pages up.
  func keep(_ rows: [Row], _ causes: Causes) {
    state.withLock { state in
      let isFull = state.rows.count + rows.count > Self.most
      if state.causes != causes || isFull { state = State(causes: causes) }
      for row in rows { state.rows[row.run.id] = row }
    }
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
