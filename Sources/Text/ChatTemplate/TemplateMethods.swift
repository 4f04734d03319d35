/// Python's methods of strings, mappings and lists that change nothing, as far as templates use them.
enum TemplateMethods {
  /// Each with its parameters; only those in `withNames` can be given by name.
  private static let ofStrings: [String: [String]?] = [
    "strip": ["chars"], "lstrip": ["chars"], "rstrip": ["chars"], "split": ["sep", "maxsplit"],
    "rsplit": ["sep", "maxsplit"], "splitlines": ["keepends"], "startswith": ["prefix"], "endswith": ["suffix"],
    "upper": [], "lower": [], "title": [], "capitalize": [], "swapcase": [], "replace": ["old", "new", "count"],
    "find": ["sub"], "rfind": ["sub"], "index": ["sub"], "rindex": ["sub"], "count": ["sub"], "join": ["iterable"],
    "removeprefix": ["prefix"], "removesuffix": ["suffix"], "partition": ["sep"], "rpartition": ["sep"],
    "zfill": ["width"], "center": ["width", "fillchar"], "ljust": ["width", "fillchar"],
    "rjust": ["width", "fillchar"],
    "expandtabs": ["tabsize"], "format": nil, "isdigit": [], "isalpha": [], "isalnum": [], "isspace": [],
    "isupper": [], "islower": [], "istitle": [], "isdecimal": [], "isnumeric": [], "isidentifier": [], "isascii": [],
    "isprintable": [],
  ]
  private static let withNames: Set<String> = ["split", "rsplit", "splitlines", "expandtabs"]
  private static let ofMaps: [String: [String]] = [
    "get": ["key", "default"], "items": [], "keys": [], "values": [], "copy": [],
  ]
  private static let ofLists: [String: [String]] = ["index": ["value"], "count": ["value"], "copy": []]

  /// Python's own that are not interpreted here: a template that asks for one is refused.
  private static let refused: Set<String> = [
    "encode", "translate", "maketrans", "format_map", "casefold", "fromkeys", "bit_length", "bit_count", "to_bytes",
    "from_bytes", "as_integer_ratio", "is_integer", "hex", "fromhex", "conjugate", "real", "imag", "numerator",
    "denominator",
  ]
  /// Those that change a mapping: the sandbox gives an undefined value, whatever keys there are.
  static let changingMaps: Set<String> = ["update", "pop", "popitem", "clear", "setdefault"]

  /// Whether the value has the method.
  static func has(_ name: String, _ value: TemplateValue, _ line: Int) throws -> Bool {
    let isKnown: Bool
    var mayBeRefused = true
    switch value {
    case .string, .markup: isKnown = ofStrings[name] != nil
    case .map:
      isKnown = ofMaps[name] != nil
      mayBeRefused = name == "fromkeys"
    case .list: isKnown = ofLists[name] != nil
    case .tuple, .group, .view: isKnown = name != "copy" && ofLists[name] != nil
    case .integer, .number, .bool: isKnown = false
    default: return false
    }
    if !isKnown, mayBeRefused, refused.contains(name) {
      throw TemplateFailure(line: line, reason: "'\(name)' of \(value.kind) is not supported")
    }
    return isKnown
  }

  static func call(
    _ name: String, of receiver: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch receiver {
    case .map(let map): return try mapping(name, map, call, run)
    case .list(let values) where name == "copy":
      try run.budget.makeElements(values.count, call.line)
      return receiver
    case .list(let values), .tuple(let values), .group(let values): return try list(name, values, call, run)
    case .view(let view) where view.isRange: return try list(name, view.all, call, run)
    case .string(let text):
      try check(name, call)
      try run.budget.read(text.utf8.count, call.line)
      return try string(name, text, call, run)
    case .markup(let text):
      try check(name, call)
      // What is given to it would be escaped.
      for argument in call.positional + call.named.map(\.1) {
        if let plain = argument.text {
          try PythonText.checkEscapesNothing(plain, call.line)
        } else if argument.contents != nil {
          throw call.failure("'\(name)' of text that 'safe' or 'e' gave is not supported")
        }
      }
      try run.budget.read(text.utf8.count, call.line)
      switch try string(name, text, call, run) {
      case .string(let result): return .markup(result)
      case .list(let parts): return .list(parts.map { $0.text.map { .markup($0) } ?? $0 })
      case .tuple(let parts): return .tuple(parts.map { $0.text.map { .markup($0) } ?? $0 })
      case let other: return other
      }
    default: throw call.failure("\(receiver.kind) has no method '\(name)'")
    }
  }

