import Kernels
import Recipe
import Testing
import Transformer

/// Models in which short convolutions stand in the attention's place: gradients, decoding, bits.
@Suite struct ShortConvolutionModelTests {
  /// Compares some elements of each gradient with central differences of the Double reference.
  private func check(
    _ adapter: LoRAAdapter, base: BaseModel, batch: TokenBatch, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    WorkerTeam(threads: 2).run { w in pass.lossAndGradients(batch, worker: w) }
    let reference = ReferenceModel(base: base, adapter: adapter)
    #expect(
      abs(pass.lossSum / Double(pass.lossTokens) - reference.loss(batch)) < 1e-5, sourceLocation: sourceLocation)
    for module in adapter.modules {
      for case (let gradient?, let part) in [(module.gradA, "A"), (module.gradB, "B"), (module.gradMagnitude, "m")] {
        let name = "\(module.path).\(part)"
        let indices = Array(stride(from: 0, to: gradient.count, by: max(1, gradient.count / 7)))
        let slopes = reference.slopes(of: name, at: indices, batch)
        let size = max(slopes.map(abs).max() ?? 0, 1e-3)
        for (index, slope) in zip(indices, slopes) {
          #expect(
            abs(Double(gradient.array[index]) - slope) < 3e-5 * size + 1e-6, "\(name)[\(index)]",
            sourceLocation: sourceLocation)
        }
      }
    }
  }

  /// Two packed sequences: what is convolved does not cross from one into the other.
  @Test(arguments: [
    "conv", "qkv+conv", "o_proj+fc2", "qkv+o_proj+fc1+fc2+conv", "conv.in_proj", "conv.out_proj@last:1",
  ])
  func gradients(targets: String) throws {
    let configuration = TinyModel.hybrid()
    let base = try TinyModel.base(configuration)
    try check(try TinyModel.adapter(Targets(parsing: targets), configuration), base: base, batch: TinyModel.batch())
  }

  /// The lowest adapted block is of one kind, those below it, which use its room, of both.
  @Test(arguments: [[0], [1], [0, 1], [0, 1, 2, 3]], [LinearModule.downProj, .upProj])
  func layersBelowUseTheSameRoom(convolving: [Int], module: LinearModule) throws {
    let configuration = TinyModel.hybrid(4, convolving: convolving, width: 4)
    let specification = LoRASpecification(targets: [ModulePath(layer: 2, module: module)], rank: 2, alpha: 4)
    try check(
      TinyModel.adapter(specification, configuration), base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  @Test func magnitudesAndEveryPosition() throws {
    let configuration = TinyModel.hybrid(convolving: [1, 2])
    let base = try TinyModel.base(configuration)
    try check(TinyModel.doraAdapter(base), base: base, batch: TinyModel.batch(lossFrom: (0, 0)))
  }

  /// The memory that is foretold is what a run takes, whatever kinds of blocks lie below the adapter.
  @Test(arguments: [[0, 2], [1], [2], [0, 1]], [0, 1, 2])
  func memoryIsForetold(convolving: [Int], layer: Int) throws {
    let configuration = TinyModel.hybrid(convolving: convolving)
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

  private static let wide: ModelConfiguration = {
    var configuration = ModelConfiguration(
      vocabularySize: 211, hiddenSize: 48, layers: 4, heads: 6, kvHeads: 3, headSize: 20, intermediateSize: 100,
      maxPositions: 128)
    configuration.block.normalizesQueriesAndKeys = true
    configuration.block.shortConvolution = ShortConvolutions(width: 3, layers: [0, 1, 3])
    return configuration
  }()

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
      for _ in 0..<2 {
        #expect(try alone.step([(slot: 0, token: Int32(slot + 7))])[0] == stepped[slots - 1 - slot])
        _ = try alone.step([(slot: 0, token: 3)])
        alone.rewind(slot: 0, to: prompts[slot].count)
      }
    }
  }

  /// A step's logits against those of a whole pass, position by position.
  @Test(arguments: [1, 6])
  func stepsEqualAPass(slots: Int) throws {
    let configuration = Self.wide
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2)
    let tokens = TinyModel.tokens(20, vocabulary: 211)
    let team = WorkerTeam(threads: 2)
    let expected = try Scoring.logits(base: base, adapter: nil, tokens: tokens, team: team)
    let decoder = try Decoder(base: base, adapter: nil, slots: slots, maxLength: 30, team: team)
    var found = [try decoder.prefill(slot: 0, tokens: [tokens[0]])]
    for token in tokens.dropFirst() { found += try decoder.step([(slot: 0, token: token)]) }
    for (left, right) in zip(found, expected) {
      #expect(zip(left, right).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    #expect(found.count == tokens.count)
  }

  @Test func shapesAreCheckedAndTrainingWholeIsRefused() throws {
    let configuration = TinyModel.hybrid()
    let base = try RandomWeights.model(configuration: configuration, seed: 1)
    #expect(base.parameterCount == configuration.parameterCount)
    #expect(configuration.modules(of: 1) == [.qProj, .kProj, .vProj, .oProj, .gateProj, .upProj, .downProj])
    #expect(configuration.modules(of: 2) == [.gateProj, .upProj, .downProj, .convInProj, .convOutProj])
    #expect(configuration.linears.groups == TargetGroup.article + [.conv])
    #expect(throws: ModelError.self) { try TrainableModel(configuration: configuration, seed: 3) }
    for wrong in [
      ShortConvolutions(width: 0, layers: [0]), .init(width: 3, layers: [3]), .init(width: 3, layers: [2, 0]),
    ] {
      var other = configuration
      other.block.shortConvolution = wrong
      #expect(throws: ModelError.self) { try other.validate() }
    }
    #expect(throws: AdapterError.absentModule(path: ModulePath(layer: 0, module: .oProj))) {
      try LoRASpecification(targets: [ModulePath(layer: 0, module: .oProj)], rank: 2, alpha: 3).validate(
        in: configuration)
    }
  }
}
