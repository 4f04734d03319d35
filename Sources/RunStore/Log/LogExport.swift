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

/// Who writes logs: what a run that was trained in this store is said to come from.
package struct LogWriter: Sendable {
  package var host: String
  /// With its version.
  package var engine: String
  /// Processor and instruction set of this machine, for runs of earlier versions that do not name theirs.
  package var processor: String

  package init(host: String, engine: String, processor: String) {
    self.host = host
    self.engine = engine
    self.processor = processor
  }

  /// What this host calls itself, without asking the network.
  package static var thisHost: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? "unknown" : text
  }
}

extension RunStore {
  /// Writes runs as logs, each with its adapter, and with its checkpoint where it is unfinished. A log that is there is replaced in one
  /// step by the newer one of the same run.
  ///
  /// - Parameter names: of the logs, bare ones without an ending; a run that has none is named by its number and its identity.
  /// - Returns: the logs.
  /// - Throws: `StoreError`.
  package func exportLogs(
    _ ids: [RunID], to folder: URL, by writer: LogWriter, names: [RunID: String] = [:]
  ) async throws -> [URL] {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
      throw StoreError(.cannotCreate, "\(OneLine.text(folder.path)) is a file: name a folder")
    }
    try LogFiles.makeFolder(folder)
    var logs: [URL] = []
    for id in ids {
      let export = LogExport(id: id, folder: folder, store: self.folder, writer: writer, name: names[id])
      defer { export.sweep() }
      let reader = runReader()
      // Before the store is read: steps are stored before a checkpoint has them, so that the log holds what the checkpoint goes on from.
      let checkpoint = try export.copyCheckpoint()
      logs.append(try await read { try export.write(from: $0, reader, checkpoint) })
    }
    return logs
  }
}

/// One run on its way into a log.
private struct LogExport: Sendable {
  let id: RunID
  let folder: URL
  let store: StoreFolder
  let writer: LogWriter
  let name: String?
  private let staging: URL

  private static let buffer = 1 << 18

  init(id: RunID, folder: URL, store: StoreFolder, writer: LogWriter, name: String?) {
    (self.id, self.folder, self.store, self.writer, self.name) = (id, folder, store, writer, name)
    staging = folder.appending(path: ".run-\(id)-\(UUID().uuidString)", directoryHint: .isDirectory)
  }

  private var staged: URL { staging.appending(path: "files", directoryHint: .isDirectory) }

  func sweep() { try? FileManager.default.removeItem(at: staging) }

  /// The newest checkpoint, copied. Between two renames of the run there may be only the one before.
  func copyCheckpoint() throws -> RunLogLine.File? {
    for source in [store.checkpoint(id), store.previousCheckpoint(id), store.checkpoint(id)]
    where FileManager.default.fileExists(atPath: source.path) {
      try LogFiles.makeFolder(staged)
      let name = store.checkpoint(id).lastPathComponent
      guard let copy = try LogFiles.copy(source, to: staged.appending(path: name)) else { continue }
      return RunLogLine.File(kind: .checkpoint, name: name, bytes: copy.bytes, hash: copy.hash)
    }
    return nil
  }

  /// All of it as it is at one moment.
  func write(from db: Database, _ reader: RunReader, _ checkpoint: RunLogLine.File?) throws -> URL {
    guard let run = try RunStore.run(id, reader, in: db, path: store.database.path) else {
      throw StoreError(.missing, "there is no run \(id) in the store \(store.database.path)")
    }
    let header = try header(run, in: db)
    let digest = header.identity.suffix(8)
    let usual = "run-\(id)-\(digest.allSatisfy { RunLog.isBareName(String($0)) } ? String(digest) : "x")"
    let log = RunLogFile(folder.appending(path: (name ?? usual) + "." + RunLogFile.ending))
    try LogFiles.makeFolder(staging)
    let files = try copyFiles(run, checkpoint)
    let text = staging.appending(path: "log")
    try write(run, header, files, from: db, to: text)
    // The folder first: a log that is there has its files.
    if FileManager.default.fileExists(atPath: log.files.path) {
      try LogFiles.move(log.files, to: staging.appending(path: "earlier"))
    }
    if !files.isEmpty { try LogFiles.move(staged, to: log.files) }
    try LogFiles.move(text, to: log.url)
    return log.url
  }

  private func header(_ run: RunSummary, in db: Database) throws -> RunLogHeader {
    var header = RunLogHeader(
      identity: RunIdentity.of(run), plan: run.plan, seed: run.plan.settings.seed, base: run.prepared?.baseFingerprint,
      host: run.origin?.host ?? writer.host,
      processor: run.prepared?.machine ?? (run.origin == nil ? writer.processor : nil),
      instructionSet: run.prepared?.instructionSet, engine: run.origin?.engine ?? writer.engine, created: run.created)
    if let parent = run.plan.pruning?.parent ?? run.pruned?.parent {
      header.parent = try Self.identity(of: parent, in: db)
    }
    return header
  }

  /// - Returns: nil for a run that is gone for good.
  private static func identity(of run: RunID, in db: Database) throws -> String? {
    let row = try Row.fetchOne(db, sql: "SELECT identity, created, plan FROM runs WHERE id = ?", arguments: [run])
    guard let row else { return nil }
    var values = StoredValues(row: row)
    if let identity = try? values.next().text() { return identity }
    guard let created = (try? values.next().number(in: RunColumn.times)) ?? nil,
      let plan = ((try? values.next().text()) ?? nil).flatMap(DecodingMemo().plan)
    else { return nil }
    return RunIdentity.own(run, created: created, seed: plan.settings.seed)
  }

