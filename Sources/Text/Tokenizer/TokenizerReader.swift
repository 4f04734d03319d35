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

  private func component(_ name: String) throws(TokenizerError) -> TokenizerComponent? {
    guard let value = object.value(name) else { return nil }
    return try TokenizerComponent(value, path: path, place: name)
  }

  /// Each stage calls the next with what it made, so their number is the depth of the stack.
  private func limited<Stage>(_ stages: [Stage], _ name: String) throws(TokenizerError) -> [Stage] {
    guard stages.count <= 64 else { throw .unsupported(path, "\(name): a sequence of \(stages.count) stages") }
    return stages
  }

  func parts() throws(TokenizerError) -> TokenizerParts {
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
    let list = try AddedVocabulary.read(object["added_tokens"], path: path, vocabulary: model.vocabulary)
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
      decoders: try component("decoder").map(StageReader.decoders), prefix: ends.prefix, suffix: ends.suffix)
  }
}
