import Foundation
import GRDB
import Messages
import Recipe
import RunStore
import Testing

/// Latencies of fleets in the store.
@Suite struct FleetStoreTests {
  private func place() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-fleets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "store.sqlite")
  }

  private func fleet(
    _ percent: Double, sequences: Int = 4, run: RunID? = nil, share: Double = 1, time: Double = 1
  ) -> FleetMeasurement {
    FleetMeasurement(
      key: FleetMeasurement.Key(
        run: run, baseFingerprint: "f00d", targets: [.oProj, .fc2], parameters: 10, useDoRA: false,
        sequences: sequences, mix: .uniform, machine: "a machine, avx2", threads: 2),
      latency: FleetLatency(
        sequences: sequences, mix: .uniform, different: min(3, sequences), p50: 0.1 + 0.2, p95: 2, baseP50: 1,
        baseP95: 2,
        overheadPercent: Interval(estimate: percent, low: percent, high: percent + 2),
        bytes: FleetBytes(base: 1, caches: 2, adapter: 3), adapterMemoryBytes: 4,
        merged: FleetLatency.Merged(p50: 5, p95: 6, overheadPercent: Interval(estimate: 7, low: 6, high: 8)), blocks: 8,
        coreShare: share), model: "tiny", time: time)
  }

  @Test func everythingComesBackAfterReopening() async throws {
    let url = try place()
    let wanted = [fleet(5, sequences: 2, time: 1), fleet(9, sequences: 8, time: 2)]
    let store = try RunStore(at: url, mode: .engine)
    #expect(try await store.save(wanted) == 2)
    try store.close()
    let reader = try RunStore(at: url, mode: .reading)
    #expect(try await reader.fleets() == wanted)
    try reader.close()
  }

  @Test func aBetterMeasurementTakesThePlaceOfAnother() async throws {
    let store = try RunStore(at: try place(), mode: .engine)
    func kept(_ measurement: FleetMeasurement) async throws -> Double? {
      _ = try await store.save([measurement])
      let all = try await store.fleets()
      #expect(all.count == 1)
      return all.first?.latency.overheadPercent.estimate
    }
    #expect(try await kept(fleet(1, share: 0.5)) == 1)
    #expect(try await kept(fleet(2, share: 0.4)) == 1)
    #expect(try await kept(fleet(3, share: 0.6)) == 3)
    #expect(try await kept(fleet(4, share: 0.99)) == 4)
    #expect(try await kept(fleet(5, share: 0.9)) == 4)
    #expect(try await kept(fleet(6, share: 0.97)) == 6)
    #expect(try await store.save([fleet(7, share: 0.2)]) == 0)
    try store.close()
  }

  @Test func aDeletedRunsAreLeftOutUntilItIsBack() async throws {
    let store = try RunStore(at: try place(), mode: .engine)
    let plan = RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: .oProj, settings: RunSettings())
    let id = try await store.insert(plan, created: 1)
    _ = try await store.save([fleet(1, run: id), fleet(2)])
    #expect(try await store.fleets().count == 2)
    try await store.moveToTrash([id], now: 1)
    #expect(try await store.fleets().map(\.key.run) == [nil])
    await #expect(throws: (any Error).self) { _ = try await store.save([fleet(1, run: 99)]) }
    try store.close()
  }

  /// Numbers that no measurement has would overflow what is reckoned with them.
  @Test func whatCannotBeTrueIsLeftOut() async throws {
    let store = try RunStore(at: try place(), mode: .engine)
    func without(_ change: (inout FleetMeasurement) -> Void) -> FleetMeasurement {
      var measurement = fleet(1)
      change(&measurement)
      measurement.key.machine = UUID().uuidString
      return measurement
    }
    let wrong = [
      without { $0.latency.sequences = 0 }, without { $0.latency.sequences = .max },
      without { $0.latency.different = 5 },
      without { $0.latency.bytes.base = .max }, without { $0.latency.bytes.caches = -1 },
      without { $0.latency.bytes.adapter = .max }, without { $0.latency.adapterMemoryBytes = .min },
      without { $0.key.parameters = .max }, without { $0.latency.overheadPercent.high = .infinity },
      without { $0.latency.p95 = .nan }, without { $0.latency.merged?.overheadPercent.low = -.infinity },
      without { $0.latency.loadSeconds = .nan },
    ]
    #expect(try await store.save(wrong) == wrong.count)
    #expect(try await store.fleets().isEmpty)
    _ = try await store.save([fleet(1)])
    #expect(try await store.fleets().count == 1)
    try store.close()
  }

  @Test func whatCannotBeReadIsLeftOut() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    _ = try await store.save([fleet(1, sequences: 1), fleet(2, sequences: 2)])
    try store.close()
    let other = try DatabaseQueue(path: url.path)
    try await other.write { try $0.execute(sql: "UPDATE fleets SET measurement = '{}' WHERE sequences = 1") }
    try other.close()
    let reader = try RunStore(at: url, mode: .reading)
    #expect(try await reader.fleets().map(\.key.sequences) == [2])
    try reader.close()
  }
}
