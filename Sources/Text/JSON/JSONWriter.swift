/// Writes JSON as Python's `json.dumps(value, indent=2)` does, with ASCII control characters escaped and the rest as UTF-8.
public enum JSONWriter {
  /// - Parameter sortedKeys: members in the order of their names' bytes, as `sort_keys=True`.
  public static func text(_ value: JSONValue, sortedKeys: Bool = false, indent: Int? = 2) -> String {
    var result: [UInt8] = []
    write(value, sortedKeys, indent, 0, &result)
    return String(decoding: result, as: UTF8.self)
  }

  private static func write(
    _ value: JSONValue, _ sortedKeys: Bool, _ indent: Int?, _ depth: Int, _ out: inout [UInt8]
  ) {
    switch value {
    case .null: out += Array("null".utf8)
    case .bool(let value): out += Array((value ? "true" : "false").utf8)
    case .integer(let value): out += Array(String(value).utf8)
    case .number(let value): out += Array((value.isFinite ? "\(value)" : "null").utf8)
    case .string(let value): quote(value, &out)
    case .array(let values):
      list("[", "]", values, indent, depth, &out) { element, out in
        write(element, sortedKeys, indent, depth + 1, &out)
      }
    case .object(let object):
      var members = object.members
      if sortedKeys { members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
      list("{", "}", members, indent, depth, &out) { member, out in
        quote(member.key, &out)
        out += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        write(member.value, sortedKeys, indent, depth + 1, &out)
      }
    }
  }

  private static func list<Element>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element], _ indent: Int?, _ depth: Int,
    _ out: inout [UInt8], _ body: (Element, inout [UInt8]) -> Void
  ) {
    func newline(_ depth: Int) {
      guard let indent else { return }
      out.append(0x0A)
      out += [UInt8](repeating: 0x20, count: indent * depth)
    }
    out.append(UInt8(ascii: open))
    for (index, element) in elements.enumerated() {
      if index > 0 {
        out.append(UInt8(ascii: ","))
        if indent == nil { out.append(0x20) }
      }
      newline(depth + 1)
      body(element, &out)
    }
    if !elements.isEmpty { newline(depth) }
    out.append(UInt8(ascii: close))
  }

  private static func quote(_ text: String, _ out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
      case UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
      case 0x0A: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: out += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 0x09: out += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0..<0x20, 0x7F:
        let digits = Array("0123456789abcdef".utf8)
        out += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
