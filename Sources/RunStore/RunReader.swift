import Foundation
import GRDB
import Messages

/// Turns rows of `runs` into summaries, with one query for all of them: a run's series wait until someone asks.
final class RunReader: Sendable {
  /// Seconds since 1970, to the year 9999.
  static let times: ClosedRange<Double> = 0...253_402_300_799
  /// Bytes, and seconds, and tokens a second, of which more is an error.
  private static let amounts: ClosedRange<Double> = 0...1e15

  static let sql = """
    SELECT id, plan, state, reason, created, started, finished, step, totalSteps, prepared, score, latency,
      peakMemoryBytes, tokensPerSecond, wallSeconds, phases, adapterPath, lastCheckpointStep, seriesSlot,
      (SELECT max(step) FROM steps WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps)),
      (SELECT iif(typeof(loss) IN ('real', 'integer'), loss, NULL) FROM steps
        WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps) ORDER BY step DESC LIMIT 1)
    FROM live AS runs
    """

  private let reader: any DatabaseReader
  private let path: String
  private let memo = DecodingMemo()

  init(reader: any DatabaseReader, path: String) {
    self.reader = reader
    self.path = path
  }

  static func id(of row: Row) throws -> RunID {
    // SQLite itself allows nothing but a whole number in this column.
    RunID(try StoredValues(row: row).integer(0, "id", in: .min ... .max).required("id"))
  }

  /// - Throws: `UnreadableColumn`.
  func summary(of row: Row) throws -> RunSummary {
    let values = StoredValues(row: row)
    guard let plan = try memo.plan(values.text(1, "plan").required("plan")) else {
      throw UnreadableColumn(name: "plan")
    }
    guard let state = RunState(rawValue: try values.text(2, "state").required("state")) else {
      throw UnreadableColumn(name: "state")
    }
    var run = RunSummary(
      id: try Self.id(of: row), plan: plan, state: state,
      created: try values.number(4, "created", in: Self.times).required("created"))
    run.reason = try values.text(3, "reason")
    run.started = try values.number(5, "started", in: Self.times)
    run.finished = try values.number(6, "finished", in: Self.times)
    run.step = try values.integer(7, "step").required("step")
    run.totalSteps = try values.integer(8, "totalSteps").required("totalSteps")
    run.prepared = try decoded(values, 9, "prepared") { try memo.prepared($0) }
    run.score = try decoded(values, 10, "score") { try memo.decode(ScoreSummary.self, $0) }
    run.latency = try decoded(values, 11, "latency") { try memo.decode(LatencySummary.self, $0) }
    run.peakMemoryBytes = try values.integer(12, "peakMemoryBytes")
    run.tokensPerSecond = try values.number(13, "tokensPerSecond", in: Self.amounts)
    run.wallSeconds = try values.number(14, "wallSeconds", in: Self.amounts)
    run.phases = try decoded(values, 15, "phases") { try memo.decode(PhaseSeconds.self, $0) }
    run.adapterPath = try values.text(16, "adapterPath")
    run.lastCheckpointStep = try values.integer(17, "lastCheckpointStep")
    run.seriesSlot = try values.integer(18, "seriesSlot", in: 0...1024)
    let steps = try values.integer(19, "steps", in: 0...Self.mostSteps) ?? 0
    let loss = try values.number(20, "loss", in: -.infinity ... .infinity)
    StoredSeries.attach(
      to: &run, count: steps, lastLoss: loss.map { Float($0) } ?? .nan, reader: reader, path: path)
    return run
  }

  /// The most that training accepts.
  private static let mostSteps: Int64 = 100_000_000

  private func decoded<T>(
    _ values: StoredValues, _ index: Int, _ name: String, _ body: (String) throws -> T
  ) throws -> T? {
    guard let text = try values.text(index, name) else { return nil }
    do { return try body(text) } catch { throw UnreadableColumn(name: name) }
  }
}
