import Recipe

/// Reads the model of a `tokenizer.json`: its vocabulary, and merges or scores.
struct ModelReader {
  let component: TokenizerComponent
  /// The words that come to a BPE model are meant as GPT-2's characters for bytes, and may come as bytes instead.
  let isByteLevel: Bool

  func model() throws(TokenizerError) -> TokenModel {
    var type = component.type
    // Older files do not name the type.
    if type.isEmpty, component.object["merges"] != nil { type = "BPE" }
    switch type {
    case "BPE": return .bytePair(try bytePair())
    case "Unigram": return .unigram(try unigram())
    case "WordPiece": return .wordPiece(try wordPiece(isWordLevel: false))
    case "WordLevel": return .wordPiece(try wordPiece(isWordLevel: true))
    default: throw component.unsupportedType()
    }
  }

  private func vocabulary() throws(TokenizerError) -> TokenTable {
    guard let members = component.object["vocab"]?.object?.members else { throw component.wrong("vocab", "an object") }
    guard !members.isEmpty else { throw component.error("vocab is empty") }
    // Ids far beyond the number of tokens are a damaged file, which must not cost memory.
    let limit = min(2 * members.count + 65_536, 1 << 24)
    var table = TokenTable(capacity: members.count)
    for member in members {
      guard case .integer(let id) = member.value, (0..<limit).contains(id) else {
        throw component.error("vocab gives no usable id to \(OneLine.name(member.key))")
      }
      table.insert(member.key, id: Int32(id))
    }
    return table
  }

  private func bytePair() throws(TokenizerError) -> BytePairModel {
    if let dropout = component.object.value("dropout"), dropout.double != 0 {
      throw component.unsupported("dropout other than 0")
    }
    let vocabulary = try vocabulary()
    let prefix = Array(try component.string("continuing_subword_prefix", "").utf8)
    let suffix = Array(try component.string("end_of_word_suffix", "").utf8)
    var unknown: Int32?
    if component.object.value("unk_token") != nil {
      let token = try component.string("unk_token")
      guard let id = vocabulary.id(of: token) else { throw component.error("unk_token is not in the vocabulary") }
      unknown = id
    }
    let fallsBack = try component.bool("byte_fallback", false)
    let byteLevel = isByteLevel && prefix.isEmpty && suffix.isEmpty && !fallsBack
    let ignoresMerges = try component.bool("ignore_merges", false)
    let (merges, crossesSpaces) = try merges(vocabulary, prefix: prefix.count)
    return BytePairModel(
      vocabulary: vocabulary, merges: merges, isByteLevel: byteLevel,
      byteTokens: byteLevel
        ? ByteLevelAlphabet.scalars.map { vocabulary.id(of: String($0)) ?? -1 } : Self.fallbackTokens(vocabulary),
      fallsBackToBytes: fallsBack, ignoresMerges: ignoresMerges, unknown: unknown,
      fusesUnknown: try component.bool("fuse_unk", false), prefix: prefix, suffix: suffix,
      cutsAtSpaces: !crossesSpaces && !byteLevel && !ignoresMerges && prefix.isEmpty && suffix.isEmpty
        && vocabulary.id(of: BytePairModel.spaceMark) != nil)
  }

  /// The tokens `<0x00>` to `<0xFF>`.
  private static func fallbackTokens(_ vocabulary: TokenTable) -> [Int32] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>") ?? -1
    }
  }

  /// - Parameter prefix: bytes of the continuing subword prefix, which the right part of a merge loses.
  /// - Returns: the merges, and whether one joins a `▁` to something else before it.
  private func merges(
    _ vocabulary: TokenTable, prefix: Int
  ) throws(TokenizerError) -> (table: MergeTable, crossesSpaces: Bool) {
    guard let list = component.object["merges"]?.array else { throw component.wrong("merges", "a list") }
    var table = MergeTable(count: list.count)
    var crossesSpaces = false
    let mark = BytePairModel.spaceMark
    for (rank, entry) in list.enumerated() {
      guard let pair = Self.pair(entry) else { throw component.error("merges[\(rank)] is not a pair of tokens") }
      guard let left = vocabulary.id(of: pair.0), let right = vocabulary.id(of: pair.1), pair.1.count >= prefix,
        let result = vocabulary.id(of: pair.0 + pair.1.dropFirst(prefix))
      else {
        let text = OneLine.name(String(decoding: pair.0 + [0x20] + pair.1, as: UTF8.self))
        throw component.error("merges[\(rank)] (\(text)) has a part or a result that is not in the vocabulary")
      }
      table.insert(left, right, MergeTable.Merge(rank: Int32(rank), result: result))
      if pair.1.starts(with: mark), !pair.0.suffix(mark.count).elementsEqual(mark) { crossesSpaces = true }
    }
    return (table, crossesSpaces)
  }

  /// `"a b"` or `["a", "b"]`.
  private static func pair(_ entry: JSONValue) -> ([UInt8], [UInt8])? {
    if let text = entry.string {
      let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      return parts.count == 2 ? (Array(parts[0]), Array(parts[1])) : nil
    }
    guard let list = entry.array, list.count == 2, let left = list[0].string, let right = list[1].string else {
      return nil
    }
    return (Array(left.utf8), Array(right.utf8))
  }

  private func unigram() throws(TokenizerError) -> UnigramModel {
    guard let list = component.object["vocab"]?.array, !list.isEmpty else {
      throw component.error("vocab is not a list of tokens and scores")
    }
    guard let unknown = component.object.value("unk_id")?.integer, list.indices.contains(unknown) else {
      throw component.unsupported("a Unigram model without a usable unk_id")
    }
    var table = TokenTable(capacity: list.count)
    var trie = ByteTrie()
    var scores: [Double] = []
    for (id, entry) in list.enumerated() {
      guard let pair = entry.array, pair.count == 2, let token = pair[0].string, let score = pair[1].double else {
        throw component.error("vocab[\(id)] is not a token and its score")
      }
      table.insert(token, id: Int32(id))
      trie.insert(token.utf8, value: Int32(id))
      scores.append(score)
    }
    let fallsBack = try component.bool("byte_fallback", false)
    return UnigramModel(
      vocabulary: table, trie: trie, scores: scores, unknown: Int32(unknown),
      unknownScore: (scores.min() ?? 0) - 10, byteTokens: fallsBack ? Self.fallbackTokens(table) : nil)
  }

  private func wordPiece(isWordLevel: Bool) throws(TokenizerError) -> WordPieceModel {
    let vocabulary = try vocabulary()
    let name = try component.string("unk_token")
    guard let unknown = vocabulary.id(of: name) else { throw component.error("unk_token is not in the vocabulary") }
    return WordPieceModel(
      vocabulary: vocabulary, unknown: unknown,
      prefix: isWordLevel ? nil : Array(try component.string("continuing_subword_prefix").utf8),
      mostCharacters: isWordLevel ? Int.max : try component.integer("max_input_chars_per_word"))
  }
}