  private static func check(_ name: String, _ call: TemplateCall) throws {
    guard let names = ofStrings[name] ?? nil else { return }
    if !withNames.contains(name), !call.named.isEmpty { throw call.failure("'\(name)' takes no names") }
    try call.check(name, names)
  }

  private static func mapping(
    _ name: String, _ map: TemplateMap, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard call.named.isEmpty else { throw call.failure("'\(name)' takes no names") }
    try call.check(name, ofMaps[name] ?? [])
    if name == "get" {
      guard let key = call.value(0, "key") else { throw call.failure("get needs a key") }
      let standard = call.value(1, "default") ?? .none
      switch key {
      case .string(let key), .markup(let key): return map[key] ?? standard
      case .list, .map: throw call.failure("\(key.kind) is no key of a mapping")
      default: return standard
      }
    }
    try run.budget.makeElements((name == "items" ? 3 : 1) * map.members.count, call.line)
    switch name {
    case "copy": return .map(map)
    case "keys": return .view(TemplateView(.keys, map.members.map { .string($0.key) }))
    case "values": return .view(TemplateView(.values, map.members.map(\.value)))
    default: return .view(TemplateView(.items, TemplateFilters.pairs(map.members)))
    }
  }

  private static func list(
    _ name: String, _ values: [TemplateValue], _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    guard call.named.isEmpty, call.positional.count == 1 else { throw call.failure("\(name) needs one value") }
    let wanted = call.positional[0]
    if name == "count" {
      return .integer(
        try values.reduce(0) {
          try run.budget.visit(1, call.line)
          return $0 + (try TemplateComparison.equal($1, wanted, call.line, run) ? 1 : 0)
        })
    }
    guard let place = try TemplateComparison.place(of: wanted, in: values, call.line, run) else {
      throw call.failure("the value is not in the list")
    }
    return .integer(place)
  }

  // MARK: Strings

  private static func string(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch name {
    case "strip", "lstrip", "rstrip":
      try run.budget.make(text.utf8.count, call.line)
      return .string(
        PythonText.stripped(text, left: name != "rstrip", right: name != "lstrip", of: try call.string(0, "chars")))
    case "split", "rsplit", "splitlines", "partition", "rpartition": return try cut(name, text, call, run)
    case "startswith", "endswith":
      let affixes = call.positional.first?.parts ?? call.positional
      return .bool(
        try affixes.contains { affix in
          guard let affix = affix.text else { throw call.failure("\(name) needs a string, or several in (…)") }
          return name == "startswith" ? starts(text, with: affix) : ends(text, with: affix)
        })
    case "find", "rfind", "index", "rindex", "count": return try search(name, text, call, run)
    case "replace":
      let old = try call.requiredString(0, "old")
      let new = try call.requiredString(1, "new")
      return .string(try TemplateFilters.replaced(text, old, new, try call.integer(2, "count"), call, run))
    case "join":
      let parts = try run.elements(of: call.positional.first ?? .none, call.line).map { part in
        guard let part = part.text else { throw call.failure("join of \(part.kind)") }
        return part
      }
      try run.budget.make(parts.reduce(0) { $0 + $1.utf8.count + text.utf8.count }, call.line)
      return .string(parts.joined(separator: text))
    case "format": return .string(try PythonFormat(line: call.line, run: run).braces(text, call))
    case "zfill", "center", "ljust", "rjust", "expandtabs": return .string(try widened(name, text, call, run))
    case _ where name.hasPrefix("is"):
      try run.budget.read(16 * text.utf8.count, call.line)
      return .bool(PythonText.isOfKind(name, text))
    default:
      try run.budget.make(text.utf8.count, call.line)
      try run.budget.read(16 * text.utf8.count, call.line)
      switch name {
      case "upper": return .string(text.uppercased())
      case "lower": return .string(PythonText.lower(text))
      case "title": return .string(PythonText.titled(text))
      case "capitalize": return .string(PythonText.capitalised(text))
      case "swapcase": return .string(PythonText.swapped(text))
      case "removeprefix":
        let affix = try call.requiredString(0, "prefix")
        guard starts(text, with: affix) else { return .string(text) }
        return .string(String(decoding: text.utf8.dropFirst(affix.utf8.count), as: UTF8.self))
      default:
        let affix = try call.requiredString(0, "suffix")
        guard ends(text, with: affix) else { return .string(text) }
        return .string(String(decoding: text.utf8.dropLast(affix.utf8.count), as: UTF8.self))
      }
    }
  }

