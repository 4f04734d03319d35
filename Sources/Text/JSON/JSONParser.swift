/// Reads JSON (RFC 8259) in one pass over UTF-8 bytes.
///
/// Foundation's reader loses the order of members and duplicate keys, and on some platforms the difference between true
/// and 1; a vocabulary of 100 000 tokens should also open quickly.
public struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  private var depth = 0
  /// Halves of surrogate pairs so far.
  private var loneSurrogates = 0
  private static let deepest = 128
  private let constants: Constants

  /// What becomes of NaN, Infinity and -Infinity, which Python writes and JSON has not.
  enum Constants {
    /// An error by their name.
    case refused
    /// As of data: nothing was there.
    case null
    /// A string of its letters: ``PythonJSON``.
    case words
  }

  /// - Parameter bytes: which outlive the parser.
  init(_ bytes: UnsafeBufferPointer<UInt8>, constants: Constants = .refused) {
    self.bytes = bytes
    self.constants = constants
  }

  func error(_ reason: String, at place: Int? = nil) -> JSONError {
    let offset = place ?? position
    var line = 1
    var start = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
      line += 1
      start = index + 1
    }
    return JSONError(reason: reason, offset: offset, line: line, column: offset - start + 1)
  }

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func value() throws(JSONError) -> JSONValue {
    switch current {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try constant("NaN")
    case UInt8(ascii: "I"): return try constant("Infinity")
    case UInt8(ascii: "-") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
      return try constant("-Infinity")
    case UInt8(ascii: "-"), .some(0x30...0x39): return try number()
    case nil: throw error("the text ends where a value is expected")
    default: throw error("expected a value")
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let start = position
    for index in 0..<text.utf8CodeUnitCount {
      guard current == text.utf8Start[index] else { throw error("expected a value", at: start) }
      position += 1
    }
    return value
  }

  private mutating func constant(_ name: StaticString) throws(JSONError) -> JSONValue {
    switch constants {
    case .null: return try word(name, .null)
    case .words: return try word(name, .string("\(name)"))
    case .refused: break
    }
    // Nothing is stepped over, so that it is known where the bytes stop to be JSON.
    let length = min(name.utf8CodeUnitCount, bytes.count - position)
    let isNamed = (0..<length).allSatisfy { bytes[position + $0] == name.utf8Start[$0] }
    guard isNamed, length == name.utf8CodeUnitCount else { throw error("expected a value") }
    throw error("\(name), which Python writes and JSON has not; write null or a number")
  }

  /// Steps into a list or object.
  mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= Self.deepest else { throw error("nested more than \(Self.deepest) deep") }
    position += 1
    skipSpace()
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    try enter()
    var result: [JSONValue] = []
    if leave(with: UInt8(ascii: "]")) { return result }
    while true {
      result.append(try value())
      if try ends(with: UInt8(ascii: "]"), "expected , or ] in a list") { return result }
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    try enter()
    var result = JSONObject()
    var spellings: [(key: String, text: String)] = []
    let halves = loneSurrogates
    if leave(with: UInt8(ascii: "}")) { return result }
    while true {
      let key = try memberName()
      let start = position
      let value = try self.value()
      result.members.append(JSONObject.Member(key: key, value: value))
      switch value {
      // 4.0, 1e3 and -0 are told by their digits alone.
      case .number: spellings.append((key, copy(start, position)))
      case .integer(0) where position - start > 1: spellings.append((key, copy(start, position)))
      default: break
      }
      if try ends(with: UInt8(ascii: "}"), "expected , or } in an object") { break }
    }
    if !spellings.isEmpty || loneSurrogates > halves {
      result.note(spellings: spellings, loneSurrogates: loneSurrogates - halves)
    }
    return result
  }

  /// A member's name with the colon behind it.
  mutating func memberName() throws(JSONError) -> String {
    guard current == UInt8(ascii: "\"") else { throw error("expected a member's name in quotation marks") }
    let key = try string()
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw error("expected : after a member's name") }
    position += 1
    skipSpace()
    return key
  }

  /// Steps out of a list or object that has just been entered and is empty.
  mutating func leave(with bracket: UInt8) -> Bool {
    guard current == bracket else { return false }
    position += 1
    depth -= 1
    return true
  }

  /// After an element: steps over a comma (false) or the closing bracket (true).
  mutating func ends(with bracket: UInt8, _ reason: String) throws(JSONError) -> Bool {
    skipSpace()
    switch current {
    case UInt8(ascii: ","):
      position += 1
      skipSpace()
      return false
    case bracket:
      position += 1
      depth -= 1
      return true
    default: throw error(current == nil ? "the text ends too early" : reason)
    }
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let zero = current == UInt8(ascii: "0")
    let whole = digits()
    guard whole > 0, !(zero && whole > 1) else { throw error("not a number", at: start) }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard digits() > 0 else { throw error("not a number", at: start) }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw error("not a number", at: start) }
    }
    let text = copy(start, position)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw error("number out of range", at: start) }
    return .number(value)
  }

  private func copy(_ start: Int, _ end: Int) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    try plainRun(start)
    if current == UInt8(ascii: "\"") {
      position += 1
      return copy(start, position - 1)
    }
    // From the first escape on, the text is put together of runs without one.
    var text: [UInt8] = []
    text.reserveCapacity(2 * (position - start) + 16)
    var run = start
    while true {
      text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[run..<position]))
      if current == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      try escape(into: &text)
      run = position
      try plainRun(start)
    }
  }

  /// Steps to the end of the string or its next escape.
  private mutating func plainRun(_ start: Int) throws(JSONError) {
    while true {
      guard let byte = current else { throw error("a string has no end", at: start - 1) }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
      case 0..<0x20: throw error("a control character in a string must be written as \\u00\(byte < 16 ? "0" : "1")x")
      case 0..<0x80: position += 1
      default:
        let length = UTF8Validation.sequenceLength(at: position, in: bytes)
        guard length > 0 else { throw error("invalid UTF-8") }
        position += length
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = position
    position += 1
    let letter = current
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter ?? 0)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal(start)
      if (0xD800..<0xDC00).contains(code), current == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let before = position
        position += 2
        let low = try hexadecimal(start)
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        } else {
          position = before
        }
      }
      // A surrogate without its partner cannot be in UTF-8; it becomes U+FFFD.
      if (0xD800..<0xE000).contains(code) { loneSurrogates += 1 }
      text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default: throw error("unknown escape in a string", at: start)
    }
  }

  private mutating func hexadecimal(_ start: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error("\\u needs four hexadecimal digits", at: start)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
