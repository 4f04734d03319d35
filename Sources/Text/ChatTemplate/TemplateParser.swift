import Recipe

/// Tokens to statements: the grammar of Jinja as far as chat templates use it. Whatever goes beyond is refused with its line.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  private var loops = 0
  private(set) var hasGeneration = false
  /// Which of a macro's special names were used since the macro that is being read began.
  private var used: Set<String> = []
  private static let deepest = 60

  private init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  static func parse(_ source: String) throws -> (nodes: [TemplateNode], hasGeneration: Bool) {
    var parser = TemplateParser(try TemplateLexer.tokens(of: source))
    let nodes = try parser.body(until: [])
    return (nodes, parser.hasGeneration)
  }

  // MARK: Tokens

  var current: TemplateToken { tokens[min(position, tokens.count - 1)] }

  mutating func advance() { if position < tokens.count - 1 { position += 1 } }

  func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
  func isName(_ name: String) -> Bool { current.kind == .name(name) }
  func isNext(name: String) -> Bool { next == .name(name) }
  func isNext(symbol: String) -> Bool { next == .symbol(symbol) }
  private var next: TemplateToken.Kind { tokens[min(position + 1, tokens.count - 1)].kind }

  mutating func take(symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func take(name: String) -> Bool {
    guard isName(name) else { return false }
    advance()
    return true
  }

  mutating func expect(symbol: String) throws {
    guard take(symbol: symbol) else { throw failure("expected '\(symbol)' instead of \(current.words)") }
  }

  mutating func identifier() throws -> String {
    guard case .name(let name) = current.kind else { throw failure("expected a name instead of \(current.words)") }
    advance()
    return name
  }

  func failure(_ reason: String) -> TemplateFailure { TemplateFailure(line: current.line, reason: reason) }

  /// Runs `body` one level deeper.
  mutating func nested<Value>(_ body: (inout TemplateParser) throws -> Value) throws -> Value {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw failure("nested more than \(Self.deepest) deep") }
    return try body(&self)
  }

  mutating func noteUse(of name: String) {
    if Self.specialNames.contains(name) { used.insert(name) }
  }
  private static let specialNames: Set<String> = ["varargs", "kwargs", "caller"]

  // MARK: Statements

  /// Up to one of the given tags, whose name is then current.
  private mutating func body(until ends: Set<String>) throws -> [TemplateNode] {
    let start = current.line
    var nodes: [TemplateNode] = []
    while true {
      switch current.kind {
      case .end:
        if ends.isEmpty { return nodes }
        throw TemplateFailure(
          line: start,
          reason: "a block that begins here lacks its {% \(ends.sorted().joined(separator: " %} or {% ")) %}")
      case .text(let text):
        nodes.append(.text(text))
        advance()
      case .variableBegin:
        advance()
        nodes.append(.output(try tuple()))
        guard current.kind == .variableEnd else { throw failure("expected }} instead of \(current.words)") }
        advance()
      default:
        advance()
        guard case .name(let tag) = current.kind else { throw failure("expected a tag's name, not \(current.words)") }
        if ends.contains(tag) { return nodes }
        nodes.append(try nested { try $0.statement(tag) })
      }
    }
  }

  private mutating func endTag() throws {
    guard current.kind == .blockEnd else { throw failure("expected %} instead of \(current.words)") }
    advance()
  }

  private mutating func statement(_ tag: String) throws -> TemplateNode {
    let line = current.line
    switch tag {
    case "if":
      advance()
      return try condition()
    case "for":
      advance()
      return try loop(line)
    case "set":
      advance()
      return try assignment(line)
    case "macro":
      advance()
      return try macro()
    case "call":
      advance()
      return try callBlock(line)
    case "with":
      advance()
      return try with(line)
    case "filter":
      advance()
      let filters = try filterChain()
      try endTag()
      let nodes = try body(until: ["endfilter"])
      advance()
      try endTag()
      return .filtered(filters, body: nodes, line: line)
    case "generation":
      advance()
      try endTag()
      hasGeneration = true
      let nodes = try body(until: ["endgeneration"])
      advance()
      try endTag()
      return .generation(nodes, line: line)
    case "break", "continue":
      guard loops > 0 else { throw failure("{% \(tag) %} outside of a loop") }
      advance()
      try endTag()
      return tag == "break" ? .breakLoop : .continueLoop
    default:
      throw failure("{% \(OneLine.name(tag)) %} is not supported")
    }
  }

  private mutating func condition() throws -> TemplateNode {
    var branches: [(test: TemplateExpression, body: [TemplateNode])] = []
    var otherwise: [TemplateNode] = []
    while true {
      let test = try tuple()
      try endTag()
      branches.append((test, try body(until: ["elif", "else", "endif"])))
      if take(name: "elif") { continue }
      if take(name: "else") {
        try endTag()
        otherwise = try body(until: ["endif"])
      }
      advance()
      try endTag()
      return .condition(branches, otherwise: otherwise)
    }
  }

  private mutating func loop(_ line: Int) throws -> TemplateNode {
    let target = try self.target()
    guard take(name: "in") else { throw failure("expected 'in' instead of \(current.words)") }
    let sequence = try tuple(allowsCondition: false)
    let filter = take(name: "if") ? try expression() : nil
    let isRecursive = take(name: "recursive")
    try endTag()
    loops += 1
    let nodes = try body(until: ["else", "endfor"])
    loops -= 1
    var otherwise: [TemplateNode] = []
    if take(name: "else") {
      try endTag()
      otherwise = try body(until: ["endfor"])
    }
    advance()
    try endTag()
    return .loop(
      TemplateLoop(
        target: target, sequence: sequence, filter: filter, body: nodes, otherwise: otherwise, isRecursive: isRecursive,
        line: line))
  }

  /// Names with commas between them, or some of them in parentheses.
  private mutating func target() throws -> TemplateTarget {
    try nested { parser in
      var parts: [TemplateTarget] = []
      var isSeveral = false
      repeat {
        if isSeveral, parser.isName("in") || parser.isSymbol(")") || parser.current.kind == .blockEnd {
          break
        }
        if parser.take(symbol: "(") {
          let inner = try parser.target()
          try parser.expect(symbol: ")")
          parts.append(inner)
        } else {
          let name = try parser.identifier()
          guard !Self.constants.contains(name) else { throw parser.failure("'\(name)' cannot be assigned to") }
          parts.append(.name(name))
        }
        isSeveral = true
      } while parser.take(symbol: ",")
      // A comma behind a single one makes a tuple of it too.
      return parts.count == 1 && !parser.endsWithComma ? parts[0] : .several(parts)
    }
  }
  private static let constants: Set<String> = ["true", "false", "none", "True", "False", "None"]
  private var endsWithComma: Bool { position > 0 && tokens[position - 1].kind == .symbol(",") }

  private mutating func callBlock(_ line: Int) throws -> TemplateNode {
    let outer = used
    used = []
    let parameters = isSymbol("(") ? try parameters() : []
    let callee = try expression()
    guard case .call = callee.kind else { throw failure("{% call %} needs a call such as f()") }
    try endTag()
    let nodes = try macroBody(until: "endcall")
    let caller = TemplateMacro(name: "caller", parameters: parameters, body: nodes, catches: used)
    used.formUnion(outer)
    return .callBlock(callee, caller: caller)
  }

  private mutating func with(_ line: Int) throws -> TemplateNode {
    var values: [(target: TemplateTarget, value: TemplateExpression)] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(symbol: ",") }
      let target: TemplateTarget
      if take(symbol: "(") {
        target = try self.target()
        try expect(symbol: ")")
      } else {
        target = .name(try identifier())
      }
      try expect(symbol: "=")
      values.append((target, try expression()))
    }
    try endTag()
    let nodes = try body(until: ["endwith"])
    advance()
    try endTag()
    return .with(values, body: nodes, line: line)
  }

  private mutating func assignment(_ line: Int) throws -> TemplateNode {
    let target: TemplateTarget
    if case .name(let first) = current.kind, isNext(symbol: ".") {
      advance()
      advance()
      target = .attribute(of: first, try identifier())
    } else {
      target = try self.target()
    }
    if take(symbol: "=") {
      let value = try tuple()
      try endTag()
      return .set(target, value, line: line)
    }
    let filters = take(symbol: "|") ? try filterChain() : []
    try endTag()
    let nodes = try body(until: ["endset"])
    advance()
    try endTag()
    return .setBlock(target, filters, body: nodes, line: line)
  }

  private mutating func filterChain() throws -> [TemplateFilterCall] {
    var filters = [try filterCall()]
    while take(symbol: "|") { filters.append(try filterCall()) }
    return filters
  }

  private mutating func macro() throws -> TemplateNode {
    let name = try identifier()
    let outer = used
    used = []
    let parameters = try parameters()
    try endTag()
    let nodes = try macroBody(until: "endmacro")
    let macro = TemplateMacro(name: name, parameters: parameters, body: nodes, catches: used)
    used.formUnion(outer)
    return .macro(macro)
  }

  private mutating func parameters() throws -> [(name: String, standard: TemplateExpression?)] {
    try expect(symbol: "(")
    var parameters: [(name: String, standard: TemplateExpression?)] = []
    while !isSymbol(")") {
      if !parameters.isEmpty { try expect(symbol: ",") }
      let parameter = try identifier()
      let standard = take(symbol: "=") ? try expression() : nil
      if standard == nil, parameters.last?.standard != nil {
        throw failure("a parameter without a default stands behind one with a default")
      }
      if ["varargs", "kwargs", "caller"].contains(parameter) {
        throw failure("a parameter named '\(parameter)' is not supported")
      }
      parameters.append((parameter, standard))
    }
    advance()
    return parameters
  }

  private mutating func macroBody(until end: String) throws -> [TemplateNode] {
    let outer = loops
    loops = 0
    let nodes = try body(until: [end])
    loops = outer
    advance()
    try endTag()
    return nodes
  }
}
