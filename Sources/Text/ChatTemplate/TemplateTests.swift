/// What may stand behind `is`.
enum TemplateTests {
  static let names: Set<String> = Set(ofOneValue).union(ofTwo)
  private static let ofOneValue = [
    "defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "sequence",
    "iterable", "mapping", "callable", "odd", "even", "upper", "lower", "escaped",
  ]
  private static let ofTwo: Set<String> = [
    "divisibleby", "eq", "equalto", "ne", "lt", "lessthan", "le", "gt", "greaterthan", "ge", "in", "sameas",
  ]
  private static let comparisons = [
    "eq": "==", "equalto": "==", "ne": "!=", "lt": "<", "lessthan": "<", "le": "<=", "gt": ">", "greaterthan": ">",
    "ge": ">=",
  ]

  static func test(
    _ name: String, _ value: TemplateValue, _ operands: [TemplateValue], _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    guard operands.count == (ofTwo.contains(name) ? 1 : 0) else {
      throw TemplateFailure(
        line: line, reason: "the test '\(name)' takes \(ofTwo.contains(name) ? "a value to compare with" : "no value")")
    }
    if let operand = operands.first { return try compare(name, value, operand, line, run) }
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "odd", "even":
      let rest = try TemplateArithmetic.apply("%", value, .integer(2), line, run)
      return try TemplateComparison.equal(rest, .integer(name == "odd" ? 1 : 0), line, run)
    case "upper", "lower":
      let text = try run.text(of: value, line)
      try run.budget.read(16 * text.utf8.count, line)
      return PythonText.isOfKind("is" + name, text)
    default: return isOfKind(name, value)
    }
  }

  private static func compare(
    _ name: String, _ value: TemplateValue, _ operand: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    if let comparison = comparisons[name] { return try TemplateComparison.holds(comparison, value, operand, line, run) }
    switch name {
    case "in": return try TemplateComparison.contains(operand, value, line, run)
    case "divisibleby":
      let rest = try TemplateArithmetic.apply("%", value, operand, line, run)
      return try TemplateComparison.equal(rest, .integer(0), line, run)
    default: return try isSame(value, operand, line)
    }
  }

  /// Python's `is`, where it does not depend on how a value came about.
  private static func isSame(_ value: TemplateValue, _ other: TemplateValue, _ line: Int) throws -> Bool {
    switch (value, other) {
    case (.none, .none): return true
    case (.bool(let first), .bool(let second)): return first == second
    // Python keeps one object for each of the small ones.
    case (.integer(let first), .integer(let second)) where first != second || (-5...256).contains(first):
      return first == second
    case (.string(let first), .string(let second)) where !first.utf8.elementsEqual(second.utf8) || first.isEmpty:
      return first.isEmpty && second.isEmpty
    case (.namespace(let first), .namespace(let second)): return first === second
    case (.loop(let first), .loop(let second)): return first === second
    case (.view(let first), .view(let second)): return first === second
    default:
      guard value.kind != other.kind else {
        throw TemplateFailure(line: line, reason: "'sameas' of two values of this kind is not supported; use ==")
      }
      return false
    }
  }

  private static func isOfKind(_ name: String, _ value: TemplateValue) -> Bool {
    switch (name, value) {
    case ("none", .none), ("boolean", .bool), ("true", .bool(true)), ("false", .bool(false)), ("integer", .integer),
      ("float", .number), ("number", .integer), ("number", .number), ("number", .bool), ("string", .string),
      ("string", .markup), ("escaped", .markup), ("mapping", .map), ("callable", .macro), ("callable", .function),
      ("callable", .method), ("callable", .loop):
      true
    // Jinja's undefined value can be called, though only to say that it is undefined; it has a length and items, too.
    case ("callable", .undefined), ("sequence", .undefined), ("iterable", .undefined): true
    // A string and a mapping are sequences: they have a length and items.
    case ("sequence", .string), ("sequence", .markup), ("sequence", .list), ("sequence", .tuple), ("sequence", .group),
      ("sequence", .map), ("iterable", .string), ("iterable", .markup), ("iterable", .list), ("iterable", .tuple),
      ("iterable", .group), ("iterable", .map), ("iterable", .view), ("iterable", .loop):
      true
    case ("sequence", .view(let view)): view.isRange
    default: false
    }
  }
}
