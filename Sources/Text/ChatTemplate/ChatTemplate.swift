import Foundation
import Recipe

/// A chat template: turns of a conversation in, the text that the model knows out, equal to transformers' `apply_chat_template`.
///
/// The interpreter behind it knows Jinja as far as models' own templates use it; whatever goes beyond is refused with its line.
public struct ChatTemplate: Sendable {
  /// A file's path, or a built-in template's name.
  public let name: String
  /// Whether `{% generation %}` blocks say what the assistant's text is.
  public let marksGeneration: Bool
  private let nodes: [TemplateNode]
  /// `bos_token` and its kin.
  let variables: [String: String]
  private var date: TemplateDate
  /// The day that stands in every text for the day on which it is written; nil for a template that writes none.
  public private(set) var writtenDay: TemplateDate?
  /// What the template makes of a turn's content; nil while that is found out.
  private(set) var contentForms: ContentForms?
  /// What the template writes when nothing has been said, though no answer is asked for: it then stands after every conversation.
  private(set) var trailer: [UInt8] = []
  /// How it ends an answer; nil where that cannot be tried.
  private(set) var ending: AnswerEnding?
  private static let longestSource = 1 << 20

  /// - Parameters:
  ///   - name: for messages.
  ///   - specialTokens: such as `bos_token`; those that a tokenizer does not have stay undefined.
  ///   - date: what `strftime_now` says.
  public init(
    source: String, name: String, specialTokens: [String: String] = [:], date: TemplateDate = .standard
  ) throws {
    guard source.utf8.count <= Self.longestSource else {
      throw ChatTemplateError.data(name, "the template has more than 1 MiB; \(ChatTemplateError.advice)")
    }
    do {
      (nodes, marksGeneration) = try TemplateParser.parse(source)
    } catch let failure as TemplateFailure {
      throw ChatTemplateError(failure, in: name)
    }
    self.name = name
    variables = specialTokens
    self.date = date
    contentForms = try probedForms()
    if let text = try affordable([]) {
      let start = specialTokens["bos_token"] ?? ""
      trailer = Array((text.hasPrefix(start) ? text.dropFirst(start.count)[...] : text[...]).utf8)
    }
    ending = try probedEnding()
    if source.contains("strftime_now"), try writesDay() { writtenDay = date }
  }

  /// Whether a conversation is written otherwise on another day.
  private func writesDay() throws -> Bool {
    var later = self
    later.date = TemplateDate(year: date.year + 1, month: date.month % 12 + 1, day: date.day % 28 + 1)
    let turns = [ChatMessage(role: "user", content: "6"), ChatMessage(role: "assistant", content: "7")]
    return try affordable(turns) != later.affordable(turns)
  }

  /// - Parameter addGenerationPrompt: with what begins the assistant's next turn.
  /// - Throws: `ChatTemplateError`.
  public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    try rendering(messages, addGenerationPrompt: addGenerationPrompt).text
  }

  /// The text of a trial, nil where the template does not take the turns.
  ///
  /// - Throws: `ChatTemplateError` where it costs too much.
  func affordable(_ messages: [ChatMessage]) throws -> String? {
    do {
      return try run(messages, false).text
    } catch let failure as TemplateFailure where failure.kind == .exhausted {
      throw ChatTemplateError(failure, in: name)
    } catch { return nil }
  }

  /// The text, and the bytes of it that stand in `{% generation %}` blocks.
  func rendering(
    _ messages: some Sequence<ChatMessage>, addGenerationPrompt: Bool
  ) throws -> (text: String, spans: [Range<Int>]) {
    let messages = Array(messages)
    do {
      return try run(messages, addGenerationPrompt)
    } catch let failure as TemplateFailure {
      throw ChatTemplateError(failure, in: name, cause: cause(of: failure, messages, addGenerationPrompt))
    }
  }

  /// - Parameter hasTools: whether `tools` is defined, as transformers always has it: none where there are none.
  private func run(
    _ messages: [ChatMessage], _ addGenerationPrompt: Bool, hasTools: Bool = true
  ) throws -> (text: String, spans: [Range<Int>]) {
    let globals = TemplateScope()
    for (name, value) in variables { globals[name] = .string(value) }
    let values = messages.map { TemplateValue(.object(adapted($0).withReasoning)) }
    globals["messages"] = .list(values)
    globals["add_generation_prompt"] = .bool(addGenerationPrompt)
    if hasTools { globals["tools"] = TemplateValue.none }
    globals["documents"] = TemplateValue.none
    let input = messages.reduce(0) { $0 + $1.content.utf8.count }
    let run = TemplateRun(globals: globals, budget: TemplateBudget(input: input), date: date)
    return try run.render(nodes)
  }

  /// What of the conversation a template stumbles over, where it takes the conversation without it.
  private func cause(
    of failure: TemplateFailure, _ messages: [ChatMessage], _ addGenerationPrompt: Bool
  ) -> ChatTemplateError.Cause? {
    // Not while it is found out what the template takes, and not where each trial costs as much as may be.
    guard contentForms != nil, failure.kind != .exhausted else { return nil }
    if (try? run(messages, addGenerationPrompt, hasTools: false)) != nil { return .noTools }
    let spoken = messages.map { $0.fields["content"]?.isNull == true ? $0.with(content: .string("")) : $0 }
    if spoken != messages, (try? run(spoken, addGenerationPrompt)) != nil { return .noContent }
    let others = messages.filter { $0.role != "system" }
    if others.count < messages.count, (try? run(others, addGenerationPrompt)) != nil { return .systemTurn }
    return nil
  }
}

