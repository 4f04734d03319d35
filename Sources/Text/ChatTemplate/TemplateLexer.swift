import Recipe

/// What the lexer hands to the parser.
struct TemplateToken {
  enum Kind: Equatable {
    /// Text between tags.
    case text(String)
    case variableBegin, variableEnd, blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case number(Double)
    case symbol(String)
    case end
  }

  let kind: Kind
  /// From 1.
  let line: Int

  /// For messages.
  var words: String {
    switch kind {
    case .text: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): "'\(OneLine.name(name))'"
    case .string: "a string"
    case .integer, .number: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the template's end"
    }
  }
}

/// Cuts a template into tokens, with `trim_blocks` and `lstrip_blocks` on as transformers has them.
///
/// After Jinja's own lexer: line ends become line feeds, one at the very end is dropped, a block tag or comment takes the
/// line feed after it and, where only white space precedes it on its line, that white space.
struct TemplateLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var tokens: [TemplateToken] = []
  /// Open brackets: `}}` closes two dictionaries before it closes the tag.
  private var brackets: [Unicode.Scalar] = []
  /// Whether what was consumed last ends with a line feed.
  private var startsLine = true

  private init(_ source: String) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(source.utf8.count)
    var previous: Unicode.Scalar?
    for scalar in source.unicodeScalars {
      if scalar == "\r" {
        scalars.append("\n")
      } else if !(scalar == "\n" && previous == "\r") {
        scalars.append(scalar)
      }
      previous = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    self.scalars = scalars
  }

  static func tokens(of source: String) throws -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    try lexer.run()
    return lexer.tokens
  }

  private mutating func run() throws {
    while position < scalars.count {
      let begin = nextTag()
      emitText(until: begin)
      guard begin < scalars.count else { break }
      let kind = scalars[begin + 1]
      skip(to: begin + 2)
      if position < scalars.count, scalars[position] == "-" || scalars[position] == "+" { skip(to: position + 1) }
      if kind == "#" {
        try comment()
      } else if kind == "%", let body = rawBegin() {
        try raw(from: body)
      } else {
        let isBlock = kind == "%"
        tokens.append(TemplateToken(kind: isBlock ? .blockBegin : .variableBegin, line: line))
        try expression(isBlock: isBlock)
      }
    }
    tokens.append(TemplateToken(kind: .end, line: line))
  }

  private mutating func skip(to place: Int) {
    while position < place, position < scalars.count {
      if scalars[position] == "\n" { line += 1 }
      startsLine = scalars[position] == "\n"
      position += 1
    }
  }

  /// The place of the next `{{`, `{%` or `{#`, or the end.
  private func nextTag() -> Int {
    var place = position
    while place + 1 < scalars.count {
      if scalars[place] == "{", scalars[place + 1] == "{" || scalars[place + 1] == "%" || scalars[place + 1] == "#" {
        return place
      }
      place += 1
    }
    return scalars.count
  }

  private mutating func emitText(until tag: Int) {
    var end = tag
    if tag < scalars.count {
      let sign = tag + 2 < scalars.count ? scalars[tag + 2] : " "
      if sign == "-" {
        while end > position, PythonText.isSpace(scalars[end - 1]) { end -= 1 }
      } else if sign != "+", scalars[tag + 1] != "{" {
        var lineStart = tag
        while lineStart > position, scalars[lineStart - 1] != "\n" { lineStart -= 1 }
        let isWholeLine = lineStart > position || startsLine
        if isWholeLine, scalars[lineStart..<tag].allSatisfy(PythonText.isSpace) { end = lineStart }
      }
    }
    if end > position {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[position..<end])
      tokens.append(TemplateToken(kind: .text(String(text)), line: line))
    }
    skip(to: tag)
  }

  /// Behind `{% raw %}`, where that is what stands here behind the opening and its sign.
  private func rawBegin() -> Int? {
    var place = position
    func skipSpace() { while place < scalars.count, PythonText.isSpace(scalars[place]) { place += 1 } }
    skipSpace()
    guard starts("raw", at: place) else { return nil }
    place += 3
    skipSpace()
    if starts("-%}", at: place) {
      place += 3
      skipSpace()
      return place
    }
    return starts("%}", at: place) ? place + 2 : nil
  }

  /// The text up to `{% endraw %}`, as it stands.
  private mutating func raw(from body: Int) throws {
    let start = line
    skip(to: body)
    startsLine = false
    for tag in body..<max(body, scalars.count) where starts("{%", at: tag) {
      var place = tag + 2
      func skipSpace() { while place < scalars.count, PythonText.isSpace(scalars[place]) { place += 1 } }
      if place < scalars.count, scalars[place] == "-" || scalars[place] == "+" { place += 1 }
      skipSpace()
      guard starts("endraw", at: place) else { continue }
      place += 6
      skipSpace()
      let sign = place < scalars.count ? scalars[place] : " "
      let isSigned = sign == "-" || sign == "+"
      guard starts("%}", at: isSigned ? place + 1 : place) else { continue }
      emitText(until: tag)
      skip(to: place + (isSigned ? 3 : 2))
      closeTag(sign: sign)
      return
    }
    throw TemplateFailure(line: start, reason: "the {% raw %} that begins here has no {% endraw %}")
  }

  private mutating func comment() throws {
    let start = line
    let first = position
    while position + 1 < scalars.count {
      if scalars[position] == "#", scalars[position + 1] == "}" {
        let sign = position > first ? scalars[position - 1] : " "
        skip(to: position + 2)
        closeTag(sign: sign)
        return
      }
      skip(to: position + 1)
    }
    throw TemplateFailure(line: start, reason: "the comment that begins here has no end")
  }

  /// What a closing tag takes with it: all white space after `-`, one line feed after a block or comment.
  private mutating func closeTag(sign: Unicode.Scalar, trimsLine: Bool = true) {
    if sign == "-" {
      while position < scalars.count, PythonText.isSpace(scalars[position]) { skip(to: position + 1) }
    } else if sign != "+", trimsLine, position < scalars.count, scalars[position] == "\n" {
      skip(to: position + 1)
    }
  }

  private func starts(_ text: StaticString, at place: Int) -> Bool {
    guard place + text.utf8CodeUnitCount <= scalars.count else { return false }
    return (0..<text.utf8CodeUnitCount).allSatisfy { scalars[place + $0].value == UInt32(text.utf8Start[$0]) }
  }

  private mutating func expression(isBlock: Bool) throws {
    let start = line
    brackets.removeAll()
    while position < scalars.count {
      let scalar = scalars[position]
      if brackets.isEmpty {
        let signed = scalar == "-" || (isBlock && scalar == "+")
        let place = signed ? position + 1 : position
        if starts(isBlock ? "%}" : "}}", at: place) {
          tokens.append(TemplateToken(kind: isBlock ? .blockEnd : .variableEnd, line: line))
          skip(to: place + 2)
          closeTag(sign: signed ? scalar : " ", trimsLine: isBlock)
          return
        }
      }
      if PythonText.isSpace(scalar) {
        skip(to: position + 1)
      } else if scalar == "\"" || scalar == "'" {
        try string(quote: scalar)
      } else if ("0"..."9").contains(scalar) {
        try number()
      } else if scalar == "_" || scalar.properties.isXIDStart {
        name()
      } else {
        try symbol()
      }
    }
    throw TemplateFailure(line: start, reason: "the tag that begins here has no end")
  }

  private mutating func name() {
    let start = position
    var end = position
    while end < scalars.count, scalars[end] == "_" || scalars[end].properties.isXIDContinue { end += 1 }
    skip(to: end)
    tokens.append(TemplateToken(kind: .name(text(start, end)), line: line))
  }

  private func text(_ start: Int, _ end: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<end])
    return String(view)
  }

  private mutating func number() throws {
    let start = position
    let follows = tokens.last?.kind == .symbol(".")
    func isDigit(_ place: Int) -> Bool { place < scalars.count && ("0"..."9").contains(scalars[place]) }
    /// Behind digits with single underscores between them.
    func digits(_ place: Int, _ isDigit: (Int) -> Bool) -> Int {
      var end = place
      while isDigit(end) || (end > place && end < scalars.count && scalars[end] == "_" && isDigit(end + 1)) { end += 1 }
      return end
    }
    for (letter, radix) in [("b", 2), ("o", 8), ("x", 16)]
    where scalars[position] == "0" && position + 1 < scalars.count
      && String(scalars[position + 1]).lowercased() == letter
    {
      let end = digits(position + 2 + (position + 2 < scalars.count && scalars[position + 2] == "_" ? 1 : 0)) { place in
        place < scalars.count && Character(scalars[place]).isASCII
          && Character(scalars[place]).hexDigitValue.map { $0 < radix } ?? false
      }
      skip(to: end)
      guard let value = Int(text(start + 2, end).filter { $0 != "_" }, radix: radix) else {
        throw TemplateFailure(
          line: line, reason: "the number \(text(start, min(end, start + 40))) is none or out of range")
      }
      tokens.append(TemplateToken(kind: .integer(value), line: line))
      return
    }
    var end = digits(position, isDigit)
    var isInteger = true
    // Behind a point there are only integers: `a.1.2`.
    if !follows {
      if end < scalars.count, scalars[end] == ".", isDigit(end + 1) {
        isInteger = false
        end = digits(end + 1, isDigit)
      }
      if end < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
        let isSigned = end + 1 < scalars.count && (scalars[end + 1] == "-" || scalars[end + 1] == "+")
        let exponent = end + (isSigned ? 2 : 1)
        if isDigit(exponent) {
          isInteger = false
          end = digits(exponent, isDigit)
        }
      }
    }
    skip(to: end)
    let digitsOnly = text(start, end).filter { $0 != "_" }
    if isInteger, digitsOnly.count > 1, digitsOnly.hasPrefix("0"), digitsOnly.contains(where: { $0 != "0" }) {
      throw TemplateFailure(line: line, reason: "the number \(digitsOnly.prefix(40)) begins with 0")
    }
    if isInteger, let value = Int(digitsOnly) {
      tokens.append(TemplateToken(kind: .integer(value), line: line))
    } else if !isInteger, let value = Double(digitsOnly), value.isFinite {
      tokens.append(TemplateToken(kind: .number(value), line: line))
    } else {
      throw TemplateFailure(line: line, reason: "the number \(digitsOnly.prefix(40)) is out of range")
    }
  }

  private mutating func symbol() throws {
    for candidate in ["**", "//", "==", "!=", ">=", "<="] where starts2(candidate) {
      tokens.append(TemplateToken(kind: .symbol(candidate), line: line))
      skip(to: position + 2)
      return
    }
    let scalar = scalars[position]
    guard "+-/*%~[](){}><=.:|,".unicodeScalars.contains(scalar) else {
      throw TemplateFailure(line: line, reason: "unexpected character \(OneLine.name(String(scalar)))")
    }
    switch scalar {
    case "(", "[", "{": brackets.append(scalar)
    case ")", "]", "}":
      let opening: Unicode.Scalar = scalar == ")" ? "(" : scalar == "]" ? "[" : "{"
      guard brackets.popLast() == opening else {
        throw TemplateFailure(line: line, reason: "unexpected '\(scalar)'")
      }
    default: break
    }
    tokens.append(TemplateToken(kind: .symbol(String(scalar)), line: line))
    skip(to: position + 1)
  }

  private func starts2(_ text: String) -> Bool {
    position + 1 < scalars.count && text.unicodeScalars.elementsEqual(scalars[position...(position + 1)])
  }

  private mutating func string(quote: Unicode.Scalar) throws {
    let start = line
    skip(to: position + 1)
    var text = String.UnicodeScalarView()
    while position < scalars.count {
      let scalar = scalars[position]
      skip(to: position + 1)
      if scalar == quote {
        tokens.append(TemplateToken(kind: .string(String(text)), line: start))
        return
      }
      if scalar == "\\", position < scalars.count {
        try escape(into: &text)
      } else {
        text.append(scalar)
      }
    }
    throw TemplateFailure(line: start, reason: "the string that begins here has no end")
  }

  /// Python's escapes; an unknown one stands for itself.
  private mutating func escape(into text: inout String.UnicodeScalarView) throws {
    let letter = scalars[position]
    skip(to: position + 1)
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}",
      "v": "\u{0B}",
    ]
    if let scalar = simple[letter] {
      text.append(scalar)
      return
    }
    if letter == "\n" { return }
    if ("0"..."7").contains(letter) {
      // Up to three octal digits.
      var code = letter.value - 0x30
      for _ in 0..<2 where position < scalars.count && ("0"..."7").contains(scalars[position]) {
        code = code * 8 + scalars[position].value - 0x30
        skip(to: position + 1)
      }
      if let scalar = Unicode.Scalar(code) { text.append(scalar) }
      return
    }
    let width: Int? = letter == "x" ? 2 : letter == "u" ? 4 : letter == "U" ? 8 : nil
    guard let width else {
      guard letter.value < 0x80, letter != "N" else {
        throw TemplateFailure(line: line, reason: "the escape \\\(letter) in a string is not supported")
      }
      text.append("\\")
      text.append(letter)
      return
    }
    guard position + width <= scalars.count,
      scalars[position..<(position + width)].allSatisfy({ Character($0).isASCII && Character($0).isHexDigit }),
      let code = UInt32(self.text(position, position + width), radix: 16), let scalar = Unicode.Scalar(code)
    else { throw TemplateFailure(line: line, reason: "the escape \\\(letter) in a string is not complete") }
    text.append(scalar)
    skip(to: position + width)
  }
}
