import Foundation
import GRDB
import Messages
import Recipe

/// What an import has changed.
package struct LogImportOutcome: Hashable, Sendable {
  package var added: [RunID] = []
  /// Known runs that are further in their logs.
  package var continued: [RunID] = []
  /// Known runs of whose logs nothing is new, deleted ones among them.
  package var unchanged: [RunID] = []
  /// What a person should know, a line each.
  package var remarks: [String] = []

  package init() {}
}

extension RunStore {
  /// Takes in the runs of logs, in one transaction: all of them or none.
  ///
  /// - Parameters:
  ///   - places: folders of logs, or logs.
  ///   - watching: a run whose log has no end is shown as at work, as it is elsewhere, and not as paused.
  /// - Throws: `StoreError` with file and line; then the store is as it was.
  package func importLogs(_ places: [URL], watching: Bool = false) async throws -> LogImportOutcome {
    let logs = try LogOrder.parentsFirst(try RunLogFile.logs(in: places))
    let reader = runReader()
    let folder = folder
    let staging = LogStaging(folder)
    defer { staging.sweep() }
    let session: LogImport.Result
    do {
      session = try await write { db in
        var session = try LogImport(db: db, folder: folder, reader: reader, staging: staging)
        session.isWatching = watching
        for log in logs { try session.take(log) }
        return session.result
      }
    } catch {
      staging.undo()
      throw error
    }
    // A checkpoint must never be ahead of the steps that are stored: known runs get theirs when those are.
    for (id, checkpoint) in session.checkpoints { try staging.put(checkpoint, at: folder.checkpoint(id)) }
    for id in session.ended {
      for checkpoint in [folder.previousCheckpoint(id), folder.checkpoint(id)] { LogFiles.remove(checkpoint) }
    }
    return session.outcome
  }
}

/// The order in which logs are taken in.
private enum LogOrder {
  /// A run that was made smaller comes after the one whose adapter it is of.
  static func parentsFirst(_ logs: [RunLogFile]) throws -> [RunLogFile] {
    let headers = try logs.map { try $0.header() }
    let own = logs.indices.filter { headers[$0].parent == nil }
    var order = own
    var known = Set(own.map { headers[$0].identity })
    var rest = logs.indices.filter { headers[$0].parent != nil }
    while !rest.isEmpty {
      let next = rest.filter { headers[$0].parent.map(known.contains) == true }
      order += next.isEmpty ? rest : next
      known.formUnion(next.map { headers[$0].identity })
      rest = next.isEmpty ? [] : rest.filter { !next.contains($0) }
    }
    return order.map { logs[$0] }
  }
}

/// The logs of one import, taken in one after the other.
private struct LogImport {
  /// A run that is in the store already.
  private struct Known {
    let run: RunSummary
    let isDeleted: Bool
  }

  struct Result: Sendable {
    var outcome = LogImportOutcome()
    /// Of known runs, which get them when all is stored.
    var checkpoints: [(RunID, URL)] = []
    /// Known runs that go on no more.
    var ended: [RunID] = []
  }

  let db: Database
  let folder: StoreFolder
  let reader: RunReader
  let staging: LogStaging
  private(set) var result = Result()
  var isWatching = false
  /// The base of each plan, whatever its seed.
  private var bases: [RunPlan: Set<String>] = [:]
  /// What a base is called here.
  private var models: [String: ModelReference] = [:]
  private var position: Int64

  init(db: Database, folder: StoreFolder, reader: RunReader, staging: LogStaging) throws {
    (self.db, self.folder, self.reader, self.staging) = (db, folder, reader, staging)
    position =
      try Int64.fetchOne(
        db, sql: "SELECT max(iif(typeof(queuePosition) = 'integer', min(queuePosition, 1 << 53), id)) FROM runs") ?? 0
    let memo = DecodingMemo()
    let sql = "SELECT plan, baseFingerprint FROM live WHERE baseFingerprint IS NOT NULL ORDER BY id"
    let all = try db.readable(sql) { values in
      (try values.next().text().flatMap(memo.plan).required(), try values.next().text().required())
    }
    for (plan, base) in all { note(plan, base) }
  }

