import Foundation

/// Numbers as Python reads, rounds and writes them.
enum PythonNumber {
  /// `int(text, base)`: nil for what is no integer, an error for one that is out of range here.
  static func integer(_ text: String, base: Int = 10, _ line: Int) throws -> Int? {
    var digits = PythonText.stripped(text)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 < 0x80 }) else {
      if digits.unicodeScalars.contains(where: { $0.value >= 0x80 && $0.properties.numericType == .decimal }) {
        throw TemplateFailure(line: line, reason: "digits beyond ASCII are not supported")
      }
      return nil
    }
    var sign = ""
    if let first = digits.first, first == "-" || first == "+" {
      sign = first == "-" ? "-" : ""
      digits.removeFirst()
    }
    var radix = base
    let prefixes = ["0x": 16, "0o": 8, "0b": 2]
    if let named = prefixes[digits.prefix(2).lowercased()], base == named || base == 0 {
      radix = named
      digits.removeFirst(2)
      if digits.first == "_" { digits.removeFirst() }
    } else if base == 0 {
      radix = 10
      if digits.count > 1, digits.hasPrefix("0"), digits.contains(where: { $0 != "0" && $0 != "_" }) { return nil }
    }
    guard (2...36).contains(radix), let plain = withoutUnderscores(digits) else { return nil }
    guard plain.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? letter($0)) < radix }), !plain.isEmpty else {
      return nil
    }
    guard let value = Int(sign + plain, radix: radix) else {
      throw TemplateFailure(line: line, reason: "the integer \(plain.prefix(40)) is out of range")
    }
    return value
  }

  private static func letter(_ character: Character) -> Int {
    guard let byte = character.asciiValue, (0x61...0x7A).contains(byte | 0x20) else { return .max }
    return Int(byte | 0x20) - 0x61 + 10
  }

  /// Nil where an underscore does not stand between two digits.
  private static func withoutUnderscores(_ digits: String) -> String? {
    guard digits.contains("_") else { return digits }
    if digits.hasPrefix("_") || digits.hasSuffix("_") || digits.contains("__") { return nil }
    return digits.filter { $0 != "_" }
  }

  /// `float(text)`; nil for what is no number.
  static func number(_ text: String, _ line: Int) throws -> Double? {
    let stripped = PythonText.stripped(text)
    let word = stripped.lowercased()
    let unsigned = word.drop { $0 == "+" || $0 == "-" }
    if word.count - unsigned.count <= 1, ["inf", "infinity"].contains(unsigned) {
      return word.hasPrefix("-") ? -Double.infinity : .infinity
    }
    if word.count - unsigned.count <= 1, unsigned == "nan" { return .nan }
    guard let plain = floatDigits(word) else {
      if stripped.unicodeScalars.contains(where: { $0.value >= 0x80 && $0.properties.numericType == .decimal }) {
        throw TemplateFailure(line: line, reason: "digits beyond ASCII are not supported")
      }
      return nil
    }
    return strtod(plain, nil)
  }

  /// The text without underscores, if it is digits, a point and an exponent as Python writes them.
  private static func floatDigits(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    var place = 0
    func isDigit(_ index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
    func digits() -> Bool? {
      let start = place
      while place < bytes.count, isDigit(place) || bytes[place] == UInt8(ascii: "_") {
        if bytes[place] == UInt8(ascii: "_"), place == start || !isDigit(place - 1) || !isDigit(place + 1) {
          return nil
        }
        place += 1
      }
      return place > start
    }
    func sign() { if place < bytes.count, bytes[place] == 0x2B || bytes[place] == 0x2D { place += 1 } }
    sign()
    guard let before = digits() else { return nil }
    var after = false
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      place += 1
      guard let found = digits() else { return nil }
      after = found
    }
    guard before || after else { return nil }
    if place < bytes.count, bytes[place] == UInt8(ascii: "e") {
      place += 1
      sign()
      guard digits() == true else { return nil }
    }
    guard place == bytes.count else { return nil }
    return text.filter { $0 != "_" }
  }

  /// `round(value, places)`: to the nearest, halves of the exact binary value to even.
  static func rounded(_ value: Double, _ places: Int) -> Double {
    value.isFinite ? strtod(fixed(value, places), nil) : value
  }

  /// `%.*f`.
  static func fixed(_ value: Double, _ places: Int) -> String { printed("%.*f", places, value) }
  static func scientific(_ value: Double, _ places: Int) -> String { printed("%.*e", places, value) }
  static func general(_ value: Double, _ places: Int, keepsZeros: Bool = false) -> String {
    printed(keepsZeros ? "%#.*g" : "%.*g", places, value)
  }

  private static func printed(_ format: String, _ places: Int, _ value: Double) -> String {
    withVaList([Int32(clamping: places), value]) { arguments in
      var buffer = [CChar](repeating: 0, count: 512 + max(0, min(places, 4096)))
      let length = vsnprintf(&buffer, buffer.count, format, arguments)
      return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
