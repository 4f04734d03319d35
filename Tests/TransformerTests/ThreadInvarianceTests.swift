import Kernels
import Recipe
import Testing
import Transformer

/// The same bits at any number of threads.
@Suite struct ThreadInvarianceTests {
  private let configuration = ModelConfiguration(
    vocabularySize: 211, hiddenSize: 48, layers: 3, heads: 6, kvHeads: 3, headSize: 20, intermediateSize: 100,
    tieWordEmbeddings: true, maxPositions: 128)

  private func batch() -> TokenBatch {
    let parts = [50, 33, 1, 64].map { TinyModel.tokens($0 + 1, seed: UInt64($0), vocabulary: 211) }
    return TokenBatch(
      sequences: parts.map { Array($0.dropLast()) },
      targets: parts.map { $0.dropFirst().enumerated().map { $0.offset % 4 == 1 ? -1 : $0.element } })
  }

  @Test(arguments: [Float(0), 0.1], ProductArithmetic.allCases.filter(\.isAvailable))
  func adapterGradients(dropout: Float, arithmetic: ProductArithmetic) throws {
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2, element: .bfloat16)
    let batch = batch()
    var seen: [[UInt32]] = []
    for threads in 1...3 {
      let adapter = try TinyModel.adapter(
        Targets.all, configuration, rank: 5, dropout: dropout)
      let pass = try LoRATrainingPass(base: base, adapter: adapter, arithmetic: arithmetic)
      WorkerTeam(threads: threads).run { w in pass.lossAndGradients(batch, dropoutSeed: 1, step: 7, worker: w) }
      let gradients = adapter.modules.flatMap { $0.gradA.array + $0.gradB.array }.map(\.bitPattern)
      seen.append(gradients + [Float(pass.lossSum).bitPattern])
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0] == seen[2])
  }

  @Test func allGradients() throws {
    let batch = batch()
    var seen: [[UInt32]] = []
    for threads in 1...3 {
      let model = try TrainableModel(configuration: configuration, seed: 3)
      let pass = FullTrainingPass(model: model)
      WorkerTeam(threads: threads).run { w in pass.lossAndGradients(batch, worker: w) }
      seen.append(
        model.tensors.flatMap { tensor in
          UnsafeBufferPointer(start: tensor.gradients, count: tensor.count).map(\.bitPattern)
        })
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0] == seen[2])
  }

  @Test(arguments: [1, 6, 18])
  func decoding(slots: Int) throws {
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2)
    let adapter = try TinyModel.adapter([.qkv, .fc1], configuration)
    let prompt = TinyModel.tokens(17, vocabulary: 211)
    var seen: [[[Float]]] = []
    for threads in 1...3 {
      let decoder = try Decoder(
        base: base, adapter: adapter, slots: slots, maxLength: 40, team: WorkerTeam(threads: threads))
      var logits = [try decoder.prefill(slot: 0, tokens: prompt)]
      for token in prompt { logits += try decoder.step([(slot: 0, token: token)]) }
      seen.append(logits)
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0] == seen[2])
  }

  /// A sequence's logits have the same bits alone and in company, in prompts and in steps.
  @Test(arguments: [3, 6, 18])
  func company(slots: Int) throws {
    var configuration = configuration
    configuration.intermediateSize = 530
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2, element: .bfloat16)
    let adapter = try TinyModel.adapter(Targets.all, configuration, rank: 5)
    let team = WorkerTeam(threads: 2)
    let prompts = (0..<slots).map { TinyModel.tokens(3 + 29 * $0 % 70, seed: UInt64($0), vocabulary: 211) }
    let together = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 80, team: team)
    let logits = try together.prefill(prompts.enumerated().map { (slot: $0.offset, tokens: $0.element) })
    let stepped = try together.step((0..<slots).reversed().map { (slot: $0, token: Int32($0 + 7)) })
    let alone = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 80, team: team)
    for slot in 0..<slots {
      #expect(try alone.prefill(slot: 0, tokens: prompts[slot]) == logits[slot])
      #expect(try alone.step([(slot: 0, token: Int32(slot + 7))])[0] == stepped[slots - 1 - slot])
    }
  }
}
