import Foundation
import Recipe
import TestFiles
import Testing
import Text

@Suite struct ChatTemplateTests {
  private static let tokens = ["bos_token": "<s>", "eos_token": "</s>"]

  private static func messages(_ value: JSONValue) -> [ChatMessage] {
    (value.array ?? []).compactMap { $0.object.map { ChatMessage(fields: $0) } }
  }

  private static func template(_ name: String) throws -> ChatTemplate {
    let file = Fixtures.folder("chat/templates/\(name).jinja")
    return try ChatTemplate(
      source: try String(contentsOf: file, encoding: .utf8), name: name, specialTokens: Self.tokens)
  }

  private static func turns(_ texts: String...) -> [ChatMessage] {
    texts.enumerated().map { ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", content: $1) }
  }

  private func spoken(_ rendering: ChatRendering) -> [String] {
    rendering.trained.map { String(decoding: Array(rendering.text.utf8)[$0], as: UTF8.self) }
  }

  /// Every template, conversation and choice of generation prompt, against transformers' own `apply_chat_template`.
  @Test func rendersAsTransformersDoes() throws {
    let goldens = try Fixtures.json("chat/goldens.json")
    let conversations = try #require(goldens["conversations"]?.array).map(Self.messages)
    let renderings = try #require(goldens["renderings"]?.object)
    #expect(renderings.members.count >= 17)
    var compared = 0
    for member in renderings.members {
      let template = try Self.template(member.key)
      let rows = try #require(member.value.array)
      #expect(rows.count == 2 * conversations.count)
      for (index, row) in rows.enumerated() {
        let messages = conversations[index / 2]
        let place = "\(member.key), conversation \(index / 2), generation prompt \(index % 2 == 1)"
        var expected = row.object?["text"]?.string
        // Lists of parts are a text where transformers writes them out as they are, leaves them out or fails.
        let joined = messages.map { ChatMessage(role: $0.role, content: $0.content) }
        let isList = messages.contains { $0.fields["content"]?.array != nil }
        if isList, expected?.contains("part two") != true || expected?.contains("'type'") == true {
          expected = try template.render(joined, addGenerationPrompt: index % 2 == 1)
          #expect(expected?.contains("'type'") == false)
        }
        let text = try? template.render(messages, addGenerationPrompt: index % 2 == 1)
        #expect(text.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(place): \(text ?? "refused")")
        compared += 1
        guard index % 2 == 0, expected != nil, !isList, let spans = row.object?["spans"]?.array else { continue }
        let trained = try template.training(messages).trained
        #expect(
          trained
            == spans.compactMap { span in
              guard let low = span.array?.first?.integer, let high = span.array?.last?.integer else { return nil }
              return low..<high
            }, "\(place)")
      }
    }
    #expect(compared > 900)
  }

  // MARK: What the assistant says

  @Test(arguments: [
    ("chatml", "<|im_end|>"), ("smollm2", "<|im_end|>"), ("llama3", "<|eot_id|>"), ("llama32", "<|eot_id|>"),
    ("qwen25", "<|im_end|>"), ("phi35", "<|end|>"), ("phi3", "<|end|>"), ("gemma2", "<end_of_turn>"),
    ("gemma3", "<end_of_turn>"), ("zephyr", "</s>"), ("nemo", "</s>"), ("generation", "<|im_end|>"),
  ])
  func everyTurnOfTheAssistantIsTrained(_ name: String, _ end: String) throws {
    let rendering = try Self.template(name).training(Self.turns("What is 2 + 2?", "It is 4.", "Doubled?", "8 🙂"))
    let said = spoken(rendering).map { $0.hasPrefix("\n") ? String($0.dropFirst()) : $0 }
    #expect(said == ["It is 4." + end, "8 🙂" + end], "\(rendering.text)")
  }

  @Test(arguments: BuiltinChatTemplate.allCases)
  func builtinTemplatesMarkTheAssistant(_ builtin: BuiltinChatTemplate) throws {
    let folder = try TemporaryFolder()
    let template = try ChatTemplate.named(builtin.rawValue, folder: folder.url)
    let system = [ChatMessage(role: "system", content: "Be kind.")]
    let messages = system + Self.turns("Question one", "Answer one", "Question two", "Answer two")
    let rendering = try template.training(messages)
    let said = spoken(rendering)
    #expect(said.count == 2)
    #expect(said[0].contains("Answer one") && said[1].contains("Answer two"))
    #expect(!said.joined().contains("Question"))
    #expect(rendering.text.contains("Be kind."))
    // No white space of the template's own, and a prompt that the answer continues.
    #expect(!rendering.text.contains("\n\n\n") && !rendering.text.hasPrefix("\n"))
    let prompt = try template.prompt(messages[..<4])
    #expect(rendering.text.hasPrefix(prompt))
    #expect(rendering.trained.last?.lowerBound == prompt.utf8.count)
    #expect(try template.training(messages, turns: .last).trained == [rendering.trained[1]])
  }

