import Foundation

/// Equality of the answer's text after normalising white space, case and number format. The answer is the whole output; or, with a
/// pattern, what the pattern finds; or, with a marker such as `Answer:`, what follows its last occurrence on that line, up to the end marker if
/// there is one. An output in which neither is found does not parse.
public struct ExactMatch: Metric {
  public let name: String
  /// The text that announces the answer; nil takes the whole output.
  public let marker: String?
  /// What must follow the answer; nil takes the rest of the line.
  public let endMarker: String?
  /// What finds the answer, in the output and in the completion.
  public let pattern: AnswerPattern?

  public init(
    marker: String? = nil, endMarker: String? = nil, pattern: AnswerPattern? = nil, name: String = "exact match"
  ) {
    self.marker = marker
    self.endMarker = endMarker
    self.pattern = pattern
    self.name = name
  }

  public func check() throws { try pattern?.check() }

  public func score(output: String, example: Example) -> ExampleScore {
    let gold = TextNormalisation.normalised(answer(in: example.completion) ?? example.completion)
    let found = answer(in: output).map(TextNormalisation.normalised)
    let parsed = !(found ?? "").isEmpty || (found != nil && gold.isEmpty)
    let right = parsed && found == gold
    let everywhere = TextNormalisation.normalised(output)
    let lenient = right || (gold.isEmpty ? everywhere.isEmpty : TextSearch.containsWords(gold, in: everywhere))
    return ExampleScore(value: right ? 1 : 0, parsed: parsed, lenient: lenient ? 1 : 0)
  }

  /// Settled where the output has left the expected text, and has it elsewhere already. Until then the lenient reading may still find it
  /// in what follows; and behind a marker or a pattern, of which the last counts, another answer may follow.
  public func settling(for example: Example) -> SettledByBeginning? {
    guard pattern == nil, (marker ?? "").isEmpty else { return nil }
    let gold = TextNormalisation.normalised(example.completion)
    let characters = Array(gold)
    return { beginning in
      let folded = TextNormalisation.folded(beginning)
      // As long as all of it could be a number, it can become any spelling of the expected one.
      guard !characters.starts(with: folded), !folded.allSatisfy(TextNormalisation.isOfNumber) else { return false }
      return gold.isEmpty
        || TextSearch.ranges(of: gold, in: folded).contains {
          $0.upperBound < folded.endIndex && TextSearch.isBounded($0, in: folded)
        }
    }
  }

  private func answer(in text: String) -> String? {
    if let pattern { return pattern.answer(in: text) }
    guard let marker, !marker.isEmpty else { return text }
    guard let range = TextSearch.ranges(of: marker, in: text).last else { return nil }
    let rest = text[range.upperBound...]
    guard let endMarker else { return String(rest.prefix { !$0.isNewline }) }
    return rest.ranges(of: endMarker).first.map { String(rest[..<$0.lowerBound]) }
  }
}

/// Makes texts comparable that differ in white space, case or number format only.
enum TextNormalisation {
  /// White space trimmed and each run of it one space, lower case; a text that is a number, in its shortest form.
  static func normalised(_ text: String) -> String {
    let folded = folded(text)
    return number(folded) ?? folded
  }

  /// The same with numbers as they are written. What a text begins with, its folded form begins with that folded.
  static func folded(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
  }

  /// Whether a folded text that `number` reads may have the character.
  static func isOfNumber(_ character: Character) -> Bool {
    character.isASCII && (character.isNumber || "+-.,e".contains(character))
  }

  /// `1,234.50`, `1234.5`, `+1234.5` and `1.2345e3` are all `1234.5`; nil for what is not a number.
  static func number(_ text: String) -> String? {
    guard let first = text.first, first.isNumber || "+-.".contains(first), text.contains(where: \.isNumber) else {
      return nil
    }
    var digits = text
    if text.contains(",") {
      guard hasThousands(text) else { return nil }
      digits = text.replacing(",", with: "")
    }
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else { return nil }
    if let whole = Int64(digits) { return "\(whole)" }
    guard let value = Double(digits), value.isFinite else { return nil }
    // A longer number, such as an account's, is told apart by its digits, which a Double does not hold.
    if value.magnitude > 0x1p53, digits.allSatisfy({ $0.isNumber || "+-".contains($0) }) { return nil }
    // Doubles print in their shortest round-trip form; the cast spares whole numbers their ".0".
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
  }

  /// Whether the commas stand where thousands are separated: one to three digits, then groups of three.
  private static func hasThousands(_ text: String) -> Bool {
    let unsigned = text.drop { "+-".contains($0) }
    let whole = unsigned.prefix { $0 != "." }
    let groups = whole.split(separator: ",", omittingEmptySubsequences: false)
    guard !unsigned.dropFirst(whole.count).contains(","), let first = groups.first else { return false }
    return (1...3).contains(first.count) && groups.dropFirst().allSatisfy { $0.count == 3 }
  }
}

/// Substring searches without regular expressions, linear enough for outputs of a few thousand characters.
enum TextSearch {
  /// All occurrences, left to right, not overlapping.
  static func ranges(of needle: String, in text: String) -> [Range<String.Index>] {
    guard !needle.isEmpty else { return [] }
    return text.ranges(of: needle)
  }

  /// Whether `needle` occurs with no letter or digit directly before or after it.
  static func containsWords(_ needle: String, in text: String) -> Bool {
    ranges(of: needle, in: text).contains { isBounded($0, in: text) }
  }

  /// Whether neither neighbour of a range is a letter or digit.
  static func isBounded(_ range: Range<String.Index>, in text: String) -> Bool {
    if range.lowerBound > text.startIndex, isWord(text[text.index(before: range.lowerBound)]) { return false }
    if range.upperBound < text.endIndex, isWord(text[range.upperBound]) { return false }
    return true
  }

  static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }
}
