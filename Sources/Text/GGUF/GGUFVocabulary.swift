import Recipe

/// The tokenizer in a GGUF file's metadata, as the `tokenizer.json` that it was made from.
struct GGUFVocabulary {
  let file: GGUFFile
  let tokens: [String]
  private let kinds: [Kind]
  private let model: Model
  private let isStripped: Bool

  /// How llama.cpp calls the kinds of tokenizers.
  private enum Model: String, CaseIterable {
    /// Byte-level BPE with merges.
    case bytePair = "gpt2"
    /// SentencePiece's BPE, whose merges follow from the tokens' scores.
    case sentencePiece = "llama"
  }

  /// `tokenizer.ggml.token_type`.
  private enum Kind: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  init(file: GGUFFile) throws(GGUFError) {
    self.file = file
    guard let name = file["tokenizer.ggml.model"]?.text, name != "none" else {
      throw .metadata(file.path, "has no tokenizer in its metadata (tokenizer.ggml.model); take a file that has one")
    }
    let known = Model.allCases.map(\.rawValue).joined(separator: ", ")
    guard let model = Model(rawValue: name) else {
      throw .metadata(
        file.path,
        "tokenizer.ggml.model \(OneLine.name(name)) is not read, only \(known); take the model's Hugging Face folder")
    }
    self.model = model
    guard let tokens = file["tokenizer.ggml.tokens"]?.texts, !tokens.isEmpty else {
      throw .metadata(file.path, "tokenizer.ggml.tokens is not a list of texts; the file is damaged")
    }
    self.tokens = tokens
    let codes = file["tokenizer.ggml.token_type"]?.integers ?? []
    guard codes.isEmpty || codes.count == tokens.count else {
      throw .metadata(
        file.path,
        "tokenizer.ggml.token_type has \(codes.count) entries for \(tokens.count) tokens; the file is damaged")
    }
    kinds = tokens.indices.map { codes.isEmpty ? .normal : Kind(rawValue: codes[$0]) ?? .normal }
    isStripped = file["tokenizer.ggml.add_space_prefix"]?.flag ?? true
  }

  // MARK: Named tokens

  /// The id under `tokenizer.ggml.<name>_token_id`, where the vocabulary has it.
  func id(_ name: String) -> Int? {
    file["tokenizer.ggml.\(name)_token_id"]?.integer.flatMap { tokens.indices.contains($0) ? $0 : nil }
  }

  /// What chat templates know by name: `bos_token` and its kin.
  var namedTokens: [String: String] {
    let names = [
      "bos": "bos", "eos": "eos", "unk": "unknown", "sep": "seperator", "pad": "padding", "cls": "cls", "mask": "mask",
    ]
    return names.reduce(into: [:]) { result, name in
      if let id = id(name.value) { result[name.key + "_token"] = tokens[id] }
    }
  }

  /// Where generation stops: what the metadata names, and the ends of turns that llama.cpp knows by their text.
  var endTokens: Set<Int32> {
    let named = ["eos", "eot", "eom"].compactMap { id($0) }
    let usual = ["<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>", "<end_of_utterance>"]
    let known = tokens.indices.filter { kinds[$0] == .control && usual.contains(tokens[$0]) }
    return Set((named + known).map(Int32.init))
  }

  /// A token before each text, and behind it.
  private var addsStart: Bool {
    let words = file["tokenizer.ggml.pre"]?.text.flatMap { GGUFWords(rawValue: $0) }
    let standard = model == .sentencePiece || words == .llama3 || words == .lfm2
    return file["tokenizer.ggml.add_bos_token"]?.flag ?? standard
  }
  private var addsEnd: Bool { file["tokenizer.ggml.add_eos_token"]?.flag ?? false }

  // MARK: As JSON

  /// A `tokenizer.json`.
  func json() throws(GGUFError) -> JSONObject {
    let pieces = model == .sentencePiece ? try sentencePiece() : try bytePair()
    var members = [("added_tokens", JSONValue.array(addedTokens)), ("post_processor", try postProcessor())]
    members += pieces
    return JSONObject(members)
  }

  /// As the vocabulary of a `tokenizer.json` writes a token. What a person added to a SentencePiece model has spaces in GGUF files.
  private func written(_ id: Int) -> String {
    guard model == .sentencePiece, kinds[id] == .userDefined else { return tokens[id] }
    return tokens[id].split(separator: " ", omittingEmptySubsequences: false).joined(separator: "▁")
  }

  private var addedTokens: [JSONValue] {
    tokens.indices.compactMap { id in
      let isSpecial = kinds[id] == .control || kinds[id] == .unknown
      guard isSpecial || kinds[id] == .userDefined, !tokens[id].isEmpty else { return nil }
      return .object(
        JSONObject([
          ("id", .integer(id)), ("content", .string(written(id))), ("special", .bool(isSpecial)),
          ("normalized", .bool(false)),
        ]))
    }
  }

