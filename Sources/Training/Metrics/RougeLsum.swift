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