  private static func starts(_ text: String, with affix: String) -> Bool { text.utf8.starts(with: affix.utf8) }
  private static func ends(_ text: String, with affix: String) -> Bool {
    text.utf8.reversed().starts(with: affix.utf8.reversed())
  }

  private static func search(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    let part = try call.requiredString(0, "sub")
    try run.budget.read(PythonText.cost(ofSearching: text, for: part), call.line)
    if name == "count" {
      if part.isEmpty { return .integer(text.unicodeScalars.count + 1) }
      return .integer(PythonText.places(of: Array(part.utf8), in: Array(text.utf8)).count)
    }
    let place = PythonText.place(of: part, in: text, last: name.hasPrefix("r"))
    guard place != nil || name.hasSuffix("find") else { throw call.failure("\(name): the text is not there") }
    return .integer(place ?? -1)
  }

  private static func cut(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    func list(_ parts: [String]) throws -> TemplateValue {
      try run.budget.makeElements(parts.count, call.line)
      try run.budget.make(text.utf8.count, call.line)
      return .list(parts.map { .string($0) })
    }
    if name == "splitlines" { return try list(PythonText.lines(text, keepsEnds: call.isTrue(0, "keepends"))) }
    let fromRight = name.hasPrefix("r")
    if name.hasSuffix("partition") {
      let separator = try call.requiredString(0, "sep")
      guard !separator.isEmpty else { throw call.failure("\(name) at an empty string") }
      try run.budget.make(text.utf8.count, call.line)
      let parts = PythonText.split(text, by: separator, limit: 1, fromRight: fromRight)
      if parts.count == 2 { return .tuple([.string(parts[0]), .string(separator), .string(parts[1])]) }
      return .tuple(fromRight ? [.string(""), .string(""), .string(text)] : [.string(text), .string(""), .string("")])
    }
    let limit = try call.integer(1, "maxsplit").map { $0 < 0 ? .max : $0 } ?? .max
    guard let separator = try call.string(0, "sep") else {
      return try list(
        fromRight && limit != .max ? PythonText.lastWords(text, limit: limit) : PythonText.words(text, limit: limit))
    }
    guard !separator.isEmpty else { throw call.failure("split at an empty string") }
    try run.budget.read(PythonText.cost(ofSearching: text, for: separator), call.line)
    return try list(PythonText.split(text, by: separator, limit: limit, fromRight: fromRight))
  }

  private static func widened(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> String {
    if name == "expandtabs" { return try expanded(text, call, run) }
    guard let width = try call.integer(0, "width") else { throw call.failure("\(name) needs a width") }
    guard name == "zfill" else {
      return try TemplateFilters.padded(text, name, width, try call.string(1, "fillchar") ?? " ", call, run)
    }
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    try run.budget.make(missing < 1 << 40 ? missing + text.utf8.count : .max, call.line)
    let zeros = String(repeating: "0", count: missing)
    guard let first = text.unicodeScalars.first, first == "-" || first == "+" else { return zeros + text }
    return String(first) + zeros + String(text.unicodeScalars.dropFirst())
  }

  private static func expanded(_ text: String, _ call: TemplateCall, _ run: TemplateRun) throws -> String {
    let size = try call.integer(0, "tabsize") ?? 8
    var result = String.UnicodeScalarView()
    var column = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t":
        guard size > 0 else { continue }
        let count = size - column % size
        try run.budget.make(count, call.line)
        result.append(contentsOf: repeatElement(" ", count: count))
        column += count
      case "\n", "\r":
        result.append(scalar)
        column = 0
      default:
        result.append(scalar)
        column += 1
      }
    }
    try run.budget.make(text.utf8.count, call.line)
    return String(result)
  }
}
