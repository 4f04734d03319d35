import Recipe
import Training

/// Invented words that can be pronounced, each given out once.
struct NameMaker {
  private var generator: SplitMix64
  private var given: Set<String> = []
  private static let onsets = [
    "b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "z",
  ]
  private static let vowels = ["a", "e", "i", "o", "u"]
  private static let codas = ["l", "m", "n", "r", "s", "k", "x", "t", "d"]

  init(seed: UInt64, stream: UInt64) {
    generator = SplitMix64(seed: seed, stream: stream)
  }

  /// Words that only syllables make, such as `dravolin`; `ending` is appended.
  mutating func word(syllables: Int, ending: String = "", capital: Bool = false) -> String {
    while true {
      var word = ""
      for _ in 0..<syllables {
        word += generator.pick(Self.onsets) + generator.pick(Self.vowels)
      }
      word += ending.isEmpty ? generator.pick(Self.codas) : ending
      if capital { word = word.prefix(1).uppercased() + word.dropFirst() }
      if given.insert(word).inserted { return word }
    }
  }

  mutating func words(_ count: Int, syllables: Int, ending: String = "", capital: Bool = false) -> [String] {
    (0..<count).map { _ in word(syllables: syllables, ending: ending, capital: capital) }
  }
}
