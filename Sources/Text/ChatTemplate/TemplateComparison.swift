/// `==`, `<`, `in` and their kin, as Python decides them; each charged by the size of what is compared.
enum TemplateComparison {
  static func holds(
    _ operation: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    switch operation {
    case "==": try equal(left, right, line, run)
    case "!=": try !equal(left, right, line, run)
    case "in": try contains(right, left, line, run)
    case "not in": try !contains(right, left, line, run)
    case "<": try precedes(left, right, line, run)
    case ">": try precedes(right, left, line, run)
    case "<=": try precedes(left, right, line, run) || equal(left, right, line, run)
    default: try precedes(right, left, line, run) || equal(left, right, line, run)
    }
  }

  static func equal(_ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ run: TemplateRun) throws -> Bool {
    if let first = left.text, let second = right.text {
      guard first.utf8.count == second.utf8.count else { return false }
      try run.budget.read(first.utf8.count, line)
      return first.utf8.elementsEqual(second.utf8)
    }
    if let first = left.parts, let second = right.parts { return try equal(first, second, line, run) }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.list(let first), .list(let second)): return try equal(first, second, line, run)
    case (.map(let first), .map(let second)):
      guard first.members.count == second.members.count else { return false }
      try run.budget.visit(first.members.count, line)
      return try first.members.allSatisfy { member in
        guard let other = second[member.key] else { return false }
        return try equal(member.value, other, line, run)
      }
    case (.namespace(let first), .namespace(let second)): return first === second
    case (.view(let first), .view(let second)):
      if first === second { return true }
      switch (first.kind, second.kind) {
      case (.range, .range): return try equal(first.all, second.all, line, run)
      case (.generator, _), (_, .generator), (.range, _), (_, .range), (.values, _), (_, .values): return false
      default: throw TemplateFailure(line: line, reason: "views of mappings cannot be compared here")
      }
    case (.macro(let first, _), .macro(let second, _)): return first === second
    case (.function(let first), .function(let second)): return first == second
    case (.loop(let first), .loop(let second)): return first === second
    case (.method, .method): throw TemplateFailure(line: line, reason: "methods cannot be compared here")
    default:
      if let first = left.whole, let second = right.whole { return first == second }
      guard let first = left.numeric, let second = right.numeric else { return false }
      // A float and an integer beyond 2⁵³ are equal only if the float is that integer.
      if let whole = left.whole ?? right.whole, abs(first) >= 9_007_199_254_740_992 {
        return Int(exactly: left.whole == nil ? first : second) == whole
      }
      return first == second
    }
  }

  private static func equal(
    _ left: [TemplateValue], _ right: [TemplateValue], _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    guard left.count == right.count else { return false }
    for (first, second) in zip(left, right) {
      try run.budget.visit(1, line)
      guard try equal(first, second, line, run) else { return false }
    }
    return true
  }

  static func contains(
    _ container: TemplateValue, _ element: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    if let text = container.text, let part = element.text {
      try run.budget.read(PythonText.cost(ofSearching: text, for: part), line)
      return PythonText.contains(part, in: text)
    }
    switch container {
    case .list(let values), .tuple(let values), .group(let values):
      return try place(of: element, in: values, line, run) != nil
    case .view(let view):
      guard view.isGenerator else { return try place(of: element, in: view.all, line, run) != nil }
      while let next = view.takeFirst() {
        try run.budget.visit(1, line)
        if try equal(next, element, line, run) { return true }
      }
      return false
    case .map(let map):
      switch element {
      case .string(let key), .markup(let key): return map[key] != nil
      case .list, .map: throw TemplateFailure(line: line, reason: "\(element.kind) is no key of a mapping")
      default: return false
      }
    case .undefined: return false
    default: throw TemplateFailure(line: line, reason: "\(container.kind) cannot contain \(element.kind)")
    }
  }

  /// Where the element stands first.
  static func place(
    of element: TemplateValue, in values: [TemplateValue], _ line: Int, _ run: TemplateRun
  ) throws -> Int? {
    try values.firstIndex { value in
      try run.budget.visit(1, line)
      return try equal(value, element, line, run)
    }
  }

  static func precedes(
    _ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    if let first = left.text, let second = right.text {
      try run.budget.read(min(first.utf8.count, second.utf8.count), line)
      // The order of UTF-8's bytes is that of code points.
      return first.utf8.lexicographicallyPrecedes(second.utf8)
    }
    if let first = left.whole, let second = right.whole { return first < second }
    if let first = left.numeric, let second = right.numeric { return first < second }
    if case .list(let first) = left, case .list(let second) = right { return try precedes(first, second, line, run) }
    if let first = left.parts, let second = right.parts { return try precedes(first, second, line, run) }
    if case .undefined(let reason) = left { throw TemplateFailure(line: line, reason: reason) }
    if case .undefined(let reason) = right { throw TemplateFailure(line: line, reason: reason) }
    throw TemplateFailure(line: line, reason: "\(left.kind) and \(right.kind) have no order")
  }

  private static func precedes(
    _ left: [TemplateValue], _ right: [TemplateValue], _ line: Int, _ run: TemplateRun
  ) throws -> Bool {
    for (first, second) in zip(left, right) {
      try run.budget.visit(1, line)
      if try !equal(first, second, line, run) { return try precedes(first, second, line, run) }
    }
    return left.count < right.count
  }
}
