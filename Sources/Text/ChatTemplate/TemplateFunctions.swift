import Recipe

/// The functions that transformers puts into a template's environment, and Jinja's own.
enum TemplateFunctions {
  static let names: Set<String> = [
    "range", "namespace", "dict", "raise_exception", "strftime_now", "lipsum", "cycler", "joiner",
  ]
  /// As Jinja's sandbox has it.
  private static let longestRange = 100_000

  static func call(_ name: String, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    switch name {
    case "range":
      try call.check(name, ["start", "stop", "step"])
      guard call.named.isEmpty else { throw call.failure("range takes no names") }
      return try range(call.positional, call.line, run)
    case "namespace", "dict": return try mapping(name, call, run)
    case "strftime_now":
      try call.check(name, ["format"])
      guard let format = call.value(0, "format")?.text, let text = run.date.text(format) else {
        throw call.failure("strftime_now with a format that is not supported")
      }
      return .string(text)
    case "raise_exception":
      try call.check(name, ["message"])
      let reason = try call.value(0, "message").map { try run.text(of: $0, call.line) } ?? "without a reason"
      throw TemplateFailure(line: call.line, reason: OneLine.name(reason), kind: .refused)
    default: throw call.failure("the function '\(name)' is not supported")
    }
  }

  private static func mapping(_ name: String, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    guard call.positional.count <= 1 else { throw call.failure("\(name) takes one mapping") }
    var map = TemplateMap()
    switch call.positional.first {
    case nil: break
    case .map(let start)?: map = start
    case .some(let pairs):
      for pair in try run.elements(of: pairs, call.line) {
        try run.budget.makeElements(1, call.line)
        let parts = try run.elements(of: pair, call.line)
        guard parts.count == 2, let key = parts[0].text else {
          throw call.failure("\(name) of what is no list of pairs with strings first is not supported")
        }
        map[key] = parts[1]
      }
    }
    for (name, value) in call.named { map[name] = value }
    try run.budget.makeElements(map.members.count, call.line)
    guard name == "namespace" else { return .map(map) }
    for member in map.members where member.key.hasPrefix("_") {
      throw call.failure("a namespace's attribute must not begin with _")
    }
    let namespace = TemplateNamespace()
    namespace.attributes = map
    return .namespace(namespace)
  }

  private static func range(_ arguments: [TemplateValue], _ line: Int, _ run: TemplateRun) throws -> TemplateValue {
    let bounds = arguments.compactMap(\.whole)
    guard bounds.count == arguments.count, (1...3).contains(bounds.count) else {
      throw TemplateFailure(line: line, reason: "range takes one to three integers")
    }
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw TemplateFailure(line: line, reason: "the step of a range is zero") }
    let (first, last) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let span = Double(last) - Double(first)
    guard span / Double(step) <= Double(longestRange) else {
      throw TemplateFailure(line: line, reason: "a range of more than \(longestRange) numbers")
    }
    let isEmpty = span / Double(step) <= 0
    let numbers = isEmpty ? [] : stride(from: first, to: last, by: step).map { TemplateValue.integer($0) }
    try run.budget.makeElements(numbers.count, line)
    return .view(TemplateView(.range(first: first, last: last, step: step), numbers))
  }
}
