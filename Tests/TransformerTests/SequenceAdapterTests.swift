import Kernels
import Recipe
import Testing
import Transformer

/// Sequences of one batch with adapters of their own: the same bits as each has alone with its adapter alone.
@Suite struct SequenceAdapterTests {
  private static let blocks: [String: BlockDescription] = [
    "plain": .llama,
    "norms": BlockDescription(normalizesOutputs: true, normalizesQueriesAndKeys: true, layers: []),
    "fused": BlockDescription(fusesQKV: true, feedForward: .plain, biases: [.qkvProj, .oProj, .downProj]),
  ]

  private static func base(_ block: String, element: WeightElement = .float32) throws -> BaseModel {
    try TinyModel.base(
      ModelConfiguration(
        vocabularySize: 13, hiddenSize: 12, layers: 2, heads: 4, kvHeads: 2, headSize: 6, intermediateSize: 14,
        ropeTheta: 100, maxPositions: 600, block: blocks[block] ?? .llama), element: element)
  }

  /// All modules; one that some rows have in some layers; DoRA; a rank over every matrix's smaller side; one in bfloat16.
  private static func adapters(_ base: BaseModel) throws -> [LoRAAdapter] {
    let configuration = base.configuration
    return [
      try TinyModel.adapter(Targets.all, configuration, seed: 5),
      try TinyModel.adapter(Targets(parsing: "o_proj@1+fc2"), configuration, rank: 1, seed: 15),
      try TinyModel.doraAdapter(base),
      try TinyModel.adapter(Targets(parsing: "fc1+fc2"), configuration, rank: 20, seed: 25),
      // Kept in bfloat16, of the values of the first.
      try TinyModel.adapter(Targets.all, configuration, seed: 5).rounded(),
    ]
  }

  private static let choices: [Int?] = [0, nil, 2, 1, 4, 3, 2, nil]

  /// With up to sixteen slots weights are streamed, from nine on in tiles, but not for rows with DoRA.
  @Test(arguments: [
    ("plain", 8, 1), ("plain", 2, 2), ("plain", 3, 3), ("plain", 4, 1), ("norms", 8, 2), ("norms", 3, 1),
    ("fused", 8, 3), ("fused", 4, 2), ("plain", 12, 2), ("norms", 16, 1), ("fused", 9, 1), ("plain", 18, 1),
    ("norms", 20, 2), ("fused", 17, 3),
  ])
  func logitsAreThoseAlone(block: String, slots: Int, threads: Int) throws {
    for element in [WeightElement.float32, .bfloat16] {
      let base = try Self.base(block, element: element)
      let adapters = try Self.adapters(base)
      let team = WorkerTeam(threads: threads)
      let beginning = TinyModel.tokens(9, seed: 4)
      let prompts = Self.choices.indices.map { (index: Int) in
        beginning.prefix(index % 3 * 4) + TinyModel.tokens(1 + index * 3 % 7, seed: UInt64(80 + index))
      }
      let steps: [Int32] = [3, 1]
      let alone = try Self.choices.indices.map { index in
        let decoder = try Decoder(
          base: base, adapter: Self.choices[index].map { adapters[$0] }, slots: slots, maxLength: 60, team: team)
        return try [decoder.prefill(slot: 0, tokens: Array(prompts[index]))]
          + steps.map { try decoder.step([(slot: 0, token: $0)])[0] }
      }
      // What two adapters say is not the same.
      #expect(alone[0] != alone[4] && Set(alone.map { $0[0] }).count == alone.count)
      let together = try Decoder(base: base, adapters: adapters, slots: slots, maxLength: 60, team: team)
      for first in 0..<(slots < 8 ? 8 : 2) {
        // Companies that differ, in another order of slots each time.
        let company = (0..<slots).map { (first + $0 * (first % 2 == 0 ? 1 : 3)) % 8 }
        var got = try together.prefill(
          company.enumerated().map { place, index in
            (
              slot: (place + first) % slots,
              prompt: AdaptedPrompt(Prompt(tokens: Array(prompts[index])), adapter: Self.choices[index])
            )
          }
        ).map { [$0] }
        for token in steps {
          let logits = try together.step(company.indices.map { (slot: ($0 + first) % slots, token: token) })
          for (place, row) in logits.enumerated() { got[place].append(row) }
        }
        for (place, index) in company.enumerated() {
          #expect(got[place] == alone[index], "\(block), \(element): \(index) in \(company)")
        }
      }
    }
  }

