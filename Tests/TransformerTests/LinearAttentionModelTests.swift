import Kernels
import Recipe
import Testing
import Transformer

/// Models in which linear attention stands in the attention's place, and attention is gated: decoding, states, bits, memory. Their
/// gradients are held against transformers' in `FamilyTests`.
@Suite struct LinearAttentionModelTests {
  private static func model(layers: Int = 4, recurring: [Int] = [0, 1, 3]) -> ModelConfiguration {
    var configuration = ModelConfiguration(
      vocabularySize: 211, hiddenSize: 48, layers: layers, heads: 6, kvHeads: 3, headSize: 20, intermediateSize: 100,
      maxPositions: 128)
    configuration.block.normalizesQueriesAndKeys = true
    configuration.block.normWeightOffset = 1
    configuration.block.gatesAttention = true
    configuration.block.linearAttention = LinearAttentions(
      shape: GatedDeltaShape(keyHeads: 2, valueHeads: 6, keySize: 12, valueSize: 20, width: 4), layers: recurring)
    return configuration
  }

  private static let wide = model()

  @Test(arguments: ProductArithmetic.allCases.filter(\.isAvailable))
  func sameBitsAtAnyNumberOfThreads(arithmetic: ProductArithmetic) throws {
    let configuration = Self.wide
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2, element: .bfloat16)
    let parts = [50, 33, 1, 2, 64].map { TinyModel.tokens($0 + 1, seed: UInt64($0), vocabulary: 211) }
    let batch = TokenBatch(
      sequences: parts.map { Array($0.dropLast()) },
      targets: parts.map { $0.dropFirst().enumerated().map { $0.offset % 4 == 1 ? -1 : $0.element } })
    var seen: [[UInt32]] = []
    for threads in 1...3 {
      let adapter = try TinyModel.adapter(configuration.linears.all, configuration, rank: 5, dropout: 0.1)
      let pass = try LoRATrainingPass(base: base, adapter: adapter, arithmetic: arithmetic)
      WorkerTeam(threads: threads).run { w in pass.lossAndGradients(batch, dropoutSeed: 1, step: 7, worker: w) }
      seen.append(
        adapter.modules.flatMap { $0.gradA.array + $0.gradB.array }.map(\.bitPattern) + [Float(pass.lossSum).bitPattern]
      )
    }
    #expect(seen[0] == seen[1] && seen[0] == seen[2])
  }

  /// The loss falls by what the gradients of all modules say that it falls by, whatever block a module is in.
  @Test func aStepAgainstTheGradientLowersTheLoss() throws {
    let configuration = Self.model(layers: 3, recurring: [0, 2])
    let base = try RandomWeights.model(configuration: configuration, seed: 4, deviation: 0.2)
    let tokens = TinyModel.tokens(24, vocabulary: 211)
    let batch = TokenBatch(sequences: [Array(tokens.dropLast())], targets: [Array(tokens.dropFirst())])
    for path in try configuration.linears.all.paths(in: configuration) {
      let adapter = try TinyModel.adapter(LoRASpecification(targets: [path], rank: 3, alpha: 5), configuration)
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      func loss() -> Double {
        WorkerTeam(threads: 2).run { w in pass.lossAndGradients(batch, worker: w) }
        return pass.lossSum / Double(pass.lossTokens)
      }
      let before = loss()
      let module = adapter.modules[0]
      let gradients = (module.gradA.array, module.gradB.array)
      let square = (gradients.0 + gradients.1).reduce(0.0) { $0 + Double($1) * Double($1) }
      // Short where the loss is steep: a norm of what is nearly nothing bends it.
      let step = Float(min(2e-3 / square.squareRoot(), 5e-4 / square))
      for (buffer, gradient) in [(module.a, gradients.0), (module.b, gradients.1)] {
        for index in 0..<buffer.count { buffer.pointer[index] += step * gradient[index] }
      }
      let after = loss()
      for (buffer, gradient) in [(module.a, gradients.0), (module.b, gradients.1)] {
        for index in 0..<buffer.count { buffer.pointer[index] -= 2 * step * gradient[index] }
      }
      let below = loss()
      let expected = 2 * Double(step) * square
      #expect(
        abs(after - below - expected) < 0.05 * expected + 2e-6,
        "\(path): \(after - below), not \(expected); at \(before)")
    }
  }

  /// Alone and in company, in prompts and in steps, and again after a slot went back.
  @Test(arguments: [1, 3, 6, 18])
  func decodingHasTheBitsOfAPass(slots: Int) throws {
    let configuration = Self.wide
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2, element: .bfloat16)
    let adapter = try TinyModel.adapter(configuration.linears.all, configuration, rank: 5)
    let team = WorkerTeam(threads: 2)
    let prompts = (0..<slots).map { TinyModel.tokens(1 + 29 * $0 % 70, seed: UInt64($0), vocabulary: 211) }
    let together = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 80, team: team)
    let logits = try together.prefill(prompts.enumerated().map { (slot: $0.offset, tokens: $0.element) })
    for (prompt, logits) in zip(prompts, logits) {
      #expect(try Scoring.logits(base: base, adapter: adapter, tokens: prompt, team: team).last == logits)
    }
    let steps = (0..<slots).reversed().map { (slot: $0, token: Int32($0 + 7)) }
    let stepped = try together.step(steps)
    let alone = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 80, team: team)
    for slot in 0..<slots {
      #expect(try alone.prefill(slot: 0, tokens: prompts[slot]) == logits[slot])
      alone.mark(slot: 0)
      for _ in 0..<2 {
        #expect(try alone.step([(slot: 0, token: Int32(slot + 7))])[0] == stepped[slots - 1 - slot])
        _ = try alone.step([(slot: 0, token: 3)])
        alone.rewind(slot: 0, to: prompts[slot].count)
      }
    }
  }

  /// A step's logits against those of a whole pass, position by position, and a slot that begins anew.
  @Test(arguments: [1, 6])
  func stepsEqualAPass(slots: Int) throws {
    let configuration = Self.wide
    // With weights twice as large steps and passes of all three instruction sets were up to 1.2e-4 apart, each from each: rounding, amplified.
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.1)
    let team = WorkerTeam(threads: 2)
    let decoder = try Decoder(base: base, adapter: nil, slots: slots, maxLength: 30, team: team)
    for seed in [3, 4] as [UInt64] {
      let tokens = TinyModel.tokens(20, seed: seed, vocabulary: 211)
      let expected = try Scoring.logits(base: base, adapter: nil, tokens: tokens, team: team)
      var found = [try decoder.prefill(slot: 0, tokens: [tokens[0]])]
      for token in tokens.dropFirst() { found += try decoder.step([(slot: 0, token: token)]) }
      for (place, (left, right)) in zip(found, expected).enumerated() {
        let difference = zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference < 1e-4, "\(difference) at \(place)")
      }
      #expect(found.count == tokens.count)
      decoder.reset(slot: 0)
    }
  }

  /// The memory that is foretold is what a run takes, whatever kinds of blocks lie below the adapter.
  @Test(arguments: [[0, 2], [1], [2], [0, 1]], [0, 1, 2])
  func memoryIsForetold(recurring: [Int], layer: Int) throws {
    let configuration = Self.model(layers: 3, recurring: recurring)
    let base = try TinyModel.base(configuration)
    let targets = configuration.modules(of: layer).map { ModulePath(layer: layer, module: $0) }.sorted()
    let specification = LoRASpecification(targets: targets, rank: 3, alpha: 3)
    let pass = try LoRATrainingPass(
      base: base, adapter: LoRAAdapter(specification: specification, configuration: configuration, seed: 1))
    let tokens = TinyModel.tokens(9)
    let batch = TokenBatch(
      sequences: [tokens, tokens], targets: [tokens.dropFirst() + [-1], tokens.dropFirst() + [-1]])
    WorkerTeam(threads: 1).run { w in pass.lossAndGradients(batch, worker: w) }
    #expect(
      TrainingMemory.activations(configuration: configuration, specification: specification, sequences: 2, length: 9)
        == pass.activationBytes)
  }

  @Test func shapesAreCheckedAndTrainingWholeIsRefused() throws {
    let configuration = Self.wide
    let base = try RandomWeights.model(configuration: configuration, seed: 1)
    #expect(base.parameterCount == configuration.parameterCount)
    #expect(configuration.modules(of: 2) == [.qProj, .kProj, .vProj, .oProj, .gateProj, .upProj, .downProj])
    #expect(
      configuration.modules(of: 0) == [.gateProj, .upProj, .downProj] + TargetGroup.linear.modules)
    #expect(configuration.linears.groups == TargetGroup.article + [.linear])
    #expect(throws: ModelError.self) { try TrainableModel(configuration: configuration, seed: 3) }
    for change in [
      { $0.layers = [4] }, { $0.layers = [1, 0] }, { $0.shape.valueHeads = 3 }, { $0.shape.width = 0 },
    ] as [(inout LinearAttentions) -> Void] {
      var other = configuration
      var linear = try #require(other.block.linearAttention)
      change(&linear)
      other.block.linearAttention = linear
      #expect(throws: ModelError.self) { try other.validate() }
    }
    #expect(throws: AdapterError.absentModule(path: ModulePath(layer: 0, module: .oProj))) {
      try LoRASpecification(targets: [ModulePath(layer: 0, module: .oProj)], rank: 2, alpha: 3).validate(
        in: configuration)
    }
  }
}