  // MARK: Files

  private func copyFiles(_ run: RunSummary, _ checkpoint: RunLogLine.File?) throws -> [RunLogLine.File] {
    var files: [RunLogLine.File] = []
    // Who waits at a heat has its adapter beside it: what it is left with if it leaves the race there.
    let path = run.adapterPath ?? (run.waitsInRace ? store.adapter(id).path : nil)
    if let path {
      let adapter = URL(filePath: path, directoryHint: .isDirectory)
      for name in LogFiles.names(in: adapter) where name != checkpoint?.name {
        try LogFiles.makeFolder(staged)
        guard let copy = try LogFiles.copy(adapter.appending(path: name), to: staged.appending(path: name)) else {
          continue
        }
        files.append(RunLogLine.File(kind: .adapter, name: name, bytes: copy.bytes, hash: copy.hash))
      }
    }
    if let checkpoint, !run.state.isTerminal || run.state == .stopped {
      files.append(checkpoint)
    } else if let checkpoint {
      LogFiles.remove(staged.appending(path: checkpoint.name))
    }
    LogFiles.flush(staged)
    return files
  }

  // MARK: Lines

  private func write(
    _ run: RunSummary, _ header: RunLogHeader, _ files: [RunLogLine.File], from db: Database, to text: URL
  ) throws {
    let descriptor = open(text.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw LogFiles.failure("write", text, errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let encoder = JSON.encoder()
    func flush() throws {
      try LogFiles.write(bytes[...], to: descriptor, text)
      bytes.removeAll(keepingCapacity: true)
    }
    func put(_ value: some Encodable) throws {
      bytes += try encoder.encode(value)
      bytes.append(UInt8(ascii: "\n"))
      if bytes.count > Self.buffer { try flush() }
    }
    try put(header)
    if let prepared = run.prepared { try put(RunLogLine(prepared: prepared)) }
    if let started = run.started {
      try put(RunLogLine(time: started, state: .init(state: .preparing, reason: nil)))
    }
    try writeTraining(run, from: db, put)
    if let energy = run.energy { try put(RunLogLine(energy: energy)) }
    if let pruned = run.pruned { try put(RunLogLine(pruned: pruned)) }
    for example in try RunStore.examples(of: id, in: db) { try put(RunLogLine(example: example)) }
    if let score = run.score { try put(RunLogLine(score: score)) }
    for block in try RunStore.latencyBlocks(of: id, in: db) { try put(RunLogLine(latencyBlock: block)) }
    if var latency = run.latency {
      latency.machine = latency.machine ?? header.processor
      latency.host = latency.host ?? writer.host
      try put(RunLogLine(latency: latency))
    }
    if let phases = run.phases { try put(RunLogLine(phases: phases)) }
    if !run.labels.isEmpty { try put(RunLogLine(labels: run.labels)) }
    for notice in try RunStore.notices(of: id, in: db) { try put(RunLogLine(notice: notice)) }
    for file in files { try put(RunLogLine(file: file)) }
    if run.state.isTerminal || run.state == .paused { try put(RunLogLine(end: RunLogLine.End(run))) }
    try flush()
    guard fsync(descriptor) == 0 else { throw LogFiles.failure("write", text, errno) }
  }

  /// What happened between the first step and the last, at the step at which it did.
  private func writeTraining(_ run: RunSummary, from db: Database, _ put: (RunLogLine) throws -> Void) throws {
    let heldOut = Dictionary(try RunStore.heldOutLosses(of: id, in: db).map { ($0.step, $0) }) { $1 }
    let checkpoints = Dictionary(try RunStore.checkpoints(of: id, in: db).map { ($0.step, $0.time) }) { $1 }
    let heats = Dictionary(grouping: run.heats ?? [], by: \.step)
    let scores = Dictionary(try RunStore.heats(of: id, in: db).map { ($0.heat, $0) }) { $1 }
    let places = Set(heldOut.keys).union(checkpoints.keys).union(heats.keys).sorted()
    var next = 0
    /// What happened before a step.
    func putRest(before step: Int) throws {
      while next < places.count, places[next] < step {
        let place = places[next]
        next += 1
        if let point = heldOut[place] { try put(RunLogLine(heldOutLoss: point)) }
        if let time = checkpoints[place] { try put(RunLogLine(time: time, checkpoint: place)) }
        for heat in heats[place] ?? [] {
          try put(RunLogLine(heat: heat))
          if let scores = scores[heat.heat] { try put(RunLogLine(heatScores: scores)) }
        }
      }
    }
    try RunStore.eachStep(of: id, in: db) { sample in
      try putRest(before: sample.step)
      try put(RunLogLine(step: sample))
    }
    try putRest(before: .max)
  }
}

extension RunLogLine.End {
  fileprivate init(_ run: RunSummary) {
    self.init(
      state: run.state, reason: run.reason, started: run.started, finished: run.finished, step: run.step,
      totalSteps: run.totalSteps, peakMemoryBytes: run.peakMemoryBytes, tokensPerSecond: run.tokensPerSecond,
      wallSeconds: run.wallSeconds, lastCheckpointStep: run.lastCheckpointStep)
  }
}
