import Recipe

/// Filters of lists and of all that can be gone through.
extension TemplateFilters {
  private static func generator(_ elements: [TemplateValue]) -> TemplateValue {
    .view(TemplateView(.generator, elements))
  }

  static func collection(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch (name, value) {
    case ("first", .view(let view)): return view.takeFirst() ?? .undefined("there is no first item")
    case ("last", .view(let view)) where view.isGenerator: throw call.failure("last of \(value.kind)")
    default: break
    }
    let elements = try run.elements(of: value, call.line)
    try run.budget.visit(elements.count, call.line)
    switch name {
    case "first": return elements.first ?? .undefined("there is no first item")
    case "last": return elements.last ?? .undefined("there is no last item")
    case "join": return try joined(elements, call, run)
    default: break
    }
    try run.budget.makeElements(elements.count, call.line)
    switch name {
    case "list": return .list(elements)
    case "reverse":
      if let text = value.text { return .string(PythonText.string(text.unicodeScalars.reversed())) }
      if case .view(let view) = value, view.isGenerator { return .list(elements.reversed()) }
      return generator(elements.reversed())
    case "unique": return generator(try unique(elements, call, run))
    case "sort":
      let keys = try sortKeys(of: elements, call, run)
      let order = try order(of: keys, isReversed: call.isTrue(0, "reverse"), call, run)
      return .list(order.map { elements[$0] })
    case "min", "max": return try extreme(name, elements, call, run)
    case "sum":
      if let start = call.value(1, "start"), start.text != nil { throw call.failure("sum of strings; use join") }
      return try attribute(call.value(0, "attribute"), of: elements, call, run).reduce(
        call.value(1, "start") ?? .integer(0)
      ) { try TemplateArithmetic.apply("+", $0, $1, call.line, run) }
    case "batch", "slice": return try portions(name, elements, call, run)
    case "groupby": return try groups(elements, call, run)
    case "map": return generator(try mapped(elements, call, run))
    default: return generator(try chosen(name, elements, call, run))
    }
  }

  private static func joined(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    let separator = try call.value(0, "d").map { try run.text(of: $0, call.line) } ?? ""
    let parts = try attribute(call.value(1, "attribute"), of: elements, call, run).map {
      try run.text(of: $0, call.line)
    }
    try run.budget.make(parts.reduce(0) { $0 + $1.utf8.count + separator.utf8.count }, call.line)
    return .string(parts.joined(separator: separator))
  }

  // MARK: Attributes and order

  /// The elements, or an attribute (`a.b` for one within another) of each; `standard` takes the place of what is missing.
  static func attribute(
    _ name: TemplateValue?, of elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun,
    standard: TemplateValue? = nil
  ) throws -> [TemplateValue] {
    switch name {
    case nil, .some(.none): return elements
    case .some(let path):
      let parts =
        try path.whole.map { [TemplateValue.integer($0)] }
        ?? PythonText.split(run.text(of: path, call.line), by: ".", limit: .max).map { part in
          part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            ? Int(part).map { .integer($0) } ?? .string(part) : .string(part)
        }
      return try elements.map { element in
        try run.budget.visit(parts.count, call.line)
        return try parts.reduce(element) { value, part in
          let found = try run.item(part, of: value, call.line)
          return found.isUndefined ? standard ?? found : found
        }
      }
    }
  }

  /// What `sort` goes by: the elements, an attribute of each, or several between commas.
  private static func sortKeys(
    of elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    let minds = call.isTrue(1, "case_sensitive")
    let name = call.value(2, "attribute")
    guard let text = name?.text, text.contains(",") else {
      return try folded(attribute(name, of: elements, call, run), minds: minds, call, run)
    }
    let columns = try PythonText.split(text, by: ",", limit: .max).map {
      try folded(attribute(.string($0), of: elements, call, run), minds: minds, call, run)
    }
    return elements.indices.map { index in .list(columns.map { $0[index] }) }
  }

  /// In lower case, unless case counts.
  static func folded(
    _ keys: [TemplateValue], minds: Bool, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    if minds { return keys }
    return try keys.map { key in
      try run.budget.read(16 * (key.text?.utf8.count ?? 0), call.line)
      return
        switch key
      {
      case .string(let text), .markup(let text): .string(PythonText.lower(text))
      default: key
      }
    }
  }

