import Foundation
import TestFiles
import Testing
import Text

/// Turns whose content is a list of parts, and templates that take only one of both forms.
@Suite struct ChatTemplateContentTests {
  private func message(_ role: String, _ parts: String...) -> ChatMessage {
    let list = parts.map { part in
      JSONValue.object(
        JSONObject(
          part == "<image>" ? [("type", .string("image"))] : [("type", .string("text")), ("text", .string(part))]))
    }
    return ChatMessage(fields: JSONObject([("role", .string(role)), ("content", .array(list))]))
  }

  /// A template for lists writes nothing of a string, and would train on nothing.
  @Test func textReachesATemplateForParts() throws {
    let chat = try #require(try ChatTemplate.read(folder: Fixtures.folder("images/processor")))
    let asText = [
      ChatMessage(role: "user", content: "<image>What is <image>this?"), ChatMessage(role: "assistant", content: "It."),
      ChatMessage(role: "user", content: ""),
    ]
    let asParts = [
      message("user", "<image>", "What is ", "<image>", "this?"), message("assistant", "It."), message("user", ""),
    ]
    let text = try chat.render(asText, addGenerationPrompt: true)
    #expect(text == (try chat.render(asParts, addGenerationPrompt: true)))
    #expect(
      text == "<|im_start|>User:<image>What is <image>this?<end_of_utterance>\nAssistant: It.<end_of_utterance>\n"
        + "User: <end_of_utterance>\nAssistant:")
    let rendering = try chat.training(Array(asParts.prefix(2)))
    #expect(
      rendering.trained.map { String(decoding: Array(rendering.text.utf8)[$0], as: UTF8.self) } == [
        " It.<end_of_utterance>"
      ])
  }

  @Test func picturesReachATemplateForText() throws {
    let chat = try ChatTemplate.named("chatml", folder: Fixtures.folder("tokenizers/gpt2"))
    let text = try chat.render([message("user", "Look: ", "<image>", "!")], addGenerationPrompt: false)
    #expect(text == "<|im_start|>user\nLook: <image>!<|im_end|>\n")
    // Parts of text are a text, and never a list that is written out.
    #expect(
      try chat.render([message("user", "a", "b"), message("assistant", "c")], addGenerationPrompt: false)
        == "<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\nc<|im_end|>\n")
  }

  @Test func aTemplateForBothIsLeftAlone() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}{% if m.content is string %}[{{ m.content }}]{% else %}"
        + "{% for p in m.content %}({{ p.text }}){% endfor %}{% endif %}{% endfor %}", name: "both")
    #expect(try chat.render([ChatMessage(role: "user", content: "a")], addGenerationPrompt: false) == "[a]")
    #expect(try chat.render([message("user", "a", "b")], addGenerationPrompt: false) == "(a)(b)")
  }

  /// What a template takes may differ from turn to turn.
  @Test func eachRoleHasItsForm() throws {
    let chat = try ChatTemplate(
      source:
        "{% for m in messages %}{% if m.role == 'user' %}{% for p in m.content %}{{ '[I]' if p.type == 'image' else p.text }}"
        + "{% endfor %}{% elif m.role == 'system' %}<{{ m.content }}>{% else %}{{ m.content + '.' }}{% endif %}{% endfor %}",
      name: "t")
    let asText = [
      ChatMessage(role: "system", content: "s"), ChatMessage(role: "user", content: "<image>q"),
      ChatMessage(role: "assistant", content: "a"),
    ]
    let asParts = [message("system", "s"), message("user", "<image>", "q"), message("assistant", "a")]
    for messages in [asText, asParts] { #expect(try chat.render(messages, addGenerationPrompt: false) == "<s>[I]qa.") }
  }

  @Test func picturesInATextCanBeParts() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}{% if m.content is string %}({{ m.content }}){% else %}{% for p in m.content %}"
        + "{{ '[I]' if p.type == 'image' else p.text }}{% endfor %}{% endif %}{% endfor %}", name: "either")
    let message = ChatMessage(role: "user", content: "a<image>b")
    // A picture or a word: who shows the pictures knows.
    #expect(try chat.render([message], addGenerationPrompt: false) == "(a<image>b)")
    #expect(try chat.render([message.withPictureParts], addGenerationPrompt: false) == "a[I]b")
    var answer = ChatMessage(role: "assistant", content: "<image>")
    answer.carriesLoss = false
    #expect(answer.withPictureParts == answer)
  }

  @Test(arguments: [
    (#"{"chat_template": {"default": "D", "tool_use": "T"}}"#, "D"), (#"{"chat_template": {"mine": "M"}}"#, "M"),
    (#"{"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}"#, "D"),
  ])
  func namedTemplatesAreFound(_ text: String, _ expected: String) throws {
    for name in ["tokenizer_config.json", "chat_template.json"] {
      let folder = try TemporaryFolder()
      _ = try folder.write(text, name)
      #expect(try ChatTemplate.read(folder: folder.url)?.render([], addGenerationPrompt: false) == expected)
    }
  }

  @Test func olderProcessorsHaveAFileOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(#"{"chat_template": "of the tokenizer"}"#, "tokenizer_config.json")
    _ = try folder.write(#"{"chat_template": "of the processor"}"#, "chat_template.json")
    #expect(try ChatTemplate.read(folder: folder.url)?.render([], addGenerationPrompt: false) == "of the processor")
    _ = try folder.write("newest", "chat_template.jinja")
    #expect(try ChatTemplate.read(folder: folder.url)?.render([], addGenerationPrompt: false) == "newest")
  }
}
