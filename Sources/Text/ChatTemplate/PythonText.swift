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

  /// Needles up to so long are looked for place by place.
  private static let shortNeedle = 16

  /// What a search costs, in bytes that are looked at: proportional to both lengths, not to their product.
  static func cost(ofSearching text: String, for needle: String) -> Int {
    text.utf8.count * (needle.utf8.count <= shortNeedle ? 1 + needle.utf8.count / 4 : 4) + needle.utf8.count
  }

  /// Places of `needle` in `text`, in bytes, left to right, not overlapping.
  static func places(of needle: [UInt8], in text: [UInt8], limit: Int = .max) -> [Int] {
    var places: [Int] = []
    guard !needle.isEmpty, needle.count <= text.count, limit > 0 else { return places }
    if needle.count > shortNeedle { return longPlaces(of: needle, in: text, limit: limit) }
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

  /// After Knuth, Morris and Pratt: no byte of the text is looked at more than twice.
  private static func longPlaces(of needle: [UInt8], in text: [UInt8], limit: Int) -> [Int] {
    // The longest beginning of the needle that is also an end of its first i + 1 bytes.
    var borders = [Int](repeating: 0, count: needle.count)
    var border = 0
    for index in 1..<needle.count {
      while border > 0, needle[index] != needle[border] { border = borders[border - 1] }
      if needle[index] == needle[border] { border += 1 }
      borders[index] = border
    }
    var places: [Int] = []
    var matched = 0
    for (index, byte) in text.enumerated() {
      while matched > 0, byte != needle[matched] { matched = borders[matched - 1] }
      if byte == needle[matched] { matched += 1 }
      guard matched == needle.count else { continue }
      places.append(index + 1 - needle.count)
      if places.count == limit { break }
      matched = 0
    }
    return places
  }

  static func contains(_ needle: String, in text: String) -> Bool {
    needle.isEmpty || !places(of: Array(needle.utf8), in: Array(text.utf8), limit: 1).isEmpty
  }

  /// `find` or `rfind`: the place in code points, or nil.
  static func place(of needle: String, in text: String, last: Bool) -> Int? {
    if needle.isEmpty { return last ? text.unicodeScalars.count : 0 }
    var bytes = Array(text.utf8)
    var sought = Array(needle.utf8)
    if last {
      bytes.reverse()
      sought.reverse()
    }
    guard var place = places(of: sought, in: bytes, limit: 1).first else { return nil }
    if last {
      bytes.reverse()
      place = bytes.count - sought.count - place
    }
    return bytes[..<place].count { $0 & 0xC0 != 0x80 }
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
    if fromRight {
      // From the right the places of overlapping separators are others.
      places = Self.places(of: needle.reversed(), in: bytes.reversed(), limit: limit)
        .map { bytes.count - needle.count - $0 }.reversed()
    } else if limit < places.count {
      places = Array(places.prefix(limit))
    }
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
        parts.append(String(rest))
        return parts
      }
      let end = rest.firstIndex(where: isSpace) ?? rest.endIndex
      parts.append(String(rest[..<end]))
      rest = rest[end...]
    }
  }

  /// As `words`, cut from the right.
  static func lastWords(_ text: String, limit: Int) -> [String] {
    let reversed = string(text.unicodeScalars.reversed())
    return words(reversed, limit: limit).map { string($0.unicodeScalars.reversed()) }.reversed()
  }

  /// `splitlines`.
  static func lines(_ text: String, keepsEnds: Bool = false) -> [String] {
    var result: [String] = []
    var line = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      switch scalar {
      case "\n", "\r", "\u{0B}", "\u{0C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}":
        if keepsEnds { line.append(scalar) }
        if scalar == "\r", index < scalars.count, scalars[index] == "\n" {
          if keepsEnds { line.append("\n") }
          index += 1
        }
        result.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
    }
    if !line.isEmpty { result.append(String(line)) }
    return result
  }

  // MARK: Printing

  /// `str`.
  static func text(_ value: TemplateValue) -> String {
    switch value {
    case .undefined: return ""
    case .string(let text), .markup(let text): return text
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
    case .markup(let text): "Markup(\(quoted(text)))"
    case .list(let values): "[" + values.map(representation).joined(separator: ", ") + "]"
    case .tuple(let values), .group(let values):
      "(" + values.map(representation).joined(separator: ", ") + (values.count == 1 ? ",)" : ")")
    case .view(let view):
      switch view.kind {
      case .generator: "<generator>"
      case .range(let first, let last, let step): "range(\(first), \(last)\(step == 1 ? "" : ", \(step)"))"
      case .keys: "dict_keys(" + representation(.list(view.all)) + ")"
      case .values: "dict_values(" + representation(.list(view.all)) + ")"
      case .items: "dict_items(" + representation(.list(view.all)) + ")"
      }
    case .map(let map):
      "{" + map.members.map { "\(quoted($0.key)): \(representation($0.value))" }.joined(separator: ", ") + "}"
    case .macro(let macro, _): "<Macro \(quoted(macro.name))>"
    case .namespace(let namespace): "<Namespace \(representation(.map(namespace.attributes)))>"
    case .loop(let state): "<LoopContext \(state.index + 1)/\(state.items.count)>"
    case .function, .method: "<\(value.kind)>"
    }
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    // Python writes an exponent from 10¹⁶ on only.
    if abs(value) >= 9_007_199_254_740_992, abs(value) < 1e16 { return "\(Int(value)).0" }
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
        if isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
          result += "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
        }
      }
    }
    return result + String(quote)
  }

  /// `str.isprintable` of one code point.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  // MARK: Marked text

  /// `e`: what HTML would read otherwise.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&#34;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Refuses text that would be escaped where it meets marked text: a template for a model never means that.
  static func checkEscapesNothing(_ text: String, _ line: Int) throws {
    let special: Set<UInt8> = Set("&<>\"'".utf8)
    if text.utf8.contains(where: special.contains) {
      throw TemplateFailure(
        line: line, reason: "joining text to what 'safe' or 'e' gave would escape it for HTML; that is not supported")
    }
  }
}
