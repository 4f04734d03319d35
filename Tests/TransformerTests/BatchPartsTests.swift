import Kernels
import Recipe
import Testing
import Transformer

/// Large batches go through the model in parts.
@Suite struct BatchPartsTests {
  private func batch(_ lengths: [Int], vocabulary: Int = 13) -> TokenBatch {
    let sequences = lengths.enumerated().map {
      TinyModel.tokens($0.element + 1, seed: UInt64($0.offset), vocabulary: vocabulary)
    }
    return TokenBatch(
      sequences: sequences.map { Array($0.dropLast()) },
      targets: sequences.map { $0.dropFirst().enumerated().map { $0.offset % 3 == 1 ? -1 : $0.element } })
  }

  @Test(arguments: [
    ([512], [512]), ([600], [600]), ([256, 256, 256, 256], [512, 512]), ([2000, 10], [2000, 10]),
    ([10, 2000], [10, 2000]), ([120, 120, 120, 120, 120, 120, 120, 120, 120], [480, 600]),
    ([0, 700, 0, 700], [700, 700]),
    ([], [0]),
  ]) func wholeSequences(lengths: [Int], sizes: [Int]) {
    let batch = batch(lengths)
    let parts = batch.parts(in: TinyModel.configuration())
    #expect(parts.map(\.tokens.count) == sizes)
    #expect(parts.flatMap(\.tokens) == batch.tokens)
    #expect(parts.flatMap(\.targets) == batch.targets)
    #expect(parts.reduce(0) { $0 + $1.sequences } == batch.sequences)
    for part in parts { #expect(part.sequenceStarts.last == Int32(part.tokens.count)) }
  }

  @Test func imagesStayWithTheirSequences() {
    var configuration = TinyModel.configuration()
    configuration.vision = VisionConfiguration(
      imageSize: 8, patchSize: 2, hiddenSize: 4, layers: 1, heads: 1, intermediateSize: 4, scaleFactor: 2, imageToken: 7
    )
    let pictures = (0..<3).map { PixelValues(size: 8, values: [Float](repeating: Float($0), count: 192)) }
    let image = [Int32](repeating: 7, count: 4)
    let text = [Int32](repeating: 1, count: 600)
    let sequences = [image + text, text + image + image]
    let batch = TokenBatch(sequences: sequences, targets: sequences, images: pictures)
    let parts = batch.parts(in: configuration)
    #expect(parts.map(\.images) == [[pictures[0]], [pictures[1], pictures[2]]])
  }

  /// Gradients and loss are those of the sequences one by one, added up.
  @Test func gradientsAddUp() throws {
    var configuration = TinyModel.configuration()
    configuration.maxPositions = 512
    let base = try TinyModel.base(configuration)
    let lengths = [300, 200, 1, 310, 190]
    let batch = batch(lengths)
    let whole = try TinyModel.adapter(Targets.all, configuration)
    let wholePass = try LoRATrainingPass(base: base, adapter: whole)
    let team = WorkerTeam(threads: 2)
    team.run { w in wholePass.lossAndGradients(batch, worker: w) }
    let single = try TinyModel.adapter(Targets.all, configuration)
    let singlePass = try LoRATrainingPass(base: base, adapter: single)
    var loss = 0.0
    for index in lengths.indices {
      let range = Int(batch.sequenceStarts[index])..<Int(batch.sequenceStarts[index + 1])
      let part = TokenBatch(
        sequences: [Array(batch.tokens[range])], targets: [Array(batch.targets[range])])
      team.run { w in
        singlePass.lossAndGradients(
          part, lossScaleTokens: batch.lossTokens, accumulate: index > 0, worker: w)
      }
      loss += singlePass.lossSum
    }
    #expect(wholePass.lossTokens == batch.lossTokens)
    #expect(abs(wholePass.lossSum - loss) < 1e-4 * loss)
    for (a, b) in zip(whole.modules, single.modules) {
      for (got, wanted) in [(a.gradA.array, b.gradA.array), (a.gradB.array, b.gradB.array)] {
        let norm = wanted.reduce(0) { $0 + $1 * $1 }
        let difference = zip(got, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(norm > 0 && difference < 1e-8 * norm)
      }
    }
  }
}
