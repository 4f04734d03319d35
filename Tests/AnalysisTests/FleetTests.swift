import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// What recommendations, reports and tables make of fleets.
@Suite struct FleetTests {
  private func measured(_ targets: Targets, _ percent: Double, parameters: Int, sequences: Int = 8, share: Double = 1)
    -> FleetMeasurement
  {
    FleetMeasurement(
      key: FleetMeasurement.Key(
        baseFingerprint: "f00d", targets: targets, parameters: parameters, useDoRA: false, sequences: sequences,
        mix: .distinct, machine: "here", threads: 2),
      latency: FleetLatency(
        sequences: sequences, mix: .distinct, different: sequences, p50: 2, p95: 3, baseP50: 1, baseP95: 2,
        overheadPercent: Interval(estimate: percent, low: percent - 0.5, high: percent + 0.5),
        bytes: FleetBytes(base: 1_000_000, caches: 0, adapter: 4 * parameters), adapterMemoryBytes: 2_000_000,
        loadSeconds: 0.0125, blocks: 8, coreShare: share), model: "tiny", time: 1)
  }

  private func table() -> StudyTable {
    func cell(_ targets: Targets, right: Int, overhead: Double, parameters: Int) -> StudyCell {
      var cell = StudyDifferenceTests.cell(targets, [(0..<200).map { $0 < right ? 1 : 0 }])
      cell.overheadPercent = Interval(estimate: overhead, low: overhead - 1, high: overhead + 1)
      cell.parameters = parameters
      return cell
    }
    let cells = [
      cell(.oProj, right: 120, overhead: 1, parameters: 1000),
      cell([.oProj, .fc2], right: 160, overhead: 3, parameters: 3000),
      cell(.all, right: 190, overhead: 8, parameters: 9000),
    ]
    let dataset = StudyDataset(
      name: "medmcqa", modality: .text, reasoning: false, metric: "accuracy", evaluationExamples: 200, base: nil,
      cells: cells)
    return StudyTable(origin: .measured, baseModel: "tiny", datasets: [dataset], costs: [:])
  }

  private func balanced(_ fleet: [FleetMeasurement], budget: Double, sequences: Int? = 8) -> Recommendation {
    var options = RecommendationOptions()
    options.budget = .overheadPercent(budget)
    let study = FleetStudy(fleet, on: "f00d", machine: "here")
    return Recommendations(table().forFleet(sequences, study), options: options).overall()[1]
  }

  @Test func theBudgetIsAboutTheFleet() {
    let fleet = [
      measured(.oProj, 4, parameters: 1000), measured([.oProj, .fc2], 12, parameters: 3000),
      measured(.all, 50, parameters: 9000),
    ]
    // At batch 1 all modules are within ten percent; eight adapters at once are not.
    #expect(balanced(fleet, budget: 10, sequences: nil).targets == .all)
    let pick = balanced(fleet, budget: 10)
    #expect(pick.targets == .oProj && pick.figures?.cost.fleet?.basis == .measured)
    #expect(pick.reason.contains("+4.0 ± 0.5 % over the same batch of 8 without adapters"))
    #expect(!pick.missing.contains { $0.contains("predicted") })
    #expect(balanced(fleet, budget: 20).targets == [.oProj, .fc2])
  }

