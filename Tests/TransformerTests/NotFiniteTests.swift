import Kernels
import Recipe
import Testing
import Transformer

/// Sequences whose logits are not finite end, and leave the others as they are.
@Suite struct NotFiniteTests {
  /// Its embedding of token 5 is no number, and its output projection is sound.
  private func base(_ value: Float) throws -> BaseModel {
    let base = try TinyModel.base(TinyModel.configuration(tied: false))
    base.embedding.floatRows.row(5)[3] = value
    return base
  }

  private func generate(
    _ base: BaseModel, _ prompts: [[Int32]], slots: Int, threads: Int = 2, sampler: Sampler = .greedy
  ) throws -> (answers: [[Int32]], failed: Set<Int>) {
    var failed: Set<Int> = []
    var finished: [Int] = []
    let answers = try Generation.generate(
      base: base, adapter: nil, prompts: prompts.map { Prompt(tokens: $0) }, maxNewTokens: 20, stop: [],
      sampler: sampler, slots: slots, team: WorkerTeam(threads: threads),
      onFinished: { index, _ in finished.append(index) },
      onNotFinite: { index in
        #expect(!finished.contains(index))
        failed.insert(index)
      })
    #expect(finished.sorted() == Array(prompts.indices))
    return (answers, failed)
  }

  /// Prompts with that token, prompts on whose answers it comes up, and prompts without: slots are refilled after those that failed.
  @Test(arguments: [Float.nan, .infinity], [2, 6])
  func theOthersGoOn(value: Float, slots: Int) throws {
    let base = try base(value)
    let prompts: [[Int32]] = (0..<14).map {
      TinyModel.tokens(1 + $0 % 4, seed: UInt64(50 + $0)) + ($0 % 5 == 2 ? [5] : [])
    }
    let (answers, failed) = try generate(base, prompts, slots: slots)
    #expect(!failed.isEmpty && failed.count < prompts.count)
    for (index, prompt) in prompts.enumerated() {
      let alone = try generate(base, [prompt], slots: slots)
      #expect(alone.answers == [answers[index]] && alone.failed.isEmpty == !failed.contains(index), "\(index)")
      // It ends at once, or where an answer takes the token.
      #expect(!prompt.contains(5) || (failed.contains(index) && answers[index].isEmpty))
      #expect(failed.contains(index) ? prompt.contains(5) || answers[index].last == 5 : answers[index].count == 20)
    }
    let other = try generate(base, prompts, slots: slots, threads: 1)
    #expect(other.answers == answers && other.failed == failed)
    _ = try generate(base, prompts, slots: slots, sampler: Sampler(temperature: 1, seed: 1))
  }

  @Test func asManyAsThereAre() throws {
    let base = try base(.nan)
    let (answers, failed) = try generate(base, [[5], [1, 5], [5, 5, 5]], slots: 2)
    #expect(failed == [0, 1, 2] && answers.allSatisfy { $0.isEmpty })
  }
}
