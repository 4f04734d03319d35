import Kernels
import Recipe
import Testing
import Transformer

@Suite struct GenerationBenchmarkTests {
  /// Bytes and operations of a step, counted by hand.
  @Test func whatAStepCannotDoWithout() throws {
    let base = try RandomWeights.model(configuration: BenchmarkShape.small.configuration, seed: 1, element: .bfloat16)
    let limits = DecodingLimits(base: base, arithmetic: .float32)
    // Of a layer: queries and outputs 256 × 256, keys and values 256 × 128, three of 256 × 704; and 2048 × 256 logits.
    let layer = 2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 704
    let weights = Double(6 * layer + 2048 * 256)
    // Keys and values of 128 floats in each of 6 layers.
    #expect(limits.bytes(together: 3, context: 100) == 2 * weights + 3 * 100 * 2 * 6 * 128 * 4)
    let operations = limits.operations(together: 3, context: 100)
    #expect(operations.products == 6 * weights)
    // Scores and sums of 8 heads of 32.
    #expect(operations.attention == 3 * 100 * 4 * 6 * 256)
  }

  @Test func adaptersAreMeasuredBesideNone() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let adapters = try GenerationBenchmark.adapters(6, targets: try Targets(parsing: "o_proj"), rank: 3, of: base)
    let first = try #require(adapters[0].modules.first?.b.array)
    #expect(adapters.count == 6 && adapters.dropFirst().allSatisfy { $0.modules.first?.b.array != first })
    let options = GenerationBenchmark.Options(
      together: [1, 3, 8], contexts: [8], prompts: [], steps: 3, rounds: 2, adapters: adapters)
    let report = try GenerationBenchmark.run(base: base, name: "tiny", options: options, team: WorkerTeam(threads: 2))
    #expect(report.decoding.map { $0.adapters?.different } == [1, 3, 6])
    // Of two layers: A 3 × 24, B 10 × 3; of the base 10 × (24 + 12 + 12 + 24 + 3 × 14) a layer, and 13 × 10 logits.
    let share = 100 * Double(2 * (3 * 24 + 10 * 3)) / Double(2 * (240 + 120 + 120 + 240 + 3 * 140) + 130)
    for row in report.decoding {
      let own = try #require(row.adapters)
      #expect(abs(own.bytesPercent - Double(own.different) * share) < 1e-9)
      #expect(own.tokensPerSecond > 0 && own.overheadPercent > -100)
    }
  }

  @Test func everyMeasureHasItsRow() throws {
    let base = try TinyModel.base(TinyModel.configuration())
    let options = GenerationBenchmark.Options(
      together: [1, 6, 3, 5], contexts: [8, 64, 65], prompts: [4, 100], steps: 3, rounds: 1)
    let report = try GenerationBenchmark.run(
      base: base, name: "tiny", options: options, team: WorkerTeam(threads: 2))
    #expect(report.prompts.map(\.context) == [4])
    #expect(report.decoding.map(\.together) == [1, 3, 5, 6, 1, 3, 5, 6])
    #expect(report.decoding.allSatisfy { $0.adapters == nil })
    #expect(report.decoding.map(\.context) == [8, 8, 8, 8, 64, 64, 64, 64])
    for row in report.prompts + report.decoding {
      #expect(row.tokensPerSecond > 0 && row.limitTokensPerSecond > 0 && row.shareOfLimit > 0)
    }
    #expect(
      report.leftOut == ["prompts of 100: the model has 64 positions", "a context of 65: the model has 64 positions"])
  }
}
