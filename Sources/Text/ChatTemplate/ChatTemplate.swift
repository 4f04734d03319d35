import Foundation

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
  private let date: TemplateDate
  /// What the template makes of a turn's content; nil while that is found out.
  private(set) var contentForms: ContentForms?
  /// What the template writes when nothing has been said, though no answer is asked for: it then stands after every conversation.
  private(set) var trailer: [UInt8] = []
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
