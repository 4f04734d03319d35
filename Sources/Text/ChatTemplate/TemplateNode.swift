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
