extension TemplateRun {
  func evaluate(_ expression: TemplateExpression, _ scope: TemplateScope) throws -> TemplateValue {
    line = expression.line
    try budget.step(line)
    try budget.enter(line)
    defer { budget.leave() }
    switch expression.kind {
    case .constant(let constant): return TemplateValue(constant)
    case .name(let name):
      if let value = scope[name] { return value }
      return TemplateFunctions.names.contains(name) ? .function(name) : .undefined("'\(name)' is undefined")
    case .list(let elements): return .list(try elements.map { try evaluate($0, scope) })
    case .map(let members): return try map(members, scope)
    case .attribute(let base, let name): return try attribute(name, of: try evaluate(base, scope), expression.line)
    case .item(let base, let place):
      return try item(try evaluate(place, scope), of: try evaluate(base, scope), expression.line)
    case .slice(let base, let start, let stop, let step):
      return try slice(
        try evaluate(base, scope), try bound(start, scope), try bound(stop, scope), try bound(step, scope),
        expression.line)
    case .call(let callee, let arguments):
      return try call(try evaluate(callee, scope), arguments, scope, expression.line)
    case .filter(let base, let call): return try apply(call, to: try evaluate(base, scope), scope)
    case .test(let base, let name, let operands, let negated):
      let holds = try TemplateTests.test(
        name, try evaluate(base, scope), try operands.map { try evaluate($0, scope) }, expression.line)
      return .bool(holds != negated)
    case .choice(let then, let test, let otherwise):
      if try evaluate(test, scope).isTrue { return try evaluate(then, scope) }
      return try otherwise.map { try evaluate($0, scope) } ?? .undefined("the condition has no else")
    default: return try combine(expression, scope)
    }
  }

