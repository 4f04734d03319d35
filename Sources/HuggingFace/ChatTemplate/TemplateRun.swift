/// One rendering of a template: walks through the statements and collects text.
final class TemplateRun {
  private static let deepestValue = 200
  private enum Flow { case next, leaveLoop, nextRound }

  var budget: TemplateBudget
  /// Of the last expression, for errors in the text around it.
  var line = 1
  /// What `strftime_now` says.
  let date: TemplateDate
  private let globals: TemplateScope
  private var output: [UInt8] = []
  /// Captures of `set` blocks and macros that are under way.
  private var captures = 0
  private(set) var spans: [Range<Int>] = []

  init(globals: TemplateScope, budget: TemplateBudget, date: TemplateDate) {
    self.globals = globals
    self.budget = budget
    self.date = date
  }

  /// The text, and the bytes of it that `{% generation %}` blocks made.
  func render(_ nodes: [TemplateNode]) throws -> (text: String, spans: [Range<Int>]) {
    _ = try run(nodes, in: globals)
    return (String(decoding: output, as: UTF8.self), spans)
  }

  private func run(_ nodes: [TemplateNode], in scope: TemplateScope) throws -> Flow {
    for node in nodes {
      let flow = try run(node, in: scope)
      if flow != .next { return flow }
    }
    return .next
  }

  private func run(_ node: TemplateNode, in scope: TemplateScope) throws -> Flow {
    switch node {
    case .text(let text): try emit(text)
    case .output(let expression):
      try emit(try text(of: try evaluate(expression, scope), expression.line))
    case .condition(let branches, let otherwise):
      for branch in branches {
        if try evaluate(branch.test, scope).isTrue { return try run(branch.body, in: scope) }
      }
      return try run(otherwise, in: scope)
    case .loop(let loop): try run(loop, in: scope)
    case .set(let target, let expression, let line):
      let value = try evaluate(expression, scope)
      try checkDepth(of: value, line)
      try assign(value, to: target, in: scope, line: line)
    case .setBlock(let target, let filters, let body, let line):
      try assign(try filtered(body, filters, scope, line), to: target, in: scope, line: line)
    case .filtered(let filters, let body, let line):
      try emit(try text(of: try filtered(body, filters, scope, line), line))
    case .macro(let macro): scope[macro.name] = .macro(macro, scope)
    case .generation(let body, let line):
      guard captures == 0 else {
        throw TemplateFailure(line: line, reason: "{% generation %} within a macro or a set block is not supported")
      }
      let start = output.count
      let flow = try run(body, in: TemplateScope(outer: scope))
      if output.count > start { spans.append(start..<output.count) }
      return flow
    case .breakLoop: return .leaveLoop
    case .continueLoop: return .nextRound
    }
    return .next
  }

  /// What is kept can be wrapped again in the next round of a loop, and a value of any depth could not even be released.
  private func checkDepth(of value: TemplateValue, _ line: Int, _ depth: Int = 0) throws {
    guard let contents = value.contents else { return }
    try budget.step(line)
    guard depth < Self.deepestValue else {
      throw TemplateFailure(line: line, reason: "a value is nested more than \(Self.deepestValue) deep")
    }
    for inner in contents { try checkDepth(of: inner, line, depth + 1) }
  }

  private func filtered(
    _ body: [TemplateNode], _ filters: [TemplateFilterCall], _ scope: TemplateScope, _ line: Int
  ) throws -> TemplateValue {
    let text = try capture(body, in: TemplateScope(outer: scope), line: line)
    return try filters.reduce(.string(text)) { try apply($1, to: $0, scope) }
  }

  private func emit(_ text: String) throws {
    try budget.make(text.utf8.count, line)
    output.append(contentsOf: text.utf8)
  }

  /// `str` of a value.
  func text(of value: TemplateValue, _ line: Int) throws -> String {
    if case .string(let text) = value { return text }
    try budget.make(try size(of: value, line), line)
    return PythonText.text(value)
  }

