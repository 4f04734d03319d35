import Foundation
import HuggingFace
import Testing

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
    let chat = try #require(try ChatTemplate.read(folder: ImageGoldens.processor))
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
    // Parts of text alone are refused as transformers refuses them.
    #expect(refusal { _ = try chat.render([message("user", "a")], addGenerationPrompt: false) } != nil)
  }

  @Test func aTemplateForBothIsLeftAlone() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}{% if m.content is string %}[{{ m.content }}]{% else %}"
        + "{% for p in m.content %}({{ p.text }}){% endfor %}{% endif %}{% endfor %}", name: "both")
    #expect(try chat.render([ChatMessage(role: "user", content: "a")], addGenerationPrompt: false) == "[a]")
    #expect(try chat.render([message("user", "a", "b")], addGenerationPrompt: false) == "(a)(b)")
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
