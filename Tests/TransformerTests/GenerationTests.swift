import Kernels
import Recipe
import Testing
import Transformer

@Suite struct GenerationTests {
  private let team = WorkerTeam(threads: 2)
  private let prompts: [[Int32]] = (0..<11).map { TinyModel.tokens(1 + $0 % 5, seed: UInt64(30 + $0)) }

  private func generate(
    _ prompts: [[Int32]], slots: Int, stop: Set<Int32> = [], maxNewTokens: Int = 20, sampler: Sampler = .greedy,
    team: WorkerTeam? = nil, shouldStop: () -> Bool = { false }, onFinished: (Int, [Int32]) -> Void = { _, _ in }
  ) throws -> [[Int32]] {
    let configuration = TinyModel.configuration()
    return try Generation.generate(
      base: TinyModel.base(configuration), adapter: TinyModel.adapter(Targets.oProj, configuration),
      prompts: prompts, maxNewTokens: maxNewTokens, stop: stop, sampler: sampler, slots: slots, team: team ?? self.team,
      shouldStop: shouldStop, onFinished: onFinished)
  }

  @Test(arguments: [1, 3, 8, 17])
  func companyDoesNotMatter(slots: Int) throws {
    let together = try generate(prompts, slots: slots, stop: [7])
    for (prompt, answer) in zip(prompts, together) {
      #expect(try generate([prompt], slots: slots, stop: [7]) == [answer])
    }
    #expect(try generate(prompts.reversed(), slots: slots, stop: [7]) == together.reversed())
    #expect(together.contains { $0.count < 20 } && together.contains { $0.count == 20 })
    #expect(together.allSatisfy { !$0.contains(7) })
  }

  @Test func samplingIsSeededPerPrompt() throws {
    let sampler = Sampler(temperature: 1.5, topK: 9, topP: 0.95, seed: 3)
    let first = try generate(prompts, slots: 4, sampler: sampler)
    #expect(try generate(prompts, slots: 4, sampler: sampler) == first)
    #expect(try generate(Array(prompts.prefix(3)), slots: 4, sampler: sampler) == Array(first.prefix(3)))
    var other = sampler
    other.seed = 4
    #expect(try generate(prompts, slots: 4, sampler: other) != first)
    let narrow = Sampler(temperature: 1.5, topK: 1, seed: 3)
    #expect(try generate(prompts, slots: 4, sampler: narrow) == generate(prompts, slots: 4))
  }

  @Test func promptsWaitForEachOther() {
    let short = Array(repeating: 40, count: 100)
    #expect(!Admission.isDue(waiting: short, free: 15, active: 49))
    #expect(Admission.isDue(waiting: short, free: 16, active: 48))
    // A full pass, the last of them, or nothing else to do.
    #expect(Admission.isDue(waiting: Array(repeating: 1024, count: 100), free: 2, active: 62))
    #expect(!Admission.isDue(waiting: Array(repeating: 1023, count: 100), free: 2, active: 62))
    #expect(Admission.isDue(waiting: [40, 40], free: 2, active: 62))
    #expect(!Admission.isDue(waiting: [40, 40, 40], free: 2, active: 62))
    #expect(Admission.isDue(waiting: short, free: 1, active: 0))
    // With few slots there is nothing to wait for.
    #expect(Admission.isDue(waiting: short, free: 1, active: 3))
    #expect(!Admission.isDue(waiting: short, free: 0, active: 4) && !Admission.isDue(waiting: [], free: 4, active: 0))
  }

  /// Weights are streamed, and as products.
  @Test(arguments: [(12, 5), (20, 17)])
  func companyDoesNotMatterWhereSlotsAreRefilledTogether(slots: Int, fewer: Int) throws {
    let many = prompts + prompts.map { Array($0.reversed()) }
    let together = try generate(many, slots: slots, stop: [7, 9, 11])
    for (prompt, answer) in zip(many, together) {
      #expect(try generate([prompt], slots: slots, stop: [7, 9, 11]) == [answer])
    }
    #expect(try generate(many, slots: fewer, stop: [7, 9, 11]) == together)
  }

  @Test func finishedSequencesAreTold() throws {
    var told: [Int: [Int32]] = [:]
    let answers = try generate(
      prompts, slots: 3, stop: [7],
      onFinished: { index, tokens in
        #expect(told[index] == nil)
        told[index] = tokens
      })
    #expect(told == Dictionary(uniqueKeysWithValues: answers.enumerated().map { ($0.offset, $0.element) }))
  }

  @Test func cancellation() throws {
    var asked = 0
    let answers = try generate(
      prompts, slots: 2,
      shouldStop: {
        asked += 1
        return asked > 2
      })
    #expect(answers.count == prompts.count)
    #expect(answers.contains { $0.isEmpty } && answers.contains { !$0.isEmpty })
    #expect(try generate(prompts, slots: 2, shouldStop: { true }).allSatisfy { $0.isEmpty })
  }

  @Test func limits() throws {
    #expect(try generate(prompts, slots: 2, maxNewTokens: 1).allSatisfy { $0.count == 1 })
    #expect(try generate(prompts, slots: 2, maxNewTokens: 0).allSatisfy { $0.isEmpty })
    #expect(try generate([], slots: 2).isEmpty)
    // 64 positions: a prompt of 60 leaves room for 4 tokens and for one more that needs no position.
    #expect(try generate([TinyModel.tokens(60)], slots: 1)[0].count == 5)
    #expect(throws: DecoderError.tooLong(index: 1, length: 65, limit: 64)) {
      try generate([[1], TinyModel.tokens(65)], slots: 1)
    }
    #expect(throws: DecoderError.emptyPrompt(index: 1)) { try generate([[1], []], slots: 1) }
    #expect(throws: DecoderError.slots(0)) { try generate([[1]], slots: 0) }
  }

  @Test func samplerFollowsTheProbabilities() {
    let logits: [Float] = [0, 2, 1, -1]
    func counts(_ sampler: Sampler) -> [Int] {
      var generator = sampler.generator(prompt: 0)
      var counts = [0, 0, 0, 0]
      for _ in 0..<4000 {
        logits.withUnsafeBufferPointer { counts[Int(sampler.next($0, using: &generator))] += 1 }
      }
      return counts
    }
    // softmax of the logits: 0.087, 0.644, 0.237, 0.032
    let free = counts(Sampler(temperature: 1, seed: 8))
    for (count, expected) in zip(free, [348.0, 2576, 948, 128]) { #expect(abs(Double(count) - expected) < 120) }
    #expect(counts(Sampler(temperature: 1, topK: 2, seed: 8))[0] == 0)
    let nucleus = counts(Sampler(temperature: 1, topP: 0.7, seed: 8))
    #expect(nucleus[0] == 0 && nucleus[3] == 0 && nucleus[2] > 0)
    let cold = counts(Sampler(temperature: 0.5, seed: 8))
    // softmax of twice the logits: 0.016, 0.865, 0.117, 0.002
    for (count, expected) in zip(cold, [63.0, 3460, 468, 9]) { #expect(abs(Double(count) - expected) < 100) }
    #expect(counts(.greedy) == [0, 4000, 0, 0])
  }
}
