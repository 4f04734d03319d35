import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// The end of a turn is learned, whatever a template makes of what the turn says; and what it leaves out is named.
@Suite struct ChatEndingTests {
  private static func template(_ name: String, end: String = "</s>") throws -> ChatTemplate {
    let file = Fixtures.folder("chat/templates/\(name).jinja")
    return try ChatTemplate(
      source: try String(contentsOf: file, encoding: .utf8), name: name,
      specialTokens: ["bos_token": "<s>", "eos_token": end])
  }

  private static func turns(_ texts: String...) -> [ChatMessage] {
    texts.enumerated().map { ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", content: $1) }
  }

  private func said(_ rendering: ChatRendering) -> [String] {
    rendering.trained.map { String(decoding: Array(rendering.text.utf8)[$0], as: UTF8.self) }
  }

  private static func message(_ text: String) throws -> ChatMessage {
    ChatMessage(fields: try #require(try JSONParser.parse(Array(text.utf8)).object))
  }

  private static func calling(_ content: String = "") throws -> [ChatMessage] {
    let call = #"{"name": "get_weather", "arguments": {"city": "Paris"}}"#
    let calls = #"[{"id": "1", "type": "function", "function": \#(call)}]"#
    return [
      ChatMessage(role: "user", content: "Weather in Paris?"),
      try message(#"{"role": "assistant", "content": "\#(content)", "tool_calls": \#(calls)}"#),
      ChatMessage(role: "tool", content: "5"), ChatMessage(role: "assistant", content: "It is 5."),
    ]
  }

  // MARK: Where the end of turn is the end of text

  @Test(arguments: [
    ("llama3", "<|eot_id|>"), ("llama32", "<|eot_id|>"), ("gemma2", "<end_of_turn>"), ("llama2", "</s>"),
    ("nemo", "</s>"),
    ("qwen25", "<|im_end|>"), ("qwen3", "<|im_end|>"), ("chatml", "<|im_end|>"), ("zephyr", "</s>"),
  ])
  func theEndIsLearnedWhateverTheContent(_ name: String, _ end: String) throws {
    let chat = try Self.template(name, end: end)
    for content in [
      "Apple", " Apple", "\nApple", "Apple\n\n", "\u{A0}Apple", "Apple\u{A0}", "Apple\u{3000}", "<think>x</think>Apple",
      "",
    ] {
      for messages in [Self.turns("Name a fruit.", content), Self.turns("a", content, "b", content)] {
        let answers = try chat.examples(of: messages).flatMap(said)
        #expect(answers.count == messages.count / 2)
        #expect(answers.allSatisfy { $0.hasSuffix(end) }, "\(name), \(content.debugDescription): \(answers)")
      }
    }
  }

  @Test(arguments: ["qwen25", "qwen3"])
  func callsEndAsWell(_ name: String) throws {
    let answers = try Self.template(name, end: "<|im_end|>").examples(of: try Self.calling()).flatMap(said)
    #expect(answers.count == 2 && answers[0].hasSuffix("</tool_call><|im_end|>"), "\(answers)")
    #expect(answers.last?.hasSuffix("It is 5.<|im_end|>") == true)
  }

  /// An end of text behind the answer's own end is not learned, whatever the content.
  @Test func anEndBesidesIsNot() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content | trim }}<|end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}", name: "t",
      specialTokens: ["eos_token": "</s>"])
    for content in ["Apple", "\nApple", " Apple \n", ""] {
      let expected = content.isEmpty ? "<|end|>" : "Apple<|end|>"
      #expect(try chat.examples(of: Self.turns("Name a fruit.", content)).flatMap(said) == [expected])
    }
  }

  /// An end of text behind every turn is the turn's own, whatever stands before it.
  @Test func anEndOfEveryTurnIsLearned() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|mark|></s>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}", name: "t", specialTokens: ["eos_token": "</s>"])
    for content in ["Apple", "\nApple "] {
      let answers = try chat.examples(of: Self.turns("a", content, "b", content)).flatMap(said)
      #expect(answers == ["Apple<|mark|></s>", "Apple<|mark|></s>"])
    }
  }

  // MARK: What is left out

  /// A turn whose text stands elsewhere is left out all the same.
  @Test(arguments: ["zephyr", "phi3"])
  func aTurnWhoseTextStandsElsewhereIsNamed(_ name: String) throws {
    let chat = try Self.template(name)
    for answer in ["It is 5.", "5, of course. 5"] {
      var messages = Self.turns("Use the calculator: what is 2+3?", "calc(2+3)", "5", answer)
      messages[2] = ChatMessage(role: "tool", content: "5")
      let refused = refusal { _ = try chat.examples(of: messages) }
      #expect(refused?.text.contains("leaves out what message 3, the tool's, says, \"5\"") == true)
    }
  }

  @Test(arguments: [
    ("Answer in French.", "Hi. Answer in French."), ("JSON", "Give a fruit in JSON form."), ("user", "Hi"),
  ])
  func aSystemTurnWhoseTextStandsElsewhereIsNamed(_ system: String, _ question: String) throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages if m.role != 'system' %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}", name: "t")
    let messages = [ChatMessage(role: "system", content: system)] + Self.turns(question, "Salut")
    let refused = try #require(refusal { _ = try chat.examples(of: messages) })
    #expect(refused.text.contains("leaves out what message 1, the system's"), "\(refused.text)")
    #expect(!refused.text.contains("goes away"))
    #expect(refusal { _ = try chat.wholePrompt(messages[..<2]) } != nil)
  }

  /// Turns that are all written are taken, however short and alike they are.
  @Test(arguments: ["chatml", "smollm2", "llama3", "qwen25", "phi35", "gemma2", "zephyr", "nemo"])
  func shortTurnsAreTaken(_ name: String) throws {
    let chat = try Self.template(name)
    #expect(try chat.examples(of: Self.turns("5", "5", "user", "assistant", "5", "5")).flatMap(said).count == 3)
  }

  /// A call's name that stands in another turn is not the call.
  @Test(arguments: ["", "Let me look for it, a moment."])
  func callsThatAreLeftOutAreNamed(_ content: String) throws {
    let system = [ChatMessage(role: "system", content: "You can call get_weather(city).")]
    var calling = try Self.calling(content)
    calling.remove(at: 2)
    let refused = refusal { _ = try Self.template("chatml").examples(of: system + calling) }
    #expect(refused?.text.contains("message 3, the assistant's, says, the call of get_weather") == true)
    let written = try Self.template("qwen25").examples(of: system + (try Self.calling()))
    #expect(written.flatMap(said).first?.contains("get_weather") == true)
  }

  // MARK: Who begins

  @Test(arguments: [
    ("qwen25", "<|im_end|>"), ("qwen3", "<|im_end|>"), ("smollm2", "<|im_end|>"), ("chatml", "<|im_end|>"),
    ("llama32", "<|eot_id|>"),
  ])
  func theAssistantMayBegin(_ name: String, _ end: String) throws {
    let chat = try Self.template(name, end: end)
    let messages = [ChatMessage(role: "assistant", content: "Hello, I begin.")] + Self.turns("Q2", "A")
    let answers = try chat.examples(of: messages).flatMap(said)
    #expect(answers.count == 2 && answers[0].hasSuffix("Hello, I begin." + end), "\(answers)")
    #expect(answers[0].utf8.count <= "<think>\n\n</think>\n\nHello, I begin.".utf8.count + end.utf8.count)
    #expect(answers[1].hasSuffix("A" + end))
    #expect(try chat.examples(of: Array(messages[..<1])).flatMap(said).count == 1)
  }
}
