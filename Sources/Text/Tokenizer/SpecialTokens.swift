import Foundation
import Recipe

/// A token as a file describes it, before it has an id.
struct TokenDescription: Sendable, Equatable {
  let content: String
  var isSpecial: Bool
  /// nil: looked for in the normalised text unless it is special.
  var isNormalized: Bool?
  var stripsLeft = false
  var stripsRight = false
  var isSingleWord = false
  /// The id that the file gives it.
  var idInFile: Int?

  init(content: String, isSpecial: Bool, isNormalized: Bool? = nil, idInFile: Int? = nil) {
    self.content = content
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
    self.idInFile = idInFile
  }

  /// An entry of a list of added tokens.
  ///
  /// - Parameter isSpecial: where the entry does not say.
  /// - Throws: `TokenizerError` for an entry without content, or with a field of another kind.
  init(_ entry: TokenizerComponent, isSpecial: Bool = false) throws(TokenizerError) {
    content = try entry.string("content")
    self.isSpecial = try entry.bool("special", isSpecial)
    isNormalized = entry.object.value("normalized") == nil ? nil : try entry.bool("normalized", false)
    stripsLeft = try entry.bool("lstrip", false)
    stripsRight = try entry.bool("rstrip", false)
    isSingleWord = try entry.bool("single_word", false)
  }
}

/// The tokens that the files beside `tokenizer.json` name, as transformers takes them from there:
/// `added_tokens_decoder`, the named ones (`eos_token` and so on), `extra_special_tokens` (once
/// `additional_special_tokens`) and a model's own (`image_token`).
///
/// `special_tokens_map.json`, which then wins over the configuration, and `added_tokens.json` count only where
/// `tokenizer_config.json` has no `added_tokens_decoder`.
struct SpecialTokens: Sendable {
  /// Those with a name, in the order in which they are added.
  private(set) var named: [(name: String, token: TokenDescription)] = []
  private(set) var extra: [TokenDescription] = []
  /// Those with an id, in the files' order.
  private(set) var listed: [TokenDescription] = []
  /// Whether `added_tokens_decoder` says all that there is to say of added tokens.
  private(set) var hasDecoder = false
  /// Whether a space is put before a text, where GPT-2's tokenizer is told so; nil: as `tokenizer.json` has it.
  private(set) var addsPrefixSpace: Bool?
  /// Whether transformers 5 takes no more than the vocabulary and merges from `tokenizer.json`: a `llama` whose files name
  /// `LlamaTokenizer`.
  private(set) var isRebuilt = false

  private static let standard = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map { $0 + "_token" }

  /// The files of a model's folder.
  ///
  /// - Throws: `TokenizerError` for a file that is no JSON object, or a token in it without content; `FileError`.
  init(folder: URL) throws {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let names = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"].map(path)
    let objects = try names.map(Self.object)
    try self.init(configuration: objects[0], map: objects[1], added: objects[2], paths: names)
    let name = objects[0]?.value("tokenizer_class")?.string
    if ["LlamaTokenizer", "LlamaTokenizerFast"].contains(name) {
      isRebuilt = try Self.modelType(path("config.json")) == "llama"
    }
    // Where no class is named, the model's own counts.
    if name == nil, let space = objects[0]?.value("add_prefix_space")?.bool,
      try Self.modelType(path("config.json")) == "gpt2"
    {
      addsPrefixSpace = space
    }
  }

  private static func modelType(_ path: String) throws -> String? { try object(path)?["model_type"]?.string }

  /// - Parameter paths: of the three files, for messages.
  init(
    configuration: JSONObject?, map: JSONObject?, added: JSONObject?, paths: [String]
  ) throws(TokenizerError) {
    let decoder = configuration?.value("added_tokens_decoder")
    hasDecoder = decoder != nil
    let map = hasDecoder ? nil : map
    if ["GPT2Tokenizer", "GPT2TokenizerFast"].contains(configuration?["tokenizer_class"]?.string) {
      addsPrefixSpace = configuration?.value("add_prefix_space")?.bool
    }
    try readNames(configuration, map, paths)
    if let decoder {
      listed = try Self.decoder(decoder, paths[0])
    } else if let added {
      let names = Set((named.filter { Self.standard.contains($0.name) }.map(\.token) + extra).map(\.key))
      for member in added.members {
        guard let id = member.value.integer, id >= 0 else {
          throw .data(paths[2], "the id of \(OneLine.name(member.key)) is \(member.value.kind), not a token's id")
        }
        let isSpecial = names.contains(Array(member.key.utf8))
        listed.append(
          TokenDescription(content: member.key, isSpecial: isSpecial, isNormalized: !isSpecial, idInFile: id))
      }
    }
  }

  /// What a chat template knows by name.
  var variables: [String: String] {
    Dictionary(named.map { ($0.name, $0.token.content) }) { _, last in last }
  }

  /// What is added, in this order, to the tokens that `tokenizer.json` itself adds; one that is there already gets
  /// these ways of being looked for.
  func additions(to own: [TokenDescription]) -> [TokenDescription] {
    var byID: [Int: TokenDescription] = [:]
    // Without a decoder transformers takes the file's own list for one.
    for token in hasDecoder ? listed : listed + own {
      if let id = token.idInFile { byID[id] = token }
    }
    var result = byID.sorted { $0.key < $1.key }.map(\.value)
    let known = Set((own + result).map(\.key))
    for token in named.map(\.token) + extra where !known.contains(token.key) && !result.contains(token) {
      result.append(token)
    }
    let names = Set(named.map(\.token.key))
    for index in result.indices where names.contains(result[index].key) { result[index].isSpecial = true }
    return result
  }

