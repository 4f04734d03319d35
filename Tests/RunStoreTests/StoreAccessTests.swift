import Foundation
import GRDB
import Messages
import RunStore
import TestSupport
import Testing

/// Who may open a store, and what a reader sees of a run that trains.
@Suite struct StoreAccessTests: StoreRunFixtures {
  @Test func aSecondEngineIsRefusedAndAReaderIsNot() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await store.insert(plan(), created: 0)
    let error = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: .engine) }
    #expect(error?.reason == .engineRunning)
    #expect(error?.description.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
    #expect(error?.description.contains("\n") == false)
    let reader = try RunStore(at: url, mode: .reading)
    let before = try await reader.marks()
    try await store.write(events([step(1, loss: 1)], run: id))
    #expect(try await reader.run(id)?.step == 1)
    #expect(try await reader.marks() != before)
    await #expect(throws: StoreError.self) { try await reader.insert(plan(), created: 0) }
  }

  /// A viewer reads what is new of a run that trains, and its curves stay what they are.
  @Test func aReaderGoesOnWhereItWas() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await store.insert(plan(), created: 0)
    try await store.write(events((1...100).map { step($0, loss: Float($0)) }, run: id))
    let reader = try RunStore(at: url, mode: .reading)
    let first = try #require(try await reader.run(id, continuing: nil))
    #expect(first.losses.values(0..<100) == (1...100).map { Float($0) })
    // What it has is not asked for again: whoever changed that behind its back stays unseen.
    let other = try DatabaseQueue(path: url.path)
    try await other.write { try $0.execute(sql: "UPDATE steps SET loss = 7 WHERE step = 50") }
    try await store.write(events([step(101, loss: 101), step(103, loss: 103)], run: id))
    let second = try #require(try await reader.run(id, continuing: first))
    #expect(second.step == 103 && second.losses.values(49..<50) == [50])
    #expect(second.losses.values(100..<101) == [101] && second.losses.values(102..<200) == [103])
    // A step that is not there shows as a gap.
    #expect(second.losses.values(101..<102).first?.isNaN == true && second.losses.count == 103)
    #expect(second.elapsed.values(99..<103) == [25, 25.25, 25.25, 25.5])
    #expect(second.gradientNorms.count == 103 && second.learningRates.last == 1e-3)
    #expect(second.losses.sharesStorage(with: first.losses) && first.losses.count == 100)
    // Without new steps nothing is added.
    let same = try #require(try await reader.run(id, continuing: second))
    #expect(same.losses.count == 103 && same.losses.sharesStorage(with: second.losses))
    // It went back and took others, as many and more or fewer: all are read.
    try await store.write(events([.rewound(toStep: 60), step(61, loss: 1)], run: id))
    let fewer = try #require(try await reader.run(id, continuing: same))
    #expect(fewer.losses.count == 61 && fewer.losses.values(49..<50) == [7] && fewer.losses.last == 1)
    try await store.write(events([.rewound(toStep: 60)] + (61...70).map { step($0, loss: 2) }, run: id))
    let others = try #require(try await reader.run(id, continuing: fewer))
    #expect(others.losses.values(59..<62) == [60, 2, 2] && !others.losses.sharesStorage(with: fewer.losses))
    try await store.moveToTrash([id], now: 1)
    #expect(try await reader.run(id, continuing: others) == nil)
  }

  @Test func aStoreFromANewerVersionIsRefused() async throws {
    let url = try place()
    do {
      let store = try RunStore(at: url, mode: .engine)
      try await store.markAsNewer()
      try store.close()
    }
    for mode in [RunStore.Mode.engine, .reading] {
      let error = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: mode) }
      #expect(error?.reason == .version)
      #expect(error?.description.contains("newer") == true)
      #expect(error?.exitStatus == 65)
    }
  }

  @Test func whatIsNoStoreIsRefused() throws {
    let url = try place()
    let missing = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: .reading) }
    #expect(missing?.exitStatus == 66)
    try Data(repeating: 65, count: 8192).write(to: url)
    let damaged = #expect(throws: StoreError.self) { _ = try RunStore(at: url, mode: .engine) }
    #expect(damaged?.reason == .unreadable)
    let nowhere = url.appending(path: "under/a/file.sqlite")
    let error = #expect(throws: StoreError.self) { _ = try RunStore(at: nowhere, mode: .engine) }
    #expect(error?.exitStatus == 73)
  }
}
