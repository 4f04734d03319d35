import Foundation
import Messages
import Recipe
import Synchronization

/// Writes the one JSON object that `--json` promises: sorted keys in snake case, and null where a number is not finite.
enum JSONOutput {
  /// No text has it: it holds a number of this process.
  private static let notFinite = "\u{1}not finite \(notFiniteNumber)"
  private static let notFiniteAsWritten = #""\u0001not finite "# + "\(notFiniteNumber)\""
  private static let notFiniteNumber = UInt64.random(in: .min ... .max)

  static func print(_ value: some Encodable) throws {
    StandardStreams.write(OneLine.escapedJSON(try text(value)) + [UInt8(ascii: "\n")])
  }

  /// The same in one line, for files of lines.
  static func line(_ value: some Encodable) throws -> [UInt8] {
    var isString = false
    var isEscaped = false
    // Outside of strings every blank and line feed is the encoder's own.
    return try OneLine.escapedJSON(text(value)).filter { byte in
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        return true
      }
      if byte == UInt8(ascii: "\"") { isString = true }
      return byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\n")
    } + [UInt8(ascii: "\n")]
  }

  private static func text(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { Key(snake($0.last?.stringValue ?? "")) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: notFinite, negativeInfinity: notFinite, nan: notFinite)
    let marks = SeriesMarks()
    if let key = SeriesMarks.key { encoder.userInfo[key] = marks }
    return filled([UInt8](try encoder.encode(value)), marks.all)
  }

  /// The encoder takes microseconds for each number of a long series: they are written into its text afterwards, in the encoder's
  /// own form.
  struct Series: Encodable {
    var values: MetricSeries

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let key = SeriesMarks.key, let marks = encoder.userInfo[key] as? SeriesMarks {
        try container.encode("\u{1}\(SeriesMarks.word)\(marks.add(values))")
      } else {
        try container.encode(values.values(0..<values.count).map(JSONOutput.finite))
      }
    }
  }

  private final class SeriesMarks: Sendable {
    static let key = CodingUserInfoKey(rawValue: "lorascope.series")
    /// Another one in each process, so that no text can hold it.
    static let word = "series \(UInt64.random(in: .min ... .max)) "
    private let series = Mutex<[MetricSeries]>([])

    var all: [MetricSeries] { series.withLock { $0 } }

    /// - Returns: its place.
    func add(_ values: MetricSeries) -> Int {
      series.withLock {
        $0.append(values)
        return $0.count - 1
      }
    }
  }

  /// The encoder's text with numbers in the place of marks.
  private static func filled(_ json: [UInt8], _ series: [MetricSeries]) -> [UInt8] {
    let escape = Array(#""\u0001"#.utf8)
    let notFinite = Array(notFiniteAsWritten.utf8)
    let mark = escape + Array(SeriesMarks.word.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(json.count)
    var copied = 0
    var place = 0
    while let start = json[place...].firstIndex(of: escape[0]) {
      place = start + 1
      guard json[start...].starts(with: escape) else { continue }
      if json[start...].starts(with: notFinite) {
        result += json[copied..<start] + Array("null".utf8)
        copied = start + notFinite.count
      } else if json[start...].starts(with: mark) {
        let digits = json[(start + mark.count)...].prefix { $0 != escape[0] }
        guard let number = Int(String(decoding: digits, as: UTF8.self)), series.indices.contains(number) else {
          continue
        }
        result += json[copied..<start]
        // The key's own indentation is that of its line.
        let line = json[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let indent = Array(json[line..<start].prefix { $0 == UInt8(ascii: " ") })
        append(series[number], to: &result, indent: indent)
        copied = start + mark.count + digits.count + 1
      }
      place = max(place, copied)
    }
    return result + json[copied...]
  }

  private static func append(_ series: MetricSeries, to result: inout [UInt8], indent: [UInt8]) {
    let values = series.values(0..<series.count)
    result.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      result.append(contentsOf: index == 0 ? [UInt8(ascii: "\n")] : [UInt8(ascii: ","), UInt8(ascii: "\n")])
      result.append(contentsOf: indent)
      result.append(contentsOf: [UInt8(ascii: " "), UInt8(ascii: " ")])
      var text = value.isFinite ? "\(Double(value))" : "null"
      if text.hasSuffix(".0") { text.removeLast(2) }
      result.append(contentsOf: text.utf8)
    }
    // So does the encoder write an empty list.
    result.append(contentsOf: values.isEmpty ? Array("\n\n".utf8) : [UInt8(ascii: "\n")])
    result.append(contentsOf: indent)
    result.append(UInt8(ascii: "]"))
  }

  /// A key that stands in the output as it is called here: in snake case already.
  struct Key: CodingKey {
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
