/// `tojson` as transformers has it: `json.dumps` with `ensure_ascii=False`.
struct TemplateJSON {
  var indent: Int?
  var itemSeparator = ", "
  var keySeparator = ": "
  var sortsKeys = false
  let line: Int

  func text(_ value: TemplateValue) throws -> String {
    var out = ""
    try write(value, 0, &out)
    return out
  }

  private func write(_ value: TemplateValue, _ depth: Int, _ out: inout String) throws {
    switch value {
    case .none: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value):
      out += value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    case .string(let text): Self.quote(text, &out)
    case .list(let values): try list("[", "]", values, depth, &out) { try write($0, depth + 1, &$1) }
    case .map(let map):
      var members = map.members
      if sortsKeys { members.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) } }
      try list("{", "}", members, depth, &out) { member, out in
        Self.quote(member.key, &out)
        out += keySeparator
        try write(member.value, depth + 1, &out)
      }
    default: throw TemplateFailure(line: line, reason: "tojson cannot write \(value.kind)")
    }
  }

  private func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], _ depth: Int, _ out: inout String,
    _ body: (Element, inout String) throws -> Void
  ) rethrows {
    out += open
    for (index, element) in elements.enumerated() {
      if index > 0 { out += indent == nil ? itemSeparator : PythonText.stripped(itemSeparator, left: false) }
      if let indent { out += "\n" + String(repeating: " ", count: indent * (depth + 1)) }
      try body(element, &out)
    }
    if let indent, !elements.isEmpty { out += "\n" + String(repeating: " ", count: indent * depth) }
    out += close
  }

  private static func quote(_ text: String, _ out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{08}": out += "\\b"
      case "\u{0C}": out += "\\f"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
