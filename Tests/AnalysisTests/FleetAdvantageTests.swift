import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// Whether the article's advantage of o_proj comes back in a fleet: from measured rows alone, with what they cannot tell.
@Suite struct FleetAdvantageTests {
  private func measured(
    _ targets: Targets, _ percent: Double, width: Double = 1, parameters: Int, sequences: Int, p95: Double = 2,
    share: Double = 1, type: AdapterType = .fp32
  ) -> FleetMeasurement {
    FleetMeasurement(
      key: FleetMeasurement.Key(
        baseFingerprint: "f00d", targets: targets, parameters: parameters, useDoRA: false, sequences: sequences,
        mix: .distinct, type: type, machine: "here", threads: 2),
      latency: FleetLatency(
        sequences: sequences, mix: .distinct, type: type, different: sequences, p50: 2, p95: p95, baseP50: 1,
        baseP95: 2, overheadPercent: Interval(estimate: percent, low: percent - width, high: percent + width),
        bytes: FleetBytes(base: 1_000_000, caches: 0, adapter: 4 * parameters), adapterMemoryBytes: 2_000_000,
        blocks: 8, coreShare: share), model: "tiny", time: 1)
  }

  /// o_proj, fc2 and both at one number.
  private func three(
    _ sequences: Int, _ alone: Double, _ both: Double, width: Double = 1, share: Double = 1, type: AdapterType = .fp32
  ) -> [FleetMeasurement] {
    [
      measured(
        .oProj, alone, width: width, parameters: 1000, sequences: sequences, p95: 2.2, share: share, type: type),
      measured(.fc2, 5, parameters: 2000, sequences: sequences, type: type),
      measured([.oProj, .fc2], both, width: width, parameters: 3000, sequences: sequences, p95: 3.3, type: type),
    ]
  }

  @Test func eachNumberHasItsVerdict() throws {
    let all = three(1, 1, 3) + three(8, 5, 40, width: 20) + three(16, 5, 60)
    let found = FleetAdvantage.all(all)
    #expect(found.map(\.sequences) == [1, 8, 16])
    // (1 + 0.05) / (1 + 0.6) is 0.65625.
    #expect(abs(found[2].overhead.estimate - 34.375) < 1e-9)
    // Log ratios: half widths of 105 ± 1 and 160 ± 1, which add as squares.
    let half = (pow(log(106.0 / 104) / 2, 2) + pow(log(161.0 / 159) / 2, 2)).squareRoot()
    #expect(abs(found[2].overhead.low - 100 * (1 - 0.65625 * exp(half))) < 1e-9)
    #expect(abs(found[2].overhead.high - 100 * (1 - 0.65625 * exp(-half))) < 1e-9)
    #expect(abs(found[2].p95 - 100 * (1 - 2.2 / 3.3)) < 1e-9)
    #expect(found.map { $0.verdict(22.6) } == [.notReached, .cannotTell, .reached])
  }

  @Test func onlyWhatWasMeasuredAlikeCounts() {
    // A busy row, another rank, another type beside, and nothing of fc2 that says the ranks are equal.
    #expect(FleetAdvantage.all(three(8, 5, 60, share: 0.5)).isEmpty)
    var ranks = three(8, 5, 60)
    ranks[0] = measured(.oProj, 5, parameters: 2000, sequences: 8)
    #expect(FleetAdvantage.all(ranks).isEmpty)
    #expect(FleetAdvantage.all([three(8, 5, 60)[0], three(8, 5, 60)[2]]).isEmpty)
    var types = three(8, 5, 60)
    types[0] = measured(.oProj, 5, parameters: 1000, sequences: 8, type: .bf16)
    #expect(FleetAdvantage.all(types).isEmpty)
    #expect(FleetAdvantage.all(three(8, 5, 60, type: .bf16)).map(\.type) == [.bf16])
  }

  @Test func theArticleSaysIt() throws {
    let wanted = try #require(try PublishedStudy.standard().advantageOfOProj)
    #expect(abs(wanted - 22.6) < 0.05)
  }

  @Test func theReportSaysAtWhich() throws {
    let published = try PublishedStudy.standard()
    func text(_ fleet: [FleetMeasurement]) -> String {
      let content = ReportContent(
        table: published.table, selection: nil, published: published, options: RecommendationOptions(),
        fleet: FleetStudy(fleet, on: "f00d", machine: "here"))
      return MarkdownReport.text(content)
    }
    let report = text(three(1, 1, 3) + three(8, 5, 40, width: 20) + three(16, 5, 60))
    #expect(
      report.contains(
        "is there at N = 16; cannot be told at N = 8, where the interval holds it; is not there at N = 1"))
    #expect(report.contains("can't tell") && report.contains("not reached"))
    #expect(text([three(8, 5, 60)[0]]).contains("lorascope latency --adapters 1,2,4,8,16 --targets"))
  }
}
