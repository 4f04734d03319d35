import Dispatch
import Foundation
import GRDB
import Messages
import Recipe
import Synchronization

/// A run whose row this version cannot read: it is left out of everything, and can be deleted.
package struct UnreadableRun: Hashable, Sendable {
  package var id: RunID
  /// What of it cannot be read.
  package var what: String
}

extension RunStore {
  /// All runs in order of id that can be read; their series are read when they are asked for.
  package func runs() async throws -> [RunSummary] { try await readableRuns().runs }

  /// All runs in order of id, those apart whose rows cannot be read: one of them must not close the store.
  package func readableRuns() async throws -> (runs: [RunSummary], unreadable: [UnreadableRun]) {
    try await read { [reader, path = folder.database.path] db in
      var decoding = RunDecoding { RunReader(reader: reader, path: path) }
      let rows = try Row.fetchCursor(db, sql: RunReader.sql + " ORDER BY id")
      while let row = try rows.next() { decoding.take(row.copy()) }
      return decoding.all
    }
  }

  /// - Throws: `StoreError` with the reason `unreadable` where its row cannot be read.
  package func run(_ id: RunID) async throws -> RunSummary? {
    try await read { [reader = runReader(), path = folder.database.path] db in
      try Self.run(id, reader, in: db, path: path)
    }
  }

  static func run(_ id: RunID, _ reader: RunReader, in db: Database, path: String) throws -> RunSummary? {
    guard let row = try Row.fetchOne(db, sql: RunReader.sql + " WHERE id = ?", arguments: [id]) else { return nil }
    do { return try reader.summary(of: row) } catch let error as UnreadableColumn {
      throw StoreError(
        .unreadable,
        "run \(id) in the store \(path): its \(error.name) cannot be read; `lorascope runs delete \(id)` removes it")
    }
  }

  func runReader() -> RunReader { RunReader(reader: reader, path: folder.database.path) }

  /// Waiting runs in the order in which they will start.
  package func queue() async throws -> [RunID] {
    try await read {
      try RunID.fetchAll(
        $0, sql: "SELECT id FROM live WHERE state = 'waiting' ORDER BY coalesce(queuePosition, id), id")
    }
  }

  /// Examples that cannot be read are left out.
  package func examples(of id: RunID) async throws -> [ExampleOutcome] {
    try await read { try Self.examples(of: id, in: $0) }
  }

  static func examples(of id: RunID, in db: Database) throws -> [ExampleOutcome] {
    let sql = "SELECT \(ScoredExample.columns), output, outputTokens, isCut \(ScoredExample.source)"
    return try db.readable(sql, [id]) { values in
      let example = try ScoredExample(&values)
      return ExampleOutcome(
        index: example.index, prompt: example.prompt, expected: example.expected,
        output: try values.next().text().required(), score: example.score, parsed: example.parsed,
        lenient: example.lenient, outputTokens: try values.next().integer().required(),
        isCut: try values.next().flag(), group: example.group)
    }
  }

  /// The scores of a run's examples without their texts: what a study's comparisons need. Those that cannot be read are left out.
  package func scores(of id: RunID) async throws -> [ExampleScoreRecord] {
    try await read { db in
      try db.readable("SELECT \(ScoredExample.columns) \(ScoredExample.source)", [id]) { values in
        let example = try ScoredExample(&values)
        return ExampleScoreRecord(
          index: example.index, prompt: example.prompt, expected: example.expected, score: example.score,
          parsed: example.parsed, lenient: example.lenient, group: example.group)
      }
    }
  }

  /// A run's blocks in the order in which they were measured; those that cannot be read are left out.
  package func latencyBlocks(of id: RunID) async throws -> [LatencyBlock] {
    try await read { try Self.latencyBlocks(of: id, in: $0) }
  }

