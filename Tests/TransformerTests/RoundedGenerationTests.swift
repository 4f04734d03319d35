import Kernels
import Recipe
import Testing
import Transformer

/// Answers whose products are in bfloat16.
@Suite(.enabled(if: ProductArithmetic.bfloat16.isAvailable)) struct RoundedGenerationTests {
  private let prompts: [[Int32]] = (0..<22).map { TinyModel.tokens(1 + $0 % 7, seed: UInt64(30 + $0)) }

  private func generate(
    _ prompts: [[Int32]], _ arithmetic: ProductArithmetic, slots: Int, element: WeightElement = .float32,
    isDoRA: Bool = false, threads: Int = 2
  ) throws -> [[Int32]] {
    let configuration = TinyModel.configuration()
    let base = try TinyModel.base(configuration, element: element)
    let adapter =
      isDoRA ? try TinyModel.doraAdapter(base) : try TinyModel.adapter(Targets.all, configuration)
    return try Generation.generate(
      base: base, adapter: adapter, prompts: prompts.map { Prompt(tokens: $0) }, maxNewTokens: 40, stop: [7],
      slots: slots, arithmetic: arithmetic, team: WorkerTeam(threads: threads))
  }

  /// Of one slot too, where FP32's weights are streamed: products in pairs are the same for any number of slots.
  @Test(arguments: [WeightElement.float32, .bfloat16], [false, true])
  func companyDoesNotMatter(element: WeightElement, isDoRA: Bool) throws {
    let together = try generate(prompts, .bfloat16, slots: 17, element: element, isDoRA: isDoRA)
    for slots in [1, 3, 6, 64] {
      let other = try generate(
        prompts, .bfloat16, slots: slots, element: element, isDoRA: isDoRA, threads: slots == 3 ? 1 : 3)
      #expect(other == together, "\(slots) slots")
    }
    let reversed = try generate(prompts.reversed(), .bfloat16, slots: 6, element: element, isDoRA: isDoRA)
    #expect(Array(reversed.reversed()) == together)
  }

  /// The choice reaches the products: over so many tokens, rounding changes some; and most beginnings it does not.
  @Test func answersDifferFromThoseInFP32() throws {
    let (exact, rounded) = (
      try generate(prompts, .float32, slots: 6), try generate(prompts, .bfloat16, slots: 6)
    )
    #expect(exact != rounded)
    let alike = zip(exact, rounded).count { $0.prefix(1) == $1.prefix(1) }
    #expect(2 * alike > prompts.count)
  }
}
