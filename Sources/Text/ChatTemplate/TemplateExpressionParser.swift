import Recipe

/// Expressions, in Jinja's order of precedence: choice, or, and, not, comparison, + -, ~, * / // %, **, unary, postfix and filters.
extension TemplateParser {
  mutating func expression(allowsCondition: Bool = true) throws -> TemplateExpression {
    try nested { parser in
      guard allowsCondition else { return try parser.disjunction() }
      let line = parser.current.line
      var value = try parser.disjunction()
      while parser.take(name: "if") {
        let test = try parser.disjunction()
        let otherwise = parser.take(name: "else") ? try parser.expression() : nil
        value = try TemplateExpression(.choice(then: value, test: test, otherwise: otherwise), line: line)
      }
      return value
    }
  }

  /// One expression, or several with commas, which make a tuple.
  mutating func tuple(allowsCondition: Bool = true) throws -> TemplateExpression {
    let line = current.line
    let first = try expression(allowsCondition: allowsCondition)
    guard isSymbol(",") else { return first }
    var elements = [first]
    while take(symbol: ",") {
      if current.kind == .blockEnd || current.kind == .variableEnd || isSymbol(")") || isName("recursive") { break }
      elements.append(try expression(allowsCondition: allowsCondition))
    }
    return try TemplateExpression(.tuple(elements), line: line)
  }

  private mutating func disjunction() throws -> TemplateExpression {
    var left = try conjunction()
    while isName("or") {
      let line = current.line
      advance()
      left = try TemplateExpression(.or(left, try conjunction()), line: line)
    }
    return left
  }

  private mutating func conjunction() throws -> TemplateExpression {
    var left = try negation()
    while isName("and") {
      let line = current.line
      advance()
      left = try TemplateExpression(.and(left, try negation()), line: line)
    }
    return left
  }

  private mutating func negation() throws -> TemplateExpression {
    guard isName("not") else { return try comparison() }
    let line = current.line
    advance()
    return try TemplateExpression(.not(try nested { try $0.negation() }), line: line)
  }

  private mutating func comparison() throws -> TemplateExpression {
    let line = current.line
    let first = try sum()
    var rest: [(operation: String, operand: TemplateExpression)] = []
    while true {
      if case .symbol(let symbol) = current.kind, ["==", "!=", "<", "<=", ">", ">="].contains(symbol) {
        advance()
        rest.append((symbol, try sum()))
      } else if take(name: "in") {
        rest.append(("in", try sum()))
      } else if isName("not"), isNext(name: "in") {
        advance()
        advance()
        rest.append(("not in", try sum()))
      } else {
        break
      }
    }
    return rest.isEmpty ? first : try TemplateExpression(.comparison(first, rest), line: line)
  }

  private mutating func chain(
    _ symbols: Set<String>, _ operand: (inout TemplateParser) throws -> TemplateExpression
  ) throws -> TemplateExpression {
    var left = try operand(&self)
    while case .symbol(let symbol) = current.kind, symbols.contains(symbol) {
      let line = current.line
      advance()
      left = try TemplateExpression(.binary(symbol, left, try operand(&self)), line: line)
    }
    return left
  }

  private mutating func sum() throws -> TemplateExpression { try chain(["+", "-"]) { try $0.concatenation() } }
  private mutating func concatenation() throws -> TemplateExpression { try chain(["~"]) { try $0.product() } }
  private mutating func product() throws -> TemplateExpression {
    try chain(["*", "/", "//", "%"]) { parser in try parser.chain(["**"]) { try $0.unary() } }
  }