  /// About as many bytes as the value prints.
  private func size(of value: TemplateValue, _ line: Int) throws -> Int {
    try budget.enter(line)
    defer { budget.leave() }
    switch value {
    case .string(let text): return text.utf8.count + 2
    case .list(let values): return try values.reduce(2) { $0 + (try size(of: $1, line)) + 2 }
    case .map(let map): return try map.members.reduce(2) { $0 + $1.key.utf8.count + (try size(of: $1.value, line)) + 4 }
    default: return 8
    }
  }

  private func run(_ loop: TemplateLoop, in scope: TemplateScope) throws {
    try budget.enter(loop.line)
    defer { budget.leave() }
    var items = try elements(of: try evaluate(loop.sequence, scope), loop.line)
    if let filter = loop.filter {
      items = try items.filter { item in
        let inner = TemplateScope(outer: scope)
        try assign(item, to: loop.target, in: inner, line: loop.line)
        return try evaluate(filter, inner).isTrue
      }
    }
    if items.isEmpty {
      _ = try run(loop.otherwise, in: TemplateScope(outer: scope))
      return
    }
    for (index, item) in items.enumerated() {
      try budget.step(loop.line)
      let inner = TemplateScope(outer: scope)
      try assign(item, to: loop.target, in: inner, line: loop.line)
      inner["loop"] = .loop(TemplateLoopState(items: items, index: index))
      if try run(loop.body, in: inner) == .leaveLoop { break }
    }
  }

  /// What a loop over the value goes through.
  func elements(of value: TemplateValue, _ line: Int) throws -> [TemplateValue] {
    switch value {
    case .list(let values): return values
    case .map(let map): return map.members.map { .string($0.key) }
    case .string(let text):
      try budget.make(text.utf8.count, line)
      return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw TemplateFailure(line: line, reason: "\(value.kind) cannot be looped over")
    }
  }

  private func assign(_ value: TemplateValue, to target: TemplateTarget, in scope: TemplateScope, line: Int) throws {
    switch target {
    case .name(let name): scope[name] = value
    case .names(let names):
      let values = try elements(of: value, line)
      guard values.count == names.count else {
        throw TemplateFailure(line: line, reason: "\(values.count) values for \(names.count) names")
      }
      for (name, value) in zip(names, values) { scope[name] = value }
    case .attribute(let base, let name):
      guard case .namespace(let namespace)? = scope[base] else {
        throw TemplateFailure(line: line, reason: "'\(base)' is not a namespace; only those can be changed")
      }
      namespace.attributes[name] = value
    }
  }

  /// The text that a body makes, kept apart from the rendering's own.
  private func capture(_ body: [TemplateNode], in scope: TemplateScope, line: Int) throws -> String {
    try budget.enter(line)
    let outer = output
    output = []
    captures += 1
    defer {
      output = outer
      captures -= 1
      budget.leave()
    }
    _ = try run(body, in: scope)
    return String(decoding: output, as: UTF8.self)
  }

  func call(
    _ macro: TemplateMacro, defined: TemplateScope, _ positional: [TemplateValue], _ named: [(String, TemplateValue)],
    _ line: Int
  ) throws -> TemplateValue {
    guard positional.count <= macro.parameters.count else {
      throw TemplateFailure(
        line: line, reason: "macro '\(macro.name)' takes \(macro.parameters.count) arguments, not \(positional.count)")
    }
    let scope = TemplateScope(outer: defined)
    for (index, parameter) in macro.parameters.enumerated() {
      if index < positional.count {
        scope[parameter.name] = positional[index]
      } else if let value = named.last(where: { $0.0 == parameter.name })?.1 {
        scope[parameter.name] = value
      } else {
        scope[parameter.name] = try parameter.standard.map { try evaluate($0, scope) } ?? .undefined(parameter.name)
      }
    }
    if let unknown = named.first(where: { pair in !macro.parameters.contains { $0.name == pair.0 } }) {
      throw TemplateFailure(line: line, reason: "macro '\(macro.name)' has no parameter '\(unknown.0)'")
    }
    return .string(try capture(macro.body, in: scope, line: line))
  }
}