  static func latencyBlocks(of id: RunID, in db: Database) throws -> [LatencyBlock] {
    let sql = "SELECT block, isBase, millisecondsPerToken FROM latencyBlocks WHERE run = ? ORDER BY block, isBase DESC"
    return try db.readable(sql, [id]) { values in
      LatencyBlock(
        block: try values.next().integer().required(), isBase: try values.next().flag(),
        millisecondsPerToken: try JSON.decode([Double].self, values.next().text().required()))
    }
  }

  /// When checkpoints of each run were written (seconds since 1970), in order of their steps; those that cannot be read are left out.
  package func checkpointTimes() async throws -> [RunID: [(step: Int, time: Double)]] {
    let rows = try await read { db in
      try db.readable("SELECT run, step, time FROM checkpoints ORDER BY run, step") { values in
        (
          run: RunID(try values.next().integer().required()), step: try values.next().integer().required(),
          time: try values.next().number(in: RunColumn.times).required()
        )
      }
    }
    return Dictionary(grouping: rows, by: \.run).mapValues { $0.map { ($0.step, $0.time) } }
  }

  /// The last `limit` notices, newest last.
  package func notices(limit: Int) async throws -> [Notice] {
    try await read { db in
      try db.readable("SELECT level, text, time FROM notices ORDER BY id DESC LIMIT ?", [max(0, limit)]) { values in
        Notice(
          level: (try? values.next().text()).flatMap { $0 }.flatMap(Notice.Level.init) ?? .info,
          text: try values.next().text().required(), time: try values.next().number(in: RunColumn.times).required())
      }.reversed()
    }
  }
}

/// What examples and their scores are both read with.
private struct ScoredExample {
  static let columns = #""index", prompt, expected, score, parsed, lenient, "group""#
  static let source = #"FROM examples WHERE run = ? ORDER BY "index""#
  /// Scores are 0 to 1; a metric of a person's own may reach further.
  private static let shares: ClosedRange<Double> = -1e6...1e6

  let index: Int
  let prompt: String
  let expected: String
  let score: Double
  let parsed: Bool
  let lenient: Double
  let group: String?

  /// - Throws: `UnreadableColumn`.
  init(_ values: inout StoredValues) throws {
    index = try values.next().integer().required()
    prompt = try values.next().text().required()
    expected = try values.next().text().required()
    score = try values.next().number(in: Self.shares) ?? .nan
    parsed = try values.next().flag()
    lenient = try values.next().number(in: Self.shares) ?? .nan
    group = try values.next().text()
  }
}

/// Turns rows of `runs` into summaries, with one query for all of them: a run's series wait until someone asks.
final class RunReader: Sendable {
  static let sql = """
    SELECT id, \(RunColumn.all.map(\.name).joined(separator: ", ")),
      (SELECT max(step) FROM steps WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps)),
      (SELECT loss FROM steps WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps)
        ORDER BY step DESC LIMIT 1),
      (SELECT max(step) FROM heldOutLosses WHERE run = runs.id AND step <= runs.totalSteps)
    FROM live AS runs
    """

  /// The most that training accepts.
  private static let mostSteps: Int64 = 100_000_000

  private let reader: any DatabaseReader
  private let path: String
  private let memo = DecodingMemo()

  init(reader: any DatabaseReader, path: String) {
    self.reader = reader
    self.path = path
  }

  /// - Throws: `UnreadableColumn`.
  func summary(of row: Row) throws -> RunSummary {
    var values = StoredValues(row: row)
    var run = RunSummary.unread(RunID.fromDatabaseValue(values.next()) ?? 0)
    for column in RunColumn.all {
      do { try column.read(values.next(), &run, memo) } catch { throw UnreadableColumn(name: column.name) }
    }
    guard let steps = try? values.next().integer(in: 0...Self.mostSteps) ?? 0 else {
      throw UnreadableColumn(name: "steps")
    }
    StoredSeries.attach(to: &run, count: steps, lastLoss: values.next().float, reader: reader, path: path)
    guard let last = try? values.next().integer(in: 0...Self.mostSteps) ?? 0 else {
      throw UnreadableColumn(name: "held-out losses")
    }
    StoredHeldOutLosses.attach(to: &run, last: Int(last), reader: reader, path: path)
    return run
  }
}

