/// Reads `tokenizer.json` and refuses by name what is not honoured.
struct TokenizerReader {
  let path: String
  private let object: JSONObject
  /// A vocabulary larger than this is a damaged file.
  private static let largestID = 1 << 22

  init(path: String, bytes: [UInt8]) throws(TokenizerError) {
    self.path = path
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else { throw TokenizerError.data(path, "is \(document.kind), not an object") }
      self.object = object
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .data(path, "is not JSON: \(error)")
    }
  }

  func parts() throws(TokenizerError) -> TokenizerParts {
    guard let model = object["model"]?.object else { throw .data(path, "has no model object; is it a tokenizer.json?") }
    try checkModel(model)
    let vocabulary = try vocabulary(model)
    var tokens = vocabulary
    let added = try addedTokens()
    for token in added {
      let index = Int(token.id)
      while tokens.count <= index { tokens.append(nil) }
      tokens[index] = token.content
    }
    guard !tokens.isEmpty else { throw .data(path, "has an empty vocabulary") }
    let encoder = try bytePairEncoder(model, vocabulary)
    let normalizers = try normalizers(object.value("normalizer"))
    let stages = StageReader(path: path)
    let processor = try stages.postProcessor(object.value("post_processor"), tokenCount: tokens.count)
    try stages.checkDecoder(object.value("decoder"))
    return TokenizerParts(
      tokens: tokens, tokenCount: tokens.count { $0 != nil },
      specialIDs: Set(added.lazy.filter(\.isSpecial).map(\.id)), encoder: encoder,
      rawTokens: AddedTokenMatcher(added.filter { !$0.isNormalized }) { $0.unicodeScalars.map(\.value) },
      normalizedTokens: AddedTokenMatcher(added.filter(\.isNormalized)) {
        TokenizerParts.normalize($0.unicodeScalars.map(\.value), normalizers)
      },
      normalizers: normalizers, preTokenizers: try stages.preTokenizers(object.value("pre_tokenizer")),
      prefix: processor.prefix, suffix: processor.suffix)
  }

  private func checkModel(_ model: JSONObject) throws(TokenizerError) {
    let type = model["type"]?.string ?? (model["merges"] == nil ? "without a type" : "BPE")
    guard type == "BPE" else { throw .unsupported(path, "model type \(SafetensorsError.printable(type))") }
    if model["byte_fallback"]?.bool == true { throw .unsupported(path, "model.byte_fallback") }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let value = model.value(name), value.string != "" { throw .unsupported(path, "model.\(name)") }
    }
    if let dropout = model.value("dropout"), dropout.double != 0 { throw .unsupported(path, "model.dropout") }
  }

  private func vocabulary(_ model: JSONObject) throws(TokenizerError) -> [String?] {
    guard let members = model["vocab"]?.object?.members else { throw .data(path, "has no model.vocab object") }
    var tokens = [String?](repeating: nil, count: members.count)
    for member in members {
      guard case .integer(let id) = member.value, (0..<Self.largestID).contains(id) else {
        throw .data(path, "model.vocab gives no usable id to \(SafetensorsError.printable(member.key))")
      }
      while tokens.count <= id { tokens.append(nil) }
      tokens[id] = member.key
    }
    return tokens
  }

  private func addedTokens() throws(TokenizerError) -> [AddedToken] {
    guard let list = object.value("added_tokens") else { return [] }
    guard let list = list.array else { throw .data(path, "added_tokens is \(list.kind), not a list") }
    var result: [AddedToken] = []
    for (index, entry) in list.enumerated() {
      guard let token = entry.object, let content = token["content"]?.string,
        case .integer(let id)? = token["id"], (0..<Self.largestID).contains(id)
      else { throw .data(path, "added_tokens[\(index)] has no content or no usable id") }
      func flag(_ name: String, _ standard: Bool = false) -> Bool { token[name]?.bool ?? standard }
      let isSpecial = flag("special")
      result.append(
        AddedToken(
          id: Int32(id), content: content, isSpecial: isSpecial, isNormalized: flag("normalized", !isSpecial),
          stripsLeft: flag("lstrip"), stripsRight: flag("rstrip"), isSingleWord: flag("single_word")))
    }
    return result
  }

  private func bytePairEncoder(_ model: JSONObject, _ tokens: [String?]) throws(TokenizerError) -> BytePairEncoder {
    var tokensByBytes = [[UInt8]: Int32](minimumCapacity: tokens.count)
    var byteTokens = [Int32](repeating: -1, count: 256)
    for (id, token) in tokens.enumerated() {
      guard let token, let bytes = ByteLevelAlphabet.bytes(of: token) else { continue }
      tokensByBytes[bytes] = Int32(id)
      if bytes.count == 1 { byteTokens[Int(bytes[0])] = Int32(id) }
    }
    guard let list = model["merges"]?.array else { throw .data(path, "has no model.merges list") }
    var merges = MergeTable(count: list.count)
    for (rank, entry) in list.enumerated() {
      guard let pair = Self.pair(entry) else {
        throw .data(path, "model.merges[\(rank)] is not a pair of tokens")
      }
      // A token that no bytes can give never meets its merge.
      guard let left = ByteLevelAlphabet.bytes(of: pair.0), let right = ByteLevelAlphabet.bytes(of: pair.1) else {
        continue
      }
      guard let leftID = tokensByBytes[left], let rightID = tokensByBytes[right],
        let result = tokensByBytes[left + right]
      else {
        let text = SafetensorsError.printable("\(pair.0) \(pair.1)")
        throw .data(path, "model.merges[\(rank)] (\(text)) has a part or a result that is not in the vocabulary")
      }
      merges.insert(leftID, rightID, MergeTable.Merge(rank: Int32(rank), result: result))
    }
    var unknown: Int32?
    if let name = model.value("unk_token") {
      guard let text = name.string, let id = tokens.lastIndex(where: { $0?.utf8.elementsEqual(text.utf8) ?? false })
      else { throw .data(path, "model.unk_token is not in the vocabulary") }
      unknown = Int32(id)
    }
    return BytePairEncoder(
      byteTokens: byteTokens, merges: merges, tokensByBytes: tokensByBytes,
      ignoresMerges: model["ignore_merges"]?.bool ?? false, unknown: unknown,
      fusesUnknown: model["fuse_unk"]?.bool ?? false)
  }

  /// `"a b"` or `["a", "b"]`.
  private static func pair(_ entry: JSONValue) -> (String, String)? {
    if let text = entry.string {
      let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else { return nil }
      return (left, right)
    }
    guard let list = entry.array, list.count == 2, let left = list[0].string, let right = list[1].string else {
      return nil
    }
    return (left, right)
  }

  private func normalizers(_ value: JSONValue?) throws(TokenizerError) -> [Normalizer] {
    guard let value else { return [] }
    let type = value.object?["type"]?.string ?? "without a type"
    if type == "Sequence" {
      var result: [Normalizer] = []
      for entry in value.object?["normalizers"]?.array ?? [] { result += try normalizers(entry) }
      return result
    }
    guard let normalizer = Normalizer(rawValue: type) else {
      throw .unsupported(path, "normalizer \(SafetensorsError.printable(type))")
    }
    return [normalizer]
  }
}
