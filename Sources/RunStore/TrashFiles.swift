import Foundation
import GRDB
import Messages
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files of runs on their way to the trash folder and back: `runs/N` and `trash/N/files`.
struct TrashFiles {
  let folder: StoreFolder
  private var files: FileManager { .default }

  init(folder: StoreFolder) { self.folder = folder }

  private func kept(_ id: Int64) -> URL { folder.trash(id).appending(path: "files", directoryHint: .isDirectory) }

  /// The runs that a folder has something of.
  func numbers(in place: URL) -> [Int64] {
    ((try? files.contentsOfDirectory(atPath: place.path)) ?? []).compactMap { name in
      Int64(name).flatMap { $0 > 0 && String($0) == name && $0 < 1 << 53 ? $0 : nil }
    }
  }

  func discard(_ id: Int64) throws { try move(folder.run(id), to: kept(id)) }

  /// The files, and nothing of the trash's own folder of them is left.
  func bringBack(_ id: Int64) throws {
    try move(kept(id), to: folder.run(id))
    guard !files.fileExists(atPath: kept(id).path) else { return }
    forgetRecord(of: id)
    rmdir(folder.trash(id).path)
  }

  /// Nothing that is at the other place is replaced: what is there already stays, and what would replace it, too.
  private func move(_ from: URL, to target: URL) throws {
    guard files.fileExists(atPath: from.path) else { return }
    try files.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    if !files.fileExists(atPath: target.path) {
      try put(from, at: target)
    } else {
      for name in try files.contentsOfDirectory(atPath: from.path) {
        let other = target.appending(path: name)
        if !files.fileExists(atPath: other.path) { try put(from.appending(path: name), at: other) }
      }
      rmdir(from.path)
    }
    flush(from.deletingLastPathComponent())
    flush(target.deletingLastPathComponent())
  }

  /// In one step. Between two disks there is none: what is deleted then stays where it is.
  private func put(_ from: URL, at target: URL) throws {
    guard rename(from.path, target.path) == 0 else {
      throw StoreError(.inputOutput, "cannot move \(from.path) to \(target.path): \(String(cString: strerror(errno)))")
    }
  }

  private func flush(_ folder: URL) {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// For good.
  func remove(_ id: Int64, ifOlderThan time: Double? = nil) {
    if let time {
      var status = stat()
      guard stat(folder.trash(id).path, &status) == 0, Double(status.st_ctim.tv_sec) < time else { return }
    } else {
      try? files.removeItem(at: folder.run(id))
    }
    try? files.removeItem(at: folder.trash(id))
  }

  // MARK: What earlier versions wrote

  private func record(at id: Int64) -> URL { folder.trash(id).appending(path: "record.json") }

  /// The run that an earlier version has deleted: its trash was a file.
  func record(of id: Int64) -> TrashRecord? {
    guard let text = try? String(contentsOf: record(at: id), encoding: .utf8) else { return nil }
    guard let record = try? JSON.decode(TrashRecord.self, text), record.id == id else { return nil }
    return record
  }

  func forgetRecord(of id: Int64) {
    unlink(record(at: id).path)
    sweep(folder.trash(id))
  }

  /// What kills have left beside the store while its log began, and in the trash.
  func sweepLogs() { sweep(folder.database.deletingLastPathComponent(), onlyEmpty: true) }

  /// Foundation's own names for files that it is writing, of processes that have ended.
  private func sweep(_ place: URL, onlyEmpty: Bool = false) {
    let mark = ".dat.nosync"
    for name in (try? files.contentsOfDirectory(atPath: place.path)) ?? [] where name.hasPrefix(mark) {
      let number = name.dropFirst(mark.count).prefix { $0 != "." }
      guard let process = Int32(number, radix: 16), process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
      var status = stat()
      let path = place.appending(path: name).path
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, !onlyEmpty || status.st_size == 0 else {
        continue
      }
      unlink(path)
    }
  }
}

/// A run as versions before deletion became a mark on its row kept it in the trash: everything but tokens per step, checkpoints and
/// the place among the curves.
struct TrashRecord: Decodable {
  var id: RunID
  var plan: RunPlan
  var state: RunState
  var deleted: Double
  var prepared: PreparedRun?
  var score: ScoreSummary?
  var latency: LatencySummary?
  var losses: [Float]
  var gradientNorms: [Float]
  var learningRates: [Float]
  var examples: [ExampleOutcome]
  var latencyBlocks: [LatencyBlock]
  // What the first version did not keep; a run that it deleted comes back without.
  var created: Double?
  var started: Double?
  var finished: Double?
  var reason: String?
  var totalSteps: Int?
  /// Seconds of training at the end of each step.
  var elapsed: [Float]?
  var tokensPerSecond: Double?
  var peakMemoryBytes: Int?
  var wallSeconds: Double?
  var adapterPath: String?
  var lastCheckpointStep: Int?
  var phases: PhaseSeconds?

  /// Puts it into the tables as a deleted run.
  func insert(into db: Database) throws {
    var run = RunSummary(id: id, plan: plan, state: state, created: created ?? deleted)
    (run.reason, run.started, run.finished) = (reason, started, finished)
    (run.step, run.totalSteps) = (losses.count, totalSteps ?? losses.count)
    (run.prepared, run.score, run.latency, run.phases) = (prepared, score, latency, phases)
    (run.peakMemoryBytes, run.tokensPerSecond, run.wallSeconds) = (peakMemoryBytes, tokensPerSecond, wallSeconds)
    (run.adapterPath, run.lastCheckpointStep) = (adapterPath, lastCheckpointStep)
    try RunRecord(run: run, deleted: deleted).insert(db)
    var events: [Event.Content] = losses.indices.map { .step(step($0)) }
    events.append(.examples(examples))
    for block in latencyBlocks {
      events.append(
        .latencyBlock(block: block.block, isBase: block.isBase, millisecondsPerToken: block.millisecondsPerToken))
    }
    let writer = EventWriter(db: db)
    for content in events { try writer.append(content, to: id, time: deleted) }
  }

  private func step(_ index: Int) -> StepSample {
    func value(_ series: [Float], _ index: Int) -> Float { series.indices.contains(index) ? series[index] : .nan }
    let elapsed = elapsed ?? []
    let before = index > 0 ? value(elapsed, index - 1) : 0
    let seconds = value(elapsed, index) - before
    return StepSample(
      step: index + 1, loss: losses[index], gradientNorm: value(gradientNorms, index),
      learningRate: value(learningRates, index), tokens: 0, seconds: seconds.isFinite ? Double(seconds) : 0)
  }
}
