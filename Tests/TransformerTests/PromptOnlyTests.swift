import Kernels
import Recipe
import Testing
import Transformer

/// Adapters that act on prompts alone: training against the Double reference, whose adapter is masked by position, and decoding against the
/// full forward pass with the same mask.
@Suite struct PromptOnlyTests {
  private let team = WorkerTeam(threads: 2)

  private static func promptOnly(
    _ targets: Targets, _ configuration: ModelConfiguration, rank: Int = 3, dropout: Float = 0, seed: UInt64 = 5
  ) throws -> LoRAAdapter {
    try TinyModel.adapter(targets, configuration, rank: rank, dropout: dropout, seed: seed).acting(promptOnly: true)
  }

  /// Rows up to the first that predicts something, of each sequence.
  private static func hasAdapter(_ batch: TokenBatch) -> [Bool] {
    zip(batch.sequenceStarts, batch.sequenceStarts.dropFirst()).flatMap { start, end in
      var isOn = true
      return (Int(start)..<Int(end)).map { row in
        defer { if batch.targets[row] >= 0 { isOn = false } }
        return isOn
      }
    }
  }

  /// The reference whose adapter's inputs are zero elsewhere.
  private static func reference(_ base: BaseModel, _ adapter: LoRAAdapter, _ batch: TokenBatch) -> ReferenceModel {
    var reference = ReferenceModel(base: base, adapter: adapter)
    for module in adapter.modules {
      reference.masks[module.path] = hasAdapter(batch).flatMap { isOn in
        [Double](repeating: isOn ? 1 : 0, count: module.columns)
      }
    }
    return reference
  }

