import Foundation

/// Writes the one JSON object that `--json` promises: sorted keys in snake case, and null where a number is not finite.
enum JSONOutput {
  /// No text has it: the control character would have to be written as an escape.
  private static let notFinite = "\u{1}not finite"
  private static let notFiniteAsWritten = #""\u0001not finite""#

  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { Key(snake($0.last?.stringValue ?? "")) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: notFinite, negativeInfinity: notFinite, nan: notFinite)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    FileHandle.standardOutput.write(Data((text.replacing(notFiniteAsWritten, with: "null") + "\n").utf8))
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// `useRSLoRA` is `use_rslora`, as PEFT spells it.
  private static func snake(_ name: String) -> String {
    let plain = name.replacing("RSLoRA", with: "Rslora").replacing("DoRA", with: "Dora").replacing("LoRA", with: "Lora")
    return plain.reduce(into: "") { text, character in
      if character.isUppercase, let last = text.last, last.isLetter || last.isNumber { text.append("_") }
      text.append(contentsOf: character.lowercased())
    }
  }

  /// nil, and so null in the output, where the value is NaN or infinite.
  static func finite(_ value: Float) -> Double? { value.isFinite ? Double(value) : nil }
}