/// A conversation as text, and which bytes of it are the assistant's: content and end-of-turn token.
public struct ChatRendering: Sendable, Equatable {
  public let text: String
  /// In UTF-8 bytes, ascending, none empty.
  public let trained: [Range<Int>]
  /// How many turns of the conversation the text holds: all of them, or those up to one answer where each answer is an example of its
  /// own.
  public let turns: Int
  /// Answers whose thoughts the template does not write.
  public let withoutThoughts: Int
  /// Answers that follow the header at once, though a generation prompt begins a thought.
  public let withoutPromptedThought: Int
}

extension ChatTemplate {
  /// The template of a model's folder: `chat_template.jinja`, else `chat_template.json` as older processors have it, else the
  /// `chat_template` of `tokenizer_config.json` (of several named ones the one named `default`), or that of a GGUF file's metadata; nil
  /// where there is none.
  ///
  /// - Throws: `ChatTemplateError`, `FileError`.
  public static func read(folder: URL, date: TemplateDate = .standard) throws -> ChatTemplate? {
    if let file = try GGUFFile.path(of: folder).map({ try GGUFFile(path: $0) }) {
      guard let value = file["tokenizer.chat_template"] else { return nil }
      let name = "\(file.path): tokenizer.chat_template"
      guard let source = value.text else { throw ChatTemplateError.data(name, "is \(value.words), not a text") }
      guard !source.isEmpty else { return nil }
      let tokens = try GGUFVocabulary(file: file).namedTokens
      return try ChatTemplate(source: source, name: name, specialTokens: tokens, date: date)
    }
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

  /// The tokens that a template knows by name: strings, or objects with their content, those that only this model has
  /// (`tool_token`, or under `extra_special_tokens` and `model_specific_special_tokens`) too.
  private static func specialTokens(of folder: URL, _ configuration: JSONObject?) throws -> [String: String] {
    if let path = GGUFFile.path(of: folder) { return try GGUFVocabulary(file: GGUFFile(path: path)).namedTokens }
    let map = folder.appendingPathComponent("special_tokens_map.json").path
    let paths = [folder.appendingPathComponent("tokenizer_config.json").path, map, ""]
    return try SpecialTokens(configuration: configuration, map: try object(map), added: nil, paths: paths).variables
  }
}

/// A chat template that cannot be read, goes beyond what is interpreted here, or refuses a conversation.
public struct ChatTemplateError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static let advice = "choose another with --chat-template \(BuiltinChatTemplate.names)|FILE"

  static func missing(_ path: String) -> ChatTemplateError {
    ChatTemplateError(
      description: "\(path): no such chat template; give a file or one of \(BuiltinChatTemplate.names)",
      exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> ChatTemplateError {
    ChatTemplateError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  init(description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }

  /// What a template stumbles over.
  enum Cause {
    /// `tools`, which is none as transformers passes it where there are none.
    case noTools
    /// A turn without content, which has calls of tools instead.
    case noContent
    /// A turn of the system's.
    case systemTurn
  }

  init(_ failure: TemplateFailure, in name: String, cause: Cause? = nil) {
    let said = OneLine.name(failure.reason)
    let words =
      switch cause {
      case .noTools: "; tools is none here, as transformers passes it, and the template asks only whether it is defined"
      case .noContent: "; a turn has calls of tools and no content, which this template does not know"
      case .systemTurn:
        "; it takes the conversation without its system message, so put that text before the first question's"
      case nil: ""
      }
    let reason =
      switch (failure.kind, cause) {
      case (.refused, nil): "the template refuses this conversation: \(said)"
      case (.refused, _?): "the template refuses this conversation: \(said)\(words), or \(Self.advice)"
      case (.beyond, nil), (.exhausted, nil): "\(said); \(Self.advice)"
      case (.beyond, _?), (.exhausted, _?): "\(said)\(words); \(Self.advice)"
      }
    self.init(description: "\(name): line \(failure.line): \(reason)", exitStatus: ExitStatus.badData)
  }
}
