import Foundation
import Recipe
import Synchronization

/// A tokenizer read from `tokenizer.json`, with the same ids and texts as the `tokenizers` library gives.
///
/// Truncation and padding that the file may ask for are left out, as transformers does unless told otherwise.
public final class Tokenizer: Sendable {
  private let parts: TokenizerParts
  /// Workspaces that no call is using.
  private let pool = Mutex<[EncodingWorkspace]>([])
  /// The first text that could not be cut into words.
  private let failure = Mutex<TokenizerError?>(nil)

  /// Of the token before a text and after it, where the folder's files name them.
  public let bosToken: Int32?
  public let eosToken: Int32?
  /// Every token that the folder's files name as an end, lists included; generation stops at each of them.
  public let endTokens: Set<Int32>
  /// Whether `tokenizer_config.json` asks for a token before a text (`add_bos_token`), whatever `tokenizer.json` does; nil where it says
  /// nothing.
  public let asksForStart: Bool?
  /// Rows of the embedding table of the model beside the tokenizer, as `config.json` says (`vocab_size`): ids from there on are not the
  /// model's. Nil where it says nothing, and for a GGUF file, whose vocabulary is the table's.
  public let modelRows: Int?

  /// Reads `tokenizer.json`, and from `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, where
  /// they exist, which tokens are added besides, and from the first two, `generation_config.json` and `config.json`, which
  /// begin and end a text. A GGUF file, or a folder with one, has all of that in its metadata.
  public convenience init(folder: URL) throws {
    let folder = HubFolder.resolved(folder)
    if let path = GGUFFile.path(of: folder) {
      let vocabulary = try GGUFVocabulary(file: GGUFFile(path: path))
      let parts = try TokenizerReader(path: path, object: vocabulary.json()).parts()
      self.init(parts: parts, ends: TextEnds(vocabulary))
      return
    }
    let path = folder.appendingPathComponent("tokenizer.json").path
    guard InputFile.exists(path) else {
      if InputFile.isDangling(path) {
        throw TokenizerError.missing(
          path, "is a link to a file that is not there: the download is not complete; run it again")
      }
      let hasSentencePiece = InputFile.exists(folder.appendingPathComponent("tokenizer.model").path)
      throw TokenizerError.missing(
        folder.path,
        hasSentencePiece
          ? "has a SentencePiece tokenizer.model only; save the tokenizer with transformers for a tokenizer.json"
          : "has no tokenizer.json; is it a Hugging Face model folder?")
    }
    let reader = try TokenizerReader(path: path, bytes: try InputFile.whole(path))
    let parts = try reader.parts(special: try SpecialTokens(folder: folder))
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
    endTokens = ends.ends
    asksForStart = ends.asksForStart
    modelRows = ends.modelRows
  }

  /// What a person should know of the file though it is read, a line each.
  public var notices: [String] { idNotices + (rebuiltNotice.map { [$0] } ?? []) }

  /// Where transformers 5 marks spaces in a way of its own and not the file's: it puts none before a text that begins with one, and none
  /// behind special tokens.
  private var rebuiltNotice: String? {
    let prepends = parts.normalizers.contains { if case .prepend = $0 { true } else { false } }
    guard parts.isRebuilt, prepends else { return nil }
    return
      "tokenizer.json puts a space before a text and behind each special token, and is read so, as the tokenizers library and transformers 4 "
      + "read it; transformers 5 builds a LlamaTokenizer anew from the vocabulary, with other ids there and where a text begins with a space"
  }

  private var idNotices: [String] {
    let moved = parts.added.tokens.values.filter { $0.idInFile != nil }.sorted { $0.id < $1.id }
    guard let first = moved.first, let idInFile = first.idInFile else { return [] }
    let name = OneLine.name(first.content)
    return [
      "the tokenizer's ids have holes: \(moved.count) added tokens (\(name), for one) are not numbered as the file says but from the "
        + "vocabulary's size on, as the tokenizers library does it (\(first.id) and not \(idInFile)); does the model's table have them so?"
    ]
  }

  /// Tokens, added ones included.
  public var vocabularySize: Int {
    let vocabulary = parts.model.vocabulary
    return vocabulary.count + parts.added.tokens.keys.count { vocabulary[$0] == nil }
  }

  /// The largest id; a model needs at least one row more than that.
  public var largestID: Int32 {
    max(Int32(parts.model.vocabulary.limit - 1), parts.added.tokens.keys.max() ?? -1)
  }

  /// Ids of the special tokens, ascending.
  public var specialTokens: [Int32] { parts.added.tokens.values.lazy.filter(\.isSpecial).map(\.id).sorted() }

  /// Ids of all tokens that are found in a text as a whole, special or not.
  public var addedTokens: Set<Int32> { Set(parts.added.tokens.keys) }

  /// What the post-processor puts before and after a text.
  public var prefixTokens: [Int32] { parts.prefix }
  public var suffixTokens: [Int32] { parts.suffix }

  /// The token as the vocabulary writes it (`Ġthe`), or nil for an id without one.
  public func tokenString(_ id: Int32) -> String? { parts.token(id).map { String(decoding: $0, as: UTF8.self) } }

  /// The id of a token as the vocabulary writes it.
  public func id(of token: String) -> Int32? { parts.id(of: token) }

