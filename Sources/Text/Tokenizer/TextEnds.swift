import Foundation

/// Which tokens begin and end a text, and how many the model knows.
struct TextEnds: Sendable {
  let bos: Int32?
  let eos: Int32?
  /// Every token that any file names as an end: generation stops at each of them.
  let ends: Set<Int32>
  /// Whether `tokenizer_config.json` asks for a token before a text (`add_bos_token`); nil where it says nothing.
  let asksForStart: Bool?
  /// Rows of the model's embedding table, as `config.json` has them (`vocab_size`); nil where it says nothing.
  let modelRows: Int?

  private static let usualStarts = ["<|begin_of_text|>", "<|startoftext|>", "<s>", "<bos>"]
  private static let usualEnds = ["<|end_of_text|>", "<|endoftext|>", "</s>", "<eos>", "<|im_end|>"]

  /// By the usual names.
  init(parts: TokenizerParts) {
    bos = Self.usualStarts.lazy.compactMap { Self.special($0, parts) }.first
    eos = Self.usualEnds.lazy.compactMap { Self.special($0, parts) }.first
    ends = eos.map { [$0] } ?? []
    asksForStart = nil
    modelRows = nil
  }

  /// By a GGUF file's metadata.
  init(_ vocabulary: GGUFVocabulary) {
    bos = vocabulary.id("bos").map(Int32.init)
    eos = vocabulary.id("eos").map(Int32.init)
    ends = vocabulary.endTokens
    asksForStart = vocabulary.file["tokenizer.ggml.add_bos_token"]?.flag
    modelRows = nil
  }

  /// By the folder's files; by the usual names only if no file says anything.
  init(folder: URL, parts: TokenizerParts) throws {
    var found: [String: Int32] = [:]
    var named: Set<Int32> = []
    var asksForStart: Bool?
    var isSaid = false
    var names = ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json"]
    var objects: [String: JSONObject] = [:]
    for name in names { objects[name] = try SpecialTokens.object(folder.appendingPathComponent(name).path) }
    // The map wins over a configuration that does not list the added tokens itself, as in transformers.
    if objects["tokenizer_config.json"]?.value("added_tokens_decoder") == nil { names.swapAt(0, 1) }
    for name in names {
      guard let object = objects[name] else { continue }
      if name == "tokenizer_config.json" { asksForStart = object.value("add_bos_token")?.bool }
      named.formUnion(Self.ends(in: object, parts))
      let places = [object, object.value("text_config")?.object].compactMap { $0 }
      for end in ["bos", "eos"] {
        let names = [end + "_token", end + "_token_id"]
        if places.contains(where: { place in names.contains { place[$0] != nil } }) { isSaid = true }
        guard found[end] == nil else { continue }
        found[end] = places.lazy.flatMap { Self.ids(names, in: $0, parts) }.first
      }
    }
    let usual = TextEnds(parts: parts)
    bos = isSaid ? found["bos"] : usual.bos
    eos = isSaid ? found["eos"] : usual.eos
    ends = named.union(eos.map { [$0] } ?? [])
    self.asksForStart = asksForStart
    let model = objects["config.json"]
    modelRows = (model?.value("text_config")?.object ?? model)?.value("vocab_size")?.integer
  }

  /// All ends that a file names, of the whole or of its text model.
  private static func ends(in object: JSONObject, _ parts: TokenizerParts) -> Set<Int32> {
    let places = [object, object.value("text_config")?.object, object.value("extra_special_tokens")?.object]
    let names = ["eos_token", "eos_token_id", "eot_token", "eot_token_id"]
    return Set(places.compactMap { $0 }.flatMap { ids(names, in: $0, parts) })
  }

  /// The ids of tokens under some names: one or a list, by token or by id. What the vocabulary does not have is left out.
  private static func ids(_ names: [String], in object: JSONObject, _ parts: TokenizerParts) -> [Int32] {
    names.compactMap { object.value($0) }.flatMap { $0.array ?? [$0] }.compactMap { value in
      if let content = value.string ?? value.object?["content"]?.string { return parts.id(of: content) }
      return value.integer.flatMap { Int32(exactly: $0) }.flatMap { parts.token($0) == nil ? nil : $0 }
    }
  }

  private static func special(_ name: String, _ parts: TokenizerParts) -> Int32? {
    parts.added.tokens.values.first { $0.isSpecial && $0.content == name }?.id
  }
}
