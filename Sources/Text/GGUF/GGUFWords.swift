/// How a byte-level tokenizer cuts a text into words: the values of `tokenizer.ggml.pre` that are read, with the patterns of the
/// `tokenizer.json` files that they stand for.
enum GGUFWords: String, CaseIterable {
  case gpt2 = "gpt-2"
  case llama3 = "llama-bpe"
  /// The same words as Llama 3's.
  case lfm2
  case qwen2
  case smollm
  case tekken

  var ignoresMerges: Bool { self == .llama3 || self == .lfm2 || self == .tekken }

  var normalizer: JSONValue { self == .qwen2 ? .object(JSONObject([("type", .string("NFC"))])) : .null }

  var preTokenizer: JSONValue {
    func byteLevel(usesPattern: Bool) -> JSONValue {
      .object(
        JSONObject([
          ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)), ("use_regex", .bool(usesPattern)),
        ]))
    }
    func sequence(_ first: JSONValue, _ second: JSONValue) -> JSONValue {
      .object(JSONObject([("type", .string("Sequence")), ("pretokenizers", .array([first, second]))]))
    }
    switch self {
    case .gpt2: return byteLevel(usesPattern: true)
    case .smollm:
      let digits = JSONObject([("type", .string("Digits")), ("individual_digits", .bool(true))])
      return sequence(.object(digits), byteLevel(usesPattern: true))
    case .llama3, .lfm2, .qwen2, .tekken:
      let split = JSONObject([
        ("type", .string("Split")), ("pattern", .object(JSONObject([("Regex", .string(pattern))]))),
        ("behavior", .string("Isolated")), ("invert", .bool(false)),
      ])
      return sequence(.object(split), byteLevel(usesPattern: false))
    }
  }

  private var pattern: String {
    let end = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
    switch self {
    case .gpt2, .smollm: return ""
    case .llama3, .lfm2, .qwen2:
      let numbers = self != .qwen2 ? #"\p{N}{1,3}"# : #"\p{N}"#
      return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|"# + end
    case .tekken:
      let (upper, lower) = (#"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#, #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#)
      let start = #"[^\r\n\p{L}\p{N}]?"#
      return "\(start)\(upper)*\(lower)+|\(start)\(upper)+\(lower)*|"
        + #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + end
    }
  }
}
