import Kernels
import Recipe
import Testing
import Transformer

/// How batches are put together must not matter.
@Suite struct BatchTests {
  private let configuration = TinyModel.configuration()
  private let team = WorkerTeam(threads: 2)

  private func gradients(_ adapter: LoRAAdapter) -> [Float] {
    adapter.modules.flatMap { $0.gradA.array + $0.gradB.array }
  }

  private func sequences() -> [TokenBatch] {
    [6, 4, 1, 0, 9].map { count in
      let tokens = TinyModel.tokens(count + 1, seed: UInt64(count))
      return TokenBatch(sequences: [Array(tokens.dropLast())], targets: [Array(tokens.dropFirst())])
    }
  }

  @Test func packedEqualsAccumulatedSingles() throws {
    let base = try TinyModel.base(configuration)
    let adapter = try TinyModel.adapter(Targets.all, configuration)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let parts = sequences()
    let packed = TokenBatch(sequences: parts.map(\.tokens), targets: parts.map(\.targets))
    team.run { w in pass.lossAndGradients(packed, worker: w) }
    let whole = gradients(adapter)
    let loss = pass.lossSum
    #expect(pass.lossTokens == 20)
    var sum = 0.0
    for (index, part) in parts.enumerated() {
      team.run { w in
        pass.lossAndGradients(part, lossScaleTokens: packed.lossTokens, accumulate: index > 0, worker: w)
      }
      sum += pass.lossSum
    }
    #expect(abs(sum - loss) < 1e-4)
    for (one, other) in zip(whole, gradients(adapter)) { #expect(abs(one - other) < 2e-5) }
  }

  @Test func fullTrainingAccumulates() throws {
    let model = try TrainableModel(copying: TinyModel.base(configuration))
    let pass = FullTrainingPass(model: model)
    func gradients() -> [Float] {
      model.tensors.flatMap { Array(UnsafeBufferPointer(start: $0.gradients, count: $0.count)) }
    }
    let parts = sequences()
    let packed = TokenBatch(sequences: parts.map(\.tokens), targets: parts.map(\.targets))
    team.run { w in pass.lossAndGradients(packed, worker: w) }
    let whole = gradients()
    for (index, part) in parts.enumerated() {
      team.run { w in
        pass.lossAndGradients(part, lossScaleTokens: packed.lossTokens, accumulate: index > 0, worker: w)
      }
    }
    for (one, other) in zip(whole, gradients()) { #expect(abs(one - other) < 5e-5) }
  }

  @Test func withoutLossGradientsAreZero() throws {
    let base = try TinyModel.base(configuration)
    let adapter = try TinyModel.adapter(Targets.qkv, configuration)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let batch = TinyModel.batch()
    team.run { w in pass.lossAndGradients(batch, worker: w) }
    #expect(gradients(adapter).contains { $0 != 0 })
    let silent = TokenBatch(
      tokens: batch.tokens, targets: batch.tokens.map { _ in -1 }, sequenceStarts: batch.sequenceStarts)
    team.run { w in pass.lossAndGradients(silent, worker: w) }
    #expect(pass.lossSum == 0 && pass.lossTokens == 0)
    #expect(gradients(adapter).allSatisfy { $0 == 0 })
  }

  /// More head rows than one chunk of logits holds.
  @Test func logitsInChunks() throws {
    var configuration = configuration
    configuration.maxPositions = 512
    let base = try TinyModel.base(configuration)
    let adapter = try TinyModel.adapter(Targets.oProj, configuration)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let parts = (0..<6).map { TinyModel.tokens(258, seed: UInt64(50 + $0)) }
    let packed = TokenBatch(
      sequences: parts.map { Array($0.dropLast()) },
      targets: parts.map { $0.dropFirst().enumerated().map { $0.offset % 5 == 0 ? -1 : $0.element } })
    #expect(packed.lossTokens > 1024)
    team.run { w in pass.lossAndGradients(packed, worker: w) }
    let reference = ReferenceModel(base: base, adapter: adapter)
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - reference.loss(packed)) < 1e-5)
  }

  @Test func refusals() {
    func message(_ batch: TokenBatch) -> String {
      do { try batch.check(in: configuration) } catch { return "\(error)" }
      return ""
    }
    #expect(message(TinyModel.batch()).isEmpty)
    #expect(message(TokenBatch(nextTokensOf: [1, 2, 13])).contains("token id 13 at position 2"))
    #expect(message(TokenBatch(nextTokensOf: [1, -2])).contains("token id -2 at position 1"))
    #expect(message(TokenBatch(nextTokensOf: TinyModel.tokens(65))).contains("65 tokens, the model takes at most 64"))
    #expect(message(TokenBatch(tokens: [1, 2], targets: [2], sequenceStarts: [0, 2])).contains("packing"))
    #expect(message(TokenBatch(tokens: [1, 2], targets: [2, -1], sequenceStarts: [0, 3])).contains("packing"))
  }
}