  /// What is scored has the same bits with any number of slots: how many there are follows from the memory that is free.
  @Test(arguments: [WeightElement.float32, .bfloat16]) func productsDoNotDependOnSlots(element: WeightElement) throws {
    let base = try Self.base("plain", element: element)
    let adapters = try Self.adapters(base)
    let prompt = TinyModel.tokens(9, seed: 4)
    func logits(_ slots: Int, adapter: Int?) throws -> [[Float]] {
      let decoder = try Decoder(
        base: base, adapters: adapters, slots: slots, maxLength: 60, streams: false, team: WorkerTeam(threads: 2))
      let first = try decoder.prefill([
        (slot: slots - 1, prompt: AdaptedPrompt(Prompt(tokens: prompt), adapter: adapter))
      ])
      return try first + [3, 1].map { try decoder.step([(slot: slots - 1, token: $0)])[0] }
    }
    for adapter in [nil, 0, 2, 4] {
      let many = try logits(17, adapter: adapter)
      for slots in [1, 5, 16, 64] { #expect(try logits(slots, adapter: adapter) == many) }
    }
  }

  @Test(arguments: [18, 6, 3, 12]) func answersAreThoseAlone(slots: Int) throws {
    let base = try Self.base("plain")
    let adapters = try Self.adapters(base)
    // Beginnings that sequences of one adapter share, and those of others have too.
    let beginning = TinyModel.tokens(60, seed: 8)
    let choices = (0..<21).map { Self.choices[$0 % 4 == 3 ? 7 : $0 % 4] }
    let prompts = choices.enumerated().map { index, adapter in
      AdaptedPrompt(
        Prompt(
          tokens: (index % 7 == 6 ? [] : beginning) + TinyModel.tokens(1 + index * 5 % 11, seed: UInt64(60 + index))),
        adapter: adapter)
    }
    #expect(SharedPrefix.best(of: prompts.filter { $0.adapter == nil }.map(\.prompt), imageToken: nil) == beginning)
    func answers(_ prompts: [AdaptedPrompt], _ adapters: [LoRAAdapter], threads: Int = 2) throws -> [[Int32]] {
      try Generation.generate(
        base: base, adapters: adapters, prompts: prompts, maxNewTokens: 9, stop: [7], slots: slots,
        team: WorkerTeam(threads: threads))
    }
    let together = try answers(prompts, adapters)
    for (prompt, answer) in zip(prompts, together) {
      let alone = try Generation.generate(
        base: base, adapter: prompt.adapter.map { adapters[$0] }, prompts: [prompt.prompt], maxNewTokens: 9,
        stop: [7], slots: slots, team: WorkerTeam(threads: 1))
      #expect(alone == [answer])
    }
    #expect(try answers(prompts.reversed(), adapters, threads: 3) == together.reversed())
    // The same adapter named several times, and one that nobody has.
    let named = prompts.enumerated().map { index, prompt in
      AdaptedPrompt(prompt.prompt, adapter: prompt.adapter.map { $0 + (index % 2 == 0 ? 0 : 4) })
    }
    #expect(try answers(named, adapters + adapters) == together)
    // All with one, all with none, no list, and no prompts.
    let same = prompts.map { AdaptedPrompt($0.prompt, adapter: 2) }
    let onlyOne = try Generation.generate(
      base: base, adapter: adapters[2], prompts: prompts.map(\.prompt), maxNewTokens: 9, stop: [7], slots: slots,
      team: WorkerTeam(threads: 2))
    #expect(try answers(same, adapters) == onlyOne)
    let none = prompts.map { AdaptedPrompt($0.prompt) }
    #expect(try answers(none, adapters) == answers(none, []))
    #expect(try answers([], adapters) == [])
  }

  @Test func whatIsRefused() throws {
    let base = try Self.base("plain")
    let adapters = try Self.adapters(base)
    let other = try TinyModel.adapter(Targets.all, TinyModel.configuration())
    func generate(_ adapters: [LoRAAdapter], _ choices: [Int?]) throws {
      _ = try Generation.generate(
        base: base, adapters: adapters, prompts: choices.map { AdaptedPrompt(Prompt(tokens: [1, 2]), adapter: $0) },
        maxNewTokens: 2, stop: [], slots: 5, team: WorkerTeam(threads: 1))
    }
    for choices in [[0, 5], [nil, -1], [5, 5]] as [[Int?]] {
      let error = #expect(throws: DecoderError.self) { try generate(adapters, choices) }
      #expect(error?.description.contains("asks for adapter \(choices[1] ?? 0), counted from 0; there are") == true)
      #expect(error?.exitStatus == 65)
    }
    #expect(throws: DecoderError.adapterMismatch) { try generate(adapters + [other], [0, 4]) }
    #expect(throws: DecoderError.adapterMismatch) { try generate([other], [0]) }
  }

  /// The fifteen combinations, each with a rank of its own and some with DoRA, and a sequence without, in one batch of sixteen.
  @Test(arguments: [1, 3]) func theFifteenCombinationsInOneBatch(threads: Int) throws {
    let base = try Self.base("plain", element: .bfloat16)
    let adapters = try Targets.fifteen.enumerated().map { index, targets in
      let specification = try LoRASpecification(
        targets: targets, in: base.configuration, rank: 1 + index, alpha: 3, useDoRA: index % 5 == 2)
      return try FleetAdapters.random(1, specification, of: base)[0]
    }
    let choices = adapters.indices.map(Optional.some) + [nil]
    let team = WorkerTeam(threads: threads)
    let together = try Decoder(base: base, adapters: adapters, slots: 16, maxLength: 40, team: team)
    let prompts = choices.indices.map { TinyModel.tokens(1 + $0 * 5 % 9, seed: UInt64(200 + $0)) }
    let first = try together.prefill(
      choices.enumerated().map { slot, adapter in
        (slot: slot, prompt: AdaptedPrompt(Prompt(tokens: prompts[slot]), adapter: adapter))
      })
    let second = try together.step(choices.indices.map { (slot: $0, token: 4) })
    for (slot, choice) in choices.enumerated() {
      let alone = try Decoder(
        base: base, adapter: choice.map { adapters[$0] }, slots: 16, maxLength: 40, team: WorkerTeam(threads: 1))
      #expect(try alone.prefill(slot: 0, tokens: prompts[slot]) == first[slot], "\(slot)")
      #expect(try alone.step([(slot: 0, token: 4)])[0] == second[slot], "\(slot)")
    }
  }

  /// Steps that are timed are the same steps: a batch that is rewound and given other adapters ends where it does alone.
  @Test func timedStepsAreTheSameSteps() throws {
    let base = try Self.base("plain")
    let adapters = try Self.adapters(base)
    let team = WorkerTeam(threads: 2)
    let decoder = try Decoder(base: base, adapters: adapters, slots: 4, maxLength: 30, team: team)
    let prompts = (0..<3).map { TinyModel.tokens(4, seed: UInt64(300 + $0)) }
    _ = try decoder.prefill(prompts.enumerated().map { (slot: $0.offset, tokens: $0.element) })
    func ends(_ choices: [Int?]) throws -> [[Float]] {
      for (slot, choice) in choices.enumerated() {
        decoder.rewind(slot: slot, to: 4)
        decoder.change(adapter: choice, ofSlot: slot)
      }
      #expect(try decoder.timedGreedySteps([1, 2, 3], count: 5).count == 5)
      #expect((0..<3).allSatisfy { decoder.length(of: $0) == 9 })
      return try decoder.step((0..<3).map { (slot: $0, token: 5) })
    }
    let without = try ends([nil, nil, nil])
    let with = try ends([0, 1, nil])
    #expect(try ends([nil, nil, nil]) == without)
    #expect(with[0] != without[0] && with[2] == without[2])
    #expect(try ends([0, 1, nil]) == with)
    #expect(throws: DecoderError.tooLong(index: 0, length: 32, limit: 30)) {
      _ = try decoder.timedGreedySteps([1, 2, 3], count: 22)
    }
  }

