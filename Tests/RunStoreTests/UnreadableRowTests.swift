import Foundation
import GRDB
import Messages
import Recipe
import RunStore
import Testing

/// What another program, or a later version, has written into a store: nothing traps, and one row closes nothing.
@Suite struct UnreadableRowTests {
  private func store(_ body: @escaping @Sendable (Database) throws -> Void) async throws -> RunStore {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appending(path: "store.sqlite")
    do {
      let store = try RunStore(at: url, mode: .engine)
      for seed in 0..<3 {
        var settings = RunSettings()
        settings.seed = UInt64(seed)
        let plan = RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: [.qkv], settings: settings)
        let id = try await store.insert(plan, created: 1)
        let outcome = ExampleOutcome(
          index: 0, prompt: "p", expected: "e", output: "o", score: 1, parsed: true, lenient: 1, outputTokens: 2)
        let contents: [Event.Content] = [
          .step(StepSample(step: 1, loss: 2, gradientNorm: 1, learningRate: 1, tokens: 5, seconds: 1)),
          .step(StepSample(step: 2, loss: 1, gradientNorm: 1, learningRate: 1, tokens: 5, seconds: 1)),
          .examples([outcome]), .latencyBlock(block: 0, isBase: true, millisecondsPerToken: [1]),
          .notice(Notice(level: .good, text: "n\(seed)", time: 1)), .stateChanged(.done, reason: nil),
        ]
        try await store.write(
          contents.enumerated().map { Event(sequence: UInt64($0.offset), time: 1, run: id, content: $0.element) })
      }
      try store.close()
    }
    try await DatabaseQueue(path: url.path).write { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
      try body(db)
    }
    return try RunStore(at: url, mode: .engine)
  }

  /// Each value is put into its column of run 2.
  static let damage: [(column: String, value: String)] = [
    ("plan", "'{}'"), ("plan", "'nonsense'"), ("plan", "x'00ff'"), ("plan", "7"), ("state", "'exploded'"),
    ("state", "1"), ("state", "x'00'"), ("created", "'y'"), ("created", "1e300"), ("created", "-1"),
    ("started", "'soon'"), ("finished", "x'ff'"), ("reason", "x'ff'"), ("step", "'two'"),
    ("step", "-9223372036854775808"), ("step", "1.5"), ("totalSteps", "9223372036854775807"),
    ("totalSteps", "x'01'"), ("prepared", "'{'"), ("prepared", "3"), ("score", "'{\"metric\":1}'"),
    ("latency", "'[]'"), ("phases", "'x'"), ("peakMemoryBytes", "'much'"), ("peakMemoryBytes", "-5"),
    ("tokensPerSecond", "1e300"), ("tokensPerSecond", "'fast'"), ("wallSeconds", "-1"), ("adapterPath", "x'00'"),
    ("lastCheckpointStep", "'last'"), ("pruned", "'{'"), ("seriesSlot", "4611686018427387904"),
    ("seriesSlot", "'first'"),
  ]

  @Test(arguments: damage) func oneRowClosesNothing(column: String, value: String) async throws {
    let store = try await store { try $0.execute(sql: "UPDATE runs SET \(column) = \(value) WHERE id = 2") }
    let (runs, unreadable) = try await store.readableRuns()
    #expect(runs.map(\.id) == [1, 3])
    #expect(unreadable.map(\.id) == [2])
    #expect(unreadable.first?.what.contains(column) == true, "\(unreadable)")
    let error = await #expect(throws: StoreError.self) { try await store.run(2) }
    #expect(error?.exitStatus == 65)
    #expect(error?.description.contains("runs delete 2") == true)
    _ = try await store.marks()
    _ = try await store.queue()
    #expect(try await store.insert(runs[0].plan, created: 2) > 3)
    // It can be deleted, with its files, and is kept for a while.
    let files = store.folder.run(2)
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    try await store.discardUnreadable(2)
    #expect(try await store.readableRuns().unreadable.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: files.path))
    let kept = try FileManager.default.contentsOfDirectory(atPath: store.folder.trash.path)
    let place = store.folder.trash.appending(path: try #require(kept.first))
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: place.path)) == ["row.json", "files"])
    store.purgeUnreadable(before: 0)
    #expect(FileManager.default.fileExists(atPath: place.path))
    store.purgeUnreadable(before: Date().timeIntervalSince1970 + 60)
    #expect(!FileManager.default.fileExists(atPath: place.path))
  }

  @Test(arguments: [
    ("steps", "loss = 'low'"), ("steps", "loss = x'00'"), ("steps", "seconds = 'x'"), ("steps", "gradientNorm = 'x'"),
    ("steps", "learningRate = x'01'"), ("steps", "tokens = 'x'"),
  ]) func aStepOfAnotherTypeIsNoNumber(table: String, change: String) async throws {
    let store = try await store { try $0.execute(sql: "UPDATE \(table) SET \(change) WHERE run = 2 AND step = 2") }
    let run = try #require(try await store.runs().first { $0.id == 2 })
    #expect(run.losses.count == 2)
    #expect(run.losses.values(0..<1) == [2])
    #expect(run.losses.last?.isNaN == change.hasPrefix("loss"))
    #expect(run.losses.values(1..<2).first?.isNaN == change.hasPrefix("loss"))
    #expect(run.gradientNorms.last?.isNaN == change.hasPrefix("gradientNorm"))
    #expect(run.learningRates.last?.isNaN == change.hasPrefix("learningRate"))
    #expect(run.elapsed.last == (change.hasPrefix("seconds") ? 1 : 2))
  }

  @Test func aWildStepTakesNoMemory() async throws {
    let store = try await store {
      try $0.execute(sql: "UPDATE steps SET step = 9223372036854775807 WHERE run = 2 AND step = 2")
      try $0.execute(sql: "INSERT INTO steps (run, step, loss, tokens) VALUES (2, -4, 1, 1)")
    }
    let run = try #require(try await store.runs().first { $0.id == 2 })
    #expect(run.losses.values(0..<9) == [2])
  }

  @Test(arguments: [
    "\"index\" = -1", "prompt = x'00'", "output = x'07'", "score = 'x'", "parsed = 'x'", "lenient = x''",
  ])
  func anExampleOfAnotherTypeIsLeftOut(_ change: String) async throws {
    let store = try await store { try $0.execute(sql: "UPDATE examples SET \(change) WHERE run = 2") }
    #expect(try await store.examples(of: 2).isEmpty)
    #expect(try await store.scores(of: 2).count <= 1)
    #expect(try await store.examples(of: 1).count == 1)
  }

  @Test func noticesSpeedsBlocksAndPlacesOfAnotherType() async throws {
    let store = try await store { db in
      try db.execute(sql: "UPDATE notices SET text = x'00' WHERE id = 1")
      try db.execute(sql: "UPDATE notices SET level = 'shout' WHERE id = 2")
      try db.execute(sql: "UPDATE notices SET time = 'now' WHERE id = 3")
      try db.execute(sql: "INSERT INTO speeds (key, measurement) VALUES ('k', x'00'), ('l', 'm')")
      try db.execute(sql: "UPDATE latencyBlocks SET millisecondsPerToken = 'x' WHERE run = 2")
      try db.execute(sql: "UPDATE runs SET queuePosition = 9223372036854775807 WHERE id = 1")
      try db.execute(sql: "UPDATE runs SET queuePosition = 'first' WHERE id = 2")
    }
    #expect(try await store.notices(limit: 9).map(\.text) == ["n1"])
    #expect(try await store.speeds().isEmpty)
    #expect(try await store.latencyBlocks(of: 2).isEmpty)
    #expect(try await store.latencyBlocks(of: 1).count == 1)
    let plan = try #require(try await store.runs().first).plan
    #expect(try await store.insert(plan, created: 1) == 4)
  }

  @Test func seriesAreReadAfterTheEndToo() async throws {
    let store = try await store { _ in }
    let runs = try await store.runs()
    try store.close()
    #expect(runs[0].losses.values(0..<2) == [2, 1])
    #expect(runs[0].elapsed.values(0..<2) == [1, 2])
    #expect(runs.map(\.plan.settings.seed) == [0, 1, 2])
  }
}
