import GRDB
import Messages

extension RunStore {
  /// Writes a batch of events in one transaction: all of them or, when it throws, none.
  public func write(_ events: [Event]) async throws {
    try await write { db in
      for event in events { try EventWriter(db: db).write(event) }
    }
  }
}

/// What each event means for the tables.
struct EventWriter {
  let db: Database

  func write(_ event: Event) throws {
    if case .notice(let notice) = event.content {
      try run(
        "INSERT INTO notices (run, time, level, text) VALUES (?, ?, ?, ?)",
        [event.run, notice.time, notice.level.rawValue, notice.text])
    }
    guard let id = event.run else { return }
    switch event.content {
    case .stateChanged(let state, let reason): try change(id, to: state, reason: reason, time: event.time)
    case .prepared(let prepared):
      try run(
        "UPDATE runs SET prepared = ?, totalSteps = ?, baseFingerprint = ?, instructionSet = ? WHERE id = ?",
        [try JSON.encode(prepared), prepared.totalSteps, prepared.baseFingerprint, prepared.instructionSet, id])
    case .step(let sample): try insert(sample, of: id)
    case .checkpoint(let step):
      try run(
        "INSERT OR REPLACE INTO checkpoints (run, step, time) SELECT id, ?, ? FROM runs WHERE id = ?",
        [step, event.time, id])
      try run("UPDATE runs SET lastCheckpointStep = ? WHERE id = ?", [step, id])
    case .rewound(let step):
      try run("DELETE FROM steps WHERE run = ? AND step > ?", [id, step])
      try run("DELETE FROM checkpoints WHERE run = ? AND step > ?", [id, step])
      try run("UPDATE runs SET step = min(step, ?) WHERE id = ?", [step, id])
    case .examples(let outcomes): try insert(outcomes, of: id)
    case .evaluated(let summary):
      try run(
        "UPDATE runs SET score = ?, scoreEstimate = ? WHERE id = ?",
        [try JSON.encode(summary), summary.score.estimate, id])
    case .latencyBlock(let block, let isBase, let values):
      try run(
        """
        INSERT OR REPLACE INTO latencyBlocks (run, block, isBase, millisecondsPerToken)
        SELECT id, ?, ?, ? FROM runs WHERE id = ?
        """, [block, isBase, try JSON.encode(values), id])
    case .latencyMeasured(let summary):
      try run(
        "UPDATE runs SET latency = ?, overheadPercent = ?, coreShare = ? WHERE id = ?",
        [try JSON.encode(summary), summary.overheadPercent.estimate, summary.coreShare, id])
      // A measurement that took the place of a longer one.
      try run("DELETE FROM latencyBlocks WHERE run = ? AND block >= ?", [id, summary.blocks])
    case .adapterWritten(let path): try run("UPDATE runs SET adapterPath = ? WHERE id = ?", [path, id])
    case .resources(let peak, let rate, let wall):
      try run(
        "UPDATE runs SET peakMemoryBytes = ?, tokensPerSecond = ?, wallSeconds = ? WHERE id = ?",
        [peak, rate, wall, id])
    case .phases(let phases): try run("UPDATE runs SET phases = ? WHERE id = ?", [try JSON.encode(phases), id])
    case .evaluationProgress, .latencyProgress, .notice: break
    }
  }

  private func change(_ id: RunID, to state: RunState, reason: String?, time: Double) throws {
    try run(
      """
      UPDATE runs SET state = ?, reason = ?, finished = ?, started = coalesce(started, ?), failureStatus = NULL WHERE id = ?
      """,
      [state.rawValue, reason, state.isTerminal ? time : nil, state.isActive ? time : nil, id])
    if state == .measuring { try run("DELETE FROM latencyBlocks WHERE run = ?", [id]) }
    if state == .evaluating { try run("DELETE FROM examples WHERE run = ?", [id]) }
  }

  private func insert(_ sample: StepSample, of id: RunID) throws {
    // A run that was deleted meanwhile has no row any more, and must not stop the other runs' events.
    try run(
      """
      INSERT OR REPLACE INTO steps (run, step, loss, gradientNorm, learningRate, tokens, seconds)
      SELECT id, ?, ?, ?, ?, ?, ? FROM runs WHERE id = ?
      """,
      [
        sample.step, sample.loss, sample.gradientNorm, sample.learningRate, sample.tokens, sample.seconds, id,
      ])
    try run("UPDATE runs SET step = ? WHERE id = ?", [sample.step, id])
  }

  private func insert(_ outcomes: [ExampleOutcome], of id: RunID) throws {
    for outcome in outcomes {
      try run(
        """
        INSERT OR REPLACE INTO examples
          (run, "index", prompt, expected, output, score, parsed, lenient, outputTokens)
        SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE id = ?
        """,
        [
          outcome.index, text(outcome.prompt), text(outcome.expected), text(outcome.output), outcome.score,
          outcome.parsed,
          outcome.lenient, outcome.outputTokens, id,
        ])
    }
  }

  /// SQLite's text ends at a NUL, which a model may well produce: it is stored as its visible sign.
  private func text(_ string: String) -> String { string.replacing("\0", with: "\u{2400}") }

  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
