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
  /// - Returns: the logs.
  /// - Throws: `StoreError`.
  package func exportLogs(_ ids: [RunID], to folder: URL, by writer: LogWriter) async throws -> [URL] {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
      throw StoreError(.cannotCreate, "\(OneLine.text(folder.path)) is a file: name a folder")
    }
    try LogFiles.makeFolder(folder)
    var logs: [URL] = []
    for id in ids {
      let export = LogExport(id: id, folder: folder, store: self.folder, writer: writer)
      let reader = runReader()
      logs.append(try await read { try export.write(from: $0, reader) })
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

  private static let buffer = 1 << 18

  /// All of it as it is at one moment.
  func write(from db: Database, _ reader: RunReader) throws -> URL {
    guard let run = try RunStore.run(id, reader, in: db, path: store.database.path) else {
      throw StoreError(.missing, "there is no run \(id) in the store \(store.database.path)")
    }
    let header = try header(run, in: db)
    let digest = header.identity.suffix(8)
    let name = "run-\(id)-\(digest.allSatisfy { RunLog.isBareName(String($0)) } ? String(digest) : "x")"
    let log = RunLogFile(folder.appending(path: name + "." + RunLogFile.ending))
    let staging = folder.appending(path: ".\(name)-\(UUID().uuidString)", directoryHint: .isDirectory)
    try LogFiles.makeFolder(staging)
    defer { try? FileManager.default.removeItem(at: staging) }
    let files = try copyFiles(run, to: staging.appending(path: "files", directoryHint: .isDirectory))
    let text = staging.appending(path: "log")
    try write(run, header, files, from: db, to: text)
    // The folder first: a log that is there has its files.
    if FileManager.default.fileExists(atPath: log.files.path) {
      try LogFiles.move(log.files, to: staging.appending(path: "earlier"))
    }
    if !files.isEmpty { try LogFiles.move(staging.appending(path: "files"), to: log.files) }
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

  private func copyFiles(_ run: RunSummary, to place: URL) throws -> [RunLogLine.File] {
    var sources: [(RunLogLine.File.Kind, URL)] = []
    if let path = run.adapterPath {
      let adapter = URL(filePath: path, directoryHint: .isDirectory)
      sources += LogFiles.names(in: adapter).map { (.adapter, adapter.appending(path: $0)) }
    }
    if !run.state.isTerminal || run.state == .stopped { sources.append((.checkpoint, store.checkpoint(id))) }
    var files: [RunLogLine.File] = []
    for (kind, source) in sources {
      try LogFiles.makeFolder(place)
      let name = source.lastPathComponent
      guard !files.contains(where: { $0.name == name }),
        let copy = try LogFiles.copy(source, to: place.appending(path: name))
      else { continue }
      files.append(RunLogLine.File(kind: kind, name: name, bytes: copy.bytes, hash: copy.hash))
    }
    LogFiles.flush(place)
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