/// Rows of `runs` that are decoded by several threads, for a store of thousands of runs is mostly JSON: a batch at a time, so that the rows
/// of a large store are not in memory beside its runs.
private struct RunDecoding {
  private typealias Part = (runs: [RunSummary], unreadable: [UnreadableRun])

  /// `@unchecked Sendable`: copies of rows, which nothing changes.
  private struct Rows: @unchecked Sendable { var rows: [Row] = [] }

  private static let batch = 1024
  /// For fewer rows a thread's start takes longer than it saves.
  private static let leastOfPart = 128

  /// A thread has a reader of its own, so that none waits for what another one remembers.
  private let readers: [RunReader]
  private var waiting = Rows()
  private var decoded: Part = ([], [])

  init(_ reader: () -> RunReader) {
    readers = (0..<max(1, ProcessInfo.processInfo.activeProcessorCount)).map { _ in reader() }
  }

  mutating func take(_ row: Row) {
    waiting.rows.append(row)
    if waiting.rows.count == Self.batch { decode() }
  }

  /// In order.
  var all: (runs: [RunSummary], unreadable: [UnreadableRun]) {
    mutating get {
      decode()
      return decoded
    }
  }

  private mutating func decode() {
    let (waiting, readers) = (waiting, readers)
    let total = waiting.rows.count
    let count = max(1, min(readers.count, total / Self.leastOfPart))
    let parts = Mutex([Part](repeating: ([], []), count: count))
    DispatchQueue.concurrentPerform(iterations: count) { part in
      var decoded: Part = ([], [])
      for row in waiting.rows[total * part / count..<total * (part + 1) / count] {
        do {
          decoded.runs.append(try readers[part].summary(of: row))
        } catch {
          let what = (error as? UnreadableColumn).map { "its \($0.name)" } ?? "its row"
          decoded.unreadable.append(UnreadableRun(id: row[0], what: "\(what) cannot be read"))
        }
      }
      parts.withLock { [decoded] in $0[part] = decoded }
    }
    self.waiting = Rows()
    for part in parts.withLock({ $0 }) {
      decoded.runs += part.runs
      decoded.unreadable += part.unreadable
    }
  }
}

/// A stretch of a run's steps, as the store has them.
struct StoredSteps: Sendable {
  private(set) var losses: [Float] = []
  private(set) var gradientNorms: [Float] = []
  private(set) var learningRates: [Float] = []
  private var seconds: [Float] = []
  private var tokens: [Float] = []
  private(set) var memory: [Float] = []

  private static let longestGap = 1 << 20

  /// The same without the losses, which their own series keep.
  var withoutLosses: StoredSteps {
    var steps = self
    steps.losses = []
    return steps
  }

