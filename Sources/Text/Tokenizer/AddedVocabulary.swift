/// The added tokens of a tokenizer, with the ids that the library gives them.
struct AddedVocabulary: Sendable {
  let tokens: [Int32: AddedToken]
  /// Looked for in the text as it is, and in the normalised text.
  let raw: AddedTokenMatcher
  let normalized: AddedTokenMatcher
  /// What decoders get for a token whose normalised form is another.
  let normalizedForms: [Int32: [UInt8]]
  /// What decoding with `skipSpecial` leaves out.
  let skipped: Set<Int32>

  /// - Parameter normalize: the normalised form of a text.
  init(_ list: [AddedToken], normalize: (String) -> [UInt8]) {
    var tokens: [Int32: AddedToken] = [:]
    for token in list { tokens[token.id] = token }
    let ordered = tokens.values.sorted { $0.id < $1.id }
    var forms: [Int32: [UInt8]] = [:]
    for token in ordered where token.isNormalized {
      let form = normalize(token.content)
      if !form.elementsEqual(token.content.utf8) { forms[token.id] = form }
    }
    let special = Set(list.lazy.filter(\.isSpecial).map { Array($0.content.utf8) })
    self.tokens = tokens
    normalizedForms = forms
    raw = AddedTokenMatcher(ordered.filter { !$0.isNormalized }) { Array($0.content.utf8) }
    normalized = AddedTokenMatcher(ordered.filter(\.isNormalized)) { forms[$0.id] ?? Array($0.content.utf8) }
    // By the text that decoders get, as the library decides it.
    skipped = Set(tokens.keys.filter { special.contains(forms[$0] ?? Array(tokens[$0]?.content.utf8 ?? "".utf8)) })
  }

  /// Reads the list. Ids are those that the library gives, whatever the file says: the model's for a token that it has,
  /// and the next free ones after the model's.
  static func read(
    _ value: JSONValue?, path: String, vocabulary: TokenTable
  ) throws(TokenizerError) -> [AddedToken] {
    guard let value, !value.isNull else { return [] }
    guard let list = value.array else { throw .data(path, "added_tokens is \(value.kind), not a list") }
    var result: [AddedToken] = []
    var given = TokenTable()
    var next = Int32(vocabulary.count)
    for (index, entry) in list.enumerated() {
      let component = try TokenizerComponent(entry, path: path, place: "added_tokens[\(index)]")
      let content = try component.string("content")
      guard let idInFile = component.object["id"]?.integer, idInFile >= 0 else {
        throw component.wrong("id", "a token's id")
      }
      guard !content.isEmpty else { continue }
      var id = given.id(of: content) ?? vocabulary.id(of: content)
      if id == nil {
        id = next
        next += 1
      }
      guard let id else { continue }
      given.insert(content, id: id)
      let isSpecial = try component.bool("special", false)
      result.append(
        AddedToken(
          id: id, content: content, isSpecial: isSpecial, isNormalized: try component.bool("normalized", !isSpecial),
          stripsLeft: try component.bool("lstrip", false), stripsRight: try component.bool("rstrip", false),
          isSingleWord: try component.bool("single_word", false), idInFile: idInFile == Int(id) ? nil : idInFile))
    }
    return result
  }
}