  private var vocabulary: JSONValue {
    .object(JSONObject(tokens.indices.map { JSONObject.Member(key: written($0), value: .integer($0)) }))
  }

  private func postProcessor() throws(GGUFError) -> JSONValue {
    func piece(_ name: String, _ id: String) -> JSONValue {
      .object(JSONObject([(name, .object(JSONObject([("id", .string(id)), ("type_id", .integer(0))])))]))
    }
    var single: [JSONValue] = []
    var special: [(String, JSONValue)] = []
    func add(_ end: String) throws(GGUFError) {
      guard let id = id(end) else {
        throw .metadata(
          file.path, "asks for a token at the ends of texts, and names none (tokenizer.ggml.\(end)_token_id)")
      }
      single.append(piece("SpecialToken", end))
      special.append((end, .object(JSONObject([("id", .string(end)), ("ids", .array([.integer(id)]))]))))
    }
    if addsStart { try add("bos") }
    single.append(piece("Sequence", "A"))
    if addsEnd { try add("eos") }
    return .object(
      JSONObject([
        ("type", .string("TemplateProcessing")), ("single", .array(single)),
        ("special_tokens", .object(JSONObject(special))),
      ]))
  }

  private func bytePair() throws(GGUFError) -> [(String, JSONValue)] {
    guard let merges = file["tokenizer.ggml.merges"]?.texts else {
      throw .metadata(file.path, "tokenizer.ggml.merges is not a list of texts; the file is damaged")
    }
    guard let name = file["tokenizer.ggml.pre"]?.text else {
      throw .metadata(
        file.path,
        "does not say how texts are cut into words (tokenizer.ggml.pre); convert the model with a llama.cpp of today")
    }
    guard let words = GGUFWords(rawValue: name) else {
      let known = GGUFWords.allCases.map(\.rawValue).joined(separator: ", ")
      throw .metadata(
        file.path,
        "tokenizer.ggml.pre \(OneLine.name(name)) is not read, only \(known); take the model's Hugging Face folder")
    }
    return [
      ("normalizer", words.normalizer), ("pre_tokenizer", words.preTokenizer),
      ("decoder", .object(JSONObject([("type", .string("ByteLevel"))]))),
      (
        "model",
        .object(
          JSONObject([
            ("type", .string("BPE")), ("ignore_merges", .bool(words.ignoresMerges)), ("vocab", vocabulary),
            ("merges", .array(merges.map { .string($0) })),
          ]))
      ),
    ]
  }

  private func sentencePiece() throws(GGUFError) -> [(String, JSONValue)] {
    let scores = file["tokenizer.ggml.scores"]?.doubles ?? []
    guard scores.count == tokens.count else {
      throw .metadata(
        file.path, "tokenizer.ggml.scores has \(scores.count) entries for \(tokens.count) tokens; the file is damaged")
    }
    func step(_ type: String, _ fields: [(String, JSONValue)] = []) -> JSONValue {
      .object(JSONObject([("type", .string(type))] + fields))
    }
    func replace(_ from: String, _ to: String) -> JSONValue {
      step("Replace", [("pattern", .object(JSONObject([("String", .string(from))]))), ("content", .string(to))])
    }
    func sequence(_ name: String, _ steps: [JSONValue]) -> JSONValue { step("Sequence", [(name, .array(steps))]) }
    let marked = replace(" ", "▁")
    let strip = step("Strip", [("content", .string(" ")), ("start", .integer(1)), ("stop", .integer(0))])
    let unknown = kinds.firstIndex(of: .unknown).map { JSONValue.string(written($0)) } ?? .null
    // What a person added is put together before anything else, as SentencePiece does it.
    let ranked = tokens.indices.map { kinds[$0] == .userDefined ? .infinity : scores[$0] }
    let scored = GGUFMerges(tokens: tokens.indices.map(written), scores: ranked) {
      kinds[$0] == .normal || kinds[$0] == .userDefined
    }
    return [
      (
        "normalizer",
        sequence("normalizers", isStripped ? [step("Prepend", [("prepend", .string("▁"))]), marked] : [marked])
      ),
      (
        "decoder",
        sequence(
          "decoders", [replace("▁", " "), step("ByteFallback"), step("Fuse")] + (isStripped ? [strip] : []))
      ),
      (
        "model",
        step(
          "BPE",
          [
            ("unk_token", unknown), ("fuse_unk", .bool(true)), ("byte_fallback", .bool(true)), ("vocab", vocabulary),
            ("merges", .array(scored.merges())),
          ])
      ),
    ]
  }
}
