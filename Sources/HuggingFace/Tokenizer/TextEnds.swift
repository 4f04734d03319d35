import Foundation

/// Which tokens begin and end a text.
struct TextEnds: Sendable {
  let bos: Int32?
  let eos: Int32?

  private static let usualStarts = ["<|begin_of_text|>", "<|startoftext|>", "<s>", "<bos>"]
  private static let usualEnds = ["<|end_of_text|>", "<|endoftext|>", "</s>", "<eos>", "<|im_end|>"]

  /// By the usual names.
  init(parts: TokenizerParts) {
    bos = Self.usualStarts.lazy.compactMap { Self.special($0, parts) }.first
    eos = Self.usualEnds.lazy.compactMap { Self.special($0, parts) }.first
  }

  /// By the folder's files; by the usual names only if no file says anything.
  init(folder: URL, parts: TokenizerParts) throws {
    var found: [String: Int32] = [:]
    var isSaid = false
    for name in ["tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json"] {
      let path = folder.appendingPathComponent(name).path
      guard InputFile.exists(path) else { continue }
      let object: JSONObject
      let bytes = try InputFile.whole(path)
      do {
        let document = try JSONParser.parse(bytes)
        guard let value = document.object else { throw TokenizerError.data(path, "is \(document.kind), not an object") }
        object = value
      } catch let error as JSONError {
        throw TokenizerError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
      }
      for end in ["bos", "eos"] {
        if object[end + "_token"] != nil || object[end + "_token_id"] != nil { isSaid = true }
        guard found[end] == nil else { continue }
        let token = object.value(end + "_token")
        if let content = token?.string ?? token?.object?["content"]?.string {
          found[end] = parts.id(of: content)
        } else if let value = object.value(end + "_token_id"),
          let number = value.integer ?? value.array?.first?.integer,
          let id = Int32(exactly: number), parts.token(id) != nil
        {
          found[end] = id
        }
      }
    }
    let usual = TextEnds(parts: parts)
    bos = isSaid ? found["bos"] : usual.bos
    eos = isSaid ? found["eos"] : usual.eos
  }

  private static func special(_ name: String, _ parts: TokenizerParts) -> Int32? {
    parts.added.tokens.values.first { $0.isSpecial && $0.content == name }?.id
  }
}
