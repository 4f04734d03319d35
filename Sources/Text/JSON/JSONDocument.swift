/// Whole documents.
extension JSONParser {
  /// The one document that `bytes` hold, with white space around it.
  public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue { try parse(bytes, constants: .refused) }

  static func parse(_ bytes: [UInt8], constants: Constants) throws(JSONError) -> JSONValue {
    try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) in try parse(bytes, constants: constants) }
  }

  /// Whether no document begins with these bytes: what is wrong with them stands before their end, so that nothing behind them mends it.
  package static func isBroken(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      var parser = JSONParser(bytes)
      parser.skipSpace()
      // Reading stops at the first byte that is wrong, or behind the last one where more could follow.
      guard (try? parser.value()) != nil else { return parser.position < bytes.count }
      parser.skipSpace()
      return parser.position < bytes.count
    }
  }

  /// The same without a copy.
  static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, constants: Constants = .refused
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes, constants: constants)
    parser.skipSpace()
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == parser.bytes.count else { throw parser.error("unexpected text after the document") }
    return value
  }
}

/// Why bytes are not JSON.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// In words, without a place.
  public let reason: String
  /// Of the byte where reading stopped, from 0.
  public let offset: Int
  /// From 1.
  public let line: Int
  /// In bytes, from 1.
  public let column: Int

  public var description: String { "line \(line), column \(column): \(reason)" }
}
