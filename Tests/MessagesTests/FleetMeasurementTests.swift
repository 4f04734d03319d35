import Messages
import Recipe
import Testing

/// What is known of a fleet from what was measured.
@Suite struct FleetMeasurementTests {
  static func measured(
    _ targets: Targets, _ percent: Double, parameters: Int, sequences: Int = 8, machine: String = "here",
    base: String = "f00d", share: Double = 1, time: Double = 1, run: RunID? = nil, mix: AdapterMix = .distinct,
    dora: Bool = false
  ) -> FleetMeasurement {
    let different = mix == .distinct ? sequences : 1
    return FleetMeasurement(
      key: FleetMeasurement.Key(
        run: run, baseFingerprint: base, targets: targets, parameters: parameters, useDoRA: dora, sequences: sequences,
        mix: mix, machine: machine, threads: 2),
      latency: FleetLatency(
        sequences: sequences, mix: mix, different: different, p50: 2, p95: 3, baseP50: 1, baseP95: 2,
        overheadPercent: Interval(estimate: percent, low: percent - 1, high: percent + 1),
        bytes: FleetBytes(base: 100_000, caches: 100 * sequences, adapter: 4 * parameters), adapterMemoryBytes: 9,
        loadSeconds: 0.01, blocks: 8, coreShare: share), model: "tiny", time: time)
  }

  @Test func theNewestQuietMeasurementOfTheSameAdapter() throws {
    let all = [
      Self.measured(.oProj, 4, parameters: 100, time: 1), Self.measured(.oProj, 5, parameters: 100, time: 2),
      Self.measured(.oProj, 90, parameters: 100, share: 0.5, time: 3),
      Self.measured(.oProj, 7, parameters: 200, time: 4),
      Self.measured(.oProj, 8, parameters: 100, base: "beef", time: 5),
      Self.measured(.oProj, 1, parameters: 100, time: 6, mix: .identical),
    ]
    let found = try #require(all.fleetOverhead(.oProj, parameters: 100, on: "f00d", sequences: 8))
    #expect(found.percent == 5 && found.basis == .measured && found.interval?.high == 6)
    #expect(all.fleetOverhead(.oProj, parameters: 200, on: "f00d", sequences: 8)?.percent == 7)
    #expect(all.fleetOverhead(.oProj, parameters: 100, on: "f00d", sequences: 8, mix: .identical)?.percent == 1)
    #expect(all.fleetOverhead(.oProj, parameters: 100, on: "none", sequences: 8) == nil)
  }

  @Test func groupsBeforeOtherNumbersBeforeBytes() throws {
    let both: Targets = [.oProj, .fc2]
    let groups = [Self.measured(.oProj, 4, parameters: 100), Self.measured(.fc2, 9, parameters: 300)]
    let sum = try #require(groups.fleetOverhead(both, parameters: 400, on: "f00d", sequences: 8))
    #expect(sum.percent == 13 && sum.basis == .groups && sum.isPredicted && sum.interval == nil)
    // Groups at other ranks do not add up to it.
    let bytes = try #require(groups.fleetOverhead(both, parameters: 500, on: "f00d", sequences: 8))
    #expect(bytes.basis == .bytes && abs(bytes.percent - 100 * 8 * 2000 / 100_800) < 1e-9)
    // At another number no group was measured, but the set itself was at this one.
    let own = groups + [Self.measured(both, 20, parameters: 400)]
    let other = try #require(own.fleetOverhead(both, parameters: 400, on: "f00d", sequences: 16))
    #expect(
      other.basis == .otherNumbers && abs(other.percent - (20 + 2_560_000 / 101_600.0 - 1_280_000 / 100_800.0)) < 1e-9)
    // One group alone has no parts, and DoRA's are not taken for LoRA's.
    #expect(groups.fleetOverhead(.fc1, parameters: 400, on: "f00d", sequences: 8)?.basis == .bytes)
    let dora = [Self.measured(.oProj, 4, parameters: 100, dora: true), groups[1]]
    #expect(dora.fleetOverhead(both, parameters: 400, on: "f00d", sequences: 8)?.basis == .bytes)
    #expect(groups.fleetOverhead(both, parameters: nil, on: "f00d", sequences: 16) == nil)
  }

  @Test func oneMachineAtATime() {
    let all = [
      Self.measured(.oProj, 4, parameters: 100, time: 1),
      Self.measured(.oProj, 6, parameters: 100, machine: "there", time: 2),
    ]
    #expect(all.ofOneMachine(preferring: "here").map(\.key.machine) == ["here"])
    #expect(all.ofOneMachine(preferring: "elsewhere").map(\.key.machine) == ["there"])
    #expect([FleetMeasurement]().ofOneMachine(preferring: "here").isEmpty)
  }

  @Test func whatIsARunsOwn() {
    var run = RunSummary(
      id: 3, plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: .oProj, settings: RunSettings()),
      state: .done, created: 0)
    run.prepared = PreparedRun(
      totalSteps: 1, trainableParameters: 100, baseParameters: 1, modules: [], trainingExamples: 1,
      truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 1, baseFingerprint: "f00d", instructionSet: "avx2",
      threads: 1)
    let all = [
      Self.measured(.oProj, 1, parameters: 100), Self.measured(.oProj, 2, parameters: 100, run: 3),
      Self.measured(.oProj, 3, parameters: 100, run: 4), Self.measured(.oProj, 4, parameters: 200),
      Self.measured(.fc2, 5, parameters: 100), Self.measured(.oProj, 6, parameters: 100, base: "beef"),
    ]
    #expect(all.of(run).map(\.latency.overheadPercent.estimate) == [1, 2])
  }
}
