/// Goes through a TOML text's brackets, keys and beginnings of values, strings and comments left out.
struct TOMLScan {
  /// An open bracket.
  private enum Bracket { case header, list, table }

  /// Whether a value has to come next.
  private enum Awaited { case nothing, value, element }

  private let bytes: [UInt8]
  private var place = 0
  private var line = 1
  private var open: [Bracket] = []
  private var awaited = Awaited.nothing
  /// Points since a key can have begun.
  private var points = 0
  /// Whether nothing but white space stands before on this line.
  private var startsLine = true

  init(_ text: String) { bytes = Array(text.utf8) }

  private func failure(_ reason: String) -> TOMLTextError { TOMLTextError(reason: "not TOML: " + reason, line: line) }

  mutating func run() throws(TOMLTextError) {
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case 0x20, 0x09: place += 1
      case 0x0D where place + 1 < bytes.count && bytes[place + 1] == 0x0A: place += 1
      case 0x0A:
        if awaited == .value { throw failure("a value is missing behind =") }
        endLine()
      case UInt8(ascii: "#"):
        if awaited == .value { throw failure("a value is missing behind =") }
        while place < bytes.count, bytes[place] != 0x0A { try skipInside() }
      case 0: throw TOMLTextError(reason: "holds a NUL byte; is it the right file?", line: line)
      case 0x01...0x1F, 0x7F: throw failure("a control character")
      case 0x80...: throw failure("a character beyond ASCII outside of quotes")
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        begin()
        try skipString()
      default: try symbol(byte)
      }
    }
    if awaited == .value { throw failure("a value is missing behind =") }
  }

  /// What is no white space stands here.
  private mutating func begin() {
    awaited = .nothing
    startsLine = false
  }

  private mutating func endLine() {
    place += 1
    line += 1
    points = 0
    startsLine = true
  }

  private mutating func symbol(_ byte: UInt8) throws(TOMLTextError) {
    let isHeader = startsLine && open.isEmpty && byte == UInt8(ascii: "[")
    let was = awaited
    begin()
    place += 1
    switch byte {
    case UInt8(ascii: "["):
      points = 0
      if isHeader {
        open.append(.header)
        try header()
      } else {
        open.append(.list)
        awaited = .element
      }
    case UInt8(ascii: "{"):
      points = 0
      open.append(.table)
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      points = 0
      guard was != .value, let last = open.popLast(), (last == .table) == (byte == UInt8(ascii: "}")) else {
        throw failure("an unexpected \(Character(Unicode.Scalar(byte)))")
      }
    case UInt8(ascii: ","):
      points = 0
      guard was == .nothing, let last = open.last else { throw failure("an unexpected ,") }
      if last == .list { awaited = .element }
    case UInt8(ascii: "="):
      points = 0
      guard was == .nothing else { throw failure("an unexpected =") }
      awaited = .value
    case UInt8(ascii: "_") where was != .nothing: throw failure("a value that begins with _")
    case UInt8(ascii: "."): points += 1
    case 0x30...0x39 where was != .nothing: try number()
    default: break
    }
    guard points < TOMLText.deepest else {
      throw TOMLTextError(reason: "a key of more than \(TOMLText.deepest) parts", line: line)
    }
    guard open.count <= TOMLText.deepest else {
      throw TOMLTextError(reason: "lists or tables more than \(TOMLText.deepest) deep", line: line)
    }
  }

  /// A value that begins with a digit: no date and no time, which mean nothing in this program's files and which the parser reads
  /// without looking where they end.
  private func number() throws(TOMLTextError) {
    let end = bytes[place...].firstIndex { $0 <= 0x20 || [0x2C, 0x5D, 0x7D, 0x23].contains($0) } ?? bytes.count
    let word = bytes[(place - 1)..<end]
    let digits = word.prefix { (0x30...0x39).contains($0) }.count
    let follows = word.dropFirst(digits).first
    if follows == UInt8(ascii: ":") || (digits == 4 && follows == UInt8(ascii: "-")) {
      throw TOMLTextError(reason: "a date or time means nothing here; put it in quotes", line: line)
    }
  }

  /// The beginning of a table's name, behind its bracket.
  private mutating func header() throws(TOMLTextError) {
    func skipSpace() { while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 } }
    skipSpace()
    if place < bytes.count, bytes[place] == UInt8(ascii: "[") {
      place += 1
      open.append(.header)
      skipSpace()
    }
    guard place < bytes.count else { return }
    switch bytes[place] {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"): return
    default: throw failure("a table's name is of letters a to z, digits, _ and -, or stands in quotes")
    }
  }

  /// One byte of a string or comment.
  private mutating func skipInside() throws(TOMLTextError) {
    if bytes[place] == 0 { throw TOMLTextError(reason: "holds a NUL byte; is it the right file?", line: line) }
    place += 1
  }

  /// Behind the string that begins here; one without an end is the parser's to tell.
  private mutating func skipString() throws(TOMLTextError) {
    let quote = bytes[place]
    func isTriple() -> Bool {
      place + 2 < bytes.count && bytes[place + 1] == quote && bytes[place + 2] == quote && bytes[place] == quote
    }
    let isLong = isTriple()
    place += isLong ? 3 : 1
    while place < bytes.count {
      let byte = bytes[place]
      if byte == 0x0A {
        if !isLong { return }
        line += 1
      }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), place + 1 < bytes.count, bytes[place + 1] != 0x0A {
        place += 2
        continue
      }
      if byte == quote, !isLong || isTriple() {
        place += isLong ? 3 : 1
        // Up to two more quotes belong to a long string.
        while isLong, place < bytes.count, bytes[place] == quote { place += 1 }
        return
      }
      try skipInside()
    }
  }
}
