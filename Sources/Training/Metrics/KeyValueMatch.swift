import Text

/// Averaged key and value match of JSON records: the mean of the share of the gold keys that are present and the share of the gold values that are
/// equal after normalising white space, case and number format. Invalid JSON scores 0 and counts as not parsed.
public struct KeyValueMatch: Metric {
  public let name: String
  /// Only the share of the values counts.
  public let countsValuesOnly: Bool

  public init() {
    name = "key-value match"
    countsValuesOnly = false
  }

  /// The share of a record's fields that were read right, as forms and invoices are scored.
  public static let fieldAccuracy = KeyValueMatch(valuesOnlyAs: "field accuracy")

  private init(valuesOnlyAs name: String) {
    self.name = name
    countsValuesOnly = true
  }

  /// Gold is the completion, which must be a JSON object; members of nested objects count by their dotted path, an array is one value.
  public func score(output: String, example: Example) -> ExampleScore {
    guard let gold = Self.members(of: example.completion) else {
      return ExampleScore(value: 0, parsed: Self.members(of: output) != nil, lenient: 0)
    }
    let strict = Self.members(of: output)
    let value = strict.map { match($0, gold) } ?? 0
    let lenient = strict == nil ? (Self.embeddedObject(in: output).map { match($0, gold) } ?? 0) : value
    return ExampleScore(value: value, parsed: strict != nil, lenient: lenient)
  }

  /// Settled where the output can no longer be one JSON object, and the object that the lenient reading takes is closed.
  public func settling(for example: Example) -> SettledByBeginning? {
    let hasGold = Self.members(of: example.completion) != nil
    return { beginning in
      let bytes = Array(beginning.utf8)
      let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      guard first.map({ $0 != UInt8(ascii: "{") }) == true || JSONParser.isBroken(bytes) else { return false }
      return !hasGold || Self.embeddedIsSettled(in: beginning)
    }
  }

  private func match(_ found: [String: String], _ gold: [String: String]) -> Double {
    guard !gold.isEmpty else { return found.isEmpty ? 1 : 0 }
    let present = gold.keys.filter { found[$0] != nil }.count
    let equal = gold.filter { found[$0.key] == $0.value }.count
    if countsValuesOnly { return Double(equal) / Double(gold.count) }
    return Double(present + equal) / Double(2 * gold.count)
  }

  /// The leaves of a text that is one JSON object, by dotted path, normalised.
  private static func members(of text: String) -> [String: String]? {
    guard let object = try? JSONParser.parse(Array(text.utf8)).object else { return nil }
    var leaves: [String: String] = [:]
    collect(object, path: "", into: &leaves)
    return leaves
  }

  private static func collect(_ object: JSONObject, path: String, into leaves: inout [String: String]) {
    for member in object.members {
      if case .object(let inner) = member.value, !inner.members.isEmpty {
        collect(inner, path: path + member.key + ".", into: &leaves)
      } else {
        leaves[path + member.key] = member.value.normalised
      }
    }
  }

  /// Opening braces at which an object is looked for.
  private static let mostObjects = 16

  /// The first object that stands anywhere in the text, with prose or a code fence around it.
  private static func embeddedObject(in text: String) -> [String: String]? {
    var search = text[...]
    for _ in 0..<mostObjects {
      guard let open = search.firstIndex(of: "{") else { return nil }
      if let close = closingBrace(of: open, in: text), let found = members(of: String(text[open...close])) {
        return found
      }
      search = text[text.index(after: open)...]
    }
    return nil
  }

  /// Whether `embeddedObject` finds the same in every text that begins so.
  private static func embeddedIsSettled(in text: String) -> Bool {
    var search = text[...]
    for _ in 0..<mostObjects {
      guard let open = search.firstIndex(of: "{") else { return false }
      if let close = closingBrace(of: open, in: text) {
        if members(of: String(text[open...close])) != nil { return true }
      } else if !JSONParser.isBroken(Array(text[open...].utf8)) {
        return false
      }
      search = text[text.index(after: open)...]
    }
    return true
  }

  private static func closingBrace(of open: String.Index, in text: String) -> String.Index? {
    var depth = 0
    var quoted = false
    var escaped = false
    for index in text[open...].indices {
      let character = text[index]
      if escaped {
        escaped = false
      } else if quoted {
        if character == "\\" { escaped = true }
        if character == "\"" { quoted = false }
      } else if character == "\"" {
        quoted = true
      } else if character == "{" {
        depth += 1
      } else if character == "}" {
        depth -= 1
        if depth == 0 { return index }
      }
    }
    return nil
  }
}

extension JSONValue {
  /// One text for all values that differ in white space, case or number format only.
  var normalised: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): TextNormalisation.number("\(value)") ?? "\(value)"
    case .number(let value): TextNormalisation.number("\(value)") ?? "\(value)"
    case .string(let value): TextNormalisation.normalised(value)
    case .array(let values): "[" + values.map(\.normalised).joined(separator: "\u{1F}") + "]"
    case .object(let object):
      "{"
        + object.members.sorted { $0.key < $1.key }.map { "\($0.key)\u{1E}\($0.value.normalised)" }
        .joined(separator: "\u{1F}") + "}"
    }
  }
}
