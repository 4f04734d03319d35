import Analysis
import Engine
import Foundation
import Messages
import Recipe
import TestSupport
import Testing

/// Latencies of fleets over the bus, and what a study's report and recommendations make of them.
@Suite(.timeLimit(.minutes(10))) struct FleetTests {
  private func measured(_ run: RunSummary, _ percent: Double, of own: RunID? = nil) throws -> FleetMeasurement {
    let prepared = try #require(run.prepared)
    return FleetMeasurement(
      key: FleetMeasurement.Key(
        run: own, baseFingerprint: prepared.baseFingerprint, targets: run.plan.targets,
        parameters: prepared.trainableParameters, useDoRA: false, sequences: 8, mix: .distinct,
        machine: Engine.machine, threads: 1),
      latency: FleetLatency(
        sequences: 8, mix: .distinct, different: 8, p50: 2, p95: 3, baseP50: 1, baseP95: 2,
        overheadPercent: Interval(estimate: percent, low: percent - 1, high: percent + 1),
        bytes: FleetBytes(base: 100_000, caches: 800, adapter: 4 * prepared.trainableParameters), adapterMemoryBytes: 9,
        blocks: 8, coreShare: 1), model: "tiny", time: 1)
  }

  @Test func keptAskedForAndRecommendedBy() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .all], seeds: [0], settings: study.plan().settings)
    let ids = await bus.accepted(.sweep(sweep))
    var runs: [RunSummary] = []
    for id in ids { runs.append(try await bus.run(id, in: .done)) }
    let fleet = [try measured(runs[0], 3, of: runs[0].id), try measured(runs[1], 40)]
    #expect(await bus.accepted(.keepFleets(fleet)) == [])
    guard case .fleets(let known) = await bus.ask(.fleets) else {
      Issue.record("no fleets")
      return
    }
    #expect(Set(known) == Set(fleet))
    #expect(known.of(runs[0]).count == 1 && known.of(runs[1]).count == 1)
    #expect(await bus.refused(.keepFleets([try measured(runs[0], 3, of: 99)])).contains("no run 99"))

    var request = StudyRequest()
    request.options.fleet = 8
    request.options.budget = .overheadPercent(10)
    let report = try await engine.report(request)
    #expect(report.fleets.count == 2)
    let balanced = try #require(report.advice.first { $0.kind == .balanced })
    #expect(balanced.targets == .oProj && balanced.figures?.cost.value == 3)
    #expect(balanced.reason.contains("over the same batch of 8 without adapters"))
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-fleet-\(UUID().uuidString)")
    try ReportFolder.write(report, to: folder)
    let text = try String(contentsOf: folder.appending(path: "report.md"), encoding: .utf8)
    #expect(text.contains("## Latency of a fleet") && text.contains("8 distinct"))
    let json = try String(contentsOf: folder.appending(path: "report.json"), encoding: .utf8)
    #expect(json.contains("\"fleets\" : [") && json.contains("\"predicted_percent\""))
    // Without the question a run's own latency decides, as before.
    request.options.fleet = nil
    #expect(try await engine.report(request).advice.allSatisfy { $0.figures?.cost.fleet == nil })
    _ = await bus.send(.shutdown(.save))
  }

  @Test func measuredOverTheBus() async throws {
    let study = try TinyStudy()
    let gate = StepGate(before: 3, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let id = await bus.accepted(.queue(study.plan()))[0]
    let run = try await bus.run(id, in: .done)
    #expect(await bus.refused(.measureFleet(9, sequences: [8])).contains("no run 9"))
    #expect(await bus.refused(.measureFleet(id, sequences: [])).contains("1 to"))
    #expect(await bus.refused(.measureFleet(id, sequences: [2, 2])).contains("once"))
    #expect(await bus.refused(.measureFleet(id, sequences: [17])).contains("1 to"))
    // Beside a run under way it is refused, and so is the fleet of that run.
    let other = await bus.accepted(.queue(study.plan(.fc2, seed: 1)))[0]
    _ = try await gate.arrival()
    #expect(await bus.refused(.measureFleet(id, sequences: [2])).contains("nothing else computes"))
    #expect(await bus.refused(.measureFleet(other, sequences: [2])).contains("is not finished"))
    gate.open()
    _ = try await bus.run(other, in: .done)
    let parameters = try #require(run.prepared).trainableParameters
    #expect(await bus.accepted(.measureFleet(id, sequences: [1, 2])) == [id])
    let after = try await bus.first { $0.engine.fleet == nil && $0.engine.keptFleets == 2 }
    #expect(!after.engine.isMeasuring && after.engine.machine == Engine.machine)
    guard case .fleets(let known) = await bus.ask(.fleets) else {
      Issue.record("no fleets")
      return
    }
    #expect(known.map(\.key.sequences).sorted() == [1, 2])
    #expect(known.allSatisfy { $0.key.run == id && $0.key.parameters == parameters && $0.key.targets == .oProj })
    #expect(known.allSatisfy { $0.latency.p50 > 0 && $0.latency.loadSeconds != nil && $0.latency.merged == nil })
    // Runs go on afterwards.
    let third = await bus.accepted(.queue(study.plan(.qkv, seed: 2)))[0]
    _ = try await bus.run(third, in: .done)
    _ = await bus.send(.shutdown(.save))
    _ = engine
  }

  /// A person deletes the run, and with it the adapter, while its fleet is measured: the measurement comes to its end in memory, nothing of it
  /// is kept, and the run is in the trash as any other.
  @Test func aRunThatIsDeletedMeanwhile() async throws {
    let study = try TinyStudy()
    let gate = StepGate(before: 0)
    var options = study.options()
    options.whileProbing = { _ in gate.hold(0, before: 0) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let id = await bus.accepted(.queue(study.plan()))[0]
    let run = try await bus.run(id, in: .done)
    #expect(await bus.accepted(.measureFleet(id, sequences: [2])) == [id])
    _ = try await gate.arrival()
    #expect(await bus.accepted(.delete([id])) == [id])
    let path = try #require(run.adapterPath)
    #expect(!FileManager.default.fileExists(atPath: path))
    gate.open()
    let after = try await bus.first { $0.engine.fleet == nil && !$0.engine.isMeasuring }
    #expect(after.notices.contains { $0.text.hasPrefix("the fleet of #1 was not kept: there is no run 1") })
    guard case .fleets(let known) = await bus.ask(.fleets) else {
      Issue.record("no fleets")
      return
    }
    #expect(known.isEmpty && after.engine.keptFleets == 0)
    // It comes back whole, and its fleet can be measured then.
    #expect(await bus.accepted(.undelete([id])) == [id])
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(await bus.accepted(.measureFleet(id, sequences: [2])) == [id])
    _ = try await bus.first { $0.engine.keptFleets == 1 }
    await engine.shutdown(.save)
  }
}
