/// Reads the stages of a `tokenizer.json` around the model: pre-tokenizers, post-processor, decoder.
struct StageReader {
  let path: String

  /// The stages before ByteLevel, which must be there and last.
  func preTokenizers(_ value: JSONValue?) throws(TokenizerError) -> [PreTokenizer] {
    var stages: [PreTokenizer] = []
    var entries: [JSONValue] = value.map { [$0] } ?? []
    while let index = entries.firstIndex(where: { type($0) == "Sequence" }) {
      let inner = entries[index].object?["pretokenizers"]?.array ?? []
      guard entries.count + inner.count < 100 else { throw .unsupported(path, "a pre-tokenizer of 100 stages") }
      entries.replaceSubrange(index...index, with: inner)
    }
    var hasByteLevel = false
    for entry in entries {
      guard let object = entry.object else { throw .data(path, "has a pre-tokenizer that is \(entry.kind)") }
      guard !hasByteLevel else { throw .unsupported(path, "pre-tokenizer \(type(entry)) after ByteLevel") }
      switch type(entry) {
      case "Digits": stages.append(.digits(individual: object["individual_digits"]?.bool ?? false))
      case "Split": stages.append(try split(object))
      case "ByteLevel":
        hasByteLevel = true
        if object["add_prefix_space"]?.bool ?? true { stages.append(.prefixSpace) }
        if object["use_regex"]?.bool ?? true {
          stages.append(.split(try pattern(PreTokenizer.gpt2Pattern), keepsGaps: true, keepsMatches: true))
        }
      default: throw .unsupported(path, "pre-tokenizer \(type(entry))")
      }
    }
    guard hasByteLevel else { throw .unsupported(path, "a pre-tokenizer without ByteLevel") }
    return stages
  }

  private func type(_ value: JSONValue) -> String {
    SafetensorsError.printable(value.object?["type"]?.string ?? "without a type")
  }

  private func split(_ object: JSONObject) throws(TokenizerError) -> PreTokenizer {
    let behavior = object["behavior"]?.string ?? "without a behavior"
    let inverted = object["invert"]?.bool ?? false
    let keeps: (gaps: Bool, matches: Bool)
    switch behavior {
    case "Isolated": keeps = (true, true)
    case "Removed": keeps = inverted ? (false, true) : (true, false)
    default: throw .unsupported(path, "Split with behavior \(SafetensorsError.printable(behavior))")
    }
    if let source = object["pattern"]?.object?["Regex"]?.string {
      return .split(try pattern(source), keepsGaps: keeps.gaps, keepsMatches: keeps.matches)
    }
    guard let literal = object["pattern"]?.object?["String"]?.string, !literal.isEmpty else {
      throw .data(path, "has a Split pre-tokenizer without a pattern")
    }
    return .literal(literal.unicodeScalars.map(\.value), keepsGaps: keeps.gaps, keepsMatches: keeps.matches)
  }

  private func pattern(_ source: String) throws(TokenizerError) -> Pattern {
    do {
      return try Pattern(source)
    } catch {
      throw .unsupported(path, "pre-tokenizer \(error)")
    }
  }

  /// The tokens that go before and after a single text.
  func postProcessor(
    _ value: JSONValue?, tokenCount: Int
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    guard let value else { return ([], []) }
    guard let object = value.object else { throw .data(path, "has a post_processor that is \(value.kind)") }
    switch type(value) {
    case "ByteLevel": return ([], [])
    case "Sequence":
      var result: (prefix: [Int32], suffix: [Int32]) = ([], [])
      for entry in object["processors"]?.array ?? [] {
        guard type(entry) != "Sequence" else { throw .unsupported(path, "a sequence of sequences of post-processors") }
        let outer = try postProcessor(entry, tokenCount: tokenCount)
        result = (outer.prefix + result.prefix, result.suffix + outer.suffix)
      }
      return result
    case "TemplateProcessing": return try template(object, tokenCount: tokenCount)
    case "RobertaProcessing", "BertProcessing":
      var ids: [Int32] = []
      for name in ["cls", "sep"] {
        guard let pair = object[name]?.array, pair.count == 2, let id = pair[1].integer,
          (0..<tokenCount).contains(id)
        else { throw .data(path, "post_processor has no usable \(name)") }
        ids.append(Int32(id))
      }
      return ([ids[0]], [ids[1]])
    default: throw .unsupported(path, "post-processor \(type(value))")
    }
  }

  private func template(
    _ object: JSONObject, tokenCount: Int
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    guard let pieces = object["single"]?.array else { throw .data(path, "post_processor has no single template") }
    var sides: [[Int32]] = [[]]
    for piece in pieces {
      if let name = piece.object?["SpecialToken"]?.object?["id"]?.string {
        guard let ids = object["special_tokens"]?.object?[name]?.object?["ids"]?.array else {
          throw .data(path, "post_processor does not say what \(SafetensorsError.printable(name)) is")
        }
        for id in ids {
          guard let id = id.integer, (0..<tokenCount).contains(id) else {
            throw .data(path, "post_processor gives \(SafetensorsError.printable(name)) an id without a token")
          }
          sides[sides.count - 1].append(Int32(id))
        }
      } else if piece.object?["Sequence"]?.object?["id"]?.string == "A" {
        sides.append([])
      } else {
        throw .unsupported(path, "a post-processor template with anything but special tokens and sequence A")
      }
    }
    guard sides.count == 2 else { throw .unsupported(path, "a post-processor template without exactly one sequence A") }
    return (sides[0], sides[1])
  }

  /// Only ByteLevel turns byte-level tokens back into text.
  func checkDecoder(_ value: JSONValue?) throws(TokenizerError) {
    guard let value else { return }
    if type(value) == "ByteLevel" { return }
    if type(value) == "Sequence", let inner = value.object?["decoders"]?.array, inner.count == 1 {
      return try checkDecoder(inner[0])
    }
    throw .unsupported(path, "decoder \(type(value))")
  }
}
