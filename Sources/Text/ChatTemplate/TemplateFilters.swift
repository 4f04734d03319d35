/// What may stand behind `|`.
enum TemplateFilters {
  /// Each with its parameters, in their order; nil for those that hand on what they are given.
  static let parameters: [String: [String]?] = [
    "trim": ["chars"], "tojson": ["ensure_ascii", "indent", "separators", "sort_keys"], "length": [], "count": [],
    "upper": [], "lower": [], "capitalize": [], "title": [], "join": ["d", "attribute"],
    "default": ["default_value", "boolean"], "d": ["default_value", "boolean"], "first": [], "last": [], "list": [],
    "items": [], "dictsort": ["case_sensitive", "by", "reverse"], "map": nil, "select": nil, "reject": nil,
    "selectattr": nil, "rejectattr": nil, "replace": ["old", "new", "count"], "string": [], "int": ["default", "base"],
    "float": ["default"], "abs": [], "safe": [], "unique": ["case_sensitive", "attribute"], "reverse": [],
    "sort": ["reverse", "case_sensitive", "attribute"], "sum": ["attribute", "start"],
    "min": ["case_sensitive", "attribute"], "max": ["case_sensitive", "attribute"],
    "indent": ["width", "first", "blank"], "round": ["precision", "method"], "batch": ["linecount", "fill_with"],
    "slice": ["slices", "fill_with"], "groupby": ["attribute", "default", "case_sensitive"], "wordcount": [], "e": [],
    "escape": [], "forceescape": [], "format": nil, "center": ["width"],
    "truncate": ["length", "killwords", "end", "leeway"],
  ]

  static func isKnown(_ name: String) -> Bool { parameters[name] != nil }

  private static let ofText: Set<String> = [
    "trim", "upper", "lower", "capitalize", "title", "replace", "indent", "center", "truncate",
  ]
  /// Those that keep the mark of marked text.
  private static let keepingMarks: Set<String> = ["trim", "upper", "lower", "capitalize", "indent"]

  static func apply(
    _ name: String, to value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    if let names = parameters[name] ?? nil { try call.check(name, names) }
    switch name {
    case "default", "d":
      let isMissing = value.isUndefined || (call.isTrue(1, "boolean") && !value.isTrue)
      return isMissing ? call.value(0, "default_value") ?? .string("") : value
    case "string":
      if case .markup = value { return value }
      return .string(try run.text(of: value, call.line))
    case "safe": return .markup(try run.text(of: value, call.line))
    case "e", "escape", "forceescape":
      if case .markup = value, name != "forceescape" { return value }
      let text = try run.text(of: value, call.line)
      try run.budget.make(5 * text.utf8.count, call.line)
      return .markup(PythonText.escaped(text))
    case "format":
      let format = try run.text(of: value, call.line)
      if !call.named.isEmpty, !call.positional.isEmpty { throw call.failure("format takes values or names, not both") }
      var names = TemplateMap()
      for (name, value) in call.named { names[name] = value }
      return .string(
        try PythonFormat(line: call.line, run: run)
          .percent(format, call.named.isEmpty ? .tuple(call.positional) : .map(names)))
    case "wordcount":
      let text = try run.text(of: value, call.line)
      try run.budget.read(16 * text.utf8.count, call.line)
      return .integer(text.unicodeScalars.split { !PythonText.isAlphanumeric($0) && $0 != "_" }.count)
    case "indent" where value.text == nil, "truncate" where value.text == nil:
      throw call.failure("\(name) of \(value.kind)")
    case _ where ofText.contains(name):
      let text = try text(name, try run.text(of: value, call.line), call, run)
      if case .markup = value, keepingMarks.contains(name) { return .markup(text) }
      return .string(text)
    case "tojson": return try json(value, call, run)
    case "length", "count": return .integer(try length(value, call, run))
    case "int", "float", "abs", "round": return try number(name, value, call)
    case "items":
      if value.isUndefined { return .view(TemplateView(.generator, [])) }
      guard case .map(let map) = value else { throw call.failure("items of \(value.kind)") }
      try run.budget.makeElements(3 * map.members.count, call.line)
      return .view(TemplateView(.generator, pairs(map.members)))
    case "dictsort": return try sortedPairs(value, call, run)
    default: return try collection(name, value, call, run)
    }
  }

  static func pairs(_ members: [TemplateMap.Member]) -> [TemplateValue] {
    members.map { .tuple([.string($0.key), $0.value]) }
  }

