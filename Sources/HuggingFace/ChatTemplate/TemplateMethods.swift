/// Python's methods of strings, mappings and lists that change nothing, as far as templates use them.
enum TemplateMethods {
  static let ofStrings: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower", "title",
    "capitalize", "replace", "find", "rfind", "count", "join", "isdigit", "isalpha", "isalnum", "isspace", "isupper",
    "islower", "removeprefix", "removesuffix",
  ]
  static let ofMaps: Set<String> = ["get", "items", "keys", "values"]
  static let ofLists: Set<String> = ["index", "count"]

  static func call(
    _ name: String, of receiver: TemplateValue, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch receiver {
    case .map(let map):
      switch name {
      case "get":
        guard let key = call.value(0, "key") else { throw call.failure("get needs a key") }
        let standard = call.value(1, "default") ?? .none
        if case .string(let key) = key { return map[key] ?? standard }
        return standard
      case "keys": return .list(map.members.map { .string($0.key) })
      case "values": return .list(map.members.map(\.value))
      default: return .list(map.members.map { .list([.string($0.key), $0.value]) })
      }
    case .list(let values):
      guard let wanted = call.positional.first else { throw call.failure("\(name) needs a value") }
      if name == "count" { return .integer(values.count { $0.equals(wanted) }) }
      guard let place = values.firstIndex(where: { $0.equals(wanted) }) else {
        throw call.failure("the value is not in the list")
      }
      return .integer(place)
    case .string(let text):
      try run.budget.make(text.utf8.count, call.line)
      return try string(name, text, call, run)
    default: throw call.failure("\(receiver.kind) has no method '\(name)'")
    }
  }

  private static func string(
    _ name: String, _ text: String, _ call: TemplateCall, _ run: TemplateRun
  ) throws -> TemplateValue {
    switch name {
    case "strip": return .string(PythonText.stripped(text, of: try call.string(0, "chars")))
    case "lstrip": return .string(PythonText.stripped(text, right: false, of: try call.string(0, "chars")))
    case "rstrip": return .string(PythonText.stripped(text, left: false, of: try call.string(0, "chars")))
    case "split", "rsplit": return .list(try split(text, fromRight: name == "rsplit", call).map { .string($0) })
    case "splitlines": return .list(lines(text).map { .string($0) })
    case "startswith", "endswith":
      let affixes: [TemplateValue]
      if case .list(let several)? = call.positional.first { affixes = several } else { affixes = call.positional }
      return .bool(
        try affixes.contains { affix in
          guard case .string(let affix) = affix else { throw call.failure("\(name) needs a string") }
          return name == "startswith" ? starts(text, with: affix) : ends(text, with: affix)
        })
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "title": return .string(PythonText.titled(text))
    case "capitalize": return .string(PythonText.capitalised(text))
    case "replace":
      let old = try call.requiredString(0, "old")
      let new = try call.requiredString(1, "new")
      return .string(try TemplateFilters.replaced(text, old, new, try call.integer(2, "count"), call, run))
    case "find", "rfind":
      let places = PythonText.places(of: Array(try call.requiredString(0, "sub").utf8), in: Array(text.utf8))
      guard let place = name == "find" ? places.first : places.last else { return .integer(-1) }
      return .integer(String(decoding: Array(text.utf8)[..<place], as: UTF8.self).unicodeScalars.count)
    case "count":
      return .integer(PythonText.places(of: Array(try call.requiredString(0, "sub").utf8), in: Array(text.utf8)).count)
    case "join":
      let parts = try run.elements(of: call.positional.first ?? .none, call.line).map { part in
        guard case .string(let part) = part else { throw call.failure("join of \(part.kind)") }
        return part
      }
      try run.budget.make(parts.reduce(0) { $0 + $1.utf8.count + text.utf8.count }, call.line)
      return .string(parts.joined(separator: text))
    case "removeprefix":
      let affix = try call.requiredString(0, "prefix")
      return .string(
        starts(text, with: affix) ? String(decoding: text.utf8.dropFirst(affix.utf8.count), as: UTF8.self) : text)
    case "removesuffix":
      let affix = try call.requiredString(0, "suffix")
      return .string(
        ends(text, with: affix) ? String(decoding: text.utf8.dropLast(affix.utf8.count), as: UTF8.self) : text)
    default: return .bool(isOfKind(name, text))
    }
  }

  private static func starts(_ text: String, with affix: String) -> Bool { text.utf8.starts(with: affix.utf8) }
  private static func ends(_ text: String, with affix: String) -> Bool {
    text.utf8.reversed().starts(with: affix.utf8.reversed())
  }

  private static func split(_ text: String, fromRight: Bool, _ call: TemplateCall) throws -> [String] {
    let limit = try call.integer(1, "maxsplit").map { $0 < 0 ? .max : $0 } ?? .max
    guard let separator = try call.string(0, "sep") else {
      if fromRight && limit != .max { throw call.failure("rsplit at white space with a limit is not supported") }
      return PythonText.words(text, limit: limit)
    }
    guard !separator.isEmpty else { throw call.failure("split at an empty string") }
    return PythonText.split(text, by: separator, limit: limit, fromRight: fromRight)
  }

  private static func lines(_ text: String) -> [String] {
    var result: [String] = []
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{0B}", "\u{0C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}":
        result.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
      previous = scalar
    }
    if !line.isEmpty { result.append(String(line)) }
    return result
  }

  private static func isOfKind(_ name: String, _ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard !scalars.isEmpty else { return false }
    switch name {
    case "isdigit":
      return scalars.allSatisfy { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
    case "isalpha": return scalars.allSatisfy { isLetter($0) }
    case "isalnum": return scalars.allSatisfy { isLetter($0) || $0.properties.numericType != nil }
    case "isspace": return scalars.allSatisfy(PythonText.isSpace)
    default:
      let cased = scalars.filter(\.properties.isCased)
      return !cased.isEmpty
        && cased.allSatisfy { name == "isupper" ? $0.properties.isUppercase : $0.properties.isLowercase }
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
