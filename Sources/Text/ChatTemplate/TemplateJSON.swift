/// `tojson` as transformers has it: `json.dumps` with `ensure_ascii=False`.
struct TemplateJSON {
  /// What one level is moved in by; nil for one line.
  var indent: String?
  var itemSeparator = ", "
  var keySeparator = ": "
  var sortsKeys = false
  /// Everything beyond ASCII as `\u` and four digits.
  var escapesAll = false
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
      out += value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : PythonText.number(value)
    case .string(let text), .markup(let text): quote(text, &out)
    case .list(let values), .tuple(let values), .group(let values):
      try list("[", "]", values, depth, &out) { try write($0, depth + 1, &$1) }
    case .map(let map):
      var members = map.members
      if sortsKeys { members.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) } }
      try list("{", "}", members, depth, &out) { member, out in
        quote(member.key, &out)
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
    if elements.isEmpty {
      out += open + close
      return
    }
    out += open
    for (index, element) in elements.enumerated() {
      if index > 0 { out += itemSeparator }
      if let indent { out += "\n" + String(repeating: indent, count: depth + 1) }
      try body(element, &out)
    }
    if let indent { out += "\n" + String(repeating: indent, count: depth) }
    out += close
  }

  private func quote(_ text: String, _ out: inout String) {
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
        out += "\\u" + Self.digits(scalar.value)
      default:
        guard escapesAll, scalar.value > 0x7E else {
          out.unicodeScalars.append(scalar)
          continue
        }
        for unit in String(scalar).utf16 { out += "\\u" + Self.digits(UInt32(unit)) }
      }
    }
    out += "\""
  }

  private static func digits(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