  private static func sortedPairs(
    _ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard case .map(let map) = value else { throw call.failure("dictsort of \(value.kind)") }
    let by = try call.string(1, "by") ?? "key"
    guard by == "key" || by == "value" else { throw call.failure("dictsort is by key or by value") }
    try run.budget.makeElements(3 * map.members.count, call.line)
    let keys = map.members.map { by == "key" ? .string($0.key) : $0.value }
    let order = try order(
      of: try folded(keys, minds: call.isTrue(0, "case_sensitive"), call, run), isReversed: call.isTrue(2, "reverse"),
      call, run)
    return .list(order.map { .tuple([.string(map.members[$0].key), map.members[$0].value]) })
  }

  static func length(_ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun) throws -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text), .markup(let text):
      try run.budget.read(text.utf8.count, call.line)
      return text.unicodeScalars.count
    case .list(let values), .tuple(let values), .group(let values): return values.count
    case .map(let map): return map.members.count
    case .loop(let state): return state.items.count
    case .view(let view):
      if let count = view.count { return count }
      fallthrough
    default: throw call.failure("\(value.kind) has no length")
    }
  }

  // MARK: Text

  private static func text(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    try run.budget.make(text.utf8.count, call.line)
    // Each character's properties are looked up.
    if ["upper", "lower", "capitalize", "title"].contains(name) {
      try run.budget.read(16 * text.utf8.count, call.line)
    }
    switch name {
    case "trim": return PythonText.stripped(text, of: try call.string(0, "chars"))
    case "upper": return text.uppercased()
    case "lower": return PythonText.lower(text)
    case "capitalize": return PythonText.capitalised(text)
    case "title": return PythonText.titledWords(text)
    case "center":
      let width = try call.integer(0, "width") ?? 80
      return try padded(text, "center", width, " ", call, run)
    case "truncate": return try truncated(text, call, run)
    case "replace":
      guard let old = call.value(0, "old"), let new = call.value(1, "new") else {
        throw call.failure("replace needs the old text and the new")
      }
      return try replaced(
        text, try run.text(of: old, call.line), try run.text(of: new, call.line), try call.integer(2, "count"), call,
        run)
    default: return try indented(text, call, run)
    }
  }

  static func replaced(
    _ text: String, _ old: String, _ new: String, _ count: Int?, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    try run.budget.read(PythonText.cost(ofSearching: text, for: old), call.line)
    let bound = text.utf8.count / max(1, old.utf8.count) + 1
    let limit = count.map { $0 < 0 ? Int.max : $0 } ?? .max
    // At most as many replacements as there are places for the old text; where that would be much, they are counted.
    var most = min(bound, limit)
    if most > 1024, !old.isEmpty {
      most = min(limit, PythonText.places(of: Array(old.utf8), in: Array(text.utf8)).count)
    }
    try run.budget.read(min(most, 1 << 40) * 64, call.line)
    let (size, overflows) = most.multipliedReportingOverflow(by: new.utf8.count)
    try run.budget.make(overflows ? .max : min(size, .max - text.utf8.count) + text.utf8.count, call.line)
    return PythonText.replaced(text, old, with: new, limit: limit)
  }

  /// `center`, `ljust`, `rjust`.
  static func padded(
    _ text: String, _ name: String, _ width: Int, _ fill: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    guard fill.unicodeScalars.count == 1 else { throw call.failure("\(name) fills with one character") }
    let count = text.unicodeScalars.count
    guard width > count else { return text }
    let missing = width - count
    try run.budget.make(missing < 1 << 40 ? missing * fill.utf8.count : .max, call.line)
    // Python puts the odd one to the left where the width is odd too.
    let left = name == "rjust" ? missing : name == "ljust" ? 0 : missing / 2 + (missing & width & 1)
    return String(repeating: fill, count: left) + text + String(repeating: fill, count: missing - left)
  }

  private static func truncated(_ text: String, _ call: TemplateCall, _ run: TemplateRun) throws -> String {
    let length = try call.integer(0, "length") ?? 255
    let end = try call.string(2, "end") ?? "..."
    let leeway = try call.integer(3, "leeway") ?? 5
    let scalars = text.unicodeScalars
    guard length >= end.unicodeScalars.count, leeway >= 0, length < 1 << 40, leeway < 1 << 40 else {
      throw call.failure("truncate to \(length) characters with a leeway of \(leeway)")
    }
    if scalars.count <= length + leeway { return text }
    let kept = PythonText.string(scalars.prefix(length - end.unicodeScalars.count))
    if call.isTrue(1, "killwords") { return kept + end }
    return (PythonText.split(kept, by: " ", limit: 1, fromRight: true).first ?? "") + end
  }

  private static func indented(_ text: String, _ call: TemplateCall, _ run: TemplateRun) throws -> String {
    let indentation: String
    if let given = call.value(0, "width")?.text {
      indentation = given
    } else {
      let width = max(0, try call.integer(0, "width") ?? 4)
      try run.budget.make(width, call.line)
      indentation = String(repeating: " ", count: width)
    }
    let lines = PythonText.lines(text + "\n")
    let (size, overflows) = lines.count.multipliedReportingOverflow(by: indentation.utf8.count)
    try run.budget.make(overflows ? .max : size, call.line)
    try run.budget.makeElements(lines.count, call.line)
    let keepsBlank = call.isTrue(2, "blank")
    let result = lines.enumerated().map { index, line in
      index == 0 || (line.isEmpty && !keepsBlank) ? line : indentation + line
    }.joined(separator: "\n")
    return call.isTrue(1, "first") ? indentation + result : result
  }

  private static func json(_ value: TemplateValue, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    var writer = TemplateJSON(line: call.line)
    writer.escapesAll = call.isTrue(0, "ensure_ascii")
    switch call.value(1, "indent") {
    case nil, .some(.none): break
    case .string(let text), .markup(let text): writer.indent = text
    case .some(let width):
      guard let count = width.whole, count <= 1024 else { throw call.failure("tojson indents by \(width.kind)") }
      writer.indent = String(repeating: " ", count: max(0, count))
    }
    if writer.indent != nil { writer.itemSeparator = "," }
    if let separators = call.value(2, "separators"), case let pair = separators.parts ?? separators.contents ?? [],
      !pair.isEmpty
    {
      guard pair.count == 2, let item = pair[0].text, let key = pair[1].text else {
        throw call.failure("tojson needs two separators")
      }
      writer.itemSeparator = item
      writer.keySeparator = key
    }
    writer.sortsKeys = call.isTrue(3, "sort_keys")
    try run.budget.make(try run.size(of: value, call.line, indent: writer.indent?.utf8.count), call.line)
    return .string(try writer.text(value))
  }

  private static func number(_ name: String, _ value: TemplateValue, _ call: TemplateCall) throws -> TemplateValue {
    if case .undefined(let reason) = value { throw call.failure(reason) }
    switch name {
    case "int":
      if let whole = value.whole { return .integer(whole) }
      if case .number(let number) = value {
        if number.isNaN { return call.value(0, "default") ?? .integer(0) }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
          throw call.failure("an integer is out of range")
        }
        return .integer(whole)
      }
      let standard = call.value(0, "default") ?? .integer(0)
      guard let text = value.text else { return standard }
      let base = try call.integer(1, "base") ?? 10
      if let whole = try PythonNumber.integer(text, base: base, call.line) { return .integer(whole) }
      guard let number = try PythonNumber.number(text, call.line), number.isFinite else { return standard }
      guard let whole = Int(exactly: number.rounded(.towardZero)) else {
        throw call.failure("an integer is out of range")
      }
      return .integer(whole)
    case "float":
      if let number = value.numeric { return .number(number) }
      if let text = value.text, let number = try PythonNumber.number(text, call.line) { return .number(number) }
      return call.value(0, "default") ?? .number(0)
    case "round": return try rounded(value, call)
    default:
      if let whole = value.whole, whole != .min { return .integer(abs(whole)) }
      guard let number = value.numeric else { throw call.failure("abs of \(value.kind)") }
      return .number(abs(number))
    }
  }

  private static func rounded(_ value: TemplateValue, _ call: TemplateCall) throws -> TemplateValue {
    guard let number = value.numeric else { throw call.failure("round of \(value.kind)") }
    let places = try call.integer(0, "precision") ?? 0
    let method = try call.string(1, "method") ?? "common"
    guard (0...22).contains(places) else { throw call.failure("round to \(places) places is not supported") }
    switch method {
    case "common": return value.whole.map { .integer($0) } ?? .number(PythonNumber.rounded(number, places))
    case "ceil", "floor":
      var scale = 1.0
      for _ in 0..<places { scale *= 10 }
      guard number.isFinite else { throw call.failure("round of \(PythonText.number(number))") }
      return .number((number * scale).rounded(method == "ceil" ? .up : .down) / scale)
    default: throw call.failure("round is common, ceil or floor")
    }
  }
}
