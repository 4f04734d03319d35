import GRDB
import Messages
import Recipe

/// A column of `runs` that holds a property of a run's summary: how it is read and how it is written, once for all statements.
struct RunColumn: Sendable {
  typealias Path<Value> = WritableKeyPath<RunSummary, Value> & Sendable

  let name: String
  /// JSON is read only for whoever wants the whole run: it takes longer than all the rest.
  var isJSON = false
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
    RunColumn("adapterPath", \.adapterPath) { try $0.text() },
    RunColumn("lastCheckpointStep", \.lastCheckpointStep) { try $0.integer() },
    RunColumn("seriesSlot", \.seriesSlot) { try $0.integer(in: 0...1024) },
  ]

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
    decode: @escaping @Sendable (DecodingMemo, String) throws -> Value = { try $0.decode(Value.self, $1) }
  ) {
    self.init(
      name: name, isJSON: true,
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
