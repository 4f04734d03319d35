import Recipe

/// Reads `tokenizer.json` and refuses by name and place what is not honoured.
struct TokenizerReader {
  let path: String
  private let object: JSONObject

  init(path: String, bytes: [UInt8]) throws(TokenizerError) {
    self.path = path
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else { throw TokenizerError.data(path, "is \(document.kind), not an object") }
      self.object = object
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
  }

  /// Of a document that was put together and not read.
  init(path: String, object: JSONObject) {
    self.path = path
    self.object = object
  }

  private func component(_ name: String) throws(TokenizerError) -> TokenizerComponent? {
    guard let value = object.value(name) else { return nil }
    return try TokenizerComponent(value, path: path, place: name)
  }

  /// Each stage calls the next with what it made, so their number is the depth of the stack.
  private func limited<Stage>(_ stages: [Stage], _ name: String) throws(TokenizerError) -> [Stage] {
    guard stages.count <= 64 else { throw .unsupported(path, "\(name): a sequence of \(stages.count) stages") }
    return stages
  }

  /// - Parameter special: what the files beside this one name.
  func parts(special: SpecialTokens? = nil) throws(TokenizerError) -> TokenizerParts {
    guard let modelPart = try component("model") else {
      throw .data(path, "has no model object; is it a tokenizer.json?")
    }
    let normalizers = try limited(try component("normalizer").map(StageReader.normalizers) ?? [], "normalizer")
    var preTokenizers = try limited(
      try component("pre_tokenizer").map(StageReader.preTokenizers) ?? [], "pre_tokenizer")
    var endsByteLevel = false
    if case .byteLevel? = preTokenizers.last { endsByteLevel = true }
    let model = try ModelReader(component: modelPart, isByteLevel: endsByteLevel).model()
    if case .bytePair(let bytePair) = model, bytePair.isByteLevel { preTokenizers.removeLast() }
    if let addsSpace = special?.addsPrefixSpace {
      func isSpace(_ stage: PreTokenizer) -> Bool { if case .prefixSpace = stage { true } else { false } }
      if !addsSpace { preTokenizers.removeAll(where: isSpace) }
      if addsSpace, !preTokenizers.contains(where: isSpace) { preTokenizers.insert(.prefixSpace, at: 0) }
    }
    let list = try AddedVocabulary.read(
      object["added_tokens"], special: special, path: path, vocabulary: model.vocabulary)
    let matcher = PatternMatcher()
    let added = AddedVocabulary(list) { TokenizerParts.normalized($0, normalizers, matcher: matcher) }
    if let failure = matcher.failure { throw TokenizerError(failure) }
    var ends: (prefix: [Int32], suffix: [Int32]) = ([], [])
    if let processor = try component("post_processor") {
      ends = try StageReader.postProcessor(processor) { id in
        Int32(exactly: id).map { model.vocabulary[$0] != nil || added.tokens[$0] != nil } ?? false
      }
    }
    return TokenizerParts(
      model: model, added: added, normalizers: normalizers, preTokenizers: preTokenizers,
      decoders: try component("decoder").map(StageReader.decoders), prefix: ends.prefix, suffix: ends.suffix,
      isRebuilt: special?.isRebuilt ?? false)
  }
}

/// All that a tokenizer consists of.
struct TokenizerParts: Sendable {
  let model: TokenModel
  let added: AddedVocabulary
  let normalizers: [Normalizer]
  let preTokenizers: [PreTokenizer]
  /// nil: tokens are joined by spaces.
  let decoders: [TokenDecoder]?
  let prefix: [Int32]
  let suffix: [Int32]
  /// transformers 5 leaves the normalizers and pre-tokenizers out and takes its own.
  let isRebuilt: Bool

  enum Piece {
    case token(Int32)
    case word(UnsafeBufferPointer<UInt8>)
  }

  static func normalized(_ text: String, _ normalizers: [Normalizer], matcher: PatternMatcher) -> [UInt8] {
    var bytes = Array(text.utf8)
    var keepsStart = true
    if matcher.failure == nil { matcher.begin(bytes.count) }
    for normalizer in normalizers { normalizer.apply(&bytes, keepsStart: &keepsStart, matcher: matcher) }
    return bytes
  }

  /// The text of a token, in UTF-8, as the vocabulary writes it.
  func token(_ id: Int32) -> [UInt8]? {
    if let token = added.tokens[id] { return Array(token.content.utf8) }
    return model.vocabulary[id].map { Array($0) }
  }

  func id(of token: String) -> Int32? {
    added.tokens.values.first { $0.content.utf8.elementsEqual(token.utf8) }?.id ?? model.vocabulary.id(of: token)
  }

  /// What the decoders make of tokens.
  func text(of tokens: [[UInt8]], keepsBytes: Bool, failure: inout PatternError?) -> [UInt8] {
    guard let decoders else { return Array(tokens.joined(separator: [0x20])) }
    var parts = tokens
    for decoder in decoders where failure == nil {
      parts = decoder.apply(parts, keepsBytes: keepsBytes, failure: &failure)
    }
    return Array(parts.joined())
  }

  /// Calls `body` with the added tokens and words of a text in order. A word's buffer is valid during the call.
  ///
  /// - Parameter matchers: one for each pre-tokenizer; the last one more, for the normalizers.
  func forEachPiece(
    of text: UnsafeBufferPointer<UInt8>, matchers: [PatternMatcher], _ body: (Piece) -> Void
  ) {
    added.raw.split(text) { range, token in
      if let token { return body(.token(token)) }
      let part = UnsafeBufferPointer(rebasing: text[range])
      guard !normalizers.isEmpty, let matcher = matchers.last else {
        return forEachWord(of: part, startsText: range.lowerBound == 0, matchers, body)
      }
      var changed = Array(part)
      var keepsStart = true
      for normalizer in normalizers { normalizer.apply(&changed, keepsStart: &keepsStart, matcher: matcher) }
      changed.withUnsafeBufferPointer {
        forEachWord(of: $0, startsText: keepsStart && range.lowerBound == 0, matchers, body)
      }
    }
  }

  private func forEachWord(
    of text: UnsafeBufferPointer<UInt8>, startsText: Bool, _ matchers: [PatternMatcher], _ body: (Piece) -> Void
  ) {
    added.normalized.split(text) { range, token in
      if let token { return body(.token(token)) }
      PreTokenizer.run(
        preTokenizers, UnsafeBufferPointer(rebasing: text[range]), startsText: startsText && range.lowerBound == 0,
        matchers
      ) { body(.word($0)) }
    }
  }
}

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
