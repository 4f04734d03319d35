import Foundation

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

/// `+ - * / // % **`, as Python computes them.
enum TemplateArithmetic {
  static func apply(
    _ symbol: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> TemplateValue {
    if case .undefined(let reason) = left { throw TemplateFailure(line: line, reason: reason) }
    if symbol == "%", case .string(let format) = left {
      return .string(try PythonFormat(line: line, run: run).percent(format, right))
    }
    if case .undefined(let reason) = right { throw TemplateFailure(line: line, reason: reason) }
    switch symbol {
    case "+":
      if let sum = try joined(left, right, line, run) { return sum }
    case "*":
      if let count = left.whole ?? right.whole,
        let repeated = try repeated(left.whole == nil ? left : right, max(0, count), line, run)
      {
        return repeated
      }
    default: break
    }
    if let first = left.whole, let second = right.whole { return try integers(symbol, first, second, line) }
    if let first = left.numeric, let second = right.numeric { return try numbers(symbol, first, second, line) }
    throw TemplateFailure(line: line, reason: "\(left.kind) \(symbol) \(right.kind) is not supported")
  }

  /// `-` and `+` before a value.
  static func signed(_ value: TemplateValue, isNegative: Bool, _ line: Int) throws -> TemplateValue {
    if let whole = value.whole {
      guard whole != .min else { throw TemplateFailure(line: line, reason: "an integer is out of range") }
      return .integer(isNegative ? -whole : whole)
    }
    if case .number(let number) = value { return .number(isNegative ? -number : number) }
    if case .undefined(let reason) = value { throw TemplateFailure(line: line, reason: reason) }
    throw TemplateFailure(line: line, reason: "\(isNegative ? "-" : "+") before \(value.kind) is not supported")
  }

  // MARK: Text and lists

  private static func joined(
    _ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ run: TemplateRun
  ) throws -> TemplateValue? {
    switch (left, right) {
    case (.string(let first), .string(let second)):
      try run.budget.make(first.utf8.count + second.utf8.count, line)
      return .string(first + second)
    case (.markup(let first), .string(let second)), (.string(let first), .markup(let second)),
      (.markup(let first), .markup(let second)):
      // Jinja escapes what is joined to marked text.
      for part in [left, right] {
        if case .string(let plain) = part { try PythonText.checkEscapesNothing(plain, line) }
      }
      try run.budget.make(first.utf8.count + second.utf8.count, line)
      return .markup(first + second)
    case (.list(let first), .list(let second)):
      try run.budget.makeElements(first.count + second.count, line)
      return .list(first + second)
    default:
      guard let first = left.parts, let second = right.parts else { return nil }
      try run.budget.makeElements(first.count + second.count, line)
      return .tuple(first + second)
    }
  }

  private static func repeated(
    _ value: TemplateValue, _ count: Int, _ line: Int, _ run: TemplateRun
  ) throws -> TemplateValue? {
    if let text = value.text {
      try run.budget.make(product(text.utf8.count, count), line)
      // Even of nothing that would be a loop of so many turns.
      let result = text.isEmpty ? "" : String(repeating: text, count: count)
      if case .markup = value { return .markup(result) }
      return .string(result)
    }
    let values: [TemplateValue]
    if case .list(let list) = value {
      values = list
    } else if let parts = value.parts {
      values = parts
    } else {
      return nil
    }
    try run.budget.makeElements(product(values.count, count), line)
    let result = (0..<(values.isEmpty ? 0 : count)).flatMap { _ in values }
    if case .list = value { return .list(result) }
    return .tuple(result)
  }

  private static func product(_ count: Int, _ times: Int) -> Int {
    let (result, overflows) = count.multipliedReportingOverflow(by: times)
    return overflows ? .max : result
  }

  // MARK: Numbers

  private static func integers(_ symbol: String, _ left: Int, _ right: Int, _ line: Int) throws -> TemplateValue {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> TemplateValue {
      guard !result.overflow else { throw TemplateFailure(line: line, reason: "an integer is out of range") }
      return .integer(result.partialValue)
    }
    switch symbol {
    case "+": return try checked(left.addingReportingOverflow(right))
    case "-": return try checked(left.subtractingReportingOverflow(right))
    case "*": return try checked(left.multipliedReportingOverflow(by: right))
    case "/":
      guard max(left.magnitude, right.magnitude) <= 1 << 53 else {
        throw TemplateFailure(line: line, reason: "a division of integers beyond 2⁵³ is not supported")
      }
      return try numbers(symbol, Double(left), Double(right), line)
    case "//", "%":
      guard right != 0 else { throw TemplateFailure(line: line, reason: "division by zero") }
      let quotient = left.dividedReportingOverflow(by: right)
      guard !quotient.overflow else { return try symbol == "%" ? .integer(0) : checked(quotient) }
      let rest = left % right
      // Python rounds towards minus infinity.
      let isBelow = rest != 0 && (rest < 0) != (right < 0)
      return .integer(symbol == "//" ? quotient.partialValue - (isBelow ? 1 : 0) : rest + (isBelow ? right : 0))
    default:
      guard right >= 0 else { return try numbers(symbol, Double(left), Double(right), line) }
      var result = 1
      guard right <= 64 || (-1...1).contains(left) else {
        throw TemplateFailure(line: line, reason: "an integer is out of range")
      }
      // Powers of -1, 0 and 1 depend on the exponent's parity only.
      for _ in 0..<(right <= 64 ? right : 2 + right % 2) {
        guard case .integer(let value) = try checked(result.multipliedReportingOverflow(by: left)) else { break }
        result = value
      }
      return .integer(result)
    }
  }

  private static func numbers(_ symbol: String, _ left: Double, _ right: Double, _ line: Int) throws -> TemplateValue {
    if ["/", "//", "%"].contains(symbol), right == 0 { throw TemplateFailure(line: line, reason: "division by zero") }
    switch symbol {
    case "+": return .number(left + right)
    case "-": return .number(left - right)
    case "*": return .number(left * right)
    case "/": return .number(left / right)
    case "//", "%":
      // As Python's float_divmod.
      var rest = fmod(left, right)
      var quotient = (left - rest) / right
      if rest != 0 {
        if (right < 0) != (rest < 0) {
          rest += right
          quotient -= 1
        }
      } else {
        rest = right < 0 ? -0.0 : 0.0
      }
      if symbol == "%" { return .number(rest) }
      guard quotient != 0 else { return .number(left / right < 0 ? -0.0 : 0.0) }
      let floor = quotient.rounded(.down)
      return .number(quotient - floor > 0.5 ? floor + 1 : floor)
    default:
      let result = pow(left, right)
      guard result.isFinite || !left.isFinite || !right.isFinite else {
        throw TemplateFailure(
          line: line, reason: "\(PythonText.number(left)) ** \(PythonText.number(right)) has no value")
      }
      return .number(result)
    }
  }
}
