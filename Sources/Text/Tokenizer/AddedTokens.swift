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

  /// Reads the list, and adds what the files beside it name. Ids are those that the library gives, whatever a file
  /// says: the model's for a token that it has, and the next free ones after the model's. Of two entries of one token
  /// the last says how it is looked for.
  ///
  /// - Throws: `TokenizerError` for a list or an entry of another shape.
  static func read(
    _ value: JSONValue?, special: SpecialTokens?, path: String, vocabulary: TokenTable
  ) throws(TokenizerError) -> [AddedToken] {
    let own = try descriptions(value, path: path)
    var result: [AddedToken] = []
    var given = TokenTable()
    var next = Int32(vocabulary.count)
    for token in own + (special?.additions(to: own) ?? []) where !token.content.isEmpty {
      var id = given.id(of: token.content) ?? vocabulary.id(of: token.content)
      if id == nil {
        id = next
        next += 1
      }
      guard let id else { continue }
      given.insert(token.content, id: id)
      result.append(
        AddedToken(
          id: id, content: token.content, isSpecial: token.isSpecial,
          isNormalized: token.isNormalized ?? !token.isSpecial, stripsLeft: token.stripsLeft,
          stripsRight: token.stripsRight, isSingleWord: token.isSingleWord,
          idInFile: token.idInFile == Int(id) ? nil : token.idInFile))
    }
    return result
  }

  private static func descriptions(_ value: JSONValue?, path: String) throws(TokenizerError) -> [TokenDescription] {
    guard let value, !value.isNull else { return [] }
    guard let list = value.array else { throw .data(path, "added_tokens is \(value.kind), not a list") }
    var tokens: [TokenDescription] = []
    for (index, entry) in list.enumerated() {
      let component = try TokenizerComponent(entry, path: path, place: "added_tokens[\(index)]")
      var token = try TokenDescription(component)
      guard let id = component.object["id"]?.integer, id >= 0 else { throw component.wrong("id", "a token's id") }
      token.idInFile = id
      tokens.append(token)
    }
    return tokens
  }
}

/// A token that is looked for in the text itself, before any splitting.
struct AddedToken: Sendable, Equatable {
  let id: Int32
  let content: String
  let isSpecial: Bool
  /// Looked for after normalisation, in its normalised form.
  let isNormalized: Bool
  /// Takes the white space before it, after it.
  let stripsLeft: Bool
  let stripsRight: Bool
  /// Not within a word.
  let isSingleWord: Bool
  /// What the file gives as its id, where that is another.
  var idInFile: Int?
}

/// Finds added tokens in a text: leftmost first, the longest of those that start at one place.
struct AddedTokenMatcher: Sendable {
  private let tokens: [AddedToken]
  private var trie = ByteTrie()

  /// - Parameter form: what is looked for instead of the token's own content.
  init(_ tokens: [AddedToken], form: (AddedToken) -> [UInt8]) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() { trie.insert(form(token), value: Int32(index)) }
  }

  /// Calls `body` with the pieces of the text in order, each a range and the added token that it is, or nil.
  func split(_ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Int32?) -> Void) {
    var done = 0
    var position = 0
    while !trie.isEmpty, position < text.count {
      guard trie.begins(with: text[position]), let (token, matchEnd) = longest(text, at: position) else {
        position += 1
        continue
      }
      var start = position
      var end = matchEnd
      position = matchEnd
      if token.isSingleWord {
        let touchesLeft = Self.scalar(before: start, text).map(Self.isWord) ?? false
        let touchesRight = Self.scalar(at: end, text).map(Self.isWord) ?? false
        if touchesLeft || touchesRight { continue }
      }
      if token.stripsLeft {
        while let space = Self.scalar(before: start, text), space.properties.isWhitespace { start -= UTF8.width(space) }
        start = max(start, done)
      }
      if token.stripsRight {
        while let space = Self.scalar(at: end, text), space.properties.isWhitespace { end += UTF8.width(space) }
      }
      if done < start { body(done..<start, nil) }
      body(start..<end, token.id)
      done = end
    }
    if done < text.count { body(done..<text.count, nil) }
  }

  private func longest(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (AddedToken, Int)? {
    var found: (AddedToken, Int)?
    trie.forEachMatch(in: text, at: start) { found = (tokens[Int($1)], $0) }
    return found
  }

  private static func scalar(at place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
    var end = place + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    guard end <= text.count else { return nil }
    return String(decoding: UnsafeBufferPointer(rebasing: text[place..<end]), as: UTF8.self).unicodeScalars.first
  }

  private static func scalar(before place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
    var start = place - 1
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start >= 0 ? scalar(at: start, text) : nil
  }

  /// Rust's `\w`: alphabetic, marks, decimal digits, connector punctuation, the two joiners.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.value == 0x200C || scalar.value == 0x200D { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }
}
