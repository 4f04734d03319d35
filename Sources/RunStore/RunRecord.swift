import Foundation
import GRDB
import Messages
import Recipe

/// A column of `runs` that holds a property of a run's summary: how it is read and how it is written, once for all statements.
struct RunColumn: Sendable {
  typealias Path<Value> = WritableKeyPath<RunSummary, Value> & Sendable

  let name: String
  /// JSON is read only for whoever wants the whole run: it takes longer than all the rest.
  var isJSON = false
  /// Events add to what stands there, and bring only their own part of it.
  var isAddedTo = false
  let read: @Sendable (DatabaseValue, inout RunSummary, DecodingMemo) throws -> Void
  let write: @Sendable (RunSummary, inout PersistenceContainer) throws -> Void
  let differs: @Sendable (RunSummary, RunSummary) -> Bool

  static let all: [RunColumn] = [
    RunColumn(
      name: "plan", isJSON: true, read: { $1.plan = try $2.plan($0.text().required()).required() },
      write: { $1["plan"] = try JSON.encode($0.plan) }, differs: { $0.plan != $1.plan }),
    RunColumn("state", \.state) { try RunState(rawValue: $0.text().required()).required() },
    RunColumn("reason", \.reason) { try $0.text() },
    RunColumn("created", \.created) { try $0.number(in: times).required() },
    RunColumn("started", \.started) { try $0.number(in: times) },
    RunColumn("finished", \.finished) { try $0.number(in: times) },
    RunColumn("step", \.step) { try $0.integer().required() },
    RunColumn("totalSteps", \.totalSteps) { try $0.integer().required() },
    RunColumn(
      json: "prepared", \.prepared,
      beside: [("baseFingerprint", { $0.baseFingerprint }), ("instructionSet", { $0.instructionSet })]
    ) { try $0.prepared($1) },
    RunColumn(json: "score", \.score, beside: [("scoreEstimate", { $0.score.estimate })]),
    RunColumn(
      json: "latency", \.latency,
      beside: [("overheadPercent", { $0.overheadPercent.estimate }), ("coreShare", { $0.coreShare })]),
    RunColumn("peakMemoryBytes", \.peakMemoryBytes) { try $0.integer() },
    RunColumn("tokensPerSecond", \.tokensPerSecond) { try $0.number(in: amounts) },
    RunColumn("wallSeconds", \.wallSeconds) { try $0.number(in: amounts) },
    RunColumn(json: "phases", \.phases),
    RunColumn("search", \.search) { try $0.integer().map(SearchID.init) },
    RunColumn(json: "heats", \.heats, isAddedTo: true),
    RunColumn(json: "pruned", \.pruned, beside: [("prunedFrom", { $0.parent })]),
    RunColumn(
      name: "energy", isJSON: true,
      // What cannot be read is a picture less, no reason to close a run.
      read: { value, run, _ in
        if case .blob(let bytes) = value.storage { run.energy = AdapterEnergy(bytes: bytes) }
      },
      write: { $1["energy"] = $0.energy?.bytes }, differs: { $0.energy != $1.energy }),
    RunColumn(json: "origin", \.origin, beside: [("identity", { $0.identity })]),
    RunColumn("adapterPath", \.adapterPath) { try $0.text() },
    RunColumn("lastCheckpointStep", \.lastCheckpointStep) { try $0.integer() },
    RunColumn("seriesSlot", \.seriesSlot) { try $0.integer(in: 0...1024) },
    // What a person wrote is worth less than the run: what cannot be read of it is left out.
    RunColumn("name", \.labels.name) { (try? $0.text()).flatMap { $0 } },
    RunColumn("note", \.labels.note) { (try? $0.text()).flatMap { $0 } },
    RunColumn.tags,
    RunColumn("pinned", \.labels.isPinned) { ((try? $0.integer()).flatMap { $0 } ?? 0) != 0 },
  ]

  /// A list, as JSON.
  private static let tags = RunColumn(
    name: "tags",
    read: { value, run, _ in
      let text = (try? value.text()).flatMap { $0 }
      run.labels.tags = text.flatMap { try? JSON.decode([String].self, $0) } ?? []
    },
    write: { run, row in row["tags"] = run.labels.tags.isEmpty ? nil : try JSON.encode(run.labels.tags) },
    differs: { $0.labels.tags != $1.labels.tags })

  /// Seconds since 1970, to the year 9999.
  static let times: ClosedRange<Double> = 0...253_402_300_799
  /// Bytes, and seconds, and tokens a second, of which more is an error.
  private static let amounts: ClosedRange<Double> = 0...1e15
}

extension RunState: DatabaseValueConvertible {}

extension RunColumn {
  /// A value that SQLite has.
  private init<Value: DatabaseValueConvertible & Equatable & Sendable>(
    _ name: String, _ path: Path<Value>, _ read: @escaping @Sendable (DatabaseValue) throws -> Value
  ) {
    self.init(
      name: name, read: { value, run, _ in run[keyPath: path] = try read(value) },
      write: { run, row in row[name] = run[keyPath: path] }, differs: { $0[keyPath: path] != $1[keyPath: path] })
  }