  private mutating func unary(withFilters: Bool = true) throws -> TemplateExpression {
    let line = current.line
    var value: TemplateExpression
    if take(symbol: "-") {
      value = try TemplateExpression(.negative(try nested { try $0.unary(withFilters: false) }), line: line)
    } else if take(symbol: "+") {
      value = try TemplateExpression(.positive(try nested { try $0.unary(withFilters: false) }), line: line)
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return withFilters ? try filters(value) : value
  }

  private mutating func primary() throws -> TemplateExpression {
    let token = current
    advance()
    switch token.kind {
    case .name("true"), .name("True"): return try TemplateExpression(.constant(.bool(true)), line: token.line)
    case .name("false"), .name("False"): return try TemplateExpression(.constant(.bool(false)), line: token.line)
    case .name("none"), .name("None"): return try TemplateExpression(.constant(.none), line: token.line)
    case .name(let name):
      noteUse(of: name)
      return try TemplateExpression(.name(name), line: token.line)
    case .integer(let value): return try TemplateExpression(.constant(.integer(value)), line: token.line)
    case .number(let value): return try TemplateExpression(.constant(.number(value)), line: token.line)
    case .string(let first):
      // Neighbouring strings are one.
      var text = first
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return try TemplateExpression(.constant(.string(text)), line: token.line)
    case .symbol("("):
      if take(symbol: ")") { return try TemplateExpression(.tuple([]), line: token.line) }
      let value = try tuple()
      try expect(symbol: ")")
      return value
    case .symbol("["):
      return try TemplateExpression(.list(try elements(until: "]") { try $0.expression() }), line: token.line)
    case .symbol("{"):
      let members = try elements(until: "}") { parser in
        let key = try parser.expression()
        try parser.expect(symbol: ":")
        return (key: key, value: try parser.expression())
      }
      return try TemplateExpression(.map(members), line: token.line)
    default: throw TemplateFailure(line: token.line, reason: "unexpected \(token.words)")
    }
  }

  /// Elements with commas between them and perhaps one behind.
  private mutating func elements<Element>(
    until closing: String, _ element: (inout TemplateParser) throws -> Element
  ) throws -> [Element] {
    var result: [Element] = []
    while !take(symbol: closing) {
      if !result.isEmpty {
        try expect(symbol: ",")
        if take(symbol: closing) { break }
      }
      result.append(try element(&self))
    }
    return result
  }

  private mutating func postfix(_ start: TemplateExpression) throws -> TemplateExpression {
    var value = start
    while case .symbol(let symbol) = current.kind {
      let line = current.line
      switch symbol {
      case ".":
        advance()
        if case .integer(let index) = current.kind {
          advance()
          let place = try TemplateExpression(.constant(.integer(index)), line: line)
          value = try TemplateExpression(.item(value, place), line: line)
        } else {
          value = try TemplateExpression(.attribute(value, try identifier()), line: line)
        }
      case "[":
        advance()
        value = try subscripted(value, line)
      case "(": value = try TemplateExpression(.call(value, try arguments()), line: line)
      default: return value
      }
    }
    return value
  }

  private mutating func subscripted(_ base: TemplateExpression, _ line: Int) throws -> TemplateExpression {
    var parts: [TemplateExpression?] = []
    var colons = 0
    var part: TemplateExpression?
    while !isSymbol("]") {
      if take(symbol: ":") {
        colons += 1
        parts.append(part)
        part = nil
      } else {
        guard part == nil else { throw failure("expected ] instead of \(current.words)") }
        part = try expression()
      }
    }
    advance()
    parts.append(part)
    guard colons <= 2 else { throw TemplateFailure(line: line, reason: "a slice has at most two colons") }
    if colons > 0 {
      return try TemplateExpression(
        .slice(base, start: parts[0], stop: parts[1], step: parts.count > 2 ? parts[2] : nil), line: line)
    }
    guard let place = parts[0] else { throw TemplateFailure(line: line, reason: "an index is missing in []") }
    return try TemplateExpression(.item(base, place), line: line)
  }

  /// From the opening parenthesis to behind the closing one.
  mutating func arguments() throws -> TemplateArguments {
    try expect(symbol: "(")
    var result = TemplateArguments()
    var isFirst = true
    while !take(symbol: ")") {
      if !isFirst {
        try expect(symbol: ",")
        if take(symbol: ")") { break }
      }
      isFirst = false
      let hasMore = result.morePositional != nil || result.moreNamed != nil
      if isSymbol("*") {
        guard !hasMore else { throw failure("unpacked arguments in this order are not supported") }
        advance()
        result.morePositional = try expression()
      } else if isSymbol("**") {
        guard result.moreNamed == nil else { throw failure("unpacked arguments in this order are not supported") }
        advance()
        result.moreNamed = try expression()
      } else if case .name(let name) = current.kind, isNext(symbol: "=") {
        guard result.moreNamed == nil else { throw failure("an argument stands behind those that are unpacked") }
        advance()
        advance()
        result.named.append((name, try expression()))
      } else {
        guard !hasMore, result.named.isEmpty else {
          throw failure("an argument without a name stands behind one with a name")
        }
        result.positional.append(try expression())
      }
    }
    return result
  }

  private mutating func filters(_ start: TemplateExpression) throws -> TemplateExpression {
    var value = start
    while true {
      let line = current.line
      if take(symbol: "|") {
        value = try TemplateExpression(.filter(value, try filterCall()), line: line)
      } else if take(name: "is") {
        value = try test(of: value, line)
      } else if isSymbol("(") {
        value = try TemplateExpression(.call(value, try arguments()), line: line)
      } else {
        return value
      }
    }
  }

  /// A filter's name and arguments, behind the bar.
  mutating func filterCall() throws -> TemplateFilterCall {
    let line = current.line
    let name = try identifier()
    guard TemplateFilters.isKnown(name) else {
      throw TemplateFailure(line: line, reason: "the filter '\(OneLine.name(name))' is not supported")
    }
    return TemplateFilterCall(name: name, arguments: isSymbol("(") ? try arguments() : TemplateArguments(), line: line)
  }

  private mutating func test(of value: TemplateExpression, _ line: Int) throws -> TemplateExpression {
    let negated = take(name: "not")
    let name = try identifier()
    guard TemplateTests.names.contains(name) else {
      throw TemplateFailure(line: line, reason: "the test '\(OneLine.name(name))' is not supported")
    }
    var operands = TemplateArguments()
    switch current.kind {
    case .symbol("("): operands = try arguments()
    case .name(let next) where !["else", "or", "and"].contains(next):
      // Jinja takes whatever name follows for what is compared with.
      if ["is", "if", "in", "not", "recursive"].contains(next) {
        throw failure("'\(next)' behind a test needs the test in (…)")
      }
      operands.positional = [try operand()]
    case .string, .integer, .number, .symbol("["), .symbol("{"): operands.positional = [try operand()]
    default: break
    }
    return try TemplateExpression(.test(value, name, operands, negated: negated), line: line)
  }

  private mutating func operand() throws -> TemplateExpression { try postfix(try nested { try $0.primary() }) }
}
