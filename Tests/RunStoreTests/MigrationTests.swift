import Foundation
import GRDB
import Messages
import RunStore
import Testing

/// Stores that earlier versions wrote.
@Suite struct MigrationTests {
  private func store(of version: String) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-old-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appending(path: "store.sqlite")
    let fixture = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/store/\(version).sql").standardizedFileURL
    let old = try DatabaseQueue(path: url.path)
    try old.writeWithoutTransaction { try $0.execute(sql: String(contentsOf: fixture, encoding: .utf8)) }
    try old.close()
    return url
  }

  @Test func theFirstVersionIsBroughtUpToDate() async throws {
    let url = try store(of: "version1")
    let store = try RunStore(at: url, mode: .engine)
    let run = try #require(try await store.run(1))
    #expect(run.state == .done)
    #expect(run.plan.targets == [.qkv, .oProj])
    #expect(run.plan.data == .file(path: "/data/chat.jsonl", evaluation: .share(0.1)))
    // What that version did not know has the value that it implied.
    #expect(!run.plan.settings.useDoRA && run.plan.settings.turns == nil)
    #expect(run.phases == nil)
    #expect(run.prepared?.baseParameters == 162_624)
    #expect(run.score?.examples == 12 && run.score?.metric == "exact match")
    #expect(run.losses.count == 3)
    #expect(try await store.examples(of: 1).map(\.index) == [0, 1])
    #expect(try await store.scores(of: 1).allSatisfy { $0.group == nil })
    #expect(run.score?.groups == nil && run.plan.settings.dataSeed == .same && run.plan.settings.dataVersion == 1)
    #expect(try await store.latencyBlocks(of: 1).count == 2)
    #expect(try await store.notices(limit: 9).count == 1)
    // It is a store like any other from here on: the next run has the next number.
    #expect(try await store.insert(run.plan, created: 1) == 2)
    try store.close()
    let reader = try RunStore(at: url, mode: .reading)
    #expect(try await reader.runs().map(\.id) == [1, 2])
  }

  /// The version before the first release: its runs are as they were, and from now on each change of a row counts.
  @Test func theSecondVersionIsBroughtUpToDate() async throws {
    let url = try store(of: "version2/store")
    let kept = try DatabaseQueue(path: url.path)
    let columns = try await kept.read { try $0.columns(in: "runs").map(\.name) }
    let select = "SELECT \(columns.joined(separator: ", ")) FROM runs ORDER BY id"
    let before = try kept.read { try Row.fetchAll($0, sql: select) }
    let store = try RunStore(at: url, mode: .engine)
    #expect(try kept.read { try Row.fetchAll($0, sql: select) } == before)
    #expect(try await store.runs().map(\.state) == [.done, .paused])
    #expect(try await store.marks() == [1: 0, 2: 0])
    try await store.write([Event(sequence: 1, time: 1, run: 2, content: .stateChanged(.training, reason: nil))])
    #expect(try await store.marks() == [1: 0, 2: 1])
    #expect(try await store.run(2)?.losses.count == 8)
    try await store.moveToTrash([1], now: 1)
    #expect(try await store.restoreFromTrash([1]).first?.score != nil)
  }

  /// What only reads must read it, and must not change it.
  @Test func aReaderLeavesItAlone() async throws {
    let url = try store(of: "version1")
    let reader = try RunStore(at: url, mode: .reading)
    #expect(try await reader.runs().map(\.id) == [1])
    #expect(try await reader.examples(of: 1).count == 2)
    let kept = try DatabaseQueue(path: url.path)
    let steps = try await kept.read { try String.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations") }
    #expect(steps.count == 1)
  }
}
