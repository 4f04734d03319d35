/// Python's ideas of text: strings are sequences of code points, and values print as `str` and `repr` print them.
enum PythonText {
  /// `str.isspace` of one code point.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
      true
    default: false
    }
  }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// `strip`, `lstrip` or `rstrip`: of white space, or of the given characters.
  static func stripped(_ text: String, left: Bool = true, right: Bool = true, of characters: String? = nil) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func isStripped(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? isSpace(scalar) }
    var view = text.unicodeScalars[...]
    while left, let first = view.first, isStripped(first) { view.removeFirst() }
    while right, let last = view.last, isStripped(last) { view.removeLast() }
    return String(view)
  }

  /// Places of `needle` in `text`, in bytes, left to right, not overlapping.
  static func places(of needle: [UInt8], in text: [UInt8], limit: Int = .max) -> [Int] {
    var places: [Int] = []
    guard !needle.isEmpty, needle.count <= text.count else { return places }
    var place = 0
    let last = text.count - needle.count
    while place <= last, places.count < limit {
      if text[place] == needle[0], text[place..<(place + needle.count)].elementsEqual(needle) {
        places.append(place)
        place += needle.count
      } else {
        place += 1
      }
    }
    return places
  }

  static func contains(_ needle: String, in text: String) -> Bool {
    needle.isEmpty || !places(of: Array(needle.utf8), in: Array(text.utf8), limit: 1).isEmpty
  }

  static func replaced(_ text: String, _ old: String, with new: String, limit: Int = .max) -> String {
    let bytes = Array(text.utf8)
    let replacement = Array(new.utf8)
    var result: [UInt8] = []
    if old.isEmpty {
      // Python puts the replacement before every code point and at the end.
      var left = limit
      for scalar in text.unicodeScalars {
        if left > 0 { result += replacement }
        left -= 1
        result += Array(String(scalar).utf8)
      }
      if left > 0 { result += replacement }
      return String(decoding: result, as: UTF8.self)
    }
    var done = 0
    for place in places(of: Array(old.utf8), in: bytes, limit: limit) {
      result += bytes[done..<place]
      result += replacement
      done = place + old.utf8.count
    }
    result += bytes[done...]
    return String(decoding: result, as: UTF8.self)
  }

  static func split(_ text: String, by separator: String, limit: Int, fromRight: Bool = false) -> [String] {
    let bytes = Array(text.utf8)
    let needle = Array(separator.utf8)
    var places = Self.places(of: needle, in: bytes)
    if limit < places.count { places = Array(fromRight ? places.suffix(limit) : places.prefix(limit)) }
    var parts: [String] = []
    var done = 0
    for place in places {
      parts.append(String(decoding: bytes[done..<place], as: UTF8.self))
      done = place + needle.count
    }
    parts.append(String(decoding: bytes[done...], as: UTF8.self))
    return parts
  }

  /// At runs of white space, none of the parts empty.
  static func words(_ text: String, limit: Int) -> [String] {
    var parts: [String] = []
    var rest = text.unicodeScalars[...]
    while true {
      while let first = rest.first, isSpace(first) { rest.removeFirst() }
      if rest.isEmpty { return parts }
      if parts.count == limit {
        parts.append(stripped(String(rest), left: false))
        return parts
      }
      let end = rest.firstIndex(where: isSpace) ?? rest.endIndex
      parts.append(String(rest[..<end]))
      rest = rest[end...]
    }
  }

  static func capitalised(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping + string(text.unicodeScalars.dropFirst()).lowercased()
  }

  /// Each word's first letter in title case; a word is a run of letters.
  static func titled(_ text: String) -> String {
    var result = ""
    var follows = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      result += follows ? properties.lowercaseMapping : properties.titlecaseMapping
      follows = properties.isCased
    }
    return result
  }

  // MARK: Printing

  /// `str`.
  static func text(_ value: TemplateValue) -> String {
    switch value {
    case .undefined: return ""
    case .string(let text): return text
    default: return representation(value)
    }
  }

  /// `repr`.
  static func representation(_ value: TemplateValue) -> String {
    switch value {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .number(let value): number(value)
    case .string(let text): quoted(text)
    case .list(let values): "[" + values.map(representation).joined(separator: ", ") + "]"
    case .map(let map):
      "{" + map.members.map { "\(quoted($0.key)): \(representation($0.value))" }.joined(separator: ", ") + "}"
    case .namespace, .loop, .macro, .function, .method: "<\(value.kind)>"
    }
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return "\(value)"
  }

  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\\": result += "\\\\"
      case quote: result += "\\" + String(scalar)
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + String(quote)
  }
}
