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
