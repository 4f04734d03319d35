/// The functions that transformers puts into a template's environment, and Jinja's own `range`.
enum TemplateFunctions {
  static let names: Set<String> = ["range", "namespace", "dict", "raise_exception", "strftime_now"]
  /// As Jinja's sandbox has it.
  private static let longestRange = 100_000

  static func call(
    _ name: String, _ positional: [TemplateValue], _ named: [(String, TemplateValue)], _ line: Int, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch name {
    case "range": return try range(positional, line, run)
    case "namespace", "dict":
      var map = TemplateMap()
      if case .map(let start)? = positional.first { map = start }
      for (name, value) in named { map[name] = value }
      guard name == "namespace" else { return .map(map) }
      let namespace = TemplateNamespace()
      namespace.attributes = map
      return .namespace(namespace)
    case "strftime_now":
      guard case .string(let format)? = positional.first, let text = run.date.text(format) else {
        throw TemplateFailure(line: line, reason: "strftime_now with a format that is not supported")
      }
      return .string(text)
    default:
      let reason = positional.first.map(PythonText.text) ?? "without a reason"
      throw TemplateFailure(line: line, reason: SafetensorsError.printable(reason), kind: .refused)
    }
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
    guard span / Double(step) > 0 else { return .list([]) }
    let numbers = stride(from: first, to: last, by: step).map { TemplateValue.integer($0) }
    try run.budget.make(numbers.count, line)
    return .list(numbers)
  }
}
