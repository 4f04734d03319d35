import Foundation

/// Makes texts comparable that differ in white space, case or number format only.
enum TextNormalisation {
  /// White space trimmed and each run of it one space, lower case; a text that is a number, in its shortest form.
  static func normalised(_ text: String) -> String {
    let folded = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
    return number(folded) ?? folded
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
