import Foundation

/// Writes the one JSON object that `--json` promises: sorted keys, and null where a number is not finite.
enum JSONOutput {
  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data = try encoder.encode(value)
    FileHandle.standardOutput.write(data + Data([0x0A]))
  }

  /// nil, and so null in the output, where the value is NaN or infinite.
  static func finite(_ value: Float) -> Double? { value.isFinite ? Double(value) : nil }
}