  // MARK: Reading

  private mutating func readNames(
    _ configuration: JSONObject?, _ map: JSONObject?, _ paths: [String]
  ) throws(TokenizerError) {
    var values: [String: (value: JSONValue, path: String)] = [:]
    var own: [(name: String, token: TokenDescription)] = []
    // Those that transformers comes upon last go before the model's own.
    var late: [(name: String, token: TokenDescription)] = []
    func place(_ name: String) -> Int? { own.firstIndex { JSONObject.isSame($0.name, name) } }
    func set(_ name: String, _ value: JSONValue, _ path: String) throws(TokenizerError) {
      guard let token = try Self.token(value, path, name) else { return }
      if let place = place(name) { own[place].token = token } else { own.append((name, token)) }
    }
    func setLate(_ name: String, _ value: JSONValue, _ path: String) throws(TokenizerError) {
      guard let token = try Self.token(value, path, name) else { return }
      late.removeAll { JSONObject.isSame($0.name, name) }
      late.append((name, token))
    }
    func setAll(_ value: JSONValue?, _ path: String) throws(TokenizerError) {
      for member in value?.object?.members ?? [] { try set(member.key, member.value, path) }
    }
    for member in configuration?.members ?? [] where member.key.hasSuffix("_token") {
      if Self.standard.contains(member.key) {
        values[member.key] = (member.value, paths[0])
      } else if member.value.string != nil {
        try set(member.key, member.value, paths[0])
      } else {
        try setLate(member.key, member.value, paths[0])
      }
    }
    let newer = configuration?.value("extra_special_tokens")
    let older = configuration?.value("additional_special_tokens")
    try setAll(newer, paths[0])
    // The older list counts beside names, and where the newer one has nothing.
    let hasNames = newer?.object?.members.isEmpty == false
    let list = hasNames || newer?.array?.isEmpty != false ? older ?? newer : newer
    // What is a list in the configuration stays, whatever the map says under the older name.
    let isOpen = hasNames || (older == nil && newer?.array == nil)
    if own.isEmpty { try setAll(configuration?.value("model_specific_special_tokens"), paths[0]) }
    extra = try Self.list(list, paths[0], "extra_special_tokens")
    for member in map?.members ?? [] {
      switch member.key {
      case "extra_special_tokens":
        try setAll(member.value, paths[1])
        let more = try Self.list(member.value, paths[1], member.key)
        extra = member.value.object == nil ? extra + more.filter { !extra.contains($0) } : []
      case "additional_special_tokens":
        if isOpen, map?["extra_special_tokens"] == nil {
          extra = try Self.list(member.value, paths[1], member.key)
        }
      case let name where Self.standard.contains(name): values[name] = (member.value, paths[1])
      case let name where name.hasSuffix("_token"): try setLate(name, member.value, paths[1])
      default: break
      }
    }
    for name in Self.standard {
      guard let (value, path) = values[name], var token = try Self.token(value, path, name) else { continue }
      token.isSpecial = true
      named.append((name, token))
    }
    for (name, token) in late {
      // The model's own value counts, in the other's place.
      guard let place = place(name) else {
        named.append((name, token))
        continue
      }
      named.append(own.remove(at: place))
    }
    named += own
  }

  /// A text, which is special, or an object with its content; nil for anything else.
  private static func token(
    _ value: JSONValue, _ path: String, _ place: String
  ) throws(TokenizerError) -> TokenDescription? {
    if let text = value.string { return TokenDescription(content: text, isSpecial: true) }
    guard value.object?["content"]?.string != nil else { return nil }
    let entry = try TokenizerComponent(value, path: path, place: place)
    // An object of transformers' own says so itself where it is special.
    return try TokenDescription(entry, isSpecial: entry.object["__type"] == nil)
  }

  private static func list(
    _ value: JSONValue?, _ path: String, _ place: String
  ) throws(TokenizerError) -> [TokenDescription] {
    var tokens: [TokenDescription] = []
    for (index, entry) in (value?.array ?? []).enumerated() {
      guard let token = try token(entry, path, "\(place)[\(index)]") else { continue }
      tokens.append(token)
    }
    return tokens
  }

  private static func decoder(_ value: JSONValue, _ path: String) throws(TokenizerError) -> [TokenDescription] {
    guard let object = value.object else { throw .data(path, "added_tokens_decoder is \(value.kind), not an object") }
    var tokens: [TokenDescription] = []
    for member in object.members {
      let place = "added_tokens_decoder.\(OneLine.name(member.key))"
      guard let id = Int(member.key), id >= 0 else { throw .data(path, "\(place): the key is not a token's id") }
      var token = try TokenDescription(try TokenizerComponent(member.value, path: path, place: place))
      token.idInFile = id
      tokens.append(token)
    }
    return tokens
  }

  /// - Returns: nil where there is no such file.
  static func object(_ path: String) throws -> JSONObject? {
    guard InputFile.exists(path) else { return nil }
    let bytes = try InputFile.whole(path)
    do {
      let document = try PythonJSON(bytes).value
      guard let object = document.object else { throw TokenizerError.data(path, "is \(document.kind), not an object") }
      return object
    } catch let error as JSONError {
      throw TokenizerError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
  }
}

extension TokenDescription {
  /// The content's bytes: texts that are equal only canonically are two tokens.
  var key: [UInt8] { Array(content.utf8) }
}
