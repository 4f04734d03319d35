import GRDB
import Messages
import Recipe

/// What a log needs of a run beside what screens ask for. What cannot be read is left out.
extension RunStore {
  /// Steps in their order, one at a time: a run may have millions.
  static func eachStep(of id: RunID, in db: Database, _ body: (StepSample) throws -> Void) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT step, loss, gradientNorm, learningRate, tokens, seconds, memoryBytes FROM steps
        WHERE run = ? AND typeof(step) = 'integer' ORDER BY step
        """)
    let rows = try Row.fetchCursor(statement, arguments: [id])
    while let row = try rows.next() {
      func value(_ index: Int) -> DatabaseValue { row[index] }
      guard let step = (try? value(0).integer()) ?? nil else { continue }
      try body(
        StepSample(
          step: step, loss: value(1).float, gradientNorm: value(2).float, learningRate: value(3).float,
          tokens: ((try? value(4).integer()) ?? nil) ?? 0, seconds: value(5).number ?? 0,
          memoryBytes: (try? value(6).integer()) ?? nil))
    }
  }

  static func heldOutLosses(of id: RunID, in db: Database) throws -> [HeldOutLoss] {
    let sql = "SELECT step, loss, examples, tokens, seconds FROM heldOutLosses WHERE run = ? ORDER BY step"
    return try db.readable(sql, [id]) { values in
      HeldOutLoss(
        step: try values.next().integer().required(), loss: values.next().float,
        examples: try values.next().integer().required(), tokens: try values.next().integer().required(),
        seconds: values.next().number ?? 0)
    }
  }

  static func checkpoints(of id: RunID, in db: Database) throws -> [(step: Int, time: Double)] {
    try db.readable("SELECT step, time FROM checkpoints WHERE run = ? ORDER BY step", [id]) { values in
      (try values.next().integer().required(), try values.next().number(in: RunColumn.times).required())
    }
  }

  /// What was said of one run, oldest first.
  static func notices(of id: RunID, in db: Database) throws -> [Notice] {
    try db.readable("SELECT level, text, time FROM notices WHERE run = ? ORDER BY id", [id]) { values in
      Notice(
        level: ((try? values.next().text()) ?? nil).flatMap(Notice.Level.init) ?? .info,
        text: try values.next().text().required(), time: try values.next().number(in: RunColumn.times).required())
    }
  }
}
