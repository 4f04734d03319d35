import Builtin
import Recipe
import Testing
import Training

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
