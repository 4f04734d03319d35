/// What may stand behind `|`.
enum TemplateFilters {
  static let names: Set<String> = [
    "trim", "tojson", "length", "count", "upper", "lower", "capitalize", "title", "join", "default", "d", "first",
    "last",
    "list", "items", "dictsort", "map", "select", "reject", "selectattr", "rejectattr", "replace", "string", "int",
    "float",
    "abs", "safe", "unique", "reverse", "sort", "sum", "min", "max", "indent",
  ]

  static func apply(
    _ name: String, to value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch name {
    case "default", "d":
      let isMissing = value.isUndefined || (call.value(1, "boolean")?.isTrue == true && !value.isTrue)
      return isMissing ? call.value(0, "default_value") ?? .string("") : value
    case "string", "safe": return .string(try run.text(of: value, call.line))
    case "trim", "upper", "lower", "capitalize", "title", "replace", "indent":
      return .string(try text(name, try run.text(of: value, call.line), call, run))
    case "tojson": return try json(value, call, run)
    case "length", "count": return .integer(try length(value, call))
    case "int", "float", "abs": return try number(name, value, call)
    case "items":
      if value.isUndefined { return .list([]) }
      guard case .map(let map) = value else { throw call.failure("items of \(value.kind)") }
      return pairs(map.members)
    case "dictsort":
      guard case .map(let map) = value else { throw call.failure("dictsort of \(value.kind)") }
      return pairs(map.members.sorted { $0.key.lowercased() < $1.key.lowercased() })
    default: return try collection(name, value, call, run)
    }
  }

  private static func pairs(_ members: [TemplateMap.Member]) -> TemplateValue {
    .list(members.map { .list([.string($0.key), $0.value]) })
  }

