import Kernels
import Recipe
import Testing
import Transformer

/// A beginning that prompts share, and the top block's last rows: the same bits as a whole pass over each prompt alone.
@Suite struct SharedPrefixTests {
  private static func configuration(_ block: BlockDescription, layers: Int = 2) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: 13, hiddenSize: 12, layers: layers, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
      ropeTheta: 100, maxPositions: 600, block: block)
  }

  private static let blocks: [String: BlockDescription] = [
    "plain": .llama,
    "window": BlockDescription(layers: [LayerAttention(window: 20), LayerAttention(window: 250)]),
    "norms": BlockDescription(
      normalizesOutputs: true, normalizesQueriesAndKeys: true, attentionSoftCap: 3, layers: []),
    "fused": BlockDescription(fusesQKV: true, feedForward: .plain, biases: [.qkvProj]),
    "convolution above": BlockDescription(shortConvolution: ShortConvolutions(width: 3, layers: [1])),
    "linear above": BlockDescription(linearAttention: TinyModel.linear([1]), gatesAttention: true),
    "linear below": BlockDescription(
      normalizesQueriesAndKeys: true, linearAttention: TinyModel.linear([0]), gatesAttention: true),
    "convolution below": BlockDescription(
      normalizesQueriesAndKeys: true, shortConvolution: ShortConvolutions(width: 4, layers: [0])),
  ]

  /// Around the borders of tiles (6, 12 and 24 rows), of a chunk of queries (240) and of a block of keys (256).
  @Test(arguments: [
    ("plain", "none", 1), ("plain", "lora", 2), ("plain", "dora", 3), ("window", "none", 2), ("window", "lora", 3),
    ("norms", "lora", 2), ("fused", "none", 2), ("fused", "lora", 1),
    ("convolution above", "lora", 2), ("convolution above", "dora", 3), ("convolution below", "none", 2),
    ("convolution below", "lora", 1), ("linear above", "lora", 2), ("linear above", "none", 1),
    ("linear below", "dora", 3), ("linear below", "lora", 2),
  ])
  func logitsKeepTheirBits(block: String, kind: String, threads: Int) throws {
    let configuration = Self.configuration(Self.blocks[block] ?? .llama)
    let base = try RandomWeights.model(configuration: configuration, seed: 1, deviation: 0.5)
    let adapter =
      switch kind {
      case "lora": try TinyModel.adapter(configuration.linears.all, configuration)
      case "dora": try TinyModel.doraAdapter(base)
      default: LoRAAdapter?.none
      }
    let team = WorkerTeam(threads: threads)
    for length in kind == "none" ? [1, 5, 6, 47, 239, 240, 256] : [11, 24, 48, 241, 255, 257] {
      let beginning = TinyModel.tokens(length, seed: UInt64(length))
      // Two that have more in common, one that does not begin so, and one that is no longer than the beginning.
      let more = beginning + TinyModel.tokens(30, seed: 70).prefix(13)
      let prompts =
        [1, 2, 30, 270].map { beginning + TinyModel.tokens($0, seed: UInt64(40 + $0)) }
        + [more + [1], more + [2, 3], TinyModel.tokens(25, seed: 9), beginning]
      let entries = prompts.indices.map { (slot: $0, tokens: prompts[$0]) }
      func decoder() throws -> Decoder {
        try Decoder(base: base, adapter: adapter, slots: threads == 2 ? 17 : prompts.count, maxLength: 600, team: team)
      }
      let (shared, alone) = (try decoder(), try decoder())
      try shared.share(beginning)
      let first = try shared.prefill(entries)
      for (logits, prompt) in zip(first, prompts) {
        let whole = try Scoring.logits(base: base, adapter: adapter, tokens: prompt, team: team)
        #expect(logits == whole.last, "\(length) and \(prompt.count - length)")
      }
      // Alone in its pass a prompt shares nothing; all in one, those share rows that begin alike.
      #expect(try entries.map { try alone.prefill(slot: $0.slot, tokens: $0.tokens) } == first)
      #expect(try decoder().prefill(entries) == first)
      let steps = prompts.indices.map { (slot: $0, token: Int32($0)) }
      for _ in 0..<2 { #expect(try shared.step(steps) == alone.step(steps)) }
      // Again, in slots that hold the beginning, and in those that something else has been in.
      let turned = entries.map { (slot: prompts.count - 1 - $0.slot, tokens: $0.tokens) }
      #expect(try shared.prefill(turned) == first)
      #expect(try turned.map { try alone.prefill(slot: $0.slot, tokens: $0.tokens) } == first)
      #expect(try shared.step(steps) == alone.step(steps))
    }
  }

  /// A slot that holds one beginning is given a prompt with the next, which is shorter, as long or longer.
  @Test(arguments: [false, true]) func aBeginningTakesThePlaceOfAnother(hasAdapters: Bool) throws {
    let base = try TinyModel.base(Self.configuration(.llama))
    let adapter = try TinyModel.adapter(Targets.all, base.configuration)
    let team = WorkerTeam(threads: 2)
    func decoder(_ adapters: [LoRAAdapter]) throws -> Decoder {
      try Decoder(base: base, adapters: adapters, slots: 2, maxLength: 60, team: team)
    }
    let (shared, alone) = (try decoder([adapter]), try decoder([adapter]))
    let own = hasAdapters ? 0 : nil
    for (length, seed) in [(20, 3), (20, 4), (9, 5), (31, 6), (20, 3)] as [(Int, UInt64)] {
      let beginning = TinyModel.tokens(length, seed: seed)
      try shared.share(beginning, adapter: own)
      for slot in [0, 0, 1] {
        let prompt = AdaptedPrompt(Prompt(tokens: beginning + [1, Int32(slot)]), adapter: own)
        #expect(try shared.prefill([(slot: slot, prompt: prompt)]) == alone.prefill([(slot: slot, prompt: prompt)]))
        #expect(try shared.step([(slot: slot, token: 2)]) == alone.step([(slot: slot, token: 2)]))
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func answersDoNotDependOnOrderOrSharing(threads: Int) throws {
    let configuration = Self.configuration(.llama)
    let base = try TinyModel.base(configuration)
    let adapter = try TinyModel.adapter(Targets.all, configuration)
    let beginning = TinyModel.tokens(50, seed: 8)
    let prompts = (0..<14).map { index in
      (index % 5 == 4 ? [] : beginning) + TinyModel.tokens(1 + index * 5 % 11, seed: UInt64(60 + index))
    }
    func answers(_ prompts: [[Int32]]) throws -> [[Int32]] {
      try Generation.generate(
        base: base, adapter: adapter, prompts: prompts, maxNewTokens: 12, stop: [7], slots: 6,
        team: WorkerTeam(threads: threads))
    }
    #expect(SharedPrefix.best(of: prompts.map { Prompt(tokens: $0) }, imageToken: nil) == beginning)
    let together = try answers(prompts)
    for (prompt, answer) in zip(prompts, together) { #expect(try answers([prompt]) == [answer]) }
    #expect(try answers(prompts.reversed()) == together.reversed())
  }

  @Test func theOrderInWhichPromptsStart() {
    let prompts: [[Int32]] = [[5], [1, 2, 3, 4], [9, 9, 9], [1, 2, 3, 3], [7, 7], [5], [1, 2, 3], [8, 8]]
    let order = SharedPrefix.order(of: prompts.map { AdaptedPrompt(Prompt(tokens: $0)) })
    #expect(order == [3, 1, 6, 2, 4, 7, 0, 5])
    #expect(SharedPrefix.order(of: []).isEmpty && SharedPrefix.order(of: [AdaptedPrompt(Prompt(tokens: [1]))]) == [0])
    // Those with the same adapter come side by side.
    let mixed = [1, nil, 0, 1, nil, 0].enumerated().map {
      AdaptedPrompt(Prompt(tokens: [Int32($0.offset)]), adapter: $0.element)
    }
    #expect(SharedPrefix.order(of: Array(mixed[0..<4])) == [0, 1, 2, 3])
    #expect(SharedPrefix.order(of: mixed + mixed).prefix(3) == [1, 2, 0])
  }

  @Test func theBeginningThatSavesMost() {
    func best(_ prompts: [[Int32]], images: Set<Int> = [], leastSaved: Int = 1) -> [Int32]? {
      SharedPrefix.best(
        of: prompts.enumerated().map { index, tokens in
          Prompt(
            tokens: tokens,
            images: images.contains(index) ? [PixelValues(size: 0, values: [])] : [])
        }, imageToken: 9, leastSaved: leastSaved)
    }
    #expect(best([]) == nil && best([[1, 2]]) == nil && best([[1], [1]]) == nil && best([[], []]) == nil)
    // One token is left of each.
    #expect(best([[1, 2, 3], [1, 2, 3]]) == [1, 2])
    #expect(best([[1, 2, 3, 4], [5, 6], [1, 2, 3, 5], [1, 2, 7]]) == [1, 2])
    // Three that share two tokens save as much as two that share four would; three that share three save more.
    #expect(best([[1, 2, 3, 4, 5, 6], [8], [1, 2, 3, 4, 5, 7], [1, 2, 9, 1], [1, 2, 8, 1]]) == [1, 2])
    #expect(best([[1, 2, 3, 4, 5, 6, 7, 8], [8], [1, 2, 3, 4, 5, 6, 7, 9], [1, 2, 9, 1]]) == [1, 2, 3, 4, 5, 6, 7])
    // Images are not the same because their tokens are.
    #expect(best([[1, 9, 2, 3], [1, 9, 2, 4]], images: [0, 1]) == [1])
    #expect(best([[1, 9, 2, 3], [1, 9, 2, 4]]) == [1, 9, 2])
    #expect(
      best([[1, 2, 3], [1, 2, 4]], leastSaved: 2) == [1, 2] && best([[1, 2, 3], [1, 2, 4]], leastSaved: 3) == nil)
  }
}
