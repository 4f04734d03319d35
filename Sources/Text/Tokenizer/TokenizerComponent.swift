import Recipe

/// One object of a `tokenizer.json` that has a type: a normalizer, a decoder and so on; with where it stands, for messages.
struct TokenizerComponent {
  let path: String
  /// `pre_tokenizer.pretokenizers[1]`
  let place: String
  let object: JSONObject

  init(_ value: JSONValue, path: String, place: String) throws(TokenizerError) {
    guard let object = value.object else { throw .data(path, "\(place) is \(value.kind), not an object") }
    self.path = path
    self.place = place
    self.object = object
  }

  var type: String { object["type"]?.string ?? "" }

  func error(_ reason: String) -> TokenizerError { .data(path, "\(place): \(reason)") }

  func unsupported(_ what: String) -> TokenizerError { .unsupported(path, "\(place): \(what)") }

  /// For a type that is not known.
  func unsupportedType() -> TokenizerError {
    unsupported(type.isEmpty ? "a component without a type" : "type \(OneLine.name(type))")
  }

  func wrong(_ name: String, _ expected: String) -> TokenizerError {
    error("\(name) is \(object[name].map(\.kind) ?? "missing"), not \(expected)")
  }

  /// The member, or `standard` if it is null or not there.
  func bool(_ name: String, _ standard: Bool) throws(TokenizerError) -> Bool {
    guard let value = object.value(name) else { return standard }
    guard let bool = value.bool else { throw wrong(name, "true or false") }
    return bool
  }

  func string(_ name: String, _ standard: String? = nil) throws(TokenizerError) -> String {
    if object.value(name) == nil, let standard { return standard }
    guard let string = object[name]?.string else { throw wrong(name, "a string") }
    return string
  }

  /// A count.
  func integer(_ name: String) throws(TokenizerError) -> Int {
    guard let value = object[name]?.integer, (0...Int(Int32.max)).contains(value) else { throw wrong(name, "a count") }
    return value
  }

  /// A string of one character, in UTF-8.
  func character(_ name: String) throws(TokenizerError) -> [UInt8] {
    let text = try string(name)
    guard text.unicodeScalars.count == 1 else { throw error("\(name) is not one character") }
    return Array(text.utf8)
  }

  /// `{"Regex": …}` or `{"String": …}`.
  func pattern() throws(TokenizerError) -> Pattern {
    guard let value = object["pattern"]?.object else { throw wrong("pattern", "an object") }
    if let source = value["Regex"]?.string { return try pattern(source, .oniguruma) }
    if let source = value["String"]?.string { return try pattern(source, .literal) }
    throw error("pattern has neither a Regex nor a String")
  }

  func pattern(_ source: String, _ syntax: Pattern.Syntax) throws(TokenizerError) -> Pattern {
    do {
      return try Pattern(source, syntax: syntax, place: "\(path): \(place)")
    } catch {
      throw self.error("\(error)")
    }
  }

  func behavior(_ standard: SplitBehavior? = nil) throws(TokenizerError) -> SplitBehavior {
    let name = try string("behavior", standard?.rawValue)
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw unsupported("behavior \(OneLine.name(name))")
    }
    return behavior
  }

  /// The components of a sequence.
  func components(_ name: String) throws(TokenizerError) -> [TokenizerComponent] {
    guard let list = object[name]?.array else { throw wrong(name, "a list") }
    var result: [TokenizerComponent] = []
    for (index, entry) in list.enumerated() {
      result.append(try TokenizerComponent(entry, path: path, place: "\(place).\(name)[\(index)]"))
    }
    return result
  }
}