  /// A value that is stored as JSON.
  ///
  /// - Parameter beside: parts of it in columns of their own, for whoever reads the file with SQL.
  private init<Value: Codable & Equatable & Sendable>(
    json name: String, _ path: Path<Value?>,
    beside: [(column: String, part: @Sendable (Value) -> (any DatabaseValueConvertible)?)] = [],
    isAddedTo: Bool = false,
    decode: @escaping @Sendable (DecodingMemo, String) throws -> Value = { try $0.decode(Value.self, $1) }
  ) {
    self.init(
      name: name, isJSON: true, isAddedTo: isAddedTo,
      read: { value, run, memo in run[keyPath: path] = try value.text().map { try decode(memo, $0) } },
      write: { run, row in
        let value = run[keyPath: path]
        row[name] = try value.map { try JSON.encode($0) }
        for (column, part) in beside { row[column] = value.flatMap(part) }
      }, differs: { $0[keyPath: path] != $1[keyPath: path] })
  }
}

/// A run as a row of `runs`: of a new one all columns, of a known one those that events have changed.
///
/// Rows are read by `RunReader`, which tells a column that cannot be read from one that can and decodes what many rows have in
/// common once: `Decodable` records would take several times as long for a store of thousands of runs.
struct RunRecord: PersistableRecord {
  static let databaseTableName = "runs"

  let run: RunSummary
  var columns = RunColumn.all
  var queuePosition: Int64?
  var deleted: Double?

  func encode(to row: inout PersistenceContainer) throws {
    // SQLite gives a new run its number.
    row["id"] = run.id > 0 ? run.id : nil
    for column in columns { try column.write(run, &row) }
    if let queuePosition { row["queuePosition"] = queuePosition }
    if let deleted { row["deleted"] = deleted }
  }
}

extension RunSummary {
  /// A run of which nothing has been read yet.
  static func unread(_ id: RunID) -> RunSummary {
    let plan = RunPlan(model: .builtin, data: .task(name: ""), targets: [], settings: RunSettings())
    return RunSummary(id: id, plan: plan, state: .waiting, created: 0)
  }
}

extension RunStore {
  /// Records a new run that waits at the end of the queue.
  package func insert(_ plan: RunPlan, created: Double) async throws -> RunID {
    try await insert([plan], created: created)[0]
  }

  /// Records new runs, in order, in one transaction: all of them or none. They belong to the search, if there is one.
  package func insert(_ plans: [RunPlan], created: Double, search: SearchID? = nil) async throws -> [RunID] {
    try await write { db in
      // What another program wrote there may be anything.
      let sql = "SELECT max(iif(typeof(queuePosition) = 'integer', min(queuePosition, 1 << 53), id)) FROM runs"
      var position = try Int64.fetchOne(db, sql: sql) ?? 0
      return try plans.map { plan in
        position += 1
        var run = RunSummary(id: 0, plan: plan, state: .waiting, created: created)
        // The base's evaluation is everybody's.
        if !plan.isBaseline { run.search = search }
        try RunRecord(run: run, queuePosition: position).insert(db)
        return db.lastInsertedRowID
      }
    }
  }

  /// Stores the order of the waiting runs.
  package func setQueue(_ ids: [RunID]) async throws {
    try await write { db in
      for (position, id) in ids.enumerated() {
        try db.execute(
          sql: "UPDATE runs SET queuePosition = ?1 WHERE id = ?2 AND queuePosition IS NOT ?1",
          arguments: [position, id])
      }
    }
  }

  package func setSeriesSlot(_ slot: Int?, of id: RunID) async throws {
    try await write { try $0.execute(sql: "UPDATE runs SET seriesSlot = ? WHERE id = ?", arguments: [slot, id]) }
  }

  /// Keeps the exit status that a run's failure amounts to, until its state changes.
  package func setFailure(_ exitStatus: Int32, of id: RunID) async throws {
    try await write {
      try $0.execute(
        sql: "UPDATE runs SET failureStatus = ? WHERE id = ? AND state = 'failed'", arguments: [exitStatus, id])
    }
  }

  /// The exit statuses of failed runs, where they are known.
  package func failures() async throws -> [RunID: Int32] {
    let sql = "SELECT id, failureStatus FROM live WHERE state = 'failed'"
    let known = try await read { db in
      try db.readable(sql) { values in
        (RunID.fromDatabaseValue(values.next()) ?? 0, Int32(try values.next().integer(in: 0...255).required()))
      }
    }
    return Dictionary(known) { first, _ in first }
  }

  /// Keeps how fast one kind of run goes here, in the place of what was measured before.
  package func save(_ speed: SpeedMeasurement) async throws {
    try await write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO speeds (key, measurement) VALUES (?, ?)",
        arguments: [try JSON.encode(speed.key), try JSON.encode(speed)])
    }
  }

  /// Every speed that was measured, on whatever machine. What a later version cannot read is left out: it is measured again.
  package func speeds() async throws -> [SpeedMeasurement] {
    try await read { db in
      try db.readable("SELECT measurement FROM speeds") {
        try JSON.decode(SpeedMeasurement.self, $0.next().text().required())
      }
    }
  }

  /// Turns what a kill left in an active state into paused runs, and returns them.
  package func markInterrupted(reason: String) async throws -> [RunID] {
    let active = RunState.allCases.filter { $0.isActive || $0 == .awaitingLatency }.map(\.rawValue)
    return try await write { db in
      let marks = databaseQuestionMarks(count: active.count)
      let ids = try RunID.fetchAll(
        db, sql: "SELECT id FROM live WHERE state IN (\(marks)) ORDER BY id", arguments: StatementArguments(active))
      for id in ids {
        try db.execute(
          sql: "UPDATE runs SET state = ?, reason = ? WHERE id = ?",
          arguments: [RunState.paused.rawValue, reason, id])
      }
      return ids
    }
  }
}
