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
    case .list(let elements): return .list(try listed(elements, scope))
    case .tuple(let elements): return .tuple(try listed(elements, scope))
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
        name, try evaluate(base, scope), try positional(operands, name, scope), expression.line, self)
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
      return try TemplateArithmetic.signed(try evaluate(operand, scope), isNegative: true, expression.line)
    case .positive(let operand):
      return try TemplateArithmetic.signed(try evaluate(operand, scope), isNegative: false, expression.line)
    case .binary("~", let left, let right):
      let first = try text(of: try evaluate(left, scope), expression.line)
      let second = try text(of: try evaluate(right, scope), expression.line)
      try budget.make(first.utf8.count + second.utf8.count, expression.line)
      return .string(first + second)
    case .binary(let symbol, let left, let right):
      return try TemplateArithmetic.apply(
        symbol, try evaluate(left, scope), try evaluate(right, scope), expression.line, self)
    case .comparison(let first, let rest):
      var left = try evaluate(first, scope)
      for (operation, operand) in rest {
        let right = try evaluate(operand, scope)
        guard try TemplateComparison.holds(operation, left, right, expression.line, self) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    default: throw TemplateFailure(line: expression.line, reason: "an expression of a kind that is not supported")
    }
  }

  private func listed(_ elements: [TemplateExpression], _ scope: TemplateScope) throws -> [TemplateValue] {
    try elements.map {
      try budget.makeElements(1, $0.line)
      return try evaluate($0, scope)
    }
  }

  /// What a test is given besides the value.
  private func positional(
    _ arguments: TemplateArguments, _ name: String, _ scope: TemplateScope
  ) throws -> [TemplateValue] {
    if arguments.expressions.isEmpty { return [] }
    let (positional, named) = try self.arguments(arguments, scope)
    guard named.isEmpty else { throw TemplateFailure(line: line, reason: "the test '\(name)' takes no names") }
    return positional
  }

  private func map(
    _ members: [(key: TemplateExpression, value: TemplateExpression)], _ scope: TemplateScope
  ) throws -> TemplateValue {
    var result = TemplateMap()
    for member in members {
      guard let key = try evaluate(member.key, scope).text else {
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
      if TemplateLoopState.methods.contains(name) { return .method(value, name) }
      return state.attribute(name) ?? .undefined("the loop has no '\(name)'")
    case .macro(let macro, _):
      switch name {
      case "name": return .string(macro.name)
      case "arguments": return .tuple(macro.parameters.map { .string($0.name) })
      default: throw TemplateFailure(line: line, reason: "a macro's '\(name)' is not supported")
      }
    case .group(let parts) where name == "grouper" || name == "list": return parts[name == "list" ? 1 : 0]
    case .map(let map):
      if TemplateMethods.changingMaps.contains(name) {
        return .undefined("'\(name)' would change the mapping, which a template must not")
      }
      if try TemplateMethods.has(name, value, line) { return .method(value, name) }
      return map[name] ?? .undefined("the mapping has no '\(name)'")
    default:
      if try TemplateMethods.has(name, value, line) { return .method(value, name) }
      return .undefined("\(value.kind) has no attribute '\(name)'")
    }
  }

  /// `value[place]`.
  func item(_ place: TemplateValue, of value: TemplateValue, _ line: Int) throws -> TemplateValue {
    if case .undefined(let reason) = value { throw TemplateFailure(line: line, reason: reason) }
    if case .map(let map) = value, let key = place.text {
      if let found = map[key] { return found }
      return try attribute(key, of: value, line)
    }
    if let index = place.whole {
      switch value {
      case .list(let values), .tuple(let values), .group(let values):
        return Self.element(index, of: values) ?? .undefined("\(value.kind) has no item \(index)")
      case .view(let view) where view.isRange:
        return Self.element(index, of: view.all) ?? .undefined("the range has no item \(index)")
      case .string(let text), .markup(let text):
        try budget.read(text.utf8.count, line)
        guard let scalar = Self.scalar(index, of: text.unicodeScalars) else {
          return .undefined("the string has no character \(index)")
        }
        if case .markup = value { return .markup(String(scalar)) }
        return .string(String(scalar))
      default: break
      }
    }
    if let name = place.text { return try attribute(name, of: value, line) }
    return .undefined("\(value.kind) has no such item")
  }

  private static func scalar(_ index: Int, of scalars: String.UnicodeScalarView) -> Unicode.Scalar? {
    if index >= 0 {
      return scalars.index(scalars.startIndex, offsetBy: index, limitedBy: scalars.endIndex).flatMap {
        $0 < scalars.endIndex ? scalars[$0] : nil
      }
    }
    guard index != .min else { return nil }
    return scalars.index(scalars.endIndex, offsetBy: index, limitedBy: scalars.startIndex).map { scalars[$0] }
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
    func taken(_ values: [TemplateValue]) throws -> [TemplateValue] {
      let places = Self.places(start, stop, step, count: values.count)
      try budget.makeElements(Self.count(of: places, among: values.count), line)
      return places.map { values[$0] }
    }
    switch value {
    case .list(let values): return .list(try taken(values))
    case .tuple(let values), .group(let values): return .tuple(try taken(values))
    case .string(let text), .markup(let text):
      try budget.read(text.utf8.count, line)
      let scalars = Array(text.unicodeScalars)
      let places = Self.places(start, stop, step, count: scalars.count)
      try budget.make(4 * Self.count(of: places, among: scalars.count), line)
      let result = PythonText.string(places.map { scalars[$0] })
      if case .markup = value { return .markup(result) }
      return .string(result)
    case .undefined(let reason): throw TemplateFailure(line: line, reason: reason)
    default: throw TemplateFailure(line: line, reason: "\(value.kind) cannot be sliced")
    }
  }

  /// How many places there are, none of them looked at.
  private static func count(of places: StrideTo<Int>, among count: Int) -> Int {
    var iterator = places.makeIterator()
    return iterator.next() == nil ? 0 : min(count, places.underestimatedCount)
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
    let (positional, named) = try self.arguments(arguments, scope)
    return try call(callee, TemplateCall(positional, named, line))
  }

  /// The values of arguments, the unpacked ones among them.
  func arguments(
    _ arguments: TemplateArguments, _ scope: TemplateScope
  ) throws -> (positional: [TemplateValue], named: [(String, TemplateValue)]) {
    var positional = try arguments.positional.map { try evaluate($0, scope) }
    var named = try arguments.named.map { ($0.name, try evaluate($0.value, scope)) }
    if let more = arguments.morePositional {
      let values = try elements(of: try evaluate(more, scope), more.line)
      try budget.makeElements(values.count, more.line)
      positional += values
    }
    if let more = arguments.moreNamed {
      guard case .map(let map) = try evaluate(more, scope) else {
        throw TemplateFailure(line: more.line, reason: "what stands behind ** is no mapping")
      }
      try budget.makeElements(map.members.count, more.line)
      for member in map.members {
        guard !named.contains(where: { $0.0 == member.key }) else {
          throw TemplateFailure(line: more.line, reason: "the argument '\(member.key)' is given twice")
        }
        named.append((member.key, member.value))
      }
    }
    return (positional, named)
  }

  func call(_ callee: TemplateValue, _ call: TemplateCall) throws -> TemplateValue {
    switch callee {
    case .macro(let macro, let defined): return try self.call(macro, defined: defined, call)
    case .function(let name): return try TemplateFunctions.call(name, call, self)
    case .method(.loop(let state), let name): return try state.call(name, call, self)
    case .method(let receiver, let name): return try TemplateMethods.call(name, of: receiver, call, self)
    case .loop(let state): return try recurse(state, call)
    case .undefined(let reason): throw call.failure(reason)
    default: throw call.failure("\(callee.kind) cannot be called")
    }
  }

  func apply(_ call: TemplateFilterCall, to value: TemplateValue, _ scope: TemplateScope) throws -> TemplateValue {
    let (positional, named) = try arguments(call.arguments, scope)
    return try TemplateFilters.apply(call.name, to: value, TemplateCall(positional, named, call.line), self)
  }
}
