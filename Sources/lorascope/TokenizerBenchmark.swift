import Text
import Transformer

/// How fast a tokenizer is on one core.
enum TokenizerBenchmark {
  struct Report: Sendable, Encodable {
    let bytes: Int
    let tokens: Int
    /// Of each round; the first begins without remembered words.
    let seconds: [Double]
    /// By the median round; a megabyte is 1 000 000 bytes.
    let megabytesPerSecond: Double
    let tokensPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case bytes, tokens, seconds
      case megabytesPerSecond = "megabytes_per_second"
      case tokensPerSecond = "tokens_per_second"
    }
  }

  /// Tokenizes `text`, which is not empty, `rounds` times.
  static func run(_ tokenizer: Tokenizer, text: String, rounds: Int) -> Report {
    var tokens = 0
    let seconds = (0..<rounds).map { _ in
      let start = ContinuousClock.now
      tokens = tokenizer.encode(text, addSpecial: false).count
      return (ContinuousClock.now - start) / .seconds(1)
    }
    let median = seconds.sorted()[rounds / 2]
    return Report(
      bytes: text.utf8.count, tokens: tokens, seconds: seconds,
      megabytesPerSecond: Double(text.utf8.count) / 1e6 / median, tokensPerSecond: Double(tokens) / median)
  }

  /// Sentences of words that occur as often as words do (Zipf's law over 30 000 of them), with numbers, names, punctuation
  /// and paragraphs.
  static func englishLikeText(bytes: Int, seed: UInt64) -> String {
    var generator = SeededGenerator(seed: seed)
    func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
    let onsets = [
      "", "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "w", "th", "st", "pr", "ch", "tr",
    ]
    let vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ai"]
    let codas = ["", "", "n", "r", "s", "t", "l", "d", "nt", "st", "ng", "ck"]
    let frequent = ["the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "was", "on", "with", "as", "be"]
    let words =
      frequent.map { Array($0.utf8) }
      + (0..<30_000).map { rank in
        // The rarer a word, the longer.
        let syllables = 1 + Int.random(in: 0..<(rank < 200 ? 2 : rank < 5000 ? 3 : 4), using: &generator)
        return (0..<syllables).flatMap { _ in
          Array([onsets, vowels, codas].compactMap { $0.randomElement(using: &generator) }.joined().utf8)
        }
      }
    let harmonic = words.indices.reduce(into: [Double]()) { $0.append(($0.last ?? 0) + 1 / Double($1 + 1)) }
    let total = harmonic.last ?? 1
    var text: [UInt8] = []
    text.reserveCapacity(bytes + 256)
    while text.count < bytes {
      let length = 5 + below(20)
      for place in 0..<length {
        let share = Double.random(in: 0..<total, using: &generator)
        let rank = harmonic.partitioningIndex { $0 > share }
        var word = words[min(rank, words.count - 1)]
        if place == 0 || below(25) == 0 { word[0] -= 0x20 }
        if below(40) == 0 { word = Array(String(below(10_000)).utf8) }
        if below(60) == 0 { word += Array("'s".utf8) }
        text += word
        if place < length - 1 { text += Array((below(12) == 0 ? ", " : " ").utf8) }
      }
      text += Array(below(8) == 0 ? ".\n\n".utf8 : ". ".utf8)
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension [Double] {
  /// The first index whose element satisfies the predicate, which is false and then true.
  fileprivate func partitioningIndex(_ predicate: (Double) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