  init(of run: RunID, _ range: Range<Int>, in db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT step, loss, gradientNorm, learningRate, seconds, tokens, memoryBytes FROM steps
        WHERE run = ? AND step >= ? AND step < ? AND typeof(step) = 'integer' ORDER BY step
        """)
    for path in [\Self.losses, \.gradientNorms, \.learningRates, \.seconds, \.tokens, \.memory] {
      self[keyPath: path].reserveCapacity(min(range.count, 1 << 20))
    }
    let rows = try Row.fetchCursor(statement, arguments: [run, range.lowerBound, range.upperBound])
    while let row = try rows.next() {
      let place = (row[0] as Int) - range.lowerBound
      // A gap shows as one; one wild number must not ask for memory for all steps that are not there.
      guard place - losses.count < Self.longestGap else { break }
      while losses.count < place { appendGap() }
      append(row)
    }
  }

  /// Columns in the order of the query.
  private mutating func append(_ row: Row) {
    func value(_ index: Int) -> DatabaseValue { row[index] }
    losses.append(value(1).float)
    gradientNorms.append(value(2).float)
    learningRates.append(value(3).float)
    seconds.append(Float(value(4).number ?? 0))
    tokens.append(Float(value(5).number ?? 0))
    memory.append(value(6).float)
  }

  private mutating func appendGap() {
    losses.append(.nan)
    gradientNorms.append(.nan)
    learningRates.append(.nan)
    seconds.append(0)
    tokens.append(0)
    memory.append(.nan)
  }

  /// Seconds of training at the end of each step.
  func elapsed(after start: Float) -> [Float] { Self.sums(of: seconds, after: start) }

  /// Tokens at the end of each step.
  func tokenCounts(after start: Float) -> [Float] { Self.sums(of: tokens, after: start) }

  /// Tokens a second of each step.
  var tokenRates: [Float] { zip(tokens, seconds).map { $0 > 0 && $1 > 0 ? $0 / $1 : .nan } }

  private static func sums(of values: [Float], after start: Float) -> [Float] {
    var sum = start
    return values.map { value in
      sum += value
      return sum
    }
  }
}

/// A run's steps, read from the store when a chart, a report or the run itself first asks for one of their series.
final class StoredSeries: Sendable {
  private let run: RunID
  private let count: Int
  private let reader: any DatabaseReader
  private let path: String
  private let steps = Mutex<StoredSteps?>(nil)

  init(run: RunID, count: Int, reader: any DatabaseReader, path: String) {
    self.run = run
    self.count = count
    self.reader = reader
    self.path = path
  }

  /// Gives a run its series; the last loss is known without reading them.
  static func attach(to run: inout RunSummary, count: Int, lastLoss: Float, reader: any DatabaseReader, path: String) {
    guard count > 0 else { return }
    let stored = StoredSeries(run: run.id, count: count, reader: reader, path: path)
    run.losses = MetricSeries(count: count, newest: lastLoss, parts: stored.losses) { stored.losses([0..<count]) }
    run.gradientNorms = MetricSeries(count: count, newest: nil) { stored.read()?.gradientNorms }
    run.learningRates = MetricSeries(count: count, newest: nil) { stored.read()?.learningRates }
    run.elapsed = MetricSeries(count: count, newest: nil) { stored.read()?.elapsed(after: 0) }
    run.tokenCounts = MetricSeries(count: count, newest: nil) { stored.read()?.tokenCounts(after: 0) }
    run.tokenRates = MetricSeries(count: count, newest: nil) { stored.read()?.tokenRates }
    run.memory = MetricSeries(count: count, newest: nil) { stored.read()?.memory }
  }

  /// Everything but the losses, which are asked for most and by themselves. Nil where the store cannot be read now.
  private func read() -> StoredSteps? {
    steps.withLock { known in
      if let known { return known }
      known = fetch { db in try StoredSteps(of: self.run, 1..<self.count + 1, in: db).withoutLosses }
      return known
    }
  }

  /// The losses of some stretches, one after the other; not-a-number where the store has none. Nil where it cannot be read now.
  private func losses(_ stretches: [Range<Int>]) -> [Float]? {
    fetch { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT step, loss FROM steps WHERE run = ? AND step >= ? AND step < ? AND typeof(step) = 'integer' ORDER BY step
          """)
      var losses: [Float] = []
      losses.reserveCapacity(min(stretches.reduce(0) { $0 + $1.count }, 1 << 20))
      for stretch in stretches {
        let end = losses.count + stretch.count
        let rows = try Row.fetchCursor(
          statement, arguments: [self.run, stretch.lowerBound + 1, stretch.upperBound + 1])
        while let row = try rows.next() {
          let place = end - stretch.upperBound + (row[0] as Int) - 1
          while losses.count < place { losses.append(.nan) }
          let loss: DatabaseValue = row[1]
          losses.append(loss.float)
        }
        while losses.count < end { losses.append(.nan) }
      }
      return losses
    }
  }

  /// A run may be looked at when its engine has ended and the pool is closed.
  private func fetch<Value>(_ read: (Database) throws -> Value) -> Value? {
    if let value = try? reader.unsafeReentrantRead(read) { return value }
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    return try? DatabaseQueue(path: path, configuration: configuration).read(read)
  }
}