  /// Whether a text since the tokenizer was read could not be encoded or decoded: one of the file's patterns takes longer than a text
  /// of that length may cost. The ids are none then. To be asked after work on texts from outside.
  /// - Throws: `TokenizerError` with the file, the field and the pattern.
  public func check() throws {
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  private func record(_ found: PatternError?) -> Bool {
    guard let found else { return false }
    failure.withLock { if $0 == nil { $0 = TokenizerError(found) } }
    return true
  }

  /// None where a pattern runs out of steps, which `check` tells.
  ///
  /// - Parameter addSpecial: with what the post-processor adds around a text.
  public func encode(_ text: String, addSpecial: Bool) -> [Int32] {
    let workspace = pool.withLock { $0.popLast() } ?? EncodingWorkspace(stages: parts.preTokenizers.count)
    var output = addSpecial ? parts.prefix : []
    var text = text
    for matcher in workspace.matchers { matcher.begin(text.utf8.count) }
    text.withUTF8 { bytes in
      parts.forEachPiece(of: bytes, matchers: workspace.matchers) { piece in
        switch piece {
        case .token(let id): output.append(id)
        case .word(let word): append(word, workspace, to: &output)
        }
      }
    }
    if addSpecial { output += parts.suffix }
    let failed = record(workspace.matchers.lazy.compactMap(\.failure).first)
    pool.withLock { $0.append(workspace) }
    return failed ? [] : output
  }

  private func append(_ word: UnsafeBufferPointer<UInt8>, _ workspace: EncodingWorkspace, to output: inout [Int32]) {
    guard word.count > WordCache.longestWord, case .bytePair(let model) = parts.model else {
      return appendCached(word, workspace, to: &output)
    }
    model.forEachPart(of: word) { appendCached($0, workspace, to: &output) }
  }

  private func appendCached(
    _ word: UnsafeBufferPointer<UInt8>, _ workspace: EncodingWorkspace, to output: inout [Int32]
  ) {
    guard word.count <= WordCache.longestWord else { return parts.model.encode(word, into: &output) }
    let hash = ByteHash.of(word)
    if workspace.words.append(word, hash: hash, to: &output) { return }
    let start = output.count
    parts.model.encode(word, into: &output)
    workspace.words.insert(word, hash: hash, tokens: output[start...])
  }

  /// The text of the tokens; bytes that are not UTF-8 become U+FFFD. Ids without a token give nothing.
  public func decode(_ ids: [Int32], skipSpecial: Bool) -> String {
    String(decoding: decoded(ids, skipSpecial: skipSpecial, keepsBytes: false), as: UTF8.self)
  }

  /// The bytes of the tokens. Where a text is decoded a token at a time, characters may be cut; bytes are not.
  public func decodeBytes(_ ids: [Int32], skipSpecial: Bool) -> [UInt8] {
    decoded(ids, skipSpecial: skipSpecial, keepsBytes: true)
  }

  /// What the text of these tokens begins with, whatever tokens follow, in whole characters: the last character may still grow, and
  /// bytes at the end become another character. Nil where the tokenizer's decoder may change what stands already.
  package func lastingText(_ ids: [Int32], skipSpecial: Bool) -> String? {
    guard TokenDecoder.onlyAppend(parts.decoders) else { return nil }
    var kept = ids[...]
    // Bytes that stand together are judged together.
    func isOpen(_ id: Int32) -> Bool {
      parts.added.skipped.contains(id) || parts.token(id)?.starts(with: "<0x".utf8) ?? true
    }
    while let last = kept.last, isOpen(last) { kept.removeLast() }
    var text = decode(Array(kept), skipSpecial: skipSpecial)[...]
    while text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
    return String(text.dropLast())
  }

  private func decoded(_ ids: [Int32], skipSpecial: Bool, keepsBytes: Bool) -> [UInt8] {
    var tokens: [[UInt8]] = []
    for id in ids where !(skipSpecial && parts.added.skipped.contains(id)) {
      if let token = parts.added.normalizedForms[id] ?? parts.token(id) { tokens.append(token) }
    }
    var found: PatternError?
    let text = parts.text(of: tokens, keepsBytes: keepsBytes, failure: &found)
    return record(found) ? [] : text
  }

  /// What normalizers and pre-tokenizers make of a text; without added tokens.
  package func words(of text: String) -> [String] {
    var text = text
    var words: [String] = []
    let workspace = EncodingWorkspace(stages: parts.preTokenizers.count)
    text.withUTF8 { bytes in
      parts.forEachPiece(of: bytes, matchers: workspace.matchers) { piece in
        if case .word(let word) = piece { words.append(String(decoding: word, as: UTF8.self)) }
      }
    }
    return words
  }

  /// What the decoder makes of tokens as a vocabulary would write them.
  package func text(ofTokens tokens: [String]) -> String {
    var failure: PatternError?
    return String(
      decoding: parts.text(of: tokens.map { Array($0.utf8) }, keepsBytes: false, failure: &failure), as: UTF8.self)
  }
}

/// A tokenizer that cannot be used: file, field, reason.
public struct TokenizerError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  init(description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }

  /// A pattern that took too long, with its own place.
  init(_ failure: PatternError) { self.init(description: failure.description, exitStatus: failure.exitStatus) }

  static func missing(_ path: String, _ advice: String) -> TokenizerError {
    TokenizerError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> TokenizerError {
    TokenizerError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func unsupported(_ path: String, _ what: String) -> TokenizerError {
    .data(path, "\(what) is not supported")
  }
}
