import Foundation
import GRDB
import Messages
import Recipe
import RunStore
import Testing

/// Deleting and bringing back: whatever a kill leaves is put right, and nothing is lost on the way.
@Suite struct TrashTests {
  private func place() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-trash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "s.sqlite")
  }

  private func plan() -> RunPlan {
    RunPlan(
      model: .builtin, data: .file(path: "/d.jsonl", evaluation: .none), targets: [.oProj], settings: RunSettings())
  }

  /// A finished run with a file of its own.
  private func finishedRun(_ store: RunStore) async throws -> RunID {
    let id = try await store.insert(plan(), created: 1)
    let contents: [Event.Content] = [
      .stateChanged(.training, reason: nil),
      .step(StepSample(step: 1, loss: 0.5, gradientNorm: 1, learningRate: 0.1, tokens: 64, seconds: 0.123456789)),
      .step(StepSample(step: 2, loss: .nan, gradientNorm: 1, learningRate: 0.1, tokens: 65, seconds: 0.25)),
      .checkpoint(step: 2), .stateChanged(.done, reason: nil),
    ]
    try await store.write(contents.map { Event(sequence: 1, time: 7, run: id, content: $0) })
    try await store.setSeriesSlot(3, of: id)
    try write("adapter", to: store.folder.run(id).appending(path: "adapter/x"))
    return id
  }

  private func write(_ text: String, to file: URL) throws {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  /// Every value of every table.
  private func contents(_ url: URL) throws -> [String] {
    try DatabaseQueue(path: url.path).read { db in
      try ["runs", "steps", "checkpoints", "examples", "latencyBlocks"].flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { "\($0)" }
      }
    }
  }

  @Test func whatComesBackIsWhatWasDeleted() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await finishedRun(store)
    let before = try contents(url)
    try await store.moveToTrash([id], now: 1000)
    #expect(try contents(url) != before)
    #expect(!exists(store.folder.run(id)))
    #expect(try await store.restoreFromTrash([id]).map(\.id) == [id])
    #expect(try contents(url) == before)
    #expect(exists(store.folder.run(id).appending(path: "adapter/x")) && !exists(store.folder.trash(id)))
    // Its place among the curves may have been given away.
    try await store.moveToTrash([id], now: 1000)
    let other = try await finishedRun(store)
    #expect(try await store.restoreFromTrash([id]).first?.seriesSlot == nil)
    #expect(try await store.run(other)?.seriesSlot == 3)
    await #expect(throws: StoreError.self) { try await store.restoreFromTrash([id]) }
  }

  enum Cut: CaseIterable { case deletedBeforeMoving, restoredBeforeMarking, oldDelete, oldRestore, oldDeleteTwice }

  /// The states between two calls of a deletion or a restoring, of this version and of those before.
  @Test(arguments: Cut.allCases) func aKillBetweenIsPutRight(cut: Cut) async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await finishedRun(store)
    let (kept, thrown) = (store.folder.run(id), store.folder.trash(id).appending(path: "files"))
    try store.close()
    let files = FileManager.default
    switch cut {
    case .deletedBeforeMoving, .restoredBeforeMarking:
      try await DatabaseQueue(path: url.path).write { try $0.execute(sql: "UPDATE runs SET deleted = 5") }
    case .oldDelete, .oldRestore, .oldDeleteTwice:
      try write("{}", to: store.folder.trash(id).appending(path: "record.json"))
      if cut == .oldDelete { try write("x", to: store.folder.trash(id).appending(path: ".dat.nosync7ffffffe.abc")) }
      try files.moveItem(at: kept, to: thrown)
    }
    let again = try RunStore(at: url, mode: .engine)
    if case .deletedBeforeMoving = cut {
      #expect(!exists(kept) && exists(thrown.appending(path: "adapter/x")))
      #expect(try await again.run(id) == nil)
      #expect(try await again.restoreFromTrash([id]).count == 1)
    }
    if case .restoredBeforeMarking = cut { #expect(try await again.restoreFromTrash([id]).count == 1) }
    #expect(try await again.run(id)?.state == .done)
    #expect(exists(kept.appending(path: "adapter/x")))
    #expect(!exists(again.folder.trash(id)))
    // The next deletion does not throw the only copy away.
    if case .oldDeleteTwice = cut {
      try await again.moveToTrash([id], now: 9)
      #expect(exists(thrown.appending(path: "adapter/x")))
    }
  }

  /// Trash of the versions in which deletion took the row away.
  @Test func anEarlierVersionsTrashIsTakenIn() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await store.insert(plan(), created: 1)
    try store.close()
    let planText = try await DatabaseQueue(path: url.path).read {
      try String.fetchOne($0, sql: "SELECT plan FROM runs") ?? ""
    }
    try await DatabaseQueue(path: url.path).write { try $0.execute(sql: "DELETE FROM runs") }
    let record = """
      {"id": \(id), "plan": \(planText), "state": "done", "deleted": 1000, "losses": [0.5, "nan"],
       "gradientNorms": [1, 2], "learningRates": [0.1, 0.1], "examples": [], "latencyBlocks": [], "created": 1,
       "finished": 3, "elapsed": [0.25, 0.75]}
      """
    try write(record, to: store.folder.trash(id).appending(path: "record.json"))
    try write("adapter", to: store.folder.trash(id).appending(path: "files/adapter/x"))
    let again = try RunStore(at: url, mode: .engine)
    #expect(try await again.trashed().map(\.id) == [id])
    #expect(try await again.runs().isEmpty)
    let run = try #require(try await again.restoreFromTrash([id]).first)
    #expect(run.losses.count == 2 && run.losses.last?.isNaN == true && run.finished == 3)
    #expect(exists(again.folder.run(id).appending(path: "adapter/x")))
  }

  /// Numbers of runs whose rows are gone are not given again: their adapters would be written over.
  @Test(arguments: ["removed", "emptied"]) func aVanishedStoresRunsKeepTheirNumbers(how: String) async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    for _ in 0..<3 { _ = try await finishedRun(store) }
    try await store.moveToTrash([3], now: 5)
    try store.close()
    for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: url.path + end) }
    if how == "emptied" { try Data().write(to: url) }
    let again = try RunStore(at: url, mode: .engine)
    #expect(again.unknownRuns == [1, 2])
    #expect(try await again.insert(plan(), created: 0) == 4)
    #expect(exists(again.folder.run(1).appending(path: "adapter/x")))
    try again.close()
    #expect(try RunStore(at: url, mode: .engine).unknownRuns.isEmpty)
  }
}
