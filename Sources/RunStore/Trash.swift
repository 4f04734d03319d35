import Foundation
import GRDB
import Messages

/// A deleted run as it lies in the trash folder: everything that the tables had about it.
public struct TrashedRun: Codable, Sendable {
  public var id: RunID
  public var plan: RunPlan
  public var state: RunState
  public var deleted: Double
  public var prepared: PreparedRun?
  public var score: ScoreSummary?
  public var latency: LatencySummary?
  public var losses: [Float]
  public var gradientNorms: [Float]
  public var learningRates: [Float]
  public var examples: [ExampleOutcome]
  public var latencyBlocks: [LatencyBlock]
  // What the first version did not keep; a run that it deleted comes back without.
  public var created: Double?
  public var started: Double?
  public var finished: Double?
  public var reason: String?
  public var totalSteps: Int?
  /// Seconds of training at the end of each step.
  public var elapsed: [Float]?
  public var tokensPerSecond: Double?
  public var peakMemoryBytes: Int?
  public var wallSeconds: Double?
  public var adapterPath: String?
  public var lastCheckpointStep: Int?
  public var phases: PhaseSeconds?

  public var listed: DeletedRun { DeletedRun(id: id, plan: plan, deleted: deleted, score: score?.score.estimate) }
}

extension RunStore {
  /// Moves runs to the trash folder: a record of each as JSON, and its files. They stay there until `purgeTrash`.
  public func moveToTrash(_ ids: [RunID], now: Double) async throws {
    for id in ids {
      guard let run = try await run(id) else { continue }
      let record = TrashedRun(
        id: id, plan: run.plan, state: run.state, deleted: now, prepared: run.prepared, score: run.score,
        latency: run.latency, losses: run.losses.values(0..<run.losses.count),
        gradientNorms: run.gradientNorms.values(0..<run.gradientNorms.count),
        learningRates: run.learningRates.values(0..<run.learningRates.count),
        examples: try await examples(of: id), latencyBlocks: try await latencyBlocks(of: id), created: run.created,
        started: run.started, finished: run.finished, reason: run.reason, totalSteps: run.totalSteps,
        elapsed: run.elapsed.values(0..<run.elapsed.count), tokensPerSecond: run.tokensPerSecond,
        peakMemoryBytes: run.peakMemoryBytes, wallSeconds: run.wallSeconds, adapterPath: run.adapterPath,
        lastCheckpointStep: run.lastCheckpointStep, phases: run.phases)
      do {
        try throwAway(record)
      } catch {
        throw StoreError(
          .inputOutput, "run \(id) cannot be moved to \(folder.trash.path): \(error.localizedDescription)")
      }
      do {
        try await write { try $0.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id]) }
      } catch {
        // The run stays, and so must its files.
        try? takeBack(record)
        throw error
      }
    }
  }

  private func throwAway(_ record: TrashedRun) throws {
    let files = FileManager.default
    let place = folder.trash.appending(path: String(record.id), directoryHint: .isDirectory)
    try? files.removeItem(at: place)
    try files.createDirectory(at: place, withIntermediateDirectories: true)
    try Data(JSON.encode(record).utf8).write(to: place.appending(path: "record.json"), options: .atomic)
    let own = folder.run(record.id)
    if files.fileExists(atPath: own.path) { try files.moveItem(at: own, to: place.appending(path: "files")) }
  }

  /// Runs in the trash, newest deletion last.
  public func trashed() throws -> [TrashedRun] {
    let files = FileManager.default
    guard let names = try? files.contentsOfDirectory(atPath: folder.trash.path) else { return [] }
    return names.compactMap { name in
      let url = folder.trash.appending(path: name).appending(path: "record.json")
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
      return try? JSON.decode(TrashedRun.self, text)
    }.sorted { ($0.deleted, $0.id) < ($1.deleted, $1.id) }
  }

  /// Removes for good what was deleted before `time` (seconds since 1970).
  public func purgeTrash(before time: Double) throws {
    for run in try trashed() where run.deleted < time {
      try FileManager.default.removeItem(at: folder.trash.appending(path: String(run.id)))
    }
  }
}