  private static func length(_ value: TemplateValue, _ call: TemplateCall) throws -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text): return text.unicodeScalars.count
    case .list(let values): return values.count
    case .map(let map): return map.members.count
    default: throw call.failure("\(value.kind) has no length")
    }
  }

  // MARK: Text

  private static func text(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    try run.budget.make(text.utf8.count, call.line)
    switch name {
    case "trim": return PythonText.stripped(text, of: try call.string(0, "chars"))
    case "upper": return text.uppercased()
    case "lower": return text.lowercased()
    case "capitalize": return PythonText.capitalised(text)
    case "title": return titled(text)
    case "replace":
      let old = try call.requiredString(0, "old")
      return try replaced(text, old, try call.requiredString(1, "new"), try call.integer(2, "count"), call, run)
    default: return try indented(text, call, run)
    }
  }

  static func replaced(
    _ text: String, _ old: String, _ new: String, _ count: Int?, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    // At most as many replacements as there are places for the old text.
    let (most, overflows) = (text.utf8.count / max(1, old.utf8.count) + 1).multipliedReportingOverflow(
      by: new.utf8.count + 1)
    try run.budget.make(overflows ? .max : min(most, text.utf8.count + most), call.line)
    return PythonText.replaced(text, old, with: new, limit: count.map { $0 < 0 ? .max : $0 } ?? .max)
  }

  /// Jinja's own title case: words begin after white space, hyphens and opening brackets.
  private static func titled(_ text: String) -> String {
    var result = ""
    var begins = true
    for scalar in text.unicodeScalars {
      result += begins ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      begins = PythonText.isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar)
    }
    return result
  }

  private static func indented(_ text: String, _ call: TemplateCall, _ run: TemplateRun) throws -> String {
    let indentation: String
    if case .string(let given)? = call.value(0, "width") {
      indentation = given
    } else {
      indentation = String(repeating: " ", count: min(max(0, try call.integer(0, "width") ?? 4), 1000))
    }
    let lines = PythonText.split(text, by: "\n", limit: .max)
    try run.budget.make(lines.count * indentation.utf8.count, call.line)
    let keepsBlank = call.value(2, "blank")?.isTrue == true
    let indentsFirst = call.value(1, "first")?.isTrue == true
    return lines.enumerated().map { index, line in
      index == 0 ? (indentsFirst ? indentation + line : line) : line.isEmpty && !keepsBlank ? line : indentation + line
    }.joined(separator: "\n")
  }

  private static func json(_ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    func named(_ name: String) -> TemplateValue? { call.named.last { $0.0 == name }?.1 }
    if named("ensure_ascii")?.isTrue == true { throw call.failure("tojson with ensure_ascii is not supported") }
    // The first of its arguments by place is ensure_ascii.
    var writer = TemplateJSON(indent: try call.integer(1, "indent").map { min(max(0, $0), 64) }, line: call.line)
    if writer.indent != nil { writer.itemSeparator = "," }
    if case .list(let separators)? = named("separators"), separators.count == 2 {
      writer.itemSeparator = PythonText.text(separators[0])
      writer.keySeparator = PythonText.text(separators[1])
    }
    writer.sortsKeys = named("sort_keys")?.isTrue == true
    _ = try run.text(of: value, call.line)
    let text = try writer.text(value)
    try run.budget.make(text.utf8.count, call.line)
    return .string(text)
  }

  private static func number(_ name: String, _ value: TemplateValue, _ call: TemplateCall) throws -> TemplateValue {
    switch name {
    case "int":
      if let whole = value.whole { return .integer(whole) }
      if case .number(let number) = value { return .integer(Int(exactly: number.rounded(.towardZero)) ?? 0) }
      let standard = call.value(0, "default") ?? .integer(0)
      guard case .string(let text) = value else { return standard }
      let digits = PythonText.stripped(text)
      if let whole = Int(digits) { return .integer(whole) }
      return Double(digits).flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .integer($0) } ?? standard
    case "float":
      if let number = value.numeric { return .number(number) }
      if case .string(let text) = value, let number = Double(PythonText.stripped(text)) { return .number(number) }
      return call.value(0, "default") ?? .number(0)
    default:
      if let whole = value.whole, whole != .min { return .integer(abs(whole)) }
      guard let number = value.numeric else { throw call.failure("abs of \(value.kind)") }
      return .number(abs(number))
    }
  }

  // MARK: Collections

  private static func collection(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    let elements = try run.elements(of: value, call.line)
    try run.budget.make(elements.count, call.line)
    switch name {
    case "list": return .list(elements)
    case "first": return elements.first ?? .undefined("there is no first item")
    case "last": return elements.last ?? .undefined("there is no last item")
    case "reverse":
      if case .string = value { return .string(PythonText.string(elements.reversed().flatMap { scalars($0) })) }
      return .list(elements.reversed())
    case "join":
      let separator = try call.string(0, "d") ?? ""
      let parts = try attribute(call.value(1, "attribute"), of: elements, call, run)
        .map { try run.text(of: $0, call.line) }
      try run.budget.make(parts.reduce(0) { $0 + $1.utf8.count + separator.utf8.count }, call.line)
      return .string(parts.joined(separator: separator))
    case "unique": return .list(try unique(elements, call, run))
    case "sort", "min", "max": return try ordered(name, elements, call, run)
    case "sum":
      return try attribute(call.value(0, "attribute"), of: elements, call, run).reduce(
        call.value(1, "start") ?? .integer(0)
      ) { try TemplateArithmetic.apply("+", $0, $1, call.line, &run.budget) }
    case "map": return .list(try mapped(elements, call, run))
    default: return .list(try chosen(name, elements, call, run))
    }
  }

  private static func scalars(_ value: TemplateValue) -> [Unicode.Scalar] {
    if case .string(let text) = value { Array(text.unicodeScalars) } else { [] }
  }

  /// The elements, or an attribute (`a.b` for one within another) of each.
  private static func attribute(
    _ name: TemplateValue?, of elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    switch name {
    case nil, .some(.none): return elements
    case .some(let path):
      let parts =
        path.whole.map { [TemplateValue.integer($0)] }
        ?? PythonText.split(PythonText.text(path), by: ".", limit: .max).map { part in
          Int(part).map { .integer($0) } ?? .string(part)
        }
      return try elements.map { try parts.reduce($0) { try run.item($1, of: $0, call.line) } }
    }
  }

  private static func unique(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    let minds = call.value(0, "case_sensitive")?.isTrue == true
    func folded(_ value: TemplateValue) -> TemplateValue {
      if !minds, case .string(let text) = value { .string(text.lowercased()) } else { value }
    }
    var seen: [TemplateValue] = []
    var result: [TemplateValue] = []
    for element in elements {
      try run.budget.make(seen.count, call.line)
      let key = folded(element)
      if seen.contains(where: { $0.equals(key) }) { continue }
      seen.append(key)
      result.append(element)
    }
    return result
  }

  private static func ordered(
    _ name: String, _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    let isSort = name == "sort"
    let minds = call.value(isSort ? 1 : 0, "case_sensitive")?.isTrue == true
    let keys = try attribute(call.value(isSort ? 2 : 1, "attribute"), of: elements, call, run).map { key in
      if !minds, case .string(let text) = key { TemplateValue.string(text.lowercased()) } else { key }
    }
    let isReversed = isSort && call.value(0, "reverse")?.isTrue == true
    let order = try keys.indices.sorted { left, right in
      let (first, second) = isReversed ? (right, left) : (left, right)
      if try TemplateComparison.precedes(keys[first], keys[second], call.line) { return true }
      if try TemplateComparison.precedes(keys[second], keys[first], call.line) { return false }
      return left < right
    }
    if isSort { return .list(order.map { elements[$0] }) }
    return (name == "min" ? order.first : order.last).map { elements[$0] } ?? .undefined("an empty list has no \(name)")
  }

  private static func mapped(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    if let name = call.named.last(where: { $0.0 == "attribute" })?.1 {
      let standard = call.named.last { $0.0 == "default" }?.1
      return try attribute(name, of: elements, call, run).map { $0.isUndefined ? standard ?? $0 : $0 }
    }
    guard case .string(let filter)? = call.positional.first, names.contains(filter) else {
      throw call.failure("map needs attribute=… or the name of a filter that is supported")
    }
    let inner = TemplateCall(Array(call.positional.dropFirst()), call.named, call.line)
    return try elements.map { element in
      try run.budget.step(call.line)
      try run.budget.enter(call.line)
      defer { run.budget.leave() }
      return try apply(filter, to: element, inner, run)
    }
  }

  /// `select`, `reject`, `selectattr`, `rejectattr`.
  private static func chosen(
    _ name: String, _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    let byAttribute = name.hasSuffix("attr")
    var arguments = call.positional
    var keys = elements
    if byAttribute {
      guard !arguments.isEmpty else { throw call.failure("\(name) needs an attribute's name") }
      keys = try attribute(arguments.removeFirst(), of: elements, call, run)
    }
    var test: String?
    if case .string(let name)? = arguments.first {
      let known = ["==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"][name] ?? name
      guard TemplateTests.names.contains(known) else { throw call.failure("the test '\(name)' is not supported") }
      test = known
      arguments.removeFirst()
    }
    let wanted = name.hasPrefix("select")
    return try zip(elements, keys).filter { _, key in
      try run.budget.step(call.line)
      let holds = try test.map { try TemplateTests.test($0, key, arguments, call.line) } ?? key.isTrue
      return holds == wanted
    }.map(\.0)
  }
}
