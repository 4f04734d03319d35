import Foundation
import GRDB
import Messages
import Recipe
import RunStore
import Testing

/// What a person writes on runs.
@Suite struct LabelTests {
  private static let plan = RunPlan(
    model: .builtin, data: .task(name: "medmcqa"), targets: .oProj, settings: RunSettings())

  private func withStore(_ body: (RunStore, URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-labels-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "store.sqlite")
    let store = try RunStore(at: url, mode: .engine)
    try await body(store, url)
    try? store.close()
  }

  @Test func whatIsWrittenIsThereAgain() async throws {
    try await withStore { store, url in
      let ids = try await store.insert([Self.plan, Self.plan], created: 1)
      #expect(try await store.run(ids[0])?.labels == RunLabels())
      _ = try await store.label(ids, .addTags(["good", "final", "good"]))
      _ = try await store.label([ids[0]], .name(" best one "))
      _ = try await store.label([ids[0]], .note("trained on the new split"))
      let written = try await store.label([ids[0]], .pin(true))
      let labels = try #require(try await store.run(ids[0])?.labels)
      #expect(written == [ids[0]: labels])
      #expect(labels.name == "best one" && labels.note == "trained on the new split" && labels.isPinned)
      #expect(labels.tags == ["good", "final"])
      #expect(try await store.run(ids[1])?.labels.tags == ["good", "final"])
      _ = try await store.label([ids[0]], .removeTags(["good", "never there"]))
      _ = try await store.label([ids[0]], .name("  "))
      try store.close()
      let reader = try RunStore(at: url, mode: .reading)
      let read = try #require(try await reader.run(ids[0])?.labels)
      #expect(read.name == nil && read.tags == ["final"] && read.isPinned)
      await #expect(throws: StoreError.self) { try await reader.label(ids, .pin(false)) }
    }
  }

  /// Readers that poll hear of a change, and of the same again they do not.
  @Test func theSameAgainChangesNothing() async throws {
    try await withStore { store, _ in
      let id = try await store.insert(Self.plan, created: 1)
      let before = try await store.marks()[id] ?? -1
      for change in [RunLabelChange.addTags(["x"]), .name("n"), .note("t"), .pin(true)] {
        for _ in 0..<2 { _ = try await store.label([id], change) }
      }
      #expect(try await store.marks()[id] == before + 4)
    }
  }

  @Test func whatIsNoLabelIsRefusedForAll() async throws {
    try await withStore { store, _ in
      let ids = try await store.insert([Self.plan, Self.plan], created: 1)
      _ = try await store.label([ids[1]], .addTags((0..<RunLabels.mostTags).map { "t\($0)" }))
      let changes: [(RunLabelChange, String)] = [
        (.addTags(["two words"]), "not one word"), (.addTags(["a,b"]), "not one word"), (.addTags([" "]), "a word"),
        (.addTags(["x\u{1b}[2J"]), "U+001B"), (.name("a\nb"), "U+000A"), (.note("\u{202e}x"), "U+202E"),
        (.name(String(repeating: "x", count: 81)), "at most 80"),
        (.note(String(repeating: "x", count: 1001)), "at most 1000"),
        (.addTags(["one more"].map { $0.replacing(" ", with: "-") }), "at most 32 tags"),
      ]
      for (change, words) in changes {
        let refusal = await #expect(throws: Refusal.self, "\(words)") { try await store.label(ids, change) }
        #expect(refusal?.line.contains(words) == true && refusal?.exitStatus == 64, "\(refusal?.line ?? "")")
      }
      await #expect(throws: StoreError.self) { try await store.label([ids[0], 99], .pin(true)) }
      #expect(try await store.run(ids[0])?.labels == RunLabels())
    }
  }

  @Test func theTrashKeepsThem() async throws {
    try await withStore { store, _ in
      let id = try await store.insert(Self.plan, created: 1)
      _ = try await store.label([id], .addTags(["keep"]))
      try await store.moveToTrash([id], now: 2)
      await #expect(throws: StoreError.self) { try await store.label([id], .pin(true)) }
      #expect(try await store.restoreFromTrash([id]).first?.labels.tags == ["keep"])
    }
  }

  /// Events of a run write its row; what a person wrote meanwhile stays.
  @Test func eventsLeaveThemAlone() async throws {
    try await withStore { store, _ in
      let id = try await store.insert(Self.plan, created: 1)
      _ = try await store.label([id], .note("mine"))
      try await store.write([Event(sequence: 1, time: 1, run: id, content: .stateChanged(.training, reason: nil))])
      #expect(try await store.run(id)?.labels.note == "mine")
    }
  }

  /// Another program may have written anything there: the run is worth more than what stands on it.
  @Test func whatCannotBeReadIsLeftOut() async throws {
    try await withStore { store, url in
      let id = try await store.insert(Self.plan, created: 1)
      let other = try DatabaseQueue(path: url.path)
      try await other.write {
        try $0.execute(sql: "UPDATE runs SET name = x'00ff', note = x'01', tags = '{not json', pinned = 'maybe'")
      }
      try other.close()
      #expect(try await store.run(id)?.labels == RunLabels())
      #expect(try await store.label([id], .addTags(["x"]))[id]?.tags == ["x"])
    }
  }
}
