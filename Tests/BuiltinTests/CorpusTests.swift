import Builtin
import Recipe
import Testing
import Training

@Suite struct WorldTests {
  @Test func sameSeedSameWorld() {
    #expect(World(seed: 3).conditions == World(seed: 3).conditions)
    #expect(World(seed: 3).surnames != World(seed: 4).surnames)
  }

  @Test func namesAreDistinct() {
    let world = World.standard
    let names =
      world.conditions.map(\.name) + world.conditions.map(\.drug.name) + world.surnames + world.companies + world.towns
    #expect(Set(names.map { $0.lowercased() }).count == names.count)
    #expect(world.conditions.count == World.conditionCount)
    #expect(world.conditions.allSatisfy { $0.sign != $0.drug.effect })
  }
}

@Suite struct CorpusTests {
  @Test func sameSeedSameText() {
    let corpus = Corpus()
    #expect(corpus.sample(bytes: 20_000, seed: 7) == corpus.sample(bytes: 20_000, seed: 7))
    #expect(corpus.sample(bytes: 20_000, seed: 7) != corpus.sample(bytes: 20_000, seed: 8))
    #expect(corpus.sample(bytes: 20_000, seed: 7).reduce(0) { $0 + $1.utf8.count } >= 20_000)
  }

  @Test(arguments: CorpusFamily.allCases)
  func everyPassageTeachesSomething(_ family: CorpusFamily) {
    let corpus = Corpus()
    for level in [0.0, 0.5, 1.0] {
      var generator = SplitMix64(seed: 11)
      for _ in 0..<50 {
        let passage = corpus.passage(family, level: level, &generator)
        #expect(passage.pieces.contains { $0.learned })
        #expect(passage.text.hasSuffix("\n"))
        // Where a piece ends and the next begins, a word must not be cut: its tokens would be others.
        for (piece, next) in zip(passage.pieces, passage.pieces.dropFirst()) {
          let cut = piece.text.last.map { $0.isLetter } == true && next.text.first.map { $0.isLetter } == true
          #expect(!cut, "\(piece.text)|\(next.text)")
        }
      }
    }
  }

  @Test func findingsAndSentencesAreInTheText() throws {
    var generator = SplitMix64(seed: 6)
    let corpus = Corpus()
    for _ in 0..<100 {
      for family in [CorpusFamily.reports, .sentences] {
        let passage = corpus.passage(family, level: 1, &generator)
        let read = try #require(passage.pieces.first).text
        for piece in passage.pieces where piece.learned {
          #expect(read.contains(piece.text.dropLast().drop { $0 == " " }), "\(passage.text)")
        }
      }
    }
  }

  @Test func familiesAreDrawnByTheirWeights() {
    // A sample of a text holds every family that the base is to learn.
    let text = Corpus().sample(bytes: 200_000, seed: 2).joined()
    for mark in ["Report of the committee", "\nWork:", "Copy the sentence", "Digits of", "belongs to the"] {
      #expect(text.contains(mark), "\(mark)")
    }
  }

  @Test func optionExercisesAnswerRight() throws {
    var generator = SplitMix64(seed: 5)
    let corpus = Corpus()
    var checked = 0
    for _ in 0..<200 {
      let passage = corpus.passage(.options, level: 1, &generator)
      var options: [String: String] = [:]
      for line in try #require(passage.pieces.first).text.split(separator: "\n") {
        guard let (letter, text) = Self.option(String(line)) else { continue }
        options[letter] = text
      }
      for (asked, answer) in zip(passage.pieces, passage.pieces.dropFirst()) where answer.learned {
        let line = asked.text.split(separator: "\n").last.map(String.init) ?? ""
        if answer.text.hasSuffix("]\n") {
          let text = try #require(options[String(answer.text.prefix(1))])
          #expect(line.contains(text), "\(line) | \(answer.text)")
        } else {
          let letter = try #require(line.split(separator: "[").last?.prefix(1))
          #expect(answer.text == " \(options[String(letter)] ?? "")\n")
        }
        checked += 1
      }
    }
    #expect(checked > 300)
  }

  /// The letter and text of `- text [A]`, `A) text` or `A text`.
  private static func option(_ line: String) -> (String, String)? {
    if line.hasPrefix("- "), line.hasSuffix("]") {
      return (String(line.dropLast().suffix(1)), String(line.dropFirst(2).dropLast(4)))
    }
    guard let first = line.first, OptionExercises.letters.contains(String(first)) else { return nil }
    if line.dropFirst().hasPrefix(") ") { return (String(first), String(line.dropFirst(3))) }
    if line.dropFirst().hasPrefix(" "), !line.contains("[") { return (String(first), String(line.dropFirst(2))) }
    return nil
  }
}

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
