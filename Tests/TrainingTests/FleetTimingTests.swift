import Foundation
import Kernels
import Recipe
import Testing
import Training
import Transformer

/// What a fleet's measurement consists of; how long anything took is not tested.
@Suite struct FleetTimingTests {
  private static func options(
    _ sequences: [Int], mix: AdapterMix = .distinct, _ change: (inout LatencyOptions) -> Void = { _ in }
  ) -> FleetLatencyOptions {
    var latency = LatencyOptions(
      promptLength: 5, tokensPerBlock: 3, minimumRounds: 2, maximumRounds: 2, targetHalfWidth: 0)
    change(&latency)
    return FleetLatencyOptions(latency: latency, sequences: sequences, mix: mix)
  }

  private static func adapters(_ count: Int, _ base: BaseModel) throws -> [LoRAAdapter] {
    try FleetAdapters.random(count, TinyModel.adapter().specification, of: base)
  }

  @Test func eachNumberHasItsFigures() throws {
    let base = try TinyModel.base()
    let results = try #require(
      try FleetTiming.measure(
        base: base, adapters: try Self.adapters(3, base), options: Self.options([3, 1]), team: WorkerTeam(threads: 2)))
    #expect(results.map(\.sequences) == [3, 1] && results.map(\.different) == [3, 1])
    for result in results {
      // Two rounds of with and without, there and back.
      #expect(result.blocks == 8 && result.merged == nil && result.mix == .distinct)
      #expect(result.p50 > 0 && result.p50 <= result.p95 && result.baseP50 > 0 && result.baseP50 <= result.baseP95)
      #expect(result.overheadPercent.low <= result.overheadPercent.high)
      #expect((0...1).contains(result.coreShare))
    }
    // Of two layers: q and o 24 × 24, k and v 24 × 8, three of 24 × 40, two norms; and 61 × 24 logits. Keys and values of 8 floats in two
    // layers, at the middle of the block 5 + 2 + 2 positions. An adapter of rank 4: 4 × (48 + 32 + 32 + 48 + 3 × 64) a layer.
    let weights = 4 * (2 * (2 * 576 + 2 * 192 + 3 * 960 + 48) + 61 * 24)
    let adapter = 4 * 2 * 4 * 352
    #expect(results[0].bytes == FleetBytes(base: weights, caches: 3 * 9 * 2 * 2 * 8 * 4, adapter: adapter))
    #expect(results[1].bytes.caches == 9 * 2 * 2 * 8 * 4)
    let predicted = 100 * Double(3 * adapter) / Double(weights + 3 * 1152)
    #expect(abs(results[0].predictedPercent - predicted) < 1e-9)
    #expect(results[0].adapterMemoryBytes >= adapter)
  }

  @Test func adaptersInBFloat16AreHalfTheBytes() throws {
    let base = try TinyModel.base()
    let team = WorkerTeam(threads: 1)
    let specification = try TinyModel.adapter().specification
    let halves = try FleetAdapters.random(2, specification, of: base, type: .bf16)
    #expect(halves.allSatisfy { $0.element == .bfloat16 && $0.snapshot().element == .bfloat16 })
    let options = Self.options([2])
    let half = try #require(try FleetTiming.measure(base: base, adapters: halves, options: options, team: team))[0]
    let whole = try #require(
      try FleetTiming.measure(base: base, adapters: try Self.adapters(2, base), options: options, team: team))[0]
    #expect(half.type == .bf16 && whole.type == .fp32 && 2 * half.bytes.adapter == whole.bytes.adapter)
    #expect(abs(2 * half.predictedPercent - whole.predictedPercent) < 1e-9)
    // Prompts read FP32 in either case.
    #expect(
      half.adapterMemoryBytes < whole.adapterMemoryBytes && 2 * half.adapterMemoryBytes > whole.adapterMemoryBytes)
    var dora = specification
    dora.useDoRA = true
    let refused = try FleetAdapters.random(1, dora, of: base, type: .bf16)
    let error = #expect(throws: TrainingError.self) {
      try FleetTiming.measure(base: base, adapters: refused, options: Self.options([1]), team: team)
    }
    #expect(error?.description.contains("DoRA") == true)
  }

  @Test func mergedModelsAreMeasuredBeside() throws {
    let base = try TinyModel.base()
    let adapters = try Self.adapters(2, base)
    let team = WorkerTeam(threads: 1)
    let merged = try adapters.map { try MergedModel.merge($0, into: base, team: team) }
    let results = try #require(
      try FleetTiming.measure(base: base, adapters: adapters, merged: merged, options: Self.options([2]), team: team))
    let own = try #require(results[0].merged)
    #expect(results[0].blocks == 12 && own.p50 > 0 && own.p95 >= own.p50)
  }

  @Test func mergedWeightsKeepTheirType() throws {
    let base = try RandomWeights.model(configuration: TinyModel.configuration, seed: 3, element: .bfloat16)
    let adapter = try Self.adapters(1, base)[0]
    let team = WorkerTeam(threads: 2)
    let exact = try MergedModel.merge(adapter, into: base, team: team)
    let kept = try MergedModel.merge(adapter, into: base, keepsElements: true, team: team)
    for module in adapter.modules {
      let (wide, narrow) = (try #require(exact[module.path]), try #require(kept[module.path]))
      #expect(wide.element == .float32 && narrow.element == .bfloat16)
      // Half of the last place of eight bits.
      #expect(zip(wide.toFloats(), narrow.toFloats()).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
      #expect(wide.toFloats() != narrow.toFloats())
    }
  }

  @Test func draws() throws {
    let base = try TinyModel.base()
    let team = WorkerTeam(threads: 1)
    let one = try #require(
      try FleetTiming.measure(
        base: base, adapters: try Self.adapters(1, base), options: Self.options([2, 4], mix: .identical), team: team))
    #expect(one.map(\.different) == [1, 1])
    let uniform = Self.options([6], mix: .uniform)
    let drawn = try #require(
      try FleetTiming.measure(base: base, adapters: try Self.adapters(6, base), options: uniform, team: team))
    #expect(drawn[0].different == AdapterMix.uniform.different(sequences: 6, seed: uniform.latency.seed))
  }

  @Test func endsWhenItIsAskedToOrTheTimeIsUp() throws {
    let base = try TinyModel.base()
    let adapters = try Self.adapters(1, base)
    func blocks(_ options: FleetLatencyOptions, until stop: Int = .max) throws -> Int? {
      try FleetTiming.measure(base: base, adapters: adapters, options: options, team: WorkerTeam(threads: 1)) {
        $0.round < stop
      }?.first?.blocks
    }
    let short = Self.options([1]) {
      ($0.minimumRounds, $0.maximumRounds, $0.targetHalfWidth) = (3, 9, 1e9)
    }
    #expect(try blocks(short) == 12)
    #expect(try blocks(short, until: 2) == 8)
    var capped = short
    (capped.latency.targetHalfWidth, capped.latency.timeCap) = (0, 1e-9)
    capped.latency.minimumRounds = 5
    #expect(try blocks(capped) == 12)
    capped.latency.minimumRounds = 1
    #expect(try blocks(capped) == 4)
  }

  @Test func whatCannotBeMeasured() throws {
    let base = try TinyModel.base()
    let adapters = try Self.adapters(2, base)
    func refusal(_ options: FleetLatencyOptions) -> String {
      do {
        _ = try FleetTiming.measure(base: base, adapters: adapters, options: options, team: WorkerTeam(threads: 1))
        return "nothing"
      } catch { return "\(error)" }
    }
    #expect(refusal(Self.options([3])).contains("at least 3"))
    #expect(refusal(Self.options([0])).contains("1 to 16"))
    #expect(refusal(Self.options([17], mix: .identical)).contains("1 to 16"))
    #expect(refusal(Self.options([])).contains("adapters"))
    #expect(refusal(Self.options([2, 2])).contains("none twice"))
    #expect(refusal(Self.options([1]) { $0.promptLength = 64 }).contains("positions"))
    #expect(refusal(Self.options([1, 2])) == "nothing")
  }

  /// Copies of a trained adapter lie apart and differ, and the first is the adapter itself.
  @Test func copies() throws {
    let adapter = try Self.adapters(1, try TinyModel.base())[0]
    let copies = try FleetAdapters.copies(3, of: adapter)
    #expect(TinyModel.bits(copies[0]) == TinyModel.bits(adapter))
    #expect(Set(copies.map(TinyModel.bits)).count == 3)
    #expect(copies.allSatisfy { $0.specification == adapter.specification && $0 !== adapter })
  }
}
