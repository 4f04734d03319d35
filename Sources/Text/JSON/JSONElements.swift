/// The elements of one long list of a data file (in which NaN and Infinity are null), read one at a time so that a file of any size is
/// never in memory as a whole tree.
enum JSONElements {
  /// Calls `body` with each element of the list that the document is, or of the list that is the member of that name of
  /// the object that it is, and the element's line from 1.
  ///
  /// - Parameter others: is told of each other member that is a list of objects, and how many it has.
  /// - Returns: the name of the member that held the list; nil for a document that is a list, and an empty string for none of these.
  static func forEach(
    in bytes: [UInt8], of names: [String], others: (String, Int) -> Void = { _, _ in },
    _ body: (JSONValue, Int) throws -> Void
  ) throws -> String? {
    try bytes.withUnsafeBufferPointer { try forEach(in: $0, of: names, others, body) }
  }

  private static func forEach(
    in bytes: UnsafeBufferPointer<UInt8>, of names: [String], _ others: (String, Int) -> Void,
    _ body: (JSONValue, Int) throws -> Void
  ) throws -> String? {
    var parser = JSONParser(bytes, constants: .null)
    var found: String?
    parser.skipSpace()
    switch parser.current {
    case UInt8(ascii: "["): try elements(&parser, body)
    case UInt8(ascii: "{"):
      found = ""
      try parser.enter()
      var isOver = parser.leave(with: UInt8(ascii: "}"))
      while !isOver {
        let name = try parser.memberName()
        if names.contains(name), parser.current == UInt8(ascii: "["), found == "" {
          try elements(&parser, body)
          found = name
        } else if case let list = try parser.value().array ?? [], list.first?.object != nil {
          others(name, list.count)
        }
        isOver = try parser.ends(with: UInt8(ascii: "}"), "expected , or } in an object")
      }
    default: throw parser.error("expected a list")
    }
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("unexpected text after the document") }
    return found
  }

  private static func elements(_ parser: inout JSONParser, _ body: (JSONValue, Int) throws -> Void) throws {
    var line = 1
    var counted = 0
    try parser.enter()
    if parser.leave(with: UInt8(ascii: "]")) { return }
    repeat {
      let start = parser.position
      for index in counted..<start where parser.bytes[index] == 0x0A { line += 1 }
      counted = start
      try body(try parser.value(), line)
    } while try !parser.ends(with: UInt8(ascii: "]"), "expected , or ] in a list")
  }
}
