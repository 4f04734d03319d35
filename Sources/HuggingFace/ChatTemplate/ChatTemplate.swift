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
  /// What the template makes of a turn's content.
  private(set) var contentForm = ContentForm.any
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
    contentForm = probedForm()
  }

  /// - Parameter addGenerationPrompt: with what begins the assistant's next turn.
  /// - Throws: `ChatTemplateError`.
  public func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    try rendering(messages, addGenerationPrompt: addGenerationPrompt).text
  }

  /// The text, and the bytes of it that stand in `{% generation %}` blocks.
  func rendering(
    _ messages: some Sequence<ChatMessage>, addGenerationPrompt: Bool
  ) throws -> (text: String, spans: [Range<Int>]) {
    let globals = TemplateScope()
    for (name, value) in variables { globals[name] = .string(value) }
    let values = messages.map { TemplateValue(.object(adapted($0).withReasoning)) }
    globals["messages"] = .list(values)
    globals["add_generation_prompt"] = .bool(addGenerationPrompt)
    globals["tools"] = TemplateValue.none
    globals["documents"] = TemplateValue.none
    let input = messages.reduce(0) { $0 + $1.content.utf8.count }
    let run = TemplateRun(globals: globals, budget: TemplateBudget(input: input), date: date)
    do {
      return try run.render(nodes)
    } catch let failure as TemplateFailure {
      throw ChatTemplateError(failure, in: name)
    }
  }
}
