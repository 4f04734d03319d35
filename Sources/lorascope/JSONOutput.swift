import Foundation

/// Writes the one JSON object that `--json` promises: sorted keys in snake case, and null where a number is not finite.
enum JSONOutput {
  /// No text has it: the control character would have to be written as an escape.
  private static let notFinite = "\u{1}not finite"
  private static let notFiniteAsWritten = #""\u0001not finite""#

  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: notFinite, negativeInfinity: notFinite, nan: notFinite)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    FileHandle.standardOutput.write(Data((text.replacing(notFiniteAsWritten, with: "null") + "\n").utf8))
  }

  /// nil, and so null in the output, where the value is NaN or infinite.
  static func finite(_ value: Float) -> Double? { value.isFinite ? Double(value) : nil }
}
