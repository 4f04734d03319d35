/// `==`, `<`, `in` and their kin, as Python decides them.
enum TemplateComparison {
  static func holds(_ operation: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int) throws -> Bool {
    switch operation {
    case "==": return left.equals(right)
    case "!=": return !left.equals(right)
    case "in": return try contains(right, left, line)
    case "not in": return try !contains(right, left, line)
    case "<": return try precedes(left, right, line)
    case ">": return try precedes(right, left, line)
    case "<=": return try left.equals(right) || precedes(left, right, line)
    default: return try left.equals(right) || precedes(right, left, line)
    }
  }

  static func contains(_ container: TemplateValue, _ element: TemplateValue, _ line: Int) throws -> Bool {
    switch (container, element) {
    case (.string(let text), .string(let part)): return PythonText.contains(part, in: text)
    case (.list(let values), _): return values.contains { $0.equals(element) }
    case (.map(let map), .string(let key)): return map[key] != nil
    case (.map, _), (.undefined, _): return false
    default: throw TemplateFailure(line: line, reason: "\(container.kind) cannot contain \(element.kind)")
    }
  }

  static func precedes(_ left: TemplateValue, _ right: TemplateValue, _ line: Int) throws -> Bool {
    if case .string(let first) = left, case .string(let second) = right {
      return first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
    }
    if let first = left.whole, let second = right.whole { return first < second }
    if let first = left.numeric, let second = right.numeric { return first < second }
    if case .undefined(let reason) = left { throw TemplateFailure(line: line, reason: reason) }
    if case .undefined(let reason) = right { throw TemplateFailure(line: line, reason: reason) }
    throw TemplateFailure(line: line, reason: "\(left.kind) and \(right.kind) have no order")
  }
}
