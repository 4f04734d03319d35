import Foundation
import Recipe

extension ChatTemplate {
  /// The template of a model's folder: `chat_template.jinja`, else `chat_template.json` as older processors have it, else the
  /// `chat_template` of `tokenizer_config.json` (of several named ones the one named `default`); nil where there is none.
  ///
  /// - Throws: `ChatTemplateError`, `FileError`.
  public static func read(folder: URL, date: TemplateDate = .standard) throws -> ChatTemplate? {
    let settings = try configuration(of: folder)
    let tokens = try specialTokens(of: folder, settings)
    let file = folder.appendingPathComponent("chat_template.jinja").path
    if InputFile.exists(file) {
      return try ChatTemplate(source: try text(of: file), name: file, specialTokens: tokens, date: date)
    }
    let older = folder.appendingPathComponent("chat_template.json").path
    let places = [(older, try object(older)), (folder.appendingPathComponent("tokenizer_config.json").path, settings)]
    for (path, fields) in places {
      guard let value = fields?.value("chat_template"), let found = try source(value, path), !found.isEmpty else {
        continue
      }
      return try ChatTemplate(source: found, name: "\(path): chat_template", specialTokens: tokens, date: date)
    }
    return nil
  }

  /// A built-in template by its name, or one from a file, for the tokenizer of a model's folder.
  public static func named(_ name: String, folder: URL, date: TemplateDate = .standard) throws -> ChatTemplate {
    let tokens = try specialTokens(of: folder, try configuration(of: folder))
    if let builtin = BuiltinChatTemplate(rawValue: name) {
      return try ChatTemplate(
        source: builtin.source, name: "chat template \(name)",
        specialTokens: tokens.merging(builtin.tokens) { own, _ in own }, date: date)
    }
    guard InputFile.exists(name) else { throw ChatTemplateError.missing(name) }
    return try ChatTemplate(source: try text(of: name), name: name, specialTokens: tokens, date: date)
  }

  private static func text(of path: String) throws -> String {
    let bytes = try InputFile.whole(path, most: InputFile.mostConfigurationBytes)
    if let kind = FileKind(prefix: bytes) { throw ChatTemplateError.data(path, kind.sentence) }
    if let offset = UTF8Validation.firstInvalidOffset(bytes) {
      throw ChatTemplateError.data(path, "invalid UTF-8 at byte \(offset); save the file as UTF-8")
    }
    return String(decoding: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...], as: UTF8.self)
  }

  private static func configuration(of folder: URL) throws -> JSONObject? {
    try object(folder.appendingPathComponent("tokenizer_config.json").path)
  }

  private static func object(_ path: String) throws -> JSONObject? {
    guard InputFile.exists(path) else { return nil }
    let bytes = try InputFile.whole(path)
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else {
        throw ChatTemplateError.data(path, "is \(document.kind), not an object")
      }
      return object
    } catch let error as JSONError {
      throw ChatTemplateError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
  }

  private static func source(_ value: JSONValue, _ path: String) throws -> String? {
    if let text = value.string { return text }
    var named: [(name: String, source: String)] = []
    for member in value.object?.members ?? [] {
      guard let source = member.value.string else {
        throw ChatTemplateError.data(
          path, "chat_template: \(OneLine.name(member.key)) is \(member.value.kind), not a string")
      }
      named.append((member.key, source))
    }
    for entry in value.array ?? [] {
      guard let object = entry.object, let name = object["name"]?.string, let source = object["template"]?.string else {
        throw ChatTemplateError.data(path, "chat_template has an entry without name and template")
      }
      named.append((name, source))
    }
    guard value.array != nil || value.object != nil else {
      throw ChatTemplateError.data(path, "chat_template is \(value.kind), not a string, a list or an object")
    }
    if let found = named.first(where: { $0.name == "default" }) ?? (named.count == 1 ? named.first : nil) {
      return found.source
    }
    if named.isEmpty { return nil }
    let names = named.map { OneLine.name($0.name) }.joined(separator: ", ")
    throw ChatTemplateError.data(
      path, "chat_template has \(names) and none named default; \(ChatTemplateError.advice)")
  }

  /// The tokens that a template knows by name: strings, or objects with their content.
  private static func specialTokens(of folder: URL, _ configuration: JSONObject?) throws -> [String: String] {
    let map = try object(folder.appendingPathComponent("special_tokens_map.json").path)
    var tokens: [String: String] = [:]
    for end in ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] {
      let name = end + "_token"
      // What the configuration says, a null included, wins.
      let value = configuration?[name] ?? map?[name]
      if let text = value?.string ?? value?.object?["content"]?.string { tokens[name] = text }
    }
    return tokens
  }
}
