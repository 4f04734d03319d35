import Foundation

/// `+ - * / // % **`, as Python computes them.
enum TemplateArithmetic {
  static func apply(
    _ symbol: String, _ left: TemplateValue, _ right: TemplateValue, _ line: Int, _ budget: inout TemplateBudget
  ) throws -> TemplateValue {
    switch (symbol, left, right) {
    case (_, .undefined(let reason), _), (_, _, .undefined(let reason)):
      throw TemplateFailure(line: line, reason: reason)
    case ("+", .string(let first), .string(let second)):
      try budget.make(first.utf8.count + second.utf8.count, line)
      return .string(first + second)
    case ("+", .list(let first), .list(let second)):
      try budget.make(first.count + second.count, line)
      return .list(first + second)
    case ("*", .string(let text), _), ("*", _, .string(let text)):
      if let count = left.whole ?? right.whole {
        try budget.make(product(text.utf8.count, max(0, count), line), line)
        // Even of nothing that would be a loop of so many turns.
        return .string(text.isEmpty ? "" : String(repeating: text, count: max(0, count)))
      }
    case ("*", .list(let values), _), ("*", _, .list(let values)):
      if let count = left.whole ?? right.whole {
        try budget.make(product(values.count, max(0, count), line), line)
        return .list((0..<max(0, values.isEmpty ? 0 : count)).flatMap { _ in values })
      }
    default:
      if let first = left.whole, let second = right.whole { return try integers(symbol, first, second, line) }
      if let first = left.numeric, let second = right.numeric { return try numbers(symbol, first, second, line) }
    }
    throw TemplateFailure(line: line, reason: "\(left.kind) \(symbol) \(right.kind) is not supported")
  }

  private static func product(_ count: Int, _ times: Int, _ line: Int) -> Int {
    let (result, overflows) = count.multipliedReportingOverflow(by: times)
    return overflows ? .max : result
  }

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
      return try numbers(symbol, Double(left), Double(right), line)
    case "//", "%":
      guard right != 0 else { throw TemplateFailure(line: line, reason: "division by zero") }
      let quotient = left.dividedReportingOverflow(by: right)
      guard !quotient.overflow else { return try checked(quotient) }
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
    return switch symbol {
    case "+": .number(left + right)
    case "-": .number(left - right)
    case "*": .number(left * right)
    case "/": .number(left / right)
    case "//": .number((left / right).rounded(.down))
    case "%": .number(left - right * (left / right).rounded(.down))
    default: .number(pow(left, right))
    }
  }
}