  @Test func whatIsPredictedIsMarked() {
    let fleet = [
      measured(.oProj, 4, parameters: 1000), measured(.fc2, 7, parameters: 2000),
    ]
    let pick = balanced(fleet, budget: 12)
    #expect(pick.targets == [.oProj, .fc2] && pick.figures?.cost.fleet?.basis == .groups)
    #expect(
      pick.reason.contains("+11.0 % over the same batch of 8 without adapters, predicted as the sum of its groups"))
    #expect(
      pick.missing.contains { $0.contains("`lorascope latency --adapters 8 --targets o_proj+fc2 --keep` measures it") })
    // Eight times 36 000 bytes over a million.
    #expect(
      balanced(fleet, budget: 30).reason.contains(
        "+28.8 % over the same batch of 8 without adapters, predicted from the bytes"))
  }

  @Test func nothingMeasuredIsSaid() {
    let none = balanced([], budget: 10)
    #expect(none.targets == nil && none.reason.contains("a known latency in a batch of 8 adapters"))
    #expect(none.missing.contains { $0.contains("`lorascope latency --adapters 8 --keep`") })
    // Another base's say nothing.
    let other = FleetStudy([measured(.oProj, 4, parameters: 1000)], on: "beef", machine: "here")
    #expect(other.measurements.isEmpty && other.costs(table(), sequences: 8).isEmpty)
  }

  @Test func rowsAndBudgets() {
    let latency = measured(.oProj, 12, parameters: 10_000, sequences: 4).latency
    #expect(FleetTable.row(latency).count == FleetTable.head.count)
    #expect(
      FleetTable.row(latency) == [
        "4 distinct", "4", "2.000", "3.000", "1.000", "+12.0 [+11.5, +12.5]", "+16.0", "1.16", "2.00", "12.5",
      ])
    let busy = FleetTable.row(measured(.oProj, 12, parameters: 10_000, share: 0.5).latency)
    #expect(busy[2] == "~2.000" && busy[5] == "~+12.0 [+11.5, +12.5] !")
    let curve = [
      measured(.oProj, 2, parameters: 1000, sequences: 1).latency,
      measured(.oProj, 10, parameters: 1000, sequences: 5).latency,
    ]
    func budget(_ percent: Double) -> String { FleetTable.budget(percent, curve, seed: 0, most: 16) }
    #expect(budget(5) == "5.0 % is passed from 3 adapters on: +6.0 % predicted (measured: 1 and 5)")
    #expect(budget(8.5).contains("from 5 adapters on: +10.0 % measured (measured"))
    #expect(budget(9.8).contains("measured, but the interval holds the budget"))
    #expect(budget(90) == "90.0 % is not passed up to 16 adapters (measured: 1 and 5)")
  }

  @Test func theGridSaysHowSumsAndBytesAgree() {
    let markdown = FleetGrid.markdown([
      measured(.oProj, 4, parameters: 1000), measured(.fc2, 7, parameters: 2000),
      measured([.oProj, .fc2], 10, parameters: 3000), measured(.oProj, 1, parameters: 1000, sequences: 1),
    ])
    let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "| modules | MB an adapter | N = 1 | N = 8 |")
    #expect(lines[1] == "| --- | --- | --- | --- |")
    #expect(lines.contains("| o_proj | 0.0 | +1.0 ± 0.5 (+0.4) | +4.0 ± 0.5 (+3.2) |"))
    #expect(lines.contains("| fc2 | 0.0 | – | +7.0 ± 0.5 (+6.4) |"))
    #expect(
      markdown.contains(
        "- 8 adapters: of 1 combination, o_proj+fc2 is furthest from the sum of its groups, -1.0 points."))
    #expect(markdown.contains("- Furthest from the bytes: o_proj at N = 8, +0.8 points."))
  }

  @Test func jsonHasItsKeys() throws {
    let data = try JSONEncoder().encode(FleetFigures(measured(.oProj, 4, parameters: 1000)))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "targets", "parameters", "machine", "threads", "adapters", "mix", "type", "different_adapters", "tpot_ms",
        "base_tpot_ms", "overhead_percent", "predicted_percent", "base_bytes", "cache_bytes", "adapter_bytes",
        "step_bytes", "adapter_memory_bytes", "load_seconds", "core_share", "measured_busy",
      ])
    #expect(object["step_bytes"] as? Int == 1_000_000 + 8 * 4000 && object["adapters"] as? Int == 8)
    #expect(object["predicted_percent"] as? Double == 3.2 && object["mix"] as? String == "distinct")
  }
}