  private func check(
    _ adapter: LoRAAdapter, base: BaseModel, batch: TokenBatch, reference: ReferenceModel? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    // The first call's gradients must not leak into the second's.
    for _ in 0..<2 { team.run { w in pass.lossAndGradients(batch, dropoutSeed: 11, step: 4, worker: w) } }
    let reference = reference ?? Self.reference(base, adapter, batch)
    let loss = pass.lossSum / Double(pass.lossTokens)
    #expect(abs(loss - reference.loss(batch)) < 1e-5, sourceLocation: sourceLocation)
    for module in adapter.modules {
      for (gradient, name) in [(module.gradA, "A"), (module.gradB, "B")] {
        let stride = max(1, gradient.count / 9)
        let indices = Array(Swift.stride(from: 0, to: gradient.count, by: stride)) + [gradient.count - 1]
        let expected = reference.slopes(of: "\(module.path).\(name)", at: indices, batch)
        let size = max(expected.map(abs).max() ?? 0, 1e-3)
        for (index, slope) in zip(indices, expected) {
          #expect(
            abs(Double(gradient.array[index]) - slope) < 3e-5 * size + 1e-6,
            "\(module.path).\(name)[\(index)]: \(gradient.array[index]) for \(slope)", sourceLocation: sourceLocation)
        }
      }
    }
    guard adapter.specification.dropout == 0 else { return }
    team.run { w in pass.loss(batch, worker: w) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - loss) < 1e-6, sourceLocation: sourceLocation)
  }

  // MARK: Training

  @Test(arguments: Targets.fifteen) func everyCombination(_ targets: Targets) throws {
    let configuration = TinyModel.configuration()
    try check(
      Self.promptOnly(targets, configuration), base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  @Test(arguments: [0, 1, 2], [LinearModule.vProj, .oProj, .upProj, .downProj])
  func oneLayerOnly(_ layer: Int, _ module: LinearModule) throws {
    let configuration = TinyModel.configuration(layers: 3)
    let specification = LoRASpecification(targets: [ModulePath(layer: layer, module: module)], rank: 2, alpha: 4)
    try check(
      TinyModel.adapter(specification, configuration).acting(promptOnly: true),
      base: TinyModel.base(configuration), batch: TinyModel.batch())
  }

  /// Norms of every kind, fused weights, biases: whatever the block is made of.
  @Test(arguments: [
    BlockDescription(normalizesOutputs: true, normalizesQueriesAndKeys: true, layers: []),
    BlockDescription(fusesQKV: true, feedForward: .plain, biases: [.qkvProj, .oProj, .downProj]),
  ]) func everyBlock(_ block: BlockDescription) throws {
    let configuration = ModelConfiguration(
      vocabularySize: 13, hiddenSize: 12, layers: 2, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
      ropeTheta: 100, maxPositions: 64, block: block)
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let batch = TinyModel.batch()
    team.run { w in pass.lossAndGradients(batch, worker: w) }
    let loss = { (value: Float, buffer: FloatBuffer, index: Int) -> Double in
      let kept = buffer.pointer[index]
      buffer.pointer[index] = value
      team.run { w in pass.loss(batch, worker: w) }
      buffer.pointer[index] = kept
      return pass.lossSum / Double(pass.lossTokens)
    }
    // Single precision and wide steps: a wrong row would be off by far more.
    for module in adapter.modules {
      for (values, gradient) in [(module.a, module.gradA), (module.b, module.gradB)] {
        let slopes = gradient.array
        let size = Double(slopes.map(abs).max() ?? 0)
        for index in stride(from: 0, to: values.count, by: max(1, values.count / 5)) {
          let step: Float = 0.02
          let (up, down) = (values.pointer[index] + step, values.pointer[index] - step)
          let slope = (loss(up, values, index) - loss(down, values, index)) / Double(up - down)
          #expect(abs(slope - Double(slopes[index])) < 0.02 * size + 2e-4, "\(module.path)[\(index)]")
        }
      }
    }
  }

  /// One example of a conversation: what follows its first answer counts as completion, further questions too.
  @Test func everythingAfterTheFirstAnswerIsCompletion() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let tokens = TinyModel.tokens(12, seed: 6)
    var targets = tokens.dropFirst() + [-1]
    for row in Array(0..<3) + Array(5..<8) { targets[targets.startIndex + row] = -1 }
    let batch = TokenBatch(sequences: [tokens, TinyModel.tokens(5)], targets: [Array(targets), [-1, -1, -1, 2, -1]])
    #expect(
      Self.hasAdapter(batch) == Array(repeating: true, count: 4) + Array(repeating: false, count: 8) + [
        true, true, true, true, false,
      ])
    try check(adapter, base: base, batch: batch)
    // A sequence without loss has no part in it.
    let silent = TokenBatch(
      sequences: [TinyModel.tokens(4), tokens], targets: [[-1, -1, -1, -1], Array(targets)])
    try check(adapter, base: base, batch: silent)
  }

  @Test func dropoutDropsWhatItDropsElsewhere() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly([.qkv, .fc1], configuration, dropout: 0.4)
    // Every row is a head row, so that rows are counted alike in all blocks.
    let batch = TinyModel.batch(lossFrom: (0, 0))
    var reference = Self.reference(base, adapter, batch)
    for module in adapter.modules {
      let mask = FloatBuffer([Float](repeating: 1, count: batch.tokens.count * module.columns))
      let rows = Rows(mask.pointer, rows: batch.tokens.count, columns: module.columns)
      let stream = UInt64(module.path.layer) * 7 + module.path.module.stream
      WorkerTeam(threads: 1).run { w in
        Dropout.apply(w, rows, into: rows, rate: 0.4, seed: 11, step: 4, stream: stream)
      }
      let own = reference.masks[module.path] ?? []
      reference.masks[module.path] = zip(mask.array, own).map { Double($0) * $1 }
    }
    try check(adapter, base: base, batch: batch, reference: reference)
  }

  /// Where all of a sequence is prompt but what its last position predicts, it is the adapter that always acts.
  @Test func oneAnswerTokenNeedsNoMask() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let always = try TinyModel.adapter(Targets.all, configuration)
    let batch = TokenBatch(
      sequences: [TinyModel.tokens(6), TinyModel.tokens(4, seed: 8)],
      targets: [[-1, -1, -1, -1, -1, 7], [-1, -1, -1, 3]])
    func gradients(_ adapter: LoRAAdapter) throws -> [[Float]] {
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      team.run { w in pass.lossAndGradients(batch, worker: w) }
      return [[Float(pass.lossSum)]] + adapter.modules.flatMap { [$0.gradA.array, $0.gradB.array] }
    }
    for (one, other) in zip(try gradients(always), try gradients(Self.promptOnly(Targets.all, configuration))) {
      #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  /// Several parts, any number of threads: the same bits; and the sum of what the sequences have alone.
  @Test func bitsDoNotDependOnThreads() throws {
    let configuration = ModelConfiguration(
      vocabularySize: 13, hiddenSize: 12, layers: 2, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
      ropeTheta: 100, maxPositions: 600)
    let base = try TinyModel.base(configuration)
    let sequences = (0..<24).map { TinyModel.tokens(20 + $0 * 7 % 60, seed: UInt64(30 + $0)) }
    let targets = sequences.enumerated().map { index, tokens in
      tokens.indices.map { $0 >= tokens.count / 2 + index % 5 && $0 + 1 < tokens.count ? tokens[$0 + 1] : -1 }
    }
    let batch = TokenBatch(sequences: sequences, targets: targets)
    #expect(batch.parts(in: configuration).count > 1)
    func run(_ batches: [TokenBatch], threads: Int) throws -> (loss: Double, gradients: [[Float]]) {
      let adapter = try Self.promptOnly(Targets.all, configuration)
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      var sum = 0.0
      for (index, own) in batches.enumerated() {
        WorkerTeam(threads: threads).run { w in
          pass.lossAndGradients(own, lossScaleTokens: batch.lossTokens, accumulate: index > 0, worker: w)
        }
        sum += pass.lossSum
      }
      return (sum, adapter.modules.flatMap { [$0.gradA.array, $0.gradB.array] })
    }
    let one = try run([batch], threads: 1)
    for threads in [2, 3] {
      let other = try run([batch], threads: threads)
      #expect(one.loss.bitPattern == other.loss.bitPattern && one.gradients == other.gradients)
    }
    let alone = try run(zip(sequences, targets).map { TokenBatch(sequences: [$0], targets: [$1]) }, threads: 2)
    #expect(abs(alone.loss - one.loss) < 1e-3)
    for (a, b) in zip(alone.gradients, one.gradients) {
      let size = b.map(abs).max() ?? 0
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * size + 1e-6 })
    }
  }

  @Test func whatItNeedsIsForetold() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let tokens = TinyModel.tokens(30)
    team.run { w in
      pass.lossAndGradients(
        TokenBatch(sequences: [tokens], targets: [Array(repeating: -1, count: 29) + [4]]), worker: w)
    }
    let foretold = TrainingMemory.activations(
      configuration: configuration, specification: adapter.specification, sequences: 1, length: 30)
    let always = TrainingMemory.activations(
      configuration: configuration,
      specification: try TinyModel.adapter(Targets.all, configuration).specification, sequences: 1, length: 30)
    #expect(pass.activationBytes <= foretold && always < foretold)
  }

  // MARK: Decoding

  /// Logits after every token with the adapter on so many: each from a full pass of its own.
  private func full(
    _ base: BaseModel, _ adapter: LoRAAdapter, _ tokens: [Int32], prompt: Int
  ) throws -> [[Float]] {
    try Scoring.logits(base: base, adapter: adapter, tokens: tokens, promptTokens: prompt, team: team)
  }

  private func expectClose(_ one: [Float], _ other: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    let difference = zip(one, other).map { abs($0 - $1) }.max() ?? .infinity
    #expect(one.count == other.count && difference < 2e-4, sourceLocation: sourceLocation)
  }

  @Test(arguments: [0, 1, 4, 8, 9]) func scoringIsTheReference(prompt: Int) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let tokens = TinyModel.tokens(9)
    var reference = ReferenceModel(base: base, adapter: adapter)
    for module in adapter.modules {
      reference.masks[module.path] = (0..<9).flatMap { [Double](repeating: $0 < prompt ? 1 : 0, count: module.columns) }
    }
    let logits = try full(base, adapter, tokens, prompt: prompt)
    for (row, other) in zip(logits, reference.logits(tokens, starts: [0, 9])) {
      expectClose(row, other.map(Float.init))
    }
    let scores = try Scoring.logProbabilities(
      base: base, adapter: adapter, tokens: tokens, promptTokens: prompt, team: team)
    let loss = reference.loss(TokenBatch(nextTokensOf: tokens))
    #expect(abs(Double(-scores.reduce(0, +)) / 8 - loss) < 1e-5)
  }

  @Test(arguments: [1, 3, 6, 20]) func stepsEqualTheFullForward(slots: Int) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let count = min(slots, 6)
    let sequences = (0..<count).map { TinyModel.tokens(12 + $0, seed: UInt64(20 + $0)) }
    let full = try sequences.indices.map { try self.full(base, adapter, sequences[$0], prompt: 4 + $0) }
    let own = try Decoder(base: base, adapters: [adapter], slots: slots, maxLength: 20, team: team)
    let one = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 20, team: team)
    let prompts = sequences.indices.map {
      (slot: $0, prompt: AdaptedPrompt(Prompt(tokens: Array(sequences[$0].prefix(4 + $0))), adapter: 0))
    }
    for (slot, logits) in try own.prefill(prompts).enumerated() { expectClose(logits, full[slot][3 + slot]) }
    for (slot, logits) in try one.prefill(prompts.map { (slot: $0.slot, prompt: $0.prompt.prompt) }).enumerated() {
      expectClose(logits, full[slot][3 + slot])
    }
    for step in 0..<8 {
      let tokens = sequences.indices.map { (slot: $0, token: sequences[$0][4 + $0 + step]) }
      let (logits, others) = (try one.step(tokens), try own.step(tokens))
      #expect(logits == others)
      for slot in sequences.indices { expectClose(logits[slot], full[slot][4 + slot + step]) }
    }
    // The adapter is felt after the prompt, through what it left in the caches.
    let base0 = try Scoring.logits(base: base, adapter: nil, tokens: sequences[0], team: team)
    #expect(zip(base0[8], full[0][8]).contains { abs($0 - $1) > 1e-3 })
  }

  /// Beside sequences with other adapters, and none, each has the bits that it has alone.
  @Test(arguments: [4, 8, 18]) func companyChangesNothing(slots: Int) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapters = [
      try Self.promptOnly(Targets.all, configuration), try TinyModel.adapter(Targets.oProj, configuration, seed: 15),
      try TinyModel.doraAdapter(base), try Self.promptOnly(Targets.fc2, configuration, rank: 1, seed: 25),
    ]
    let choices: [Int?] = [0, 1, nil, 3, 2, 0, 3, 1]
    let prompts = choices.indices.map { TinyModel.tokens(3 + $0 % 4, seed: UInt64(70 + $0)) }
    let alone = try choices.indices.map { index in
      let decoder = try Decoder(
        base: base, adapter: choices[index].map { adapters[$0] }, slots: slots, maxLength: 20, team: team)
      return try [decoder.prefill(slot: 0, tokens: prompts[index])]
        + ([3, 1] as [Int32]).map { try decoder.step([(slot: 0, token: $0)])[0] }
    }
    let together = try Decoder(base: base, adapters: adapters, slots: slots, maxLength: 20, team: team)
    let company = Array(choices.indices.prefix(slots))
    var got = try together.prefill(
      company.map { (slot: $0, prompt: AdaptedPrompt(Prompt(tokens: prompts[$0]), adapter: choices[$0])) }
    ).map { [$0] }
    for token: Int32 in [3, 1] {
      for (place, row) in try together.step(company.map { (slot: $0, token: token) }).enumerated() {
        got[place].append(row)
      }
    }
    for index in company { #expect(got[index] == alone[index], "\(index)") }
  }

  @Test(arguments: [1, 3, 18]) func answersAreGreedyOverTheMask(slots: Int) throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let beginning = TinyModel.tokens(30, seed: 8)
    let prompts = (0..<7).map { beginning + TinyModel.tokens(1 + $0 % 3, seed: UInt64(40 + $0)) }
    let answers = try Generation.generate(
      base: base, adapter: adapter, prompts: prompts, maxNewTokens: 6, stop: [], slots: slots, team: team)
    for (prompt, answer) in zip(prompts, answers) {
      var tokens = prompt
      for token in answer {
        let logits = try #require(try full(base, adapter, tokens, prompt: prompt.count).last)
        let best = logits.max() ?? 0
        // Where two are as good, either is right.
        #expect(best - logits[Int(token)] < 4e-4)
        tokens.append(token)
      }
      #expect(answer.count == 6)
    }
  }

  /// Options whose tokens another prompt has too: a row that has the adapter there has none here.
  @Test func optionsAreScoredWithoutIt() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    let long = TinyModel.tokens(14, seed: 9)
    let requests = [
      Continuations(
        prompt: Prompt(tokens: Array(long.prefix(6))), options: [Array(long[6..<12]), [3], [long[6], 4, 5]]),
      Continuations(prompt: Prompt(tokens: Array(long.prefix(9))), options: [Array(long[9..<12]), [1, 2]]),
      Continuations(prompt: Prompt(tokens: Array(long.prefix(6))), options: [[long[6], long[7]], [5]]),
    ]
    let found = try #require(try Scoring.continuations(base: base, adapter: adapter, requests, team: team))
    for (request, values) in zip(requests, found) {
      for (option, value) in zip(request.options, values) {
        let tokens = request.prompt.tokens + option
        let scores = try Scoring.logProbabilities(
          base: base, adapter: adapter, tokens: tokens, promptTokens: request.prompt.tokens.count, team: team)
        let expected = scores.suffix(option.count).reduce(0.0) { $0 + Double($1) }
        #expect(abs(value - expected) < 1e-4)
      }
    }
  }

  // MARK: What it cannot be

  @Test func noMergeAndNoDoRA() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let adapter = try Self.promptOnly(Targets.all, configuration)
    #expect(throws: AdapterError.promptOnlyMerge) { try MergedModel.merge(adapter, into: base, team: team) }
    #expect(throws: AdapterError.promptOnlyDoRA) { try TinyModel.doraAdapter(base).acting(promptOnly: true) }
    var specification = LoRASpecification(targets: [ModulePath(layer: 0, module: .oProj)], rank: 2, alpha: 4)
    (specification.promptOnly, specification.useDoRA) = (true, true)
    #expect(throws: AdapterError.promptOnlyDoRA) { try specification.validate(in: configuration) }
    for error in [AdapterError.promptOnlyDoRA, .promptOnlyMerge] {
      #expect(error.exitStatus == 65 && !error.description.contains("\n"))
    }
  }
}
