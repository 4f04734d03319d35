import Analysis
import Recipe
import TOMLKit

/// Reads typed values from a table; an error names the file, the key and what was expected.
struct TOMLReader {
  let file: String
  let table: TOMLTable
  /// Stands before a key in errors, such as `settings.`.
  let prefix: String

  func wrong(_ key: String, _ expected: String) -> Refusal {
    Refusal("\(file), \(prefix)\(key): must be \(expected)", exitStatus: 65)
  }

  /// Refuses a key that means nothing: a misspelt one must not be silently ignored.
  func checkKeys(_ known: [String]) throws {
    for key in table.keys where !known.contains(key) {
      throw Refusal(
        "\(file), \(prefix)\(key): unknown key; there are \(known.joined(separator: ", "))", exitStatus: 65)
    }
  }

  func value(_ key: String) -> TOMLValueConvertible? {
    guard table.keys.contains(key) else { return nil }
    let value: TOMLValueConvertible? = table[key]
    return value
  }

  private func get<Value>(_ key: String, _ expected: String, _ read: (TOMLValueConvertible) -> Value?) throws -> Value?
  {
    guard let value = value(key) else { return nil }
    guard let read = read(value) else { throw wrong(key, expected) }
    return read
  }

  func string(_ key: String) throws -> String? { try get(key, "a text in quotes") { $0.string } }
  func bool(_ key: String) throws -> Bool? { try get(key, "true or false") { $0.bool } }
  func integer(_ key: String) throws -> Int? { try get(key, "a whole number") { $0.int } }
  func number(_ key: String) throws -> Double? { try get(key, "a number") { $0.double ?? $0.int.map(Double.init) } }
  func table(_ key: String) throws -> TOMLTable? { try get(key, "a table") { $0.table } }

  func tables(_ key: String) throws -> [TOMLTable]? {
    try get(key, "a list of tables") { value in
      value.array.flatMap { array in
        let tables = array.compactMap { $0.table }
        return tables.count == array.count ? tables : nil
      }
    }
  }

  func strings(_ key: String) throws -> [String]? {
    try get(key, "a list of texts") { value in
      value.array.flatMap { array in
        let texts = array.compactMap { $0.string }
        return texts.count == array.count ? texts : nil
      }
    }
  }

  /// Whole numbers; in quotes where they are larger than TOML's can be.
  func seeds(_ key: String) throws -> [UInt64]? {
    try get(key, "a list of whole numbers from 0 up") { value in
      guard let array = value.array, !array.isEmpty else { return nil }
      let seeds = array.compactMap { $0.int.flatMap(UInt64.init(exactly:)) ?? $0.string.flatMap { UInt64($0) } }
      return seeds.count == array.count ? seeds : nil
    }
  }

  /// A setting that may be a table: `default`, and values of single module groups. Nil where it is none.
  /// - Returns: what is common, nil if the table leaves it out, and the values of groups.
  func grouped(_ field: SettingField) throws -> (common: SettingValue?, byGroup: SettingValue?)? {
    guard let groups = field.groups, let found = value(field.key)?.table else { return nil }
    let inner = TOMLReader(file: file, table: found, prefix: "\(prefix)\(field.key).")
    let key = "default"
    var words: [String] = []
    for name in found.keys where name != key {
      guard let group = TargetGroup(named: name) else {
        let names = TargetGroup.allCases.map(\.rawValue)
        throw Refusal(
          "\(file), \(inner.prefix)\(name): no module group; there are \(names.joined(separator: ", ")), and \(key) for the others",
          exitStatus: 65)
      }
      let number = inner.value(name)
      let value: SettingValue? =
        if case .whole = field.values { number?.int.map { .whole($0) } } else {
          (number?.double ?? number?.int.map(Double.init)).map { .number($0) }
        }
      if let expected = field.expected(insteadOf: value) { throw inner.wrong(name, expected) }
      // Texts of numbers are read back as they were.
      words.append("\(group.rawValue)=\(value.map(Self.exact) ?? "")")
    }
    var common: SettingValue?
    if let number = inner.value(key) {
      common =
        if case .whole = field.values { number.int.map { .whole($0) } } else {
          (number.double ?? number.int.map(Double.init)).map { .number($0) }
        }
      if let expected = field.expected(insteadOf: common) { throw inner.wrong(key, expected) }
    }
    let byGroup: SettingValue? = words.isEmpty ? nil : .text(words.joined(separator: ","))
    if let byGroup, groups.expected(insteadOf: byGroup) != nil {
      throw wrong(field.key, "a table that names each module group once")
    }
    return (common, byGroup)
  }

  private static func exact(_ value: SettingValue) -> String {
    if case .number(let number) = value { "\(number)" } else { value.description }
  }

  /// A setting's value; refused where it is none that the setting may have.
  func setting(_ field: SettingField) throws -> SettingValue? {
    guard let found = value(field.key) else { return nil }
    let value: SettingValue? =
      switch field.values {
      case .flag: found.bool.map { .flag($0) }
      case .whole: found.int.map { .whole($0) }
      case .number: (found.double ?? found.int.map(Double.init)).map { .number($0) }
      case .seed: found.int.flatMap { UInt64(exactly: $0) }.map { .seed($0) }
      case .wordOrSeed: (found.string ?? found.int.map { String($0) }).map { .text($0) }
      case .choice, .text: found.string.map { .text($0) }
      case .byGroup: nil
      }
    if let expected = field.expected(insteadOf: value) { throw wrong(field.key, expected) }
    return value
  }
}
