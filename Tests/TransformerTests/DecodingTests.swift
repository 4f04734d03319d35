import Kernels
import Recipe
import Testing
import Transformer

/// Decoding with a cache against the full forward pass.
@Suite struct DecodingTests {
  private let team = WorkerTeam(threads: 2)

  private func model(tied: Bool = true, headSize: Int = 6, element: WeightElement = .float32) throws
    -> (base: BaseModel, adapter: LoRAAdapter)
  {
    let configuration = TinyModel.configuration(tied: tied, headSize: headSize)
    return (
      try TinyModel.base(configuration, element: element),
      try TinyModel.adapter(Targets.all, configuration)
    )
  }

  private func expectClose(_ one: [Float], _ other: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(one.count == other.count, sourceLocation: sourceLocation)
    let difference = zip(one, other).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference < 2e-4, sourceLocation: sourceLocation)
  }

  @Test(arguments: [true, false], [WeightElement.float32, .bfloat16])
  func scoringMatchesTheReference(tied: Bool, element: WeightElement) throws {
    let (base, adapter) = try model(tied: tied, element: element)
    let tokens = TinyModel.tokens(9)
    let logits = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, team: team)
    let expected = ReferenceModel(base: base, adapter: adapter).logits(tokens, starts: [0, 9])
    for (row, other) in zip(logits, expected) { expectClose(row, other.map(Float.init)) }
    let scores = try Scoring.logProbabilities(base: base, adapter: adapter, tokens: tokens, team: team)
    #expect(scores.count == 8)
    let loss = ReferenceModel(base: base, adapter: adapter).loss(TokenBatch(nextTokensOf: tokens))
    #expect(abs(Double(-scores.reduce(0, +)) / 8 - loss) < 1e-5)
  }

  @Test(arguments: [1, 3, 6], [2, 6, 20])
  func stepsEqualTheFullForward(slots: Int, headSize: Int) throws {
    let (base, adapter) = try model(headSize: headSize)
    let decoder = try Decoder(base: base, adapter: adapter, slots: slots, maxLength: 20, team: team)
    let sequences = (0..<slots).map { TinyModel.tokens(12 + $0, seed: UInt64(20 + $0)) }
    let full = try sequences.map { try Scoring.logits(base: base, adapter: adapter, tokens: $0, team: team) }
    let prompts = sequences.indices.map { (slot: $0, tokens: Array(sequences[$0].prefix(4 + $0))) }
    for (slot, logits) in try decoder.prefill(prompts).enumerated() { expectClose(logits, full[slot][3 + slot]) }
    for step in 0..<8 {
      // Slots in another order every time.
      let active = (0..<slots).map { ($0 * 5 + step) % slots }.reduce(into: [Int]()) {
        if !$0.contains($1) { $0.append($1) }
      }
      let logits = try decoder.step(active.map { (slot: $0, token: sequences[$0][4 + $0 + step]) })
      for (row, slot) in active.enumerated() { expectClose(logits[row], full[slot][4 + slot + step]) }
    }
  }

  /// An adapter in a few modules only, each with its own rank.
  @Test func mixedRanks() throws {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration)
    let v = ModulePath(layer: 0, module: .vProj)
    let adapter = try TinyModel.adapter(
      LoRASpecification(
        targets: [v, ModulePath(layer: 0, module: .qProj), ModulePath(layer: 1, module: .upProj)], rank: 2, alpha: 3,
        rankPattern: [v: 5]), configuration)
    let tokens = TinyModel.tokens(8)
    let full = try Scoring.logits(base: base, adapter: adapter, tokens: tokens, team: team)
    let decoder = try Decoder(base: base, adapter: adapter, slots: 1, maxLength: 8, team: team)
    expectClose(try decoder.prefill(slot: 0, tokens: [tokens[0]]), full[0])
    for position in 1..<8 {
      expectClose(try decoder.step([(slot: 0, token: tokens[position])])[0], full[position])
    }
  }

  @Test func aDecoderKeepsTheAdapterItWasGiven() throws {
    let (base, adapter) = try model()
    let decoder = try Decoder(base: base, adapter: adapter, slots: 1, maxLength: 8, team: team)
    let before = try decoder.prefill(slot: 0, tokens: [1, 2, 3])
    let stepBefore = try decoder.step([(slot: 0, token: 4)])
    for module in adapter.modules { module.b.pointer[0] += 1 }
    #expect(try decoder.prefill(slot: 0, tokens: [1, 2, 3]) == before)
    #expect(try decoder.step([(slot: 0, token: 4)]) == stepBefore)
  }

  @Test func aRunInOneRegionEqualsSingleSteps() throws {
    let (base, adapter) = try model()
    let decoder = try Decoder(base: base, adapter: adapter, slots: 2, maxLength: 30, team: team)
    var token = try #require(argmax(try decoder.prefill(slot: 1, tokens: [1, 2, 3])))
    var expected: [Int32] = []
    let first = token
    for _ in 0..<12 {
      token = try #require(argmax(try decoder.step([(slot: 1, token: token)])[0]))
      expected.append(token)
    }
    _ = try decoder.prefill(slot: 1, tokens: [1, 2, 3])
    #expect(try decoder.greedyRun(slot: 1, token: first, count: 12) == expected)
    #expect(decoder.length(of: 1) == 15)
    _ = try decoder.prefill(slot: 1, tokens: [1, 2, 3])
    let timed = try decoder.timedGreedyRun(slot: 1, token: first, count: 12)
    #expect(timed.tokens == expected && timed.durations.count == 12)
    #expect(timed.durations.allSatisfy { $0 > .zero })
  }

  /// Longer than what a cache holds from the start.
  @Test func cachesGrow() throws {
    var configuration = TinyModel.configuration()
    configuration.maxPositions = 9000
    let base = try TinyModel.base(configuration)
    let tokens = TinyModel.tokens(4100)
    let decoder = try Decoder(base: base, adapter: nil, slots: 2, maxLength: 9000, team: team)
    let expected = try decoder.prefill(slot: 1, tokens: tokens)
    _ = try decoder.prefill(slot: 0, tokens: Array(tokens.prefix(4094)))
    var logits: [Float] = []
    for token in tokens.suffix(6) { logits = try decoder.step([(slot: 0, token: token)])[0] }
    expectClose(logits, expected)
    #expect(decoder.length(of: 0) == 4100)
  }

  private func argmax(_ logits: [Float]) -> Int32? {
    logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }.map(Int32.init)
  }

  @Test func refusals() throws {
    let (base, adapter) = try model()
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    let decoder = try Decoder(base: base, adapter: adapter, slots: 2, maxLength: 4, team: team)
    #expect(message { _ = try decoder.prefill(slot: 2, tokens: [1]) }.contains("slot 2 does not exist"))
    #expect(message { _ = try decoder.prefill(slot: 0, tokens: []) }.contains("has no tokens"))
    #expect(message { _ = try decoder.prefill(slot: 0, tokens: [1, 2, 3, 4, 5]) }.contains("needs 5 positions"))
    #expect(message { _ = try decoder.prefill(slot: 0, tokens: [99]) }.contains("token id 99"))
    #expect(message { _ = try decoder.step([(slot: 0, token: 1)]) }.contains("has no prompt"))
    _ = try decoder.prefill(slot: 0, tokens: [1, 2, 3, 4])
    #expect(message { _ = try decoder.step([(slot: 0, token: 1)]) }.contains("needs 5 positions"))
    #expect(message { _ = try decoder.greedyRun(slot: 0, token: 1, count: 1) }.contains("needs 5 positions"))
    decoder.reset(slot: 0)
    #expect(message { _ = try decoder.step([(slot: 0, token: 1)]) }.contains("has no prompt"))
    let other = try TinyModel.adapter(Targets.qkv, TinyModel.configuration(layers: 3))
    #expect(
      message { _ = try Decoder(base: base, adapter: other, slots: 1, maxLength: 4, team: team) }.contains(
        "another shape"))
    #expect(message { _ = try Scoring.logits(base: base, adapter: nil, tokens: [-1], team: team) }.contains("id -1"))
    #expect(try Scoring.logits(base: base, adapter: nil, tokens: [], team: team).isEmpty)
    #expect(try Scoring.logProbabilities(base: base, adapter: nil, tokens: [3], team: team).isEmpty)
  }
}
