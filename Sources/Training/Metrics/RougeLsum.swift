/// ROUGE-Lsum (C.-Y. Lin, "ROUGE: a package for automatic evaluation of summaries", 2004, section 3.2) as Google's `rouge_score` 0.1.2 computes
/// it: F1 of the union of longest common subsequences, sentences being lines, hits clipped by both sides' counts of each token.
public struct RougeLsum: Metric {
  /// Whether words of more than three letters are compared by their Porter stem.
  public let stems: Bool

  public init(stems: Bool = false) { self.stems = stems }

  /// With the stemming and the splitting, which the figure depends on.
  public var name: String { "ROUGE-Lsum (\(stems ? "Porter stems" : "no stemming"), sentences by line)" }

  /// Every output has a form to be read in; an empty one scores 0.
  public func score(output: String, example: Example) -> ExampleScore {
    let value = Self.f1(reference: example.completion, candidate: output, stems: stems)
    return ExampleScore(value: value, parsed: true, lenient: value)
  }

  /// 0…1; 0 if either text has no token.
  public static func f1(reference: String, candidate: String, stems: Bool) -> Double {
    var numbers: [[UInt8]: Int] = [:]
    let reference = sentences(reference, stems, &numbers)
    let candidate = sentences(candidate, stems, &numbers)
    let wanted = reference.reduce(0) { $0 + $1.count }
    let given = candidate.reduce(0) { $0 + $1.count }
    guard wanted > 0, given > 0 else { return 0 }
    var left = [Int](repeating: 0, count: numbers.count)
    var right = left
    for token in reference.joined() { left[token] += 1 }
    for token in candidate.joined() { right[token] += 1 }
    var hits = 0
    for sentence in reference {
      var isHit = [Bool](repeating: false, count: sentence.count)
      for other in candidate { mark(sentence, other, &isHit) }
      for (token, hit) in zip(sentence, isHit) where hit && left[token] > 0 && right[token] > 0 {
        hits += 1
        left[token] -= 1
        right[token] -= 1
      }
    }
    let precision = Double(hits) / Double(given)
    let recall = Double(hits) / Double(wanted)
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }

  /// Lines as lists of numbered tokens: runs of a-z and 0-9 of the text in lower case.
  private static func sentences(_ text: String, _ stems: Bool, _ numbers: inout [[UInt8]: Int]) -> [[Int]] {
    text.utf8.split(separator: 0x0A).map { line in
      let lower = String(Substring(line)).lowercased().utf8
      return lower.split { !(0x61...0x7A).contains($0) && !(0x30...0x39).contains($0) }.map { word in
        let token = stems && word.count > 3 ? PorterStemmer.stem(Array(word)) : Array(word)
        let number = numbers[token] ?? numbers.count
        numbers[token] = number
        return number
      }
    }
  }

  /// Marks the places of `reference` that one longest common subsequence with `candidate` takes; of several the one that
  /// `rouge_score` finds from the end.
  private static func mark(_ reference: [Int], _ candidate: [Int], _ isHit: inout [Bool]) {
    let width = candidate.count + 1
    var table = [Int32](repeating: 0, count: (reference.count + 1) * width)
    for (i, token) in reference.enumerated() {
      for (j, other) in candidate.enumerated() {
        table[(i + 1) * width + j + 1] =
          token == other ? table[i * width + j] + 1 : max(table[i * width + j + 1], table[(i + 1) * width + j])
      }
    }
    var i = reference.count
    var j = candidate.count
    while i > 0, j > 0 {
      if reference[i - 1] == candidate[j - 1] {
        isHit[i - 1] = true
        i -= 1
        j -= 1
      } else if table[i * width + j - 1] > table[(i - 1) * width + j] {
        j -= 1
      } else {
        i -= 1
      }
    }
  }
}