  /// Operators.
  private func combine(_ expression: TemplateExpression, _ scope: TemplateScope) throws -> TemplateValue {
    switch expression.kind {
    case .not(let operand): return .bool(!(try evaluate(operand, scope).isTrue))
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    case .negative(let operand):
      return try TemplateArithmetic.apply("-", .integer(0), try evaluate(operand, scope), expression.line, &budget)
    case .positive(let operand):
      return try TemplateArithmetic.apply("+", .integer(0), try evaluate(operand, scope), expression.line, &budget)
    case .binary("~", let left, let right):
      let first = try text(of: try evaluate(left, scope), expression.line)
      let second = try text(of: try evaluate(right, scope), expression.line)
      try budget.make(first.utf8.count + second.utf8.count, expression.line)
      return .string(first + second)
    case .binary(let symbol, let left, let right):
      return try TemplateArithmetic.apply(
        symbol, try evaluate(left, scope), try evaluate(right, scope), expression.line, &budget)
    case .comparison(let first, let rest):
      var left = try evaluate(first, scope)
      for (operation, operand) in rest {
        let right = try evaluate(operand, scope)
        guard try TemplateComparison.holds(operation, left, right, expression.line) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    default: throw TemplateFailure(line: expression.line, reason: "an expression of a kind that is not supported")
    }
  }

  private func map(
    _ members: [(key: TemplateExpression, value: TemplateExpression)], _ scope: TemplateScope
  ) throws -> TemplateValue {
    var result = TemplateMap()
    for member in members {
      guard case .string(let key) = try evaluate(member.key, scope) else {
        throw TemplateFailure(line: member.key.line, reason: "a mapping's key that is not a string is not supported")
      }
      result[key] = try evaluate(member.value, scope)
    }
    return .map(result)
  }

  // MARK: Parts of values

  /// `value.name`: a method or attribute, else the item of that name.
  func attribute(_ name: String, of value: TemplateValue, _ line: Int) throws -> TemplateValue {
    switch value {
    case .undefined(let reason): throw TemplateFailure(line: line, reason: reason)
    case .namespace(let namespace): return namespace.attributes[name] ?? .undefined("the namespace has no '\(name)'")
    case .loop(let state):
      if let found = state.attribute(name) { return found }
      throw TemplateFailure(line: line, reason: "loop.\(name) is not supported")
    case .map(let map):
      if TemplateMethods.ofMaps.contains(name) { return .method(value, name) }
      return map[name] ?? .undefined("the mapping has no '\(name)'")
    case .string where TemplateMethods.ofStrings.contains(name): return .method(value, name)
    case .list where TemplateMethods.ofLists.contains(name): return .method(value, name)
    default: return .undefined("\(value.kind) has no attribute '\(name)'")
    }
  }

  /// `value[place]`.
  func item(_ place: TemplateValue, of value: TemplateValue, _ line: Int) throws -> TemplateValue {
    switch (value, place) {
    case (.undefined(let reason), _): throw TemplateFailure(line: line, reason: reason)
    case (.map(let map), .string(let key)):
      if let found = map[key] { return found }
      return try attribute(key, of: value, line)
    case (.list(let values), _):
      if let index = place.whole {
        return Self.element(index, of: values) ?? .undefined("the list has no item \(index)")
      }
    case (.string(let text), _):
      if let index = place.whole {
        try budget.make(text.utf8.count, line)
        return Self.element(index, of: Array(text.unicodeScalars)).map { .string(String($0)) }
          ?? .undefined("the string has no character \(index)")
      }
    default: break
    }
    if case .string(let name) = place { return try attribute(name, of: value, line) }
    return .undefined("\(value.kind) has no such item")
  }

  private static func element<Element>(_ index: Int, of elements: [Element]) -> Element? {
    let place = index < 0 ? index + elements.count : index
    return elements.indices.contains(place) ? elements[place] : nil
  }

  private func bound(_ expression: TemplateExpression?, _ scope: TemplateScope) throws -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression, scope)
    if case .none = value { return nil }
    guard let whole = value.whole else {
      throw TemplateFailure(line: expression.line, reason: "a slice's bound is \(value.kind), not an integer")
    }
    return whole
  }

  private func slice(
    _ value: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?, _ line: Int
  ) throws -> TemplateValue {
    let step = step ?? 1
    guard step != 0, step != .min else { throw TemplateFailure(line: line, reason: "a slice's step is zero") }
    switch value {
    case .list(let values):
      try budget.make(values.count, line)
      return .list(Self.places(start, stop, step, count: values.count).map { values[$0] })
    case .string(let text):
      try budget.make(text.utf8.count, line)
      let scalars = Array(text.unicodeScalars)
      return .string(
        PythonText.string(Self.places(start, stop, step, count: scalars.count).map { scalars[$0] }))
    case .undefined(let reason): throw TemplateFailure(line: line, reason: reason)
    default: throw TemplateFailure(line: line, reason: "\(value.kind) cannot be sliced")
    }
  }

  /// The places that Python's slice takes, in order.
  private static func places(_ start: Int?, _ stop: Int?, _ step: Int, count: Int) -> StrideTo<Int> {
    func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
      let place = bound < 0 ? bound.addingReportingOverflow(count).partialValue : bound
      return min(max(place, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      return stride(
        from: start.map { clamped($0, 0...count) } ?? 0, to: stop.map { clamped($0, 0...count) } ?? count,
        by: min(step, count + 1))
    }
    return stride(
      from: start.map { clamped($0, -1...(count - 1)) } ?? count - 1,
      to: stop.map { clamped($0, -1...(count - 1)) } ?? -1, by: max(step, -count - 1))
  }

  // MARK: Calls

  private func call(
    _ callee: TemplateValue, _ arguments: TemplateArguments, _ scope: TemplateScope, _ line: Int
  ) throws -> TemplateValue {
    let positional = try arguments.positional.map { try evaluate($0, scope) }
    let named = try arguments.named.map { ($0.name, try evaluate($0.value, scope)) }
    switch callee {
    case .macro(let macro, let defined): return try call(macro, defined: defined, positional, named, line)
    case .function(let name): return try TemplateFunctions.call(name, positional, named, line, self)
    case .method(let receiver, let name):
      return try TemplateMethods.call(name, of: receiver, TemplateCall(positional, named, line), self)
    case .undefined(let reason): throw TemplateFailure(line: line, reason: reason)
    default: throw TemplateFailure(line: line, reason: "\(callee.kind) cannot be called")
    }
  }

  func apply(_ call: TemplateFilterCall, to value: TemplateValue, _ scope: TemplateScope) throws -> TemplateValue {
    try TemplateFilters.apply(
      call.name, to: value,
      TemplateCall(
        try call.arguments.positional.map { try evaluate($0, scope) },
        try call.arguments.named.map { ($0.name, try evaluate($0.value, scope)) }, call.line), self)
  }
}
