import Foundation
import Synchronization

/// A byte-level BPE tokenizer read from `tokenizer.json`, with the same ids as the `tokenizers` library.
///
/// Truncation and padding that the file may ask for are left out, as transformers does unless told otherwise.
public final class Tokenizer: Sendable {
  private let parts: TokenizerParts
  /// Words met before. Taken out while a text is encoded, so that calls at the same time do not wait for each other.
  private let cache = Mutex<[[UInt8]: [Int32]]>([:])
  private static let cachedWords = 50_000
  private static let longestCachedWord = 48

  /// Of the token before a text and after it, where the folder's files name them.
  public let bosToken: Int32?
  public let eosToken: Int32?

  /// Reads `tokenizer.json`, and from `tokenizer_config.json`, `special_tokens_map.json` and `generation_config.json`, where
  /// they exist, which tokens begin and end a text.
  public convenience init(folder: URL) throws {
    let path = folder.appendingPathComponent("tokenizer.json").path
    guard InputFile.exists(path) else {
      let hasSentencePiece = InputFile.exists(folder.appendingPathComponent("tokenizer.model").path)
      throw TokenizerError.missing(
        folder.path,
        hasSentencePiece
          ? "has a SentencePiece tokenizer.model only; a byte-level tokenizer.json is needed"
          : "has no tokenizer.json; is it a Hugging Face model folder?")
    }
    let parts = try TokenizerReader(path: path, bytes: try InputFile.contents(of: path)).parts()
    self.init(parts: parts, ends: try TextEnds(folder: folder, parts: parts))
  }

  /// From the contents of a `tokenizer.json` alone; the tokens that begin and end a text are recognised by their usual names.
  public convenience init(json: Data) throws {
    let parts = try TokenizerReader(path: "tokenizer.json", bytes: Array(json)).parts()
    self.init(parts: parts, ends: TextEnds(parts: parts))
  }

  private init(parts: TokenizerParts, ends: TextEnds) {
    self.parts = parts
    bosToken = ends.bos
    eosToken = ends.eos
  }

  /// Tokens, added ones included.
  public var vocabularySize: Int { parts.tokenCount }

  /// The largest id; a model needs at least one row more than that.
  public var largestID: Int32 { Int32(parts.tokens.count - 1) }

  /// Ids of the special tokens, ascending.
  public var specialTokens: [Int32] { parts.specialIDs.sorted() }

  /// What the post-processor puts before and after a text.
  public var prefixTokens: [Int32] { parts.prefix }
  public var suffixTokens: [Int32] { parts.suffix }

  /// The token as the vocabulary writes it (`Ġthe`), or nil for an id without one.
  public func tokenString(_ id: Int32) -> String? {
    parts.tokens.indices.contains(Int(id)) ? parts.tokens[Int(id)] : nil
  }

  /// The id of a token as the vocabulary writes it. Linear.
  public func id(of token: String) -> Int32? {
    parts.tokens.lastIndex { $0?.utf8.elementsEqual(token.utf8) ?? false }.map { Int32($0) }
  }

  /// - Parameter addSpecial: with what the post-processor adds around a text.
  public func encode(_ text: String, addSpecial: Bool) -> [Int32] {
    var words = cache.withLock { cache in
      let taken = cache
      cache = [:]
      return taken
    }
    var output = addSpecial ? parts.prefix : []
    var bytes: [UInt8] = []
    parts.forEachWord(of: text) { piece in
      switch piece {
      case .token(let id): output.append(id)
      case .word(let scalars):
        bytes.removeAll(keepingCapacity: true)
        for value in scalars { UTF8Encoding.append(value, to: &bytes) }
        append(bytes, words: &words, to: &output)
      }
    }
    if addSpecial { output += parts.suffix }
    cache.withLock { cache in
      if words.count > cache.count { cache = words }
    }
    return output
  }

  private func append(_ word: [UInt8], words: inout [[UInt8]: [Int32]], to output: inout [Int32]) {
    guard word.count <= Self.longestCachedWord else {
      word.withUnsafeBufferPointer { parts.encoder.encode($0, into: &output) }
      return
    }
    if let known = words[word] {
      output.append(contentsOf: known)
      return
    }
    var tokens: [Int32] = []
    word.withUnsafeBufferPointer { parts.encoder.encode($0, into: &tokens) }
    output.append(contentsOf: tokens)
    if words.count < Self.cachedWords { words[word] = tokens }
  }

  /// The text of the tokens; bytes that are not UTF-8 become U+FFFD. Ids without a token give nothing.
  public func decode(_ ids: [Int32], skipSpecial: Bool) -> String {
    String(decoding: decodeBytes(ids, skipSpecial: skipSpecial), as: UTF8.self)
  }

  /// The bytes of the tokens. Where a text is decoded a token at a time, characters may be cut; bytes are not.
  public func decodeBytes(_ ids: [Int32], skipSpecial: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      guard let token = tokenString(id), !(skipSpecial && parts.specialIDs.contains(id)) else { continue }
      // As in `tokenizers`: a token with any character outside the alphabet stands for itself.
      bytes.append(contentsOf: ByteLevelAlphabet.bytes(of: token) ?? Array(token.utf8))
    }
    return bytes
  }
}