  /// In pairs of bfloat16 products, for any number of slots.
  @Test(.enabled(if: ProductArithmetic.bfloat16.isAvailable), arguments: [2, 8])
  func roundedAnswersAreThoseAlone(slots: Int) throws {
    let base = try Self.base("plain", element: .bfloat16)
    let adapters = try Self.adapters(base)
    let prompts = Self.choices.enumerated().map { index, adapter in
      AdaptedPrompt(
        Prompt(tokens: TinyModel.tokens(1 + index * 5 % 11, seed: UInt64(60 + index))), adapter: adapter)
    }
    let together = try Generation.generate(
      base: base, adapters: adapters, prompts: prompts, maxNewTokens: 20, stop: [7], slots: slots,
      arithmetic: .bfloat16, team: WorkerTeam(threads: 2))
    for (prompt, answer) in zip(prompts, together) {
      let alone = try Generation.generate(
        base: base, adapter: prompt.adapter.map { adapters[$0] }, prompts: [prompt.prompt], maxNewTokens: 20,
        stop: [7], slots: 6, arithmetic: .bfloat16, team: WorkerTeam(threads: 1))
      #expect(alone == [answer])
    }
  }

  /// Before anything of them is allocated.
  @Test func moreAdaptersThanMemory() throws {
    let base = try Self.base("plain")
    let adapter = try Self.adapters(base)[0]
    for make in [
      { try FleetAdapters.random(1 << 44, adapter.specification, of: base) },
      { try FleetAdapters.copies(1 << 44, of: adapter, type: .bf16) },
    ] {
      let error = #expect(throws: MemoryShortage.self) { _ = try make() }
      #expect(error?.description.contains("give --adapters ") == true)
    }
  }
}
