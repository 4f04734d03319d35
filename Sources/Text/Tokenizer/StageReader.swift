import Foundation
import Recipe

/// Reads the stages around the model of a `tokenizer.json`. Sequences become flat lists; a type that is not honoured is refused
/// by name and place.
enum StageReader {
  static func normalizers(_ component: TokenizerComponent) throws(TokenizerError) -> [Normalizer] {
    if let form = UnicodeForm(rawValue: component.type) { return [.form(form)] }
    switch component.type {
    case "Sequence":
      var result: [Normalizer] = []
      for inner in try component.components("normalizers") { result += try normalizers(inner) }
      return result
    case "Lowercase": return [.lowercase]
    case "Replace":
      return [.replace(try component.pattern(), with: Array(try component.string("content").utf8))]
    case "Prepend": return [.prepend(Array(try component.string("prepend").utf8))]
    case "Strip":
      return [.strip(left: try component.bool("strip_left", true), right: try component.bool("strip_right", true))]
    case "StripAccents": return [.replace(try component.pattern(#"\p{M}"#, .perl), with: [])]
    case "Nmt":
      let dropped = #"[\x{1}-\x{8}\x{B}\x{E}-\x{1F}\x{7F}\x{8F}\x{9F}]"#
      let spaces = #"[\t\n\f\r\x{1680}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD}]"#
      return [
        .replace(try component.pattern(dropped, .perl), with: []),
        .replace(try component.pattern(spaces, .perl), with: [0x20]),
      ]
    case "Precompiled":
      let text = try component.string("precompiled_charsmap")
      guard let data = Data(base64Encoded: text), let map = CharacterMap(Array(data)) else {
        throw component.error("precompiled_charsmap is not a SentencePiece normalisation table")
      }
      return [.characterMap(map)]
    case "ByteLevel": return [.byteLevel]
    default: throw component.unsupportedType()
    }
  }

  static func preTokenizers(_ component: TokenizerComponent) throws(TokenizerError) -> [PreTokenizer] {
    func split(_ source: String, _ behavior: SplitBehavior, inverted: Bool = false) throws(TokenizerError)
      -> PreTokenizer
    {
      .split(try component.pattern(source, .perl), behavior, inverted: inverted)
    }
    switch component.type {
    case "Sequence":
      var result: [PreTokenizer] = []
      for inner in try component.components("pretokenizers") { result += try preTokenizers(inner) }
      return result
    case "ByteLevel":
      var result: [PreTokenizer] = []
      if try component.bool("add_prefix_space", true) { result.append(.prefixSpace) }
      if try component.bool("use_regex", true) {
        result.append(
          .split(try component.pattern(PreTokenizer.gpt2Pattern, .oniguruma), .isolated, inverted: false))
      }
      return result + [.byteLevel]
    case "Split":
      let inverted = try component.bool("invert", false)
      return [.split(try component.pattern(), try component.behavior(), inverted: inverted)]
    case "Digits":
      let individual = try component.bool("individual_digits", false)
      return [try split(PreTokenizer.numberPattern, individual ? .isolated : .contiguous)]
    case "Punctuation": return [try split(PreTokenizer.punctuationPattern, try component.behavior(.isolated))]
    case "Whitespace": return [try split(PreTokenizer.wordPattern, .removed, inverted: true)]
    case "WhitespaceSplit": return [try split(PreTokenizer.spacePattern, .removed)]
    case "BertPreTokenizer":
      return [
        try split(PreTokenizer.spacePattern, .removed), try split(PreTokenizer.punctuationPattern, .isolated),
      ]
    case "CharDelimiterSplit":
      let delimiter = String(decoding: try component.character("delimiter"), as: UTF8.self)
      return [.split(try component.pattern(delimiter, .literal), .removed, inverted: false)]
    case "Metaspace":
      let (mark, scheme) = try metaspace(component)
      let replaced = PreTokenizer.metaspace(mark: mark, scheme)
      guard try component.bool("split", true) else { return [replaced] }
      let pattern = try component.pattern(String(decoding: mark, as: UTF8.self), .literal)
      return [replaced, .split(pattern, .mergedWithNext, inverted: false)]
    default: throw component.unsupportedType()
    }
  }

  /// The mark and where it is put in front. Older files say `add_prefix_space`.
  private static func metaspace(
    _ component: TokenizerComponent
  ) throws(TokenizerError) -> (mark: [UInt8], scheme: PreTokenizer.PrependScheme) {
    let addsSpace = try component.bool("add_prefix_space", true)
    let name = try component.string("prepend_scheme", addsSpace ? "always" : "never")
    guard let scheme = PreTokenizer.PrependScheme(rawValue: name) else {
      throw component.unsupported("prepend_scheme \(OneLine.name(name))")
    }
    guard addsSpace || scheme == .never else { throw component.error("add_prefix_space contradicts prepend_scheme") }
    return (try component.character("replacement"), scheme)
  }

  static func decoders(_ component: TokenizerComponent) throws(TokenizerError) -> [TokenDecoder] {
    switch component.type {
    case "Sequence":
      var result: [TokenDecoder] = []
      for inner in try component.components("decoders") { result += try decoders(inner) }
      return result
    case "ByteLevel": return [.byteLevel]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return [.fuse]
    case "Metaspace":
      let (mark, scheme) = try metaspace(component)
      return [.metaspace(mark: mark, dropsFirst: scheme != .never)]
    case "Replace":
      return [.replace(try component.pattern(), with: Array(try component.string("content").utf8))]
    case "Strip":
      return [
        .strip(
          character: try component.character("content"), start: try component.integer("start"),
          stop: try component.integer("stop"))
      ]
    case "WordPiece":
      return [
        .wordPiece(
          prefix: Array(try component.string("prefix").utf8), cleansUp: try component.bool("cleanup", true))
      ]
    case "BPEDecoder": return [.bpe(suffix: Array(try component.string("suffix").utf8))]
    default: throw component.unsupportedType()
    }
  }

  /// The tokens that go before and after a single text.
  ///
  /// - Parameter isToken: whether an id has a token.
  static func postProcessor(
    _ component: TokenizerComponent, isToken: (Int) -> Bool
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    switch component.type {
    case "ByteLevel": return ([], [])
    case "Sequence":
      var result: (prefix: [Int32], suffix: [Int32]) = ([], [])
      for inner in try component.components("processors") {
        let outer = try postProcessor(inner, isToken: isToken)
        result = (outer.prefix + result.prefix, result.suffix + outer.suffix)
      }
      return result
    case "TemplateProcessing": return try template(component, isToken: isToken)
    case "RobertaProcessing", "BertProcessing":
      var ids: [Int32] = []
      for name in ["cls", "sep"] {
        guard let pair = component.object[name]?.array, pair.count == 2, let id = pair[1].integer, isToken(id) else {
          throw component.error("no usable \(name)")
        }
        ids.append(Int32(id))
      }
      return ([ids[0]], [ids[1]])
    default: throw component.unsupportedType()
    }
  }

  private static func template(
    _ component: TokenizerComponent, isToken: (Int) -> Bool
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    guard let pieces = component.object["single"]?.array else { throw component.wrong("single", "a list") }
    var sides: [[Int32]] = [[]]
    for piece in pieces {
      if let name = piece.object?["SpecialToken"]?.object?["id"]?.string {
        guard let ids = component.object["special_tokens"]?.object?[name]?.object?["ids"]?.array else {
          throw component.error("special_tokens does not say what \(OneLine.name(name)) is")
        }
        for id in ids {
          guard let id = id.integer, isToken(id) else {
            throw component.error("special_tokens gives \(OneLine.name(name)) an id without a token")
          }
          sides[sides.count - 1].append(Int32(id))
        }
      } else if piece.object?["Sequence"]?.object?["id"]?.string == "A" {
        sides.append([])
      } else {
        throw component.unsupported("a template with anything but special tokens and sequence A")
      }
    }
    guard sides.count == 2 else { throw component.unsupported("a template without exactly one sequence A") }
    return (sides[0], sides[1])
  }
}
