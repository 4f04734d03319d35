/// What may stand behind `is`.
enum TemplateTests {
  static let names: Set<String> = [
    "defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "sequence",
    "iterable", "mapping", "callable", "odd", "even", "divisibleby", "eq", "equalto", "ne", "lt", "lessthan", "le",
    "gt",
    "greaterthan", "ge", "in", "sameas", "upper", "lower",
  ]
  private static let comparisons = [
    "eq": "==", "equalto": "==", "ne": "!=", "lt": "<", "lessthan": "<", "le": "<=", "gt": ">", "greaterthan": ">",
    "ge": ">=",
  ]

  static func test(
    _ name: String, _ value: TemplateValue, _ operands: [TemplateValue], _ line: Int
  ) throws -> Bool {
    func operand() throws -> TemplateValue {
      guard let operand = operands.first else {
        throw TemplateFailure(line: line, reason: "the test '\(name)' needs a value to compare with")
      }
      return operand
    }
    if let comparison = comparisons[name] { return try TemplateComparison.holds(comparison, value, operand(), line) }
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "in": return try TemplateComparison.contains(operand(), value, line)
    case "sameas":
      let other = try operand()
      return value.kind == other.kind && value.equals(other)
    case "odd", "even", "divisibleby":
      guard let whole = value.whole else {
        throw TemplateFailure(line: line, reason: "\(value.kind) is neither odd nor even nor divisible")
      }
      if name == "odd" { return whole % 2 != 0 }
      if name == "even" { return whole % 2 == 0 }
      guard let divisor = try operand().whole, divisor != 0 else {
        throw TemplateFailure(line: line, reason: "divisibleby needs an integer that is not 0")
      }
      return divisor == -1 || whole % divisor == 0
    case "upper", "lower":
      guard case .string(let text) = value else { return false }
      let scalars = text.unicodeScalars.filter(\.properties.isCased)
      return !scalars.isEmpty
        && scalars.allSatisfy { name == "upper" ? $0.properties.isUppercase : $0.properties.isLowercase }
    default: return isOfKind(name, value)
    }
  }

  private static func isOfKind(_ name: String, _ value: TemplateValue) -> Bool {
    switch (name, value) {
    case ("none", .none), ("boolean", .bool), ("true", .bool(true)), ("false", .bool(false)), ("integer", .integer),
      ("float", .number), ("number", .integer), ("number", .number), ("number", .bool), ("string", .string),
      ("mapping", .map), ("callable", .macro), ("callable", .function), ("callable", .method):
      true
    // A string and a mapping are sequences too: they have a length and items; so has what is undefined.
    case ("sequence", .string), ("sequence", .list), ("sequence", .map), ("sequence", .undefined),
      ("iterable", .string), ("iterable", .list), ("iterable", .map), ("iterable", .undefined), ("iterable", .loop):
      true
    default: false
    }
  }
}