  /// The families' own formats, as their templates write them.
  @Test(arguments: [
    ("chatml", "chatml"), ("llama3", "llama3"), ("gemma", "gemma2"), ("phi3", "phi35"), ("zephyr", "zephyr"),
  ])
  func builtinTemplatesWriteTheFamilysFormat(_ builtin: String, _ family: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>"}"#, "tokenizer_config.json")
    let own = try ChatTemplate.named(builtin, folder: folder.url)
    let theirs = try Self.template(family)
    for messages in [Self.turns("a b", "c"), Self.turns("a", "b", "c")] {
      var expected = try theirs.render(messages, addGenerationPrompt: messages.count == 3)
      // Phi-3.5's ends a conversation with an end-of-text token, Zephyr's generation prompt lacks the line feed that follows.
      if family == "phi35", messages.count == 2 { expected.removeLast("</s>".count) }
      #expect(try own.render(messages, addGenerationPrompt: messages.count == 3) == expected)
    }
  }

  @Test func aTemplateThatRewritesHistoryMakesAnExampleOfEachAnswer() throws {
    let qwen3 = try Self.template("qwen3")
    let messages = Self.turns("Hi", "<think>\nhm\n</think>\n\nHello", "And?", "<think>\nso\n</think>\n\nBye")
    // As one text it cannot be told apart.
    let refused = try #require(refusal { _ = try qwen3.training(messages) })
    #expect(refused.text.contains("message 2") && refused.status == 65, "\(refused.text)")
    let each = try qwen3.examples(of: messages)
    #expect(
      each.map(spoken) == [["<think>\nhm\n</think>\n\nHello<|im_end|>"], ["<think>\nso\n</think>\n\nBye<|im_end|>"]])
    #expect(
      each.map(\.text) == [
        try qwen3.render(Array(messages[..<2]), addGenerationPrompt: false),
        try qwen3.render(messages, addGenerationPrompt: false),
      ])
    let last = try qwen3.examples(of: messages, turns: .last)
    #expect(last == [each[1]])
    // Mistral Nemo's drops a system turn once the question is answered.
    let nemo = try Self.template("nemo")
    let withSystem = [ChatMessage(role: "system", content: "s w")] + Self.turns("q", "a")
    for turns in TrainedTurns.allCases {
      #expect(
        refusal { _ = try nemo.examples(of: withSystem, turns: turns) }?.text.contains("message 1, the system's")
          == true)
    }
  }

  // MARK: Where templates come from

  @Test func theFileWinsOverTheConfiguration() throws {
    let folder = try TemporaryFolder()
    #expect(try ChatTemplate.read(folder: folder.url) == nil)
    _ = try folder.write(
      #"{"bos_token": "<b>", "chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "{{ bos_token }}D"}]}"#,
      "tokenizer_config.json")
    #expect(try ChatTemplate.read(folder: folder.url)?.render([], addGenerationPrompt: false) == "<b>D")
    _ = try folder.write("{{ bos_token }}J\n", "chat_template.jinja")
    #expect(try ChatTemplate.read(folder: folder.url)?.render([], addGenerationPrompt: false) == "<b>J")
    let custom = try folder.write("C{{ eos_token is defined }}", "mine.jinja")
    #expect(
      try ChatTemplate.named(custom.path, folder: folder.url).render([], addGenerationPrompt: false) == "CFalse")
    #expect(refusal { _ = try ChatTemplate.named("chatmk", folder: folder.url) }?.status == 66)
  }

  @Test(arguments: [
    (#"{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}"#, "none named default"),
    (#"{"chat_template": 3}"#, "a number"), (#"{"chat_template": {"a": 3}}"#, "a is a number"),
    (#"{"chat_template": [3]}"#, "without name and template"),
    (#"{"chat_template": "{% if %}"}"#, "line 1"), ("[", "not JSON"),
  ])
  func brokenConfigurationsAreRefused(_ text: String, _ message: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(text, "tokenizer_config.json")
    let refused = try #require(refusal { _ = try ChatTemplate.read(folder: folder.url) })
    #expect(refused.text.contains(message) && refused.text.contains("tokenizer_config.json"), "\(refused.text)")
    #expect(refused.status == 65)
  }
}
