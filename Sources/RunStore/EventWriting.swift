import Foundation
import GRDB
import Messages
import Recipe

extension RunStore {
  /// Writes a batch of events in one transaction: all of them or, when it throws, none.
  package func write(_ events: [Event]) async throws {
    try await write { db in
      var writer = EventWriter(db: db)
      for event in events { try writer.write(event) }
      try writer.writeRows()
    }
  }
}

/// Brings events into the tables. What they mean for a run says `RunSummary.fold`, as it does for screens: a run's row is written
/// once for the whole batch, in the columns that have changed. What no summary holds is added to tables of its own.
struct EventWriter {
  /// A run before the batch and after it.
  private struct Change {
    let before: RunSummary
    var after: RunSummary
  }

  /// An event that brings JSON brings all of it, but for a race's heats: else what stood there, and the plan, need not be read.
  private static let columns = RunColumn.all.filter { !$0.isJSON || $0.isAddedTo }
  private static let sql = "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM runs WHERE id = ?"
  private static let memo = DecodingMemo()

  let db: Database
  private var runs: [RunID: Change] = [:]

  init(db: Database) { self.db = db }

  mutating func write(_ event: Event) throws {
    if case .notice(let notice) = event.content { try RowOfRun(run: event.run, part: notice).insert(db) }
    guard let id = event.run, try isStored(id) else { return }
    runs[id]?.after.fold(event)
    try append(event.content, to: id, time: event.time)
  }

  /// False for a run whose row is gone meanwhile: it must not stop the other runs' events.
  private mutating func isStored(_ id: RunID) throws -> Bool {
    if runs[id] != nil { return true }
    guard let row = try Row.fetchOne(db.cachedStatement(sql: Self.sql), arguments: [id]) else { return false }
    var run = RunSummary.unread(id)
    var values = StoredValues(row: row)
    // What cannot be read is as good as not there, and is left as it is.
    for column in Self.columns { try? column.read(values.next(), &run, Self.memo) }
    runs[id] = Change(before: run, after: run)
    return true
  }

  func writeRows() throws {
    for change in runs.values {
      let columns = RunColumn.all.filter { $0.differs(change.before, change.after) }
      if !columns.isEmpty { try RunRecord(run: change.after, columns: columns).update(db) }
    }
  }

  /// What an event adds to the tables beside `runs`, and takes from them.
  func append(_ content: Event.Content, to id: RunID, time: Double) throws {
    switch content {
    case .stateChanged(let state, _):
      try run("UPDATE runs SET failureStatus = NULL WHERE id = ? AND failureStatus IS NOT NULL", [id])
      if state == .measuring { try run("DELETE FROM latencyBlocks WHERE run = ?", [id]) }
      if state == .evaluating { try run("DELETE FROM examples WHERE run = ?", [id]) }
    case .step(let sample): try RowOfRun(run: id, part: sample).insert(db)
    case .heldOutLoss(let point): try RowOfRun(run: id, part: point).insert(db)
    case .checkpoint(let step):
      try run("INSERT OR REPLACE INTO checkpoints (run, step, time) VALUES (?, ?, ?)", [id, step, time])
    case .rewound(let step):
      try run("DELETE FROM steps WHERE run = ? AND step > ?", [id, step])
      try run("DELETE FROM checkpoints WHERE run = ? AND step > ?", [id, step])
      try run("DELETE FROM heldOutLosses WHERE run = ? AND step > ?", [id, step])
    case .examples(let outcomes):
      for outcome in outcomes { try RowOfRun(run: id, part: outcome.storable).insert(db) }
    case .latencyBlock(let block, let isBase, let times):
      let part = LatencyBlock(block: block, isBase: isBase, millisecondsPerToken: times)
      try RowOfRun(run: id, part: part).insert(db)
    case .heat(let summary, let scores, let groups):
      let part = HeatScores(heat: summary.heat, step: summary.step, scores: scores, groups: groups)
      try RowOfRun(run: id, part: part).insert(db)
    case .latencyMeasured(let summary):
      // A measurement that took the place of a longer one.
      try run("DELETE FROM latencyBlocks WHERE run = ? AND block >= ?", [id, summary.blocks])
    case .prepared, .energy, .evaluationProgress, .evaluated, .pruned, .latencyProgress, .adapterWritten, .resources,
      .phases,
      .notice:
      break
    }
  }

  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }
}

/// What a run has many of: the columns of its table are called as its properties are.
protocol PartOfRun: EncodableRecord, Encodable {
  static var table: String { get }
}

extension StepSample: PartOfRun { static var table: String { "steps" } }
extension HeldOutLoss: PartOfRun { static var table: String { "heldOutLosses" } }
extension ExampleOutcome: PartOfRun { static var table: String { "examples" } }
extension LatencyBlock: PartOfRun {
  static var table: String { "latencyBlocks" }
  public static func databaseJSONEncoder(for column: String) -> JSONEncoder { JSON.encoder() }
}
extension HeatScores: PartOfRun {
  package static var table: String { "heats" }
  public static func databaseJSONEncoder(for column: String) -> JSONEncoder { JSON.encoder() }
}
extension Notice: PartOfRun { static var table: String { "notices" } }

/// A part with the run that it belongs to. It takes the place of a row with the same key.
struct RowOfRun<Part: PartOfRun>: PersistableRecord {
  static var databaseTableName: String { Part.table }
  static var persistenceConflictPolicy: PersistenceConflictPolicy { .init(insert: .replace, update: .replace) }

  let run: RunID?
  let part: Part

  func encode(to row: inout PersistenceContainer) throws {
    row["run"] = run
    try part.encode(to: &row)
  }
}

extension ExampleOutcome {
  /// SQLite's text ends at a NUL, which a model may well produce: it is stored as its visible sign.
  var storable: ExampleOutcome {
    func text(_ string: String) -> String { string.replacing("\0", with: "\u{2400}") }
    var outcome = self
    (outcome.prompt, outcome.expected, outcome.output) = (text(prompt), text(expected), text(output))
    outcome.group = group.map(text)
    return outcome
  }
}