/// M. F. Porter's "An algorithm for suffix stripping" (Program 14, 1980) with the extensions of NLTK's stemmer, which `rouge_score` uses.
package enum PorterStemmer {
  private typealias Rule = (suffix: String, replacement: String)

  private static let irregular = [
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news", "innings": "inning",
    "inning": "inning", "outings": "outing", "outing": "outing", "cannings": "canning", "canning": "canning",
    "howe": "howe", "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
  ].reduce(into: [[UInt8]: [UInt8]]()) { $0[Array($1.key.utf8)] = Array($1.value.utf8) }

  /// - Parameter word: lower-case letters and digits of ASCII.
  package static func stem(_ word: [UInt8]) -> [UInt8] {
    if let known = irregular[word] { return known }
    guard word.count > 2 else { return word }
    return step5(step4(step3(step2(step1c(step1b(step1a(word)))))))
  }

  // MARK: Properties of words

  private static func consonants(_ word: some Sequence<UInt8>) -> [Bool] {
    var flags: [Bool] = []
    for letter in word {
      switch letter {
      case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"):
        flags.append(false)
      case UInt8(ascii: "y"): flags.append(!(flags.last ?? false))
      default: flags.append(true)
      }
    }
    return flags
  }

  /// How many times a consonant follows a vowel.
  private static func measure(_ word: [UInt8]) -> Int {
    let flags = consonants(word)
    return zip(flags, flags.dropFirst()).count { !$0 && $1 }
  }

  private static func hasVowel(_ word: [UInt8]) -> Bool { consonants(word).contains(false) }

  private static func endsInDoubleConsonant(_ word: [UInt8]) -> Bool {
    word.count >= 2 && word[word.count - 1] == word[word.count - 2] && consonants(word).last == true
  }

  /// Consonant, vowel, consonant other than w, x, y; or a word of a vowel and a consonant.
  private static func endsInShortSyllable(_ word: [UInt8]) -> Bool {
    let flags = consonants(word)
    if flags.count == 2 { return !flags[0] && flags[1] }
    guard flags.count >= 3, let last = word.last else { return false }
    return Array(flags.suffix(3)) == [true, false, true] && !"wxy".utf8.contains(last)
  }

  private static func stem(of word: [UInt8], without suffix: String) -> [UInt8]? {
    let suffix = Array(suffix.utf8)
    guard word.count >= suffix.count, word.suffix(suffix.count).elementsEqual(suffix) else { return nil }
    return Array(word.dropLast(suffix.count))
  }

  /// The first rule whose suffix matches decides, whether its condition holds or not.
  private static func apply(_ rules: [Rule], to word: [UInt8], if condition: ([UInt8]) -> Bool) -> [UInt8] {
    for rule in rules {
      guard let stem = stem(of: word, without: rule.suffix) else { continue }
      return condition(stem) ? stem + Array(rule.replacement.utf8) : word
    }
    return word
  }

  // MARK: Steps

  private static func step1a(_ word: [UInt8]) -> [UInt8] {
    if word.count == 4, let stem = stem(of: word, without: "ies") { return stem + Array("ie".utf8) }
    return apply([("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")], to: word) { _ in true }
  }

  private static func step1b(_ word: [UInt8]) -> [UInt8] {
    if let stem = stem(of: word, without: "ied") { return stem + Array((word.count == 4 ? "ie" : "i").utf8) }
    if let stem = stem(of: word, without: "eed") { return measure(stem) > 0 ? stem + Array("ee".utf8) : word }
    let stems = ["ed", "ing"].compactMap { stem(of: word, without: $0) }
    guard let stem = stems.first(where: hasVowel), let last = stem.last else { return word }
    for ending in ["at", "bl", "iz"] where Self.stem(of: stem, without: ending) != nil {
      return stem + [UInt8(ascii: "e")]
    }
    if endsInDoubleConsonant(stem) { return "lsz".utf8.contains(last) ? stem : Array(stem.dropLast()) }
    return measure(stem) == 1 && endsInShortSyllable(stem) ? stem + [UInt8(ascii: "e")] : stem
  }

  private static func step1c(_ word: [UInt8]) -> [UInt8] {
    apply([("y", "i")], to: word) { stem in stem.count > 1 && consonants(stem).last == true }
  }

  private static func step2(_ word: [UInt8]) -> [UInt8] {
    if let stem = stem(of: word, without: "alli"), measure(stem) > 0 { return step2(stem + Array("al".utf8)) }
    let rules: [Rule] = [
      ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
      ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
      ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
      ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ]
    if rules.contains(where: { stem(of: word, without: $0.suffix) != nil }) {
      return apply(rules, to: word) { measure($0) > 0 }
    }
    // The l counts for the stem, so that geo and theo are long enough.
    return apply([("logi", "log")], to: word) { measure($0 + [UInt8(ascii: "l")]) > 0 }
  }

  private static func step3(_ word: [UInt8]) -> [UInt8] {
    let rules: [Rule] = [
      ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ]
    return apply(rules, to: word) { measure($0) > 0 }
  }

  private static func step4(_ word: [UInt8]) -> [UInt8] {
    let suffixes = [
      "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
      "ous", "ive", "ize",
    ]
    guard let suffix = suffixes.first(where: { stem(of: word, without: $0) != nil }) else { return word }
    return apply([(suffix, "")], to: word) { stem in
      measure(stem) > 1 && (suffix != "ion" || stem.last.map { "st".utf8.contains($0) } == true)
    }
  }

  private static func step5(_ word: [UInt8]) -> [UInt8] {
    var word = word
    if let stem = stem(of: word, without: "e"), measure(stem) > 1 || (measure(stem) == 1 && !endsInShortSyllable(stem))
    {
      word = stem
    }
    if stem(of: word, without: "ll") != nil, measure(Array(word.dropLast())) > 1 { word.removeLast() }
    return word
  }
}
