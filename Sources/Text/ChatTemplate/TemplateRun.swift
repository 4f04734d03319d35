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
    case .callBlock(let callee, let caller):
      try emit(try text(of: try callWithCaller(callee, caller, scope), callee.line))
    case .with(let values, let body, let line):
      let inner = TemplateScope(outer: scope)
      let found = try values.map { ($0.target, try evaluate($0.value, scope)) }
      for (target, value) in found { try assign(value, to: target, in: inner, line: line) }
      return try run(body, in: inner)
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
    try budget.visit(contents.count, line)
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
    if let text = value.text { return text }
    try budget.make(try size(of: value, line), line)
    return PythonText.text(value)
  }

  /// `repr` of a value.
  func representation(of value: TemplateValue, _ line: Int) throws -> String {
    try budget.make(try size(of: value, line), line)
    return PythonText.representation(value)
  }

  /// About as many bytes as the value prints; refuses what Python would print an address of.
  ///
  /// - Parameter indent: bytes that a level is moved in by, where each element has a line of its own.
  func size(of value: TemplateValue, _ line: Int, indent: Int? = nil, _ depth: Int = 0) throws -> Int {
    try budget.enter(line)
    defer { budget.leave() }
    let between = indent.map { 3 + $0 * (depth + 1) } ?? 2
    func sum(_ values: [TemplateValue]) throws -> Int {
      try budget.visit(values.count, line)
      return try values.reduce(14 + between) { $0 + (try size(of: $1, line, indent: indent, depth + 1)) + between }
    }
    func sum(_ map: TemplateMap) throws -> Int {
      try budget.visit(map.members.count, line)
      return try map.members.reduce(14 + between) {
        $0 + $1.key.utf8.count + (try size(of: $1.value, line, indent: indent, depth + 1)) + between + 4
      }
    }
    switch value {
    case .string(let text), .markup(let text):
      try budget.read(text.utf8.count, line)
      return text.utf8.count + 2
    case .list(let values), .tuple(let values), .group(let values): return try sum(values)
    case .map(let map): return try sum(map)
    case .namespace(let namespace): return try sum(namespace.attributes)
    case .view(let view):
      if view.isGenerator {
        throw TemplateFailure(
          line: line, reason: "a generator is printed with its address; make a list of it with '| list'")
      }
      return view.isRange ? 64 : try sum(view.all)
    case .function, .method:
      throw TemplateFailure(line: line, reason: "a function is printed with its address; is () missing?")
    case .macro(let macro, _): return macro.name.utf8.count + 16
    default: return 26
    }
  }

  private func run(_ loop: TemplateLoop, in scope: TemplateScope) throws {
    try budget.enter(loop.line)
    defer { budget.leave() }
    try run(loop, over: try evaluate(loop.sequence, scope), in: scope, depth: 0)
  }

  private func run(_ loop: TemplateLoop, over sequence: TemplateValue, in scope: TemplateScope, depth: Int) throws {
    var items = try elements(of: sequence, loop.line)
    if let filter = loop.filter {
      items = try items.filter { item in
        try budget.step(loop.line)
        let inner = TemplateScope(outer: scope)
        try assign(item, to: loop.target, in: inner, line: loop.line)
        return try evaluate(filter, inner).isTrue
      }
    }
    if items.isEmpty {
      _ = try run(loop.otherwise, in: TemplateScope(outer: scope))
      return
    }
    let state = TemplateLoopState(items: items, depth: depth, recursion: loop.isRecursive ? (loop, scope) : nil)
    for (index, item) in items.enumerated() {
      try budget.step(loop.line)
      state.index = index
      let inner = TemplateScope(outer: scope)
      try assign(item, to: loop.target, in: inner, line: loop.line)
      inner["loop"] = .loop(state)
      if try run(loop.body, in: inner) == .leaveLoop { break }
    }
  }

  /// `loop(…)` within a recursive loop: the loop's text over other values.
  func recurse(_ state: TemplateLoopState, _ call: TemplateCall) throws -> TemplateValue {
    guard let (loop, scope) = state.recursion else { throw call.failure("the loop is not recursive") }
    guard call.named.isEmpty, call.positional.count == 1 else {
      throw call.failure("loop takes what it is to go through")
    }
    return .string(
      try capture(line: call.line) { try run(loop, over: call.positional[0], in: scope, depth: state.depth + 1) })
  }

  /// What a loop over the value goes through.
  func elements(of value: TemplateValue, _ line: Int) throws -> [TemplateValue] {
    switch value {
    case .list(let values), .tuple(let values), .group(let values): return values
    case .view(let view): return view.take()
    case .map(let map):
      try budget.makeElements(map.members.count, line)
      return map.members.map { .string($0.key) }
    case .string(let text), .markup(let text):
      try budget.makeElements(text.unicodeScalars.count, line)
      return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw TemplateFailure(line: line, reason: "\(value.kind) cannot be looped over")
    }
  }

  private func assign(_ value: TemplateValue, to target: TemplateTarget, in scope: TemplateScope, line: Int) throws {
    switch target {
    case .name(let name): scope[name] = value
    case .several(let targets):
      if value.isUndefined {
        throw TemplateFailure(line: line, reason: "an undefined value for \(targets.count) names")
      }
      let values = try elements(of: value, line)
      guard values.count == targets.count else {
        throw TemplateFailure(line: line, reason: "\(values.count) values for \(targets.count) names")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, in: scope, line: line) }
    case .attribute(let base, let name):
      guard case .namespace(let namespace)? = scope[base] else {
        throw TemplateFailure(line: line, reason: "'\(base)' is not a namespace; only those can be changed")
      }
      if name.hasPrefix("_") {
        throw TemplateFailure(line: line, reason: "a namespace's attribute must not begin with _")
      }
      try budget.makeElements(1, line)
      namespace.attributes[name] = value
    }
  }

  /// The text that a body makes, kept apart from the rendering's own.
  private func capture(_ body: [TemplateNode], in scope: TemplateScope, line: Int) throws -> String {
    try capture(line: line) { _ = try run(body, in: scope) }
  }

  private func capture(line: Int, _ body: () throws -> Void) throws -> String {
    try budget.enter(line)
    let outer = output
    output = []
    captures += 1
    defer {
      output = outer
      captures -= 1
      budget.leave()
    }
    try body()
    return String(decoding: output, as: UTF8.self)
  }

  /// `{% call %}`.
  private func callWithCaller(
    _ expression: TemplateExpression, _ caller: TemplateMacro, _ scope: TemplateScope
  ) throws -> TemplateValue {
    guard case .call(let callee, let arguments) = expression.kind else { return .none }
    let target = try evaluate(callee, scope)
    let (positional, named) = try self.arguments(arguments, scope)
    return try call(
      target, TemplateCall(positional, named + [("caller", .macro(caller, scope))], expression.line))
  }

  func call(_ macro: TemplateMacro, defined: TemplateScope, _ call: TemplateCall) throws -> TemplateValue {
    let scope = TemplateScope(outer: defined)
    var rest = call.named
    for (index, parameter) in macro.parameters.enumerated() {
      if index < call.positional.count {
        scope[parameter.name] = call.positional[index]
      } else if let place = rest.lastIndex(where: { $0.0 == parameter.name }) {
        scope[parameter.name] = rest.remove(at: place).1
      } else {
        scope[parameter.name] =
          try parameter.standard.map { try evaluate($0, scope) }
          ?? .undefined("the parameter '\(parameter.name)' of macro '\(macro.name)' was not given")
      }
    }
    if macro.catches.contains("caller") {
      let place = rest.lastIndex { $0.0 == "caller" }
      scope["caller"] = place.map { rest.remove(at: $0).1 } ?? .undefined("no caller is defined")
    }
    if macro.catches.contains("kwargs") {
      var map = TemplateMap()
      for (name, value) in rest { map[name] = value }
      scope["kwargs"] = .map(map)
    } else if let unknown = rest.first {
      throw call.failure("macro '\(macro.name)' takes no argument '\(unknown.0)'")
    }
    let more = call.positional.dropFirst(macro.parameters.count)
    if macro.catches.contains("varargs") {
      scope["varargs"] = .tuple(Array(more))
    } else if !more.isEmpty {
      throw call.failure(
        "macro '\(macro.name)' takes \(macro.parameters.count) arguments, not \(call.positional.count)")
    }
    return .string(try capture(macro.body, in: scope, line: call.line))
  }
}
