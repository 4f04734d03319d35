/// The arguments of a method, filter or function, by place or by name.
struct TemplateCall {
  let positional: [TemplateValue]
  let named: [(String, TemplateValue)]
  let line: Int

  init(_ positional: [TemplateValue], _ named: [(String, TemplateValue)], _ line: Int) {
    self.positional = positional
    self.named = named
    self.line = line
  }

  /// Refuses arguments that Python would refuse: too many, with unknown names, or given twice.
  ///
  /// - Parameter names: the parameters in their order.
  func check(_ name: String, _ names: [String]) throws {
    guard positional.count <= names.count else {
      throw failure("'\(name)' takes \(names.count) arguments, not \(positional.count)")
    }
    for (index, argument) in named.enumerated() {
      guard let place = names.firstIndex(of: argument.0) else {
        throw failure("'\(name)' has no argument '\(argument.0)'")
      }
      if place < positional.count || named[..<index].contains(where: { $0.0 == argument.0 }) {
        throw failure("'\(name)' is given '\(argument.0)' twice")
      }
    }
  }

  func value(_ place: Int, _ name: String) -> TemplateValue? {
    if place < positional.count { return positional[place] }
    return named.last { $0.0 == name }?.1
  }

  /// nil also for none.
  func string(_ place: Int, _ name: String) throws -> String? {
    switch value(place, name) {
    case nil, .some(.none): return nil
    case .string(let text), .markup(let text): return text
    case .some(let other): throw failure("\(name) is \(other.kind), not a string")
    }
  }

  func requiredString(_ place: Int, _ name: String) throws -> String {
    guard let text = try string(place, name) else { throw failure("\(name) is missing") }
    return text
  }

  func integer(_ place: Int, _ name: String) throws -> Int? {
    switch value(place, name) {
    case nil, .some(.none): return nil
    case .some(let value):
      guard let whole = value.whole else { throw failure("\(name) is \(value.kind), not an integer") }
      return whole
    }
  }

  func isTrue(_ place: Int, _ name: String) -> Bool { value(place, name)?.isTrue == true }

  func failure(_ reason: String) -> TemplateFailure { TemplateFailure(line: line, reason: reason) }
}
