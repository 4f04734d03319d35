import Text

/// One thing to learn from or to be asked: a prompt and what should follow it.
public struct Example: Sendable, Codable, Equatable {
  /// The line or item of the file (from 1) or the task's own number.
  public var id: Int
  /// Of a conversation: what stands before the assistant's last turn, as plain text.
  public var prompt: String
  /// The text that is trained on and that metrics take the right answer from; of a conversation the assistant's last turn
  /// that is learned.
  public var completion: String
  /// What a metric may need besides, such as the options' texts under their letters.
  public var extra: [String: String]
  /// The turns, where the data has them; every turn of the assistant that carries loss is then trained on.
  public var messages: [ChatMessage]?
  /// Pictures, each in the place of the next `<image>` of the prompt; of a conversation, of its turns.
  public var images: [ImageSource] = []
  /// What it is about, where others may be about the same.
  public var group: String?
  /// A closed set of texts of which one is right after this prompt, where the task has one.
  public var options: AnswerOptions?

  public init(
    id: Int, prompt: String, completion: String, extra: [String: String] = [:], images: [ImageSource] = [],
    group: String? = nil, options: AnswerOptions? = nil
  ) {
    self.options = options
    self.id = id
    self.prompt = prompt
    self.completion = completion
    self.extra = extra
    self.images = images
    self.group = group
  }

  public init(
    id: Int, prompt: String, completion: String, extra: [String: String] = [:], images: [RasterImage],
    group: String? = nil, options: AnswerOptions? = nil
  ) {
    self.init(
      id: id, prompt: prompt, completion: completion, extra: extra, images: images.map { .raster($0) }, group: group,
      options: options)
  }

  /// A conversation with at least one turn of the assistant's. Turns after the last one that is learned say nothing to learn and are
  /// left out.
  public init(id: Int, messages: [ChatMessage]) {
    let last =
      messages.lastIndex(where: \.isLearned) ?? messages.lastIndex(where: \.isAssistant) ?? messages.endIndex - 1
    self.init(
      id: id, prompt: messages.prefix(max(0, last)).map { $0.content + "\n" }.joined(),
      completion: messages.indices.contains(last) ? messages[last].content : "")
    self.messages = Array(messages.prefix(last + 1))
  }

  public init(_ record: DataRecord) {
    switch record.body {
    case .promptCompletion(let prompt, let completion):
      self.init(id: record.place, prompt: prompt, completion: completion)
    case .conversation(let messages): self.init(id: record.place, messages: messages)
    }
    // Pictures of turns that are left out are left out with them.
    let places = messages?.reduce(0) { $0 + ImagePrompt.placeholders(in: $1.content) }
    images = Array(record.pictures.prefix(places ?? record.pictures.count))
    group = record.group
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(Int.self, forKey: .id)
    prompt = try container.decode(String.self, forKey: .prompt)
    completion = try container.decode(String.self, forKey: .completion)
    extra = try container.decode([String: String].self, forKey: .extra)
    // What earlier versions wrote has none of these.
    messages = try container.decodeIfPresent([ChatMessage].self, forKey: .messages)
    images = try container.decodeIfPresent([ImageSource].self, forKey: .images) ?? []
    options = try container.decodeIfPresent(AnswerOptions.self, forKey: .options)
    group = try container.decodeIfPresent(String.self, forKey: .group)
  }
}
