import Builtin
import Kernels
import Recipe
import Testing
import Training
import Transformer

@Suite struct ConstructedStartTests {
  /// What the circuits are built for, measured before any training.
  private static func model() throws -> BaseModel {
    let model = try TrainableModel(configuration: PretrainingOptions().configuration, seed: 2)
    ConstructedStart.apply(to: model, seed: 2)
    return model.base
  }

  @Test func copiesWhatRepeats() throws {
    let team = WorkerTeam(threads: 2)
    let base = try Self.model()
    var generator = SplitMix64(seed: 9)
    var right = 0
    var asked = 0
    for _ in 0..<4 {
      let cycle = (0..<16).map { _ in Int32(generator.below(1536)) }
      let logits = try Scoring.logits(base: base, adapter: nil, tokens: cycle + cycle, team: team)
      for position in 16..<31 {
        let next = cycle[(position + 1) % 16]
        right += cycle.allSatisfy { logits[position][Int($0)] <= logits[position][Int(next)] } ? 1 : 0
        asked += 1
      }
    }
    // One in sixteen by chance.
    #expect(right * 5 > asked)
  }

  @Test func looksUpALetterByItsText() throws {
    let team = WorkerTeam(threads: 2)
    let base = try Self.model()
    var generator = SplitMix64(seed: 10)
    var right = 0
    let letters: [Int32] = [20, 21, 22, 23]
    for _ in 0..<40 {
      let words = (0..<4).map { _ in Int32(100 + generator.below(1400)) }
      var tokens: [Int32] = []
      // text [ letter ]
      for (word, letter) in zip(words, letters) { tokens += [word, 30, letter, 31] }
      let index = generator.below(4)
      tokens += [words[index], 30]
      let last = try #require(Scoring.logits(base: base, adapter: nil, tokens: tokens, team: team).last)
      let best = letters.max { last[Int($0)] < last[Int($1)] }
      right += best == letters[index] ? 1 : 0
    }
    // One in four by chance.
    #expect(right > 20)
  }
}
