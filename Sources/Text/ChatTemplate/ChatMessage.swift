/// One turn of a conversation, as a template sees it.
public struct ChatMessage: Sendable, Equatable {
  /// All that the data says of the turn: `role`, `content`, and whatever else a template may look at.
  public let fields: JSONObject
  /// Whether the assistant's turn is learned. Otherwise it is what the next turns follow, as the user's turns are. No template sees it.
  public var carriesLoss: Bool

  public init(fields: JSONObject, carriesLoss: Bool = true) {
    self.fields = fields
    self.carriesLoss = carriesLoss
  }

  public init(role: String, content: String, carriesLoss: Bool = true) {
    self.init(
      fields: JSONObject([("role", .string(role)), ("content", .string(content))]), carriesLoss: carriesLoss)
  }

  public var role: String { fields["role"]?.string ?? "" }

  /// The text; of a list of parts, their texts joined, with `<image>` in the place of each picture.
  public var content: String {
    guard let value = fields["content"] else { return "" }
    if let text = value.string { return text }
    return (value.array ?? []).compactMap { part in
      Self.isImage(part) ? ImagePrompt.placeholder : part.object?["text"]?.string
    }.joined()
  }

  /// Whether a part of a content list is a picture.
  static func isImage(_ part: JSONValue) -> Bool {
    ["image", "image_url"].contains(part.object?["type"]?.string)
  }

  /// The same with another content.
  func with(content: JSONValue) -> ChatMessage { with("content", content) }

  /// The same with another value in a field that it has.
  func with(_ name: String, _ value: JSONValue) -> ChatMessage {
    ChatMessage(
      fields: JSONObject(fields.members.map { $0.key == name ? JSONObject.Member(key: name, value: value) : $0 }),
      carriesLoss: carriesLoss)
  }

  public var isAssistant: Bool { role == "assistant" }

  /// The assistant's, and learned.
  public var isLearned: Bool { isAssistant && carriesLoss }

  /// As transformers hands it to a template: reasoning under both names that templates look for.
  var withReasoning: JSONObject {
    guard
      let reasoning = Self.reasoningFields.lazy.compactMap({ fields.value($0) }).first
    else { return fields }
    var members = fields.members.filter { $0.key != "reasoning_content" }
    if fields["thinking"] == nil { members.insert(.init(key: "thinking", value: reasoning), at: 0) }
    if let place = fields.members.firstIndex(where: { $0.key == "reasoning_content" }) {
      members.insert(.init(key: "reasoning_content", value: reasoning), at: place + (fields["thinking"] == nil ? 1 : 0))
    } else {
      members.append(.init(key: "reasoning_content", value: reasoning))
    }
    return JSONObject(members)
  }
}

/// Stored as one JSON text, so that what a template sees survives with its order; a turn that is not learned as a list of that text alone.
extension ChatMessage: Codable {
  public init(from decoder: any Decoder) throws {
    let text: String
    let isLearned: Bool
    if var list = try? decoder.unkeyedContainer() {
      (text, isLearned) = (try list.decode(String.self), false)
    } else {
      (text, isLearned) = (try decoder.singleValueContainer().decode(String.self), true)
    }
    guard let object = try? JSONParser.parse(Array(text.utf8)).object else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "a message is not a JSON object"))
    }
    self.init(fields: object, carriesLoss: isLearned)
  }

  public func encode(to encoder: any Encoder) throws {
    let text = JSONWriter.text(.object(fields), indent: nil)
    if carriesLoss {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    } else {
      var container = encoder.unkeyedContainer()
      try container.encode(text)
    }
  }
}

extension ChatMessage {
  /// The same with each `<image>` of its text as a content part, the form in which templates of seeing models know pictures.
  public var withPictureParts: ChatMessage {
    guard !isAssistant, let text = fields["content"]?.string, ImagePrompt.placeholders(in: text) > 0 else {
      return self
    }
    return with(content: ChatTemplate.parts(of: text))
  }

  /// What the assistant thought before it answered, where a field of its own has it.
  var reasoning: String? {
    Self.reasoningFields.lazy.compactMap { fields.value($0)?.string }.first
  }

  /// The names of fields for that.
  static let reasoningFields = ["reasoning_content", "thinking", "reasoning"]
}
