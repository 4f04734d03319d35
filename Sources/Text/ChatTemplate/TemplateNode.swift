/// One statement of a template.
indirect enum TemplateNode: Sendable {
  case text(String)
  case output(TemplateExpression)
  case condition([(test: TemplateExpression, body: [TemplateNode])], otherwise: [TemplateNode])
  case loop(TemplateLoop)
  case set(TemplateTarget, TemplateExpression, line: Int)
  case setBlock(TemplateTarget, [TemplateFilterCall], body: [TemplateNode], line: Int)
  /// `{% filter %}`: the body's text, filtered.
  case filtered([TemplateFilterCall], body: [TemplateNode], line: Int)
  case macro(TemplateMacro)
  /// `{% call %}`: a macro is called with the body as its `caller`.
  case callBlock(TemplateExpression, caller: TemplateMacro)
  /// `{% with %}`: names of its own for the body.
  case with([(target: TemplateTarget, value: TemplateExpression)], body: [TemplateNode], line: Int)
  /// `{% generation %}`: what the assistant says.
  case generation([TemplateNode], line: Int)
  case breakLoop
  case continueLoop
}

final class TemplateLoop: Sendable {
  let target: TemplateTarget
  let sequence: TemplateExpression
  let filter: TemplateExpression?
  let body: [TemplateNode]
  let otherwise: [TemplateNode]
  let isRecursive: Bool
  let line: Int

  init(
    target: TemplateTarget, sequence: TemplateExpression, filter: TemplateExpression?, body: [TemplateNode],
    otherwise: [TemplateNode], isRecursive: Bool, line: Int
  ) {
    self.target = target
    self.sequence = sequence
    self.filter = filter
    self.body = body
    self.otherwise = otherwise
    self.isRecursive = isRecursive
    self.line = line
  }
}

/// What `set`, `for` and `with` assign to.
indirect enum TemplateTarget: Sendable {
  case name(String)
  /// As many values as there are targets.
  case several([TemplateTarget])
  /// An attribute of a namespace.
  case attribute(of: String, String)
}

final class TemplateMacro: Sendable {
  let name: String
  let parameters: [(name: String, standard: TemplateExpression?)]
  let body: [TemplateNode]
  /// Which of `varargs`, `kwargs` and `caller` the body asks for; without, Jinja takes no more than the parameters.
  let catches: Set<String>

  init(
    name: String, parameters: [(name: String, standard: TemplateExpression?)], body: [TemplateNode],
    catches: Set<String>
  ) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.catches = catches
  }
}

struct TemplateFilterCall: Sendable {
  let name: String
  let arguments: TemplateArguments
  let line: Int
}

struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
  /// `*values` and `**names`.
  var morePositional: TemplateExpression?
  var moreNamed: TemplateExpression?

  var expressions: [TemplateExpression] {
    positional + named.map(\.value) + [morePositional, moreNamed].compactMap { $0 }
  }
}

/// An expression with its line and how deeply it is nested: neither evaluating nor freeing it can exhaust the stack.
final class TemplateExpression: Sendable {
  enum Kind: Sendable {
    case constant(TemplateConstant)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case map([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression, start: TemplateExpression?, stop: TemplateExpression?, step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, TemplateFilterCall)
    case test(TemplateExpression, String, TemplateArguments, negated: Bool)
    case not(TemplateExpression)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case binary(String, TemplateExpression, TemplateExpression)
    /// `a < b <= c`: each neighbour pair holds.
    case comparison(TemplateExpression, [(operation: String, operand: TemplateExpression)])
    case choice(then: TemplateExpression, test: TemplateExpression, otherwise: TemplateExpression?)
  }

  static let deepest = 120

  let kind: Kind
  let line: Int
  let depth: Int

  init(_ kind: Kind, line: Int) throws {
    self.kind = kind
    self.line = line
    depth = 1 + (Self.children(of: kind).map(\.depth).max() ?? 0)
    guard depth <= Self.deepest else {
      throw TemplateFailure(line: line, reason: "an expression is nested more than \(Self.deepest) deep")
    }
  }

  private static func children(of kind: Kind) -> [TemplateExpression] {
    switch kind {
    case .constant, .name: []
    case .list(let elements), .tuple(let elements): elements
    case .map(let members): members.flatMap { [$0.key, $0.value] }
    case .attribute(let base, _), .not(let base), .negative(let base), .positive(let base): [base]
    case .item(let first, let second), .and(let first, let second), .or(let first, let second),
      .binary(_, let first, let second):
      [first, second]
    case .slice(let base, let start, let stop, let step): [base] + [start, stop, step].compactMap { $0 }
    case .call(let callee, let arguments): [callee] + arguments.expressions
    case .filter(let base, let call): [base] + call.arguments.expressions
    case .test(let base, _, let arguments, _): [base] + arguments.expressions
    case .comparison(let first, let rest): [first] + rest.map(\.operand)
    case .choice(let then, let test, let otherwise): [then, test] + [otherwise].compactMap { $0 }
    }
  }
}

/// What can be written down.
enum TemplateConstant: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
}
