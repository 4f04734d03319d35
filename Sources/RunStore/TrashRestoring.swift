import Foundation
import GRDB
import Messages

extension RunStore {
  /// Brings deleted runs back under their numbers, which no other run ever gets: record, results and files.
  /// - Returns: the runs as they are in the store now.
  /// - Throws: `StoreError` for a number that is not in the trash, before anything is changed.
  public func restoreFromTrash(_ ids: [RunID]) async throws -> [RunSummary] {
    let known = Dictionary(try trashed().map { ($0.id, $0) }) { first, _ in first }
    let records = try ids.map { id in
      guard let record = known[id] else {
        throw StoreError(.missing, "run \(id) is not in the trash \(folder.trash.path)")
      }
      return record
    }
    var restored: [RunSummary] = []
    for record in records {
      try await write { try Self.insert(record, into: $0) }
      do {
        try takeBack(record)
      } catch {
        try? await write { try $0.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [record.id]) }
        throw StoreError(
          .inputOutput,
          "run \(record.id) cannot be brought back from \(folder.trash.path): "
            + error.localizedDescription)
      }
      if let run = try await run(record.id) { restored.append(run) }
    }
    return restored
  }

  /// The run's files, then the trash's own record of it.
  func takeBack(_ record: TrashedRun) throws {
    let files = FileManager.default
    let place = folder.trash.appending(path: String(record.id), directoryHint: .isDirectory)
    let kept = place.appending(path: "files")
    if files.fileExists(atPath: kept.path) {
      try files.createDirectory(at: folder.runs, withIntermediateDirectories: true)
      try? files.removeItem(at: folder.run(record.id))
      try files.moveItem(at: kept, to: folder.run(record.id))
    }
    try? files.removeItem(at: place)
  }

  private static func insert(_ record: TrashedRun, into db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO runs (id, plan, state, reason, created, started, finished, step, totalSteps, prepared, baseFingerprint,
          instructionSet, score, scoreEstimate, latency, overheadPercent, peakMemoryBytes, tokensPerSecond, wallSeconds,
          adapterPath, lastCheckpointStep, phases)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        record.id, try JSON.encode(record.plan), record.state.rawValue, record.reason, record.created ?? record.deleted,
        record.started, record.finished, record.losses.count, record.totalSteps ?? record.losses.count,
        try record.prepared.map { try JSON.encode($0) }, record.prepared?.baseFingerprint,
        record.prepared?.instructionSet, try record.score.map { try JSON.encode($0) }, record.score?.score.estimate,
        try record.latency.map { try JSON.encode($0) }, record.latency?.overheadPercent.estimate,
        record.peakMemoryBytes, record.tokensPerSecond, record.wallSeconds, record.adapterPath,
        record.lastCheckpointStep, try record.phases.map { try JSON.encode($0) },
      ])
    var events: [Event.Content] = []
    for step in record.losses.indices { events.append(.step(record.step(step))) }
    events.append(.examples(record.examples))
    for block in record.latencyBlocks {
      events.append(
        .latencyBlock(block: block.block, isBase: block.isBase, millisecondsPerToken: block.millisecondsPerToken))
    }
    if let latency = record.latency { events.append(.latencyMeasured(latency)) }
    let writer = EventWriter(db: db)
    for content in events {
      try writer.write(Event(sequence: 0, time: record.deleted, run: record.id, content: content))
    }
  }
}

extension TrashedRun {
  /// One step as it was stored; tokens are not kept.
  fileprivate func step(_ index: Int) -> StepSample {
    func value(_ series: [Float], _ index: Int) -> Float { series.indices.contains(index) ? series[index] : .nan }
    let elapsed = elapsed ?? []
    let before = index > 0 ? value(elapsed, index - 1) : 0
    let seconds = value(elapsed, index) - before
    return StepSample(
      step: index + 1, loss: losses[index], gradientNorm: value(gradientNorms, index),
      learningRate: value(learningRates, index), tokens: 0, seconds: seconds.isFinite ? Double(seconds) : 0)
  }
}
