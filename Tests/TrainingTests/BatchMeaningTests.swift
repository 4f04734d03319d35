import Kernels
import Recipe
import Testing
import Training
import Transformer

/// What a step is the mean of: tokens, not batches; each example by itself, however they lie in memory.
@Suite struct BatchMeaningTests {
  /// Answers of 1 and of 20 tokens, and a third of 6.
  private func uneven() -> [TokenizedExample] {
    var generator = SplitMix64(seed: 9)
    return [(6, 5), (24, 4), (10, 4)].enumerated().map { index, shape in
      TokenizedExample(
        tokens: (0..<shape.0).map { _ in Int32(generator.below(TinyModel.configuration.vocabularySize)) },
        lossStart: shape.1, exampleIndex: index)
    }
  }

  private func run(
    _ data: [TokenizedExample], steps: Int = 1, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (records: [StepRecord], adapter: LoRAAdapter) {
    let adapter = try TinyModel.adapter()
    let options = TinyModel.options(steps: steps) {
      $0.shuffle = false
      change(&$0)
    }
    let trainer = try Trainer(
      base: try TinyModel.base(), adapter: adapter, data: data, options: options, team: WorkerTeam(threads: 1))
    return (try (0..<steps).map { _ in try trainer.step() }, adapter)
  }

  /// Two or three examples in one batch, and one at a time; of three by two, the last window is short.
  @Test(arguments: [2, 3]) func accumulationWeighsTokens(count: Int) throws {
    let data = Array(uneven().prefix(count))
    let steps = 2
    let whole = try run(data, steps: steps) { $0.batchSize = 2 }
    let parts = try run(data, steps: steps) {
      $0.batchSize = 1
      $0.gradientAccumulation = 2
    }
    for (one, other) in zip(whole.records, parts.records) {
      #expect(one.lossTokens == other.lossTokens)
      #expect(abs(one.loss - other.loss) < 1e-6 * one.loss)
      #expect(abs(one.gradientNorm - other.gradientNorm) < 1e-5 * one.gradientNorm)
    }
    for (one, other) in zip(whole.adapter.modules, parts.adapter.modules) {
      for (a, b) in zip(one.b.array + one.a.array, other.b.array + other.a.array) { #expect(abs(a - b) < 1e-6) }
    }
  }

  /// Packed behind each other, examples neither see each other nor move each other's positions.
  @Test func packedExamplesAreApart() throws {
    let data = uneven()
    func sum(_ record: StepRecord) -> Double { record.loss * Double(record.lossTokens) }
    let alone = try data.map { sum(try run([$0]) { $0.batchSize = 1 }.records[0]) }
    for packing in [true, false] {
      for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let together = try run(order.map { data[$0] }) {
          $0.batchSize = 3
          $0.packing = packing
          $0.sequenceLength = 64
        }
        let expected = order.reduce(0) { $0 + alone[$1] }
        #expect(abs(sum(together.records[0]) - expected) < 1e-6 * expected, "packing \(packing), \(order)")
      }
    }
  }

  /// A warm-up begins at 0, as transformers' schedules do, whose losses ours are held to; without one the first step has the whole rate.
  @Test func ratesRiseThroughTheWarmUp() throws {
    let rates = try run(uneven(), steps: 4) {
      $0.schedule = .cosine
      $0.warmupSteps = 3
    }.records.map(\.learningRate)
    #expect(rates[0] == 0 && rates[0] < rates[1] && rates[1] < rates[2])
    let without = try run(uneven(), steps: 4) { $0.schedule = .cosine }.records.map(\.learningRate)
    #expect(without[0] == 1e-2)
  }
}