  private mutating func note(_ plan: RunPlan, _ base: String) {
    bases[Self.withoutSeed(plan), default: []].insert(base)
    models[base] = plan.model
  }

  private static func withoutSeed(_ plan: RunPlan) -> RunPlan {
    var plan = plan
    plan.settings.seed = 0
    plan.settings.output = nil
    return plan
  }

  // MARK: One log

  mutating func take(_ file: RunLogFile) throws {
    let (log, remark) = try file.read()
    if let remark { result.outcome.remarks.append(remark) }
    let plan = try localPlan(log.header, base: log.base, file)
    if let known = try known(log.header) {
      try compare(log, plan, known, file)
    } else {
      try add(log, plan, file)
    }
    if let base = log.base { note(plan, base) }
  }

  /// The plan with the names that the base, and the run whose adapter was made smaller, have here.
  private func localPlan(_ header: RunLogHeader, base: String?, _ file: RunLogFile) throws -> RunPlan {
    var plan = header.plan
    // It names a folder of another machine.
    plan.settings.output = nil
    if let base, case .folder = plan.model, case .folder? = models[base] {
      plan.model = models[base] ?? plan.model
    }
    if plan.pruning != nil, header.parent == nil {
      // The run that it was made from was deleted for good before the log was written.
      plan.pruning?.parent = 0
      plan.pruning?.adapter = ""
    } else if plan.pruning != nil {
      guard let parent = try header.parent.flatMap({ try self.known($0, created: nil) })?.run else {
        throw file.fault(1, "the run whose adapter it makes smaller is not in this store: import that run's log too")
      }
      plan.pruning?.parent = parent.id
      plan.pruning?.adapter = parent.adapterPath ?? ""
    }
    if let base, let others = bases[Self.withoutSeed(plan)], !others.contains(base) {
      throw file.fault(
        1,
        "the same plan has another base in this store (\(others.sorted()[0].prefix(12)), and \(base.prefix(12)) in the log): "
          + "import it into a store of its own, with --store")
    }
    return plan
  }

  /// A run by its identity; by the time at which it was queued where it was trained in this store.
  private func known(_ header: RunLogHeader) throws -> Known? {
    try known(header.identity, created: header.created)
  }

  private func known(_ identity: String, created: Double?) throws -> Known? {
    let own = created.map { "\(String($0.bitPattern, radix: 16))-" } ?? String(identity.prefix { $0 != "-" }) + "-"
    var ids = try RunID.fetchAll(db, sql: "SELECT id FROM runs WHERE identity = ?", arguments: [identity])
    if ids.isEmpty, identity.hasPrefix(own), let bits = UInt64(own.dropLast(), radix: 16) {
      ids = try RunID.fetchAll(
        db, sql: "SELECT id FROM runs WHERE identity IS NULL AND created = ?", arguments: [Double(bitPattern: bits)])
    }
    for id in ids {
      guard let run = try summary(id), RunIdentity.of(run.run) == identity else { continue }
      return run
    }
    return nil
  }

  /// Deleted runs too: `RunReader` reads the live ones.
  private func summary(_ id: RunID) throws -> Known? {
    if let run = try RunStore.run(id, reader, in: db, path: folder.database.path) {
      return Known(run: run, isDeleted: false)
    }
    let columns = RunColumn.all
    let sql = "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM runs WHERE id = ?"
    guard let row = try Row.fetchOne(db, sql: sql, arguments: [id]) else { return nil }
    var run = RunSummary.unread(id)
    var values = StoredValues(row: row)
    let memo = DecodingMemo()
    for column in columns { try? column.read(values.next(), &run, memo) }
    return Known(run: run, isDeleted: true)
  }

  private func summary(_ log: RunLog, _ id: RunID, _ plan: RunPlan) -> RunSummary {
    var run = log.summary(id, plan)
    if isWatching, log.end == nil {
      (run.state, run.reason) = (log.lastState ?? .preparing, nil)
    }
    return run
  }

