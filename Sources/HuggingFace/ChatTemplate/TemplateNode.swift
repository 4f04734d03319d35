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
  /// `{% generation %}`: what the assistant says.
  case generation([TemplateNode], line: Int)
  case breakLoop
  case continueLoop
}

struct TemplateLoop: Sendable {
  let target: TemplateTarget
  let sequence: TemplateExpression
  let filter: TemplateExpression?
  let body: [TemplateNode]
  let otherwise: [TemplateNode]
  let line: Int
}

/// What `set` and `for` assign to.
enum TemplateTarget: Sendable {
  case name(String)
  case names([String])
  /// An attribute of a namespace.
  case attribute(of: String, String)
}

final class TemplateMacro: Sendable {
  let name: String
  let parameters: [(name: String, standard: TemplateExpression?)]
  let body: [TemplateNode]

  init(name: String, parameters: [(name: String, standard: TemplateExpression?)], body: [TemplateNode]) {
    self.name = name
    self.parameters = parameters
    self.body = body
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
}
