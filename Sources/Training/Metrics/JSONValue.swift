import Foundation

/// Any JSON value, so that outputs can be compared without knowing their form.
enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Nil for text that is not one JSON value and nothing else.
  init?(parsing text: String) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
    self = value
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// One text for all values that differ in white space, case or number format only.
  var normalised: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): TextNormalisation.number("\(value)") ?? "\(value)"
    case .string(let value): TextNormalisation.normalised(value)
    case .array(let values): "[" + values.map(\.normalised).joined(separator: "\u{1F}") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key < $1.key }.map { "\($0.key)\u{1E}\($0.value.normalised)" }
        .joined(separator: "\u{1F}") + "}"
    }
  }
}
