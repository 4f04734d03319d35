import Text

extension JSONValue {
  /// One text for all values that differ in white space, case or number format only.
  var normalised: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): TextNormalisation.number("\(value)") ?? "\(value)"
    case .number(let value): TextNormalisation.number("\(value)") ?? "\(value)"
    case .string(let value): TextNormalisation.normalised(value)
    case .array(let values): "[" + values.map(\.normalised).joined(separator: "\u{1F}") + "]"
    case .object(let object):
      "{"
        + object.members.sorted { $0.key < $1.key }.map { "\($0.key)\u{1E}\($0.value.normalised)" }
        .joined(separator: "\u{1F}") + "}"
    }
  }
}