  // MARK: A new run

  private mutating func add(_ log: RunLog, _ plan: RunPlan, _ file: RunLogFile) throws {
    var run = summary(log, 0, plan)
    position += 1
    try RunRecord(run: run, queuePosition: position).insert(db)
    let id = db.lastInsertedRowID
    try insertParts(of: log, id)
    let staged = try staging.stage(log, file, id)
    if let adapter = staged.adapter {
      try staging.put(adapter, at: folder.adapter(id))
      run = summary(log, id, plan)
      if !run.waitsInRace { run.adapterPath = folder.adapter(id).path }
      try RunRecord(run: run, columns: RunColumn.all.filter { $0.name == "adapterPath" }).update(db)
    }
    if let checkpoint = staged.checkpoint { try staging.put(checkpoint, at: folder.checkpoint(id)) }
    try requireReadable(id, file)
    result.outcome.added.append(id)
  }

  private func insertParts(of log: RunLog, _ id: RunID) throws {
    let writer = EventWriter(db: db)
    for step in log.steps { try RowOfRun(run: id, part: step).insert(db) }
    for point in log.heldOutLosses { try RowOfRun(run: id, part: point).insert(db) }
    for checkpoint in log.checkpoints {
      try writer.append(.checkpoint(step: checkpoint.step), to: id, time: checkpoint.time)
    }
    for heat in log.heatScores { try RowOfRun(run: id, part: heat).insert(db) }
    try writer.append(.examples(log.examples), to: id, time: 0)
    for block in log.latencyBlocks { try RowOfRun(run: id, part: block).insert(db) }
    for notice in log.notices { try RowOfRun(run: id, part: notice).insert(db) }
  }

  /// What this version could not read again must not come in.
  private func requireReadable(_ id: RunID, _ file: RunLogFile) throws {
    do { _ = try RunStore.run(id, reader, in: db, path: folder.database.path) } catch let error as StoreError {
      guard error.reason == .unreadable,
        let row = try Row.fetchOne(db, sql: RunReader.sql + " WHERE id = ?", arguments: [id])
      else { throw error }
      var name = "row"
      do { _ = try reader.summary(of: row) } catch let column as UnreadableColumn { name = column.name }
      throw file.fault(1, "the run's \(name) is out of range: the log is damaged, export the run again")
    }
    let read = try RunStore.examples(of: id, in: db).count
    let stored = try Int.fetchOne(db, sql: "SELECT count(*) FROM examples WHERE run = ?", arguments: [id]) ?? 0
    guard read == stored else {
      throw file.fault(
        1, "\(stored - read) of the run's examples are out of range: the log is damaged, export the run again")
    }
  }

  // MARK: A known run

  /// What the log and the store both have must be the same, bit for bit; who is further is right about the rest.
  private mutating func compare(_ log: RunLog, _ plan: RunPlan, _ known: Known, _ file: RunLogFile) throws {
    let run = known.run
    func refuse(_ what: String) -> StoreError {
      file.fault(1, "it contradicts run #\(run.id) of this store, which it says it is: \(what)")
    }
    guard Self.decides(plan) == Self.decides(run.plan) else { throw refuse("its plan is another") }
    if let base = run.prepared?.baseFingerprint, let other = log.base, base != other {
      throw refuse("its base is another")
    }
    let shared = try sharedSteps(log, run.id, refuse)
    if known.isDeleted {
      result.outcome.unchanged.append(run.id)
      result.outcome.remarks.append("run #\(run.id) is deleted: `lorascope runs restore \(run.id)` brings it back")
      return
    }
    if run.state.isTerminal, log.isEnded {
      guard run.state == log.end?.state else {
        throw refuse("it is \(log.end?.state.rawValue ?? "") there, and \(run.state.rawValue) here")
      }
      try compareResults(log, run, refuse)
    }
    guard !run.state.isTerminal, isFurther(log, than: run, stored: shared.stored, plan) else {
      result.outcome.unchanged.append(run.id)
      try bringBackAdapter(log, run, file)
      return
    }
    try replace(run, by: log, plan, file)
  }

