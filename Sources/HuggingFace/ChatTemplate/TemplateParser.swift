/// Tokens to statements: the grammar of Jinja as far as chat templates use it. Whatever goes beyond is refused with its line.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  private var loops = 0
  private(set) var hasGeneration = false
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
      throw failure("{% \(SafetensorsError.printable(tag)) %} is not supported")
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
    var names = [try identifier()]
    while take(symbol: ",") { names.append(try identifier()) }
    guard take(name: "in") else { throw failure("expected 'in' instead of \(current.words)") }
    let sequence = try tuple(allowsCondition: false)
    let filter = take(name: "if") ? try expression() : nil
    if isName("recursive") { throw failure("a recursive loop is not supported") }
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
        target: names.count == 1 ? .name(names[0]) : .names(names), sequence: sequence, filter: filter, body: nodes,
        otherwise: otherwise, line: line))
  }

  private mutating func assignment(_ line: Int) throws -> TemplateNode {
    let first = try identifier()
    var target = TemplateTarget.name(first)
    if take(symbol: ".") {
      target = .attribute(of: first, try identifier())
    } else if isSymbol(",") {
      var names = [first]
      while take(symbol: ",") { names.append(try identifier()) }
      target = .names(names)
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
    try expect(symbol: "(")
    var parameters: [(name: String, standard: TemplateExpression?)] = []
    while !isSymbol(")") {
      if !parameters.isEmpty { try expect(symbol: ",") }
      let parameter = try identifier()
      parameters.append((parameter, take(symbol: "=") ? try expression() : nil))
    }
    advance()
    try endTag()
    let outer = loops
    loops = 0
    let nodes = try body(until: ["endmacro"])
    loops = outer
    advance()
    try endTag()
    return .macro(TemplateMacro(name: name, parameters: parameters, body: nodes))
  }
}
