import Builtin
import Recipe
import Testing
import Training

@Suite struct ArithmeticExercisesTests {
  @Test func worksOutTheDigits() {
    #expect(ArithmeticExercises.sum(27, 15) == " : 7 + 5 = 12, 2 + 1 + 1 = 4, 42\n")
    #expect(ArithmeticExercises.difference(42, 15) == " : 12 - 5 = 7, 4 - 1 - 1 = 2, 27\n")
    #expect(ArithmeticExercises.sum(9, 1) == " : 9 + 1 = 10, 10\n")
  }

  /// Whatever states a sum or difference is right, in the exercises and in the tables' questions.
  @Test func everythingStatedIsRight() {
    var checked = 0
    var generator = SplitMix64(seed: 9)
    for level in [0.0, 0.3, 0.6, 1.0] {
      for _ in 0..<100 {
        let family = [CorpusFamily.arithmetic, .finance][generator.below(2)]
        let text = Corpus().passage(family, level: level, &generator).text
        for match in text.matches(of: /(\d+) ([+-]) (\d+)(?: ([+-]) (\d+))? = (\d+)/) {
          let (_, a, sign, b, otherSign, c, result) = match.output
          var value = (Int(a) ?? 0) + (sign == "+" ? 1 : -1) * (Int(b) ?? 0)
          if let otherSign, let c { value += (otherSign == "+" ? 1 : -1) * (Int(c) ?? 0) }
          #expect(value == Int(result), "\(text)")
          checked += 1
        }
        for match in text.matches(of: /(\d+) ([+-]) (\d+) : [^\n]*, (\d+)\n/) {
          let (_, a, sign, b, result) = match.output
          #expect((Int(a) ?? 0) + (sign == "+" ? 1 : -1) * (Int(b) ?? 0) == Int(result), "\(text)")
          checked += 1
        }
      }
    }
    #expect(checked > 500)
  }

  @Test func drillsComeFirst() {
    var generator = SplitMix64(seed: 3)
    func longest(_ level: Double) -> Int {
      (0..<100).map { _ in Corpus().passage(.arithmetic, level: level, &generator).text }
        .flatMap { $0.matches(of: /(\d+) [+-] \d+ :/).map { $0.output.1.count } }.max() ?? 0
    }
    #expect(longest(0) <= 2 && longest(1) >= 3)
  }
}
