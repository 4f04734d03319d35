import Recipe
import Testing
import Training
import Transformer

/// What a run is told to need of memory before anything of it is allocated.
@Suite struct RunMemoryTests {
  private let shape = ModelConfiguration(
    vocabularySize: 13, hiddenSize: 10, layers: 2, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
    ropeTheta: 100, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 64)

  private func memory(_ specification: LoRASpecification, prompts: [Int]) -> RunMemory {
    RunMemory(
      specification: specification, configuration: shape, sequences: 2, length: 8, prompts: prompts, maxNewTokens: 5)
  }

  /// A decoder of as many answers as are written together, a pass over the prompts and the adapter's copies, and nothing for what prompts
  /// begin with alike: that is kept only where there is room.
  @Test(arguments: [false, true]) func scoringNeedsADecoderAPassAndCopies(useDoRA: Bool) throws {
    let specification = try LoRASpecification(targets: .all, in: shape, rank: 3, alpha: 5, useDoRA: useDoRA)
    for (prompts, slots) in [([20, 9], 16), (Array(repeating: 20, count: 17), 17)] {
      let need = memory(specification, prompts: prompts)
      let decoder = InferenceMemory.decoder(shape, slots: slots, maxLength: 24, adapters: [specification])
      let pass = InferenceMemory.forward(
        shape, tokens: prompts.reduce(0, +), headRows: slots, longest: 20, adapters: [specification])
      #expect(need.evaluation == decoder + pass + InferenceMemory.copies(of: specification, in: shape))
      #expect(need.total == need.adapter + need.activations + need.evaluation)
    }
    #expect(memory(specification, prompts: []).evaluation == 0)
  }
}