  /// The places of the keys in their order; equal ones stay as they are.
  static func order(
    of keys: [TemplateValue], isReversed: Bool, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [Int] {
    try keys.indices.sorted { left, right in
      try run.budget.visit(2, call.line)
      let (first, second) = isReversed ? (right, left) : (left, right)
      if try TemplateComparison.precedes(keys[first], keys[second], call.line, run) { return true }
      if try TemplateComparison.precedes(keys[second], keys[first], call.line, run) { return false }
      return left < right
    }
  }

  private static func extreme(
    _ name: String, _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard !elements.isEmpty else { return .undefined("an empty list has no \(name)") }
    let keys = try folded(
      try attribute(call.value(1, "attribute"), of: elements, call, run), minds: call.isTrue(0, "case_sensitive"), call,
      run)
    var best = 0
    for place in keys.indices.dropFirst() {
      let isBetter =
        name == "min"
        ? try TemplateComparison.precedes(keys[place], keys[best], call.line, run)
        : try TemplateComparison.precedes(keys[best], keys[place], call.line, run)
      if isBetter { best = place }
    }
    return elements[best]
  }

  private static func unique(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    let keys = try folded(
      try attribute(call.value(1, "attribute"), of: elements, call, run), minds: call.isTrue(0, "case_sensitive"), call,
      run)
    var seen: Set<TemplateKey> = []
    return try zip(elements, keys).filter { seen.insert(TemplateKey(try hashed($0.1, call, run))).inserted }.map(\.0)
  }

  /// A text that two values share if they are equal.
  private static func hashed(_ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun) throws -> String {
    try run.budget.read(16 * (value.text?.utf8.count ?? 1), call.line)
    if let text = value.text { return "s\(text.utf8.count):\(text)" }
    if let whole = value.whole { return "n\(whole);" }
    switch value {
    case .number(let number): return Int(exactly: number).map { "n\($0);" } ?? "f\(number);"
    case .none: return "none;"
    case .undefined: return "undefined;"
    case .tuple(let values), .group(let values):
      return "(" + (try values.map { try hashed($0, call, run) }.joined()) + ")"
    default: throw call.failure("unique of \(value.kind)")
    }
  }

  // MARK: Portions

  private static func portions(
    _ name: String, _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard let count = try call.integer(0, name == "batch" ? "linecount" : "slices"), count > 0 else {
      throw call.failure("\(name) needs a number from 1 up")
    }
    var fill = call.value(1, "fill_with")
    if case .some(.none) = fill { fill = nil }
    var result: [[TemplateValue]] = []
    if name == "batch" {
      for start in stride(from: 0, to: elements.count, by: count) {
        result.append(Array(elements[start..<(count < elements.count - start ? start + count : elements.count)]))
      }
      if let fill, var last = result.last, last.count < count {
        try run.budget.makeElements(count, call.line)
        last += Array(repeating: fill, count: count - last.count)
        result[result.count - 1] = last
      }
    } else {
      try run.budget.makeElements(count, call.line)
      let (size, longer) = (elements.count / count, elements.count % count)
      var start = 0
      for index in 0..<count {
        let end = start + size + (index < longer ? 1 : 0)
        var part = Array(elements[start..<end])
        if let fill, index >= longer { part.append(fill) }
        result.append(part)
        start = end
      }
    }
    return generator(result.map { .list($0) })
  }

  private static func groups(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard let name = call.value(0, "attribute") else { throw call.failure("groupby needs an attribute") }
    let found = try attribute(name, of: elements, call, run, standard: call.value(1, "default"))
    let keys = try folded(found, minds: call.isTrue(2, "case_sensitive"), call, run)
    var result: [(key: TemplateValue, place: Int, members: [TemplateValue])] = []
    for place in try order(of: keys, isReversed: false, call, run) {
      if let last = result.last, try TemplateComparison.equal(last.key, keys[place], call.line, run) {
        result[result.count - 1].members.append(elements[place])
      } else {
        result.append((keys[place], place, [elements[place]]))
      }
    }
    return .list(result.map { .group([found[$0.place], .list($0.members)]) })
  }

  // MARK: Choosing

  private static func mapped(
    _ elements: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> [TemplateValue] {
    if call.positional.isEmpty {
      try call.check("map", ["attribute", "default"])
      guard let name = call.named.last(where: { $0.0 == "attribute" })?.1 else {
        throw call.failure("map needs attribute=… or a filter's name")
      }
      return try attribute(name, of: elements, call, run, standard: call.named.last { $0.0 == "default" }?.1)
    }
    guard let filter = call.positional[0].text, isKnown(filter) else {
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
    guard call.named.isEmpty else { throw call.failure("\(name) takes no names") }
    var arguments = call.positional
    var keys = elements
    if name.hasSuffix("attr") {
      guard !arguments.isEmpty else { throw call.failure("\(name) needs an attribute's name") }
      keys = try attribute(arguments.removeFirst(), of: elements, call, run)
    }
    var test: String?
    if !arguments.isEmpty {
      let name = arguments.removeFirst().text ?? ""
      let known = ["==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"][name] ?? name
      guard TemplateTests.names.contains(known) else {
        throw call.failure("the test '\(OneLine.name(name))' is not supported")
      }
      test = known
    }
    let wanted = name.hasPrefix("select")
    return try zip(elements, keys).filter { _, key in
      try run.budget.step(call.line)
      let holds = try test.map { try TemplateTests.test($0, key, arguments, call.line, run) } ?? key.isTrue
      return holds == wanted
    }.map(\.0)
  }
}