  /// What would be stored counts: a torn log may name a checkpoint whose file it does not hold. And who has ended with fewer steps than are
  /// here already has nothing to say.
  private func isFurther(_ log: RunLog, than run: RunSummary, stored: Int, _ plan: RunPlan) -> Bool {
    guard log.steps.count == stored else { return log.steps.count > stored }
    let checkpoint = log.has(.checkpoint) ? log.summary(run.id, plan).lastCheckpointStep ?? 0 : 0
    // A run of a race was scored at its heat since.
    let heats = run.heats?.count ?? 0
    return log.isEnded || checkpoint > (run.lastCheckpointStep ?? 0) || log.heatScores.count > heats
  }

  private static func decides(_ plan: RunPlan) -> RunPlan {
    var plan = plan
    plan.model = .builtin
    plan.settings.output = nil
    plan.pruning?.parent = 0
    plan.pruning?.adapter = ""
    return plan
  }

  /// Seconds and memory are not compared: a step that was taken again after a kill took another time.
  private func sharedSteps(_ log: RunLog, _ id: RunID, _ refuse: (String) -> StoreError) throws -> (
    stored: Int, same: Int
  ) {
    var place = 0
    var (stored, same) = (0, 0)
    try RunStore.eachStep(of: id, in: db) { sample in
      stored += 1
      while place < log.steps.count, log.steps[place].step < sample.step { place += 1 }
      guard place < log.steps.count, log.steps[place].step == sample.step else { return }
      var (own, other) = (sample, log.steps[place])
      (own.seconds, own.memoryBytes, other.seconds, other.memoryBytes) = (0, nil, 0, nil)
      guard own.isSame(as: other) else { throw refuse("step \(sample.step) differs") }
      same += 1
    }
    return (stored, same)
  }

  private func compareResults(_ log: RunLog, _ run: RunSummary, _ refuse: (String) -> StoreError) throws {
    guard log.score == nil || run.score == nil || RunLog.isSame(log.score?.score, run.score?.score) else {
      throw refuse("its score differs")
    }
    let stored = Dictionary(try RunStore.examples(of: run.id, in: db).map { ($0.index, $0) }) { first, _ in first }
    for example in log.examples {
      guard let own = stored[example.index] else { continue }
      guard own.prompt == example.prompt, own.output == example.storable.output,
        own.score == example.score || own.score.isNaN && example.score.isNaN
      else { throw refuse("example \(example.index) differs") }
    }
  }

  /// Files that an end in the middle of an import has left out.
  private func bringBackAdapter(_ log: RunLog, _ run: RunSummary, _ file: RunLogFile) throws {
    guard run.origin != nil, let path = run.adapterPath, path == folder.adapter(run.id).path,
      !FileManager.default.fileExists(atPath: path), log.has(.adapter)
    else { return }
    if let adapter = try staging.stage(log, file, run.id).adapter {
      try staging.put(adapter, at: folder.adapter(run.id))
    }
  }

  private mutating func replace(_ known: RunSummary, by log: RunLog, _ plan: RunPlan, _ file: RunLogFile) throws {
    let id = known.id
    for table in ["steps", "heldOutLosses", "checkpoints", "heats", "examples", "latencyBlocks", "notices"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [id])
    }
    var run = summary(log, id, plan)
    // A person's words here, and the run's place here, stay.
    if !known.labels.isEmpty { run.labels = known.labels }
    (run.origin, run.search, run.seriesSlot) = (known.origin ?? run.origin, known.search, known.seriesSlot)
    let staged = try staging.stage(log, file, id)
    if let adapter = staged.adapter {
      try staging.put(adapter, at: folder.adapter(id))
      if !run.waitsInRace { run.adapterPath = folder.adapter(id).path }
    }
    if let checkpoint = staged.checkpoint { result.checkpoints.append((id, checkpoint)) }
    try RunRecord(run: run).update(db)
    try insertParts(of: log, id)
    try requireReadable(id, file)
    if run.state == .done { result.ended.append(id) }
    result.outcome.continued.append(id)
  }
}
