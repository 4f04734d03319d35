import Recipe

/// The functions that transformers puts into a template's environment, and Jinja's own.
enum TemplateFunctions {
  static let names: Set<String> = [
    "range", "namespace", "dict", "raise_exception", "strftime_now", "lipsum", "cycler", "joiner",
  ]
  /// As Jinja's sandbox has it.
  private static let longestRange = 100_000

  static func call(_ name: String, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    switch name {
    case "range":
      try call.check(name, ["start", "stop", "step"])
      guard call.named.isEmpty else { throw call.failure("range takes no names") }
      return try range(call.positional, call.line, run)
    case "namespace", "dict": return try mapping(name, call, run)
    case "strftime_now":
      try call.check(name, ["format"])
      guard let format = call.value(0, "format")?.text, let text = run.date.text(format) else {
        throw call.failure("strftime_now with a format that is not supported")
      }
      return .string(text)
    case "raise_exception":
      try call.check(name, ["message"])
      let reason = try call.value(0, "message").map { try run.text(of: $0, call.line) } ?? "without a reason"
      throw TemplateFailure(line: call.line, reason: OneLine.name(reason), kind: .refused)
    default: throw call.failure("the function '\(name)' is not supported")
    }
  }

  private static func mapping(_ name: String, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    guard call.positional.count <= 1 else { throw call.failure("\(name) takes one mapping") }
    var map = TemplateMap()
    switch call.positional.first {
    case nil: break
    case .map(let start)?: map = start
    case .some(let pairs):
      for pair in try run.elements(of: pairs, call.line) {
        try run.budget.makeElements(1, call.line)
        let parts = try run.elements(of: pair, call.line)
        guard parts.count == 2, let key = parts[0].text else {
          throw call.failure("\(name) of what is no list of pairs with strings first is not supported")
        }
        map[key] = parts[1]
      }
    }
    for (name, value) in call.named { map[name] = value }
    try run.budget.makeElements(map.members.count, call.line)
    guard name == "namespace" else { return .map(map) }
    for member in map.members where member.key.hasPrefix("_") {
      throw call.failure("a namespace's attribute must not begin with _")
    }
    let namespace = TemplateNamespace()
    namespace.attributes = map
    return .namespace(namespace)
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
    let isEmpty = span / Double(step) <= 0
    let numbers = isEmpty ? [] : stride(from: first, to: last, by: step).map { TemplateValue.integer($0) }
    try run.budget.makeElements(numbers.count, line)
    return .view(TemplateView(.range(first: first, last: last, step: step), numbers))
  }
}

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

/// The day that `strftime_now` tells. Not today: the same data must give the same tokens tomorrow. The standard is the day that Llama
/// 3.2's own template falls back to.
public struct TemplateDate: Sendable, Equatable {
  public let year: Int
  public let month: Int
  public let day: Int

  public static let standard = TemplateDate(year: 2024, month: 7, day: 26)

  /// A day of the Gregorian calendar; months and days outside of it are taken to the nearest.
  public init(year: Int, month: Int, day: Int) {
    self.year = min(max(year, 1), 9999)
    self.month = min(max(month, 1), 12)
    self.day = min(max(day, 1), 31)
  }

  /// `26 July 2024`
  public var words: String { "\(day) \(Self.months[month - 1]) \(year)" }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  /// Python's `strftime` at midnight, or nil for a directive that is not known.
  func text(_ format: String) -> String? {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    var result = ""
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalars.next() {
      case "d": result += two(day)
      case "m": result += two(month)
      case "y": result += two(year % 100)
      case "Y": result += String(year)
      case "B": result += Self.months[month - 1]
      case "b": result += String(Self.months[month - 1].prefix(3))
      case "A": result += Self.days[weekday]
      case "a": result += String(Self.days[weekday].prefix(3))
      case "H", "M", "S": result += "00"
      case "I": result += "12"
      case "p": result += "AM"
      case "F": result += "\(year)-\(two(month))-\(two(day))"
      case "%": result += "%"
      default: return nil
      }
    }
    return result
  }

  /// From 0 for Sunday (Sakamoto's method).
  private var weekday: Int {
    let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
    let shifted = month < 3 ? year - 1 : year
    return (shifted + shifted / 4 - shifted / 100 + shifted / 400 + shifts[month - 1] + day) % 7
  }
}
