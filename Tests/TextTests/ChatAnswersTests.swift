import Foundation
import TestFiles
import Testing
import Text

/// What an answer is asked for with, what a template makes of several answers, and what is told of days and calls.
@Suite struct ChatAnswersTests {
  private static func template(_ name: String, end: String = "<|im_end|>") throws -> ChatTemplate {
    let file = Fixtures.folder("chat/templates/\(name).jinja")
    return try ChatTemplate(
      source: try String(contentsOf: file, encoding: .utf8), name: name,
      specialTokens: ["bos_token": "<s>", "eos_token": end])
  }

  private static func message(_ text: String) throws -> ChatMessage {
    ChatMessage(fields: try #require(try JSONParser.parse(Array(text.utf8)).object))
  }

  private func said(_ rendering: ChatRendering) -> [String] {
    rendering.trained.map { String(decoding: Array(rendering.text.utf8)[$0], as: UTF8.self) }
  }

  /// What the assistant begins with is asked for with what stands before it in training.
  @Test(arguments: ["qwen25", "smollm2", "chatml", "zephyr", "llama32"], [nil, "Be brief."])
  func aConversationThatTheAssistantBeginsCanBeAsked(_ name: String, _ system: String?) throws {
    let chat = try Self.template(name)
    let messages =
      (system.map { [ChatMessage(role: "system", content: $0)] } ?? [])
      + [ChatMessage(role: "assistant", content: "Hello!")]
    let rendering = try #require(try chat.examples(of: messages).first)
    let first = try #require(rendering.trained.first)
    let before = String(decoding: Array(rendering.text.utf8)[..<first.lowerBound], as: UTF8.self)
    #expect(try chat.asked(messages) == before)
    #expect(said(rendering)[0].hasPrefix("Hello!"))
  }

  /// Where somebody asks, it is the prompt.
  @Test func whereSomebodyAsksItIsThePrompt() throws {
    for name in ["qwen25", "qwen3", "gemma2", "llama2", "llama3"] {
      let chat = try Self.template(name)
      let messages = [ChatMessage(role: "user", content: "Q"), ChatMessage(role: "assistant", content: "A")]
      #expect(try chat.asked(messages) == chat.prompt(messages.dropLast()))
    }
  }

  @Test(arguments: [
    ("chatml", " A", "<|im_start|>assistant\n", " A"), ("gemma2", " A", "<start_of_turn>model\n", "A"),
    ("llama2", "A", "[/INST]", " A"), ("qwen3", "A", "<think>\n\n</think>\n\n", "A"),
  ])
  func answersStandAsTheyAreLearned(_ name: String, _ text: String, _ before: String, _ written: String) throws {
    let chat = try Self.template(name)
    let found = try #require(chat.answers([text, "other"], after: [ChatMessage(role: "user", content: "Q")]))
    let all = found.before + found.answers[0]
    #expect(all.hasSuffix(before + written), "\(all)")
    let messages = [ChatMessage(role: "user", content: "Q"), ChatMessage(role: "assistant", content: text)]
    #expect(try chat.training(messages).text.hasPrefix(all))
    #expect(found.answers.count == 2 && found.answers[1].hasSuffix("other"))
  }

  /// A thought that other texts have as well is told apart by a mark.
  @Test(arguments: ["5", "Name a fruit.", "A thought that is longer than any header of a turn."])
  func thoughtsThatStandElsewhereAreStillMissed(_ thought: String) throws {
    let thinking = try Self.message(#"{"role": "assistant", "content": "Apple 5", "reasoning_content": "\#(thought)"}"#)
    let asked = [ChatMessage(role: "user", content: thought)]
    let chatml = try Self.template("chatml")
    #expect(try chatml.training(asked + [thinking]).withoutThoughts == 1)
    let qwen = try Self.template("qwen3")
    #expect(try qwen.training(asked + [thinking]).withoutThoughts == 0)
    let inContent = ChatMessage(role: "assistant", content: "<think>\n\(thought)\n</think>\n\nApple 5")
    #expect(try chatml.training(asked + [inContent]).withoutThoughts == 0)
    #expect(try qwen.training(asked + [inContent]).withoutThoughts == 0)
  }

  @Test func aDayThatIsWrittenIsKnown() throws {
    #expect(try Self.template("llama32").writtenDay?.words == "26 July 2024")
    for name in ["llama3", "chatml", "qwen3"] { #expect(try Self.template(name).writtenDay == nil) }
    // Asked for and not written.
    let never = try ChatTemplate(
      source: "{% set d = strftime_now('%d') %}{% for m in messages %}{{ m.content }}{% endfor %}", name: "t")
    #expect(never.writtenDay == nil)
  }

  @Test func argumentsThatAreQuotedTwiceAreCounted() throws {
    let chat = try ChatTemplate(
      source:
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}"
        + "{% endfor %}{% endfor %}", name: "t")
    let object = try Self.message(
      #"{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": "x"}}}]}"#)
    let text = try Self.message(
      #"{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{\"a\": \"x\"}"}}]}"#
    )
    func count(_ message: ChatMessage) throws -> Int {
      chat.quotedArguments(of: [message], in: try chat.render([message], addGenerationPrompt: false))
    }
    #expect(try count(object) == 0)
    #expect(try count(text) == 1)
    #expect(chat.quotedArguments(of: [text], in: #"{"a": "x"}"#) == 0)
  }
}
