import Foundation
import Recipe
import Testing
import Text
import Training

@Suite struct ChatTokenisingTests {
  private static let conversation = [
    ChatMessage(role: "system", content: "Be brief."), ChatMessage(role: "user", content: "What did the chair say?"),
    ChatMessage(role: "assistant", content: "It said: 12 🙂 times."), ChatMessage(role: "user", content: "And then?"),
    ChatMessage(role: "assistant", content: " Nothing\nmore. "),
  ]

  private func folder(_ name: String) -> URL { Fixture.folder.appendingPathComponent("tokenizers/\(name)") }

  private func texts(_ example: TokenizedExample, _ tokenizer: Tokenizer) -> [String] {
    example.lossRanges.map { tokenizer.decode(Array(example.tokens[$0]), skipSpecial: false) }
  }

  /// The masked tokens are the assistant's text and end of turn exactly, and the ids those of the whole text.
  @Test(arguments: ["digits", "gpt2", "llama3", "qwen2"], ["chatml", "llama3", "phi3", "qwen"])
  func maskedTokensDecodeToWhatTheAssistantSays(_ name: String, _ template: String) throws {
    let tokenizer = try Tokenizer(folder: folder(name))
    let chat = try ChatTemplate.named(template, folder: folder(name))
    let example = Example(id: 1, messages: Self.conversation)
    let result = try Tokenising(tokenizer, chat: chat).tokenize(example, index: 0, sequenceLength: 4096)
    let tokenized = try #require(result.example)
    let text = try chat.render(Self.conversation, addGenerationPrompt: false)
    #expect(tokenized.tokens == tokenizer.encode(text, addSpecial: false))
    let trained = try chat.training(Self.conversation).trained
    let said = trained.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
    #expect(said.count == 2)
    let found = texts(tokenized, tokenizer)
    // A token over the edge takes what is beside it along, but only the white space that ends the header.
    #expect(found.map { $0.drop(while: \.isWhitespace) } == said.map { $0.drop(while: \.isWhitespace) }, "\(found)")
    let last = try Tokenising(tokenizer, chat: chat, turns: .last).tokenize(example, index: 0, sequenceLength: 4096)
    #expect(last.example?.lossRanges == [tokenized.lossRanges[1]])
    // What is generated from is what the last turn is trained to follow.
    let prompt = try Tokenising(tokenizer, chat: chat).prompt(for: example).tokens
    #expect(Array(tokenized.tokens.prefix(prompt.count - 1)) == Array(prompt.dropLast()))
  }

  /// One token a byte and one for each marker.
  private func byteTokenising(_ chat: ChatTemplate?, turns: TrainedTurns = .all, offsets: Bool = true) -> Tokenising {
    let encode: @Sendable (String) -> [Int32] = { text in
      var ids: [Int32] = []
      var rest = text[...]
      while !rest.isEmpty {
        if rest.hasPrefix("<|im_end|>") {
          ids.append(300)
          rest = rest.dropFirst("<|im_end|>".count)
        } else {
          ids += rest.removeFirst().utf8.map(Int32.init)
        }
      }
      return ids
    }
    return Tokenising(
      prefix: [], endOfText: 301, chat: chat, turns: turns,
      bytes: { !offsets ? [] : $0 == 300 ? Array("<|im_end|>".utf8) : $0 < 256 ? [UInt8($0)] : [] }, encode: encode)
  }

  @Test func spansAreFoundWithAndWithoutOffsets() throws {
    let chat = try ChatTemplate.named("chatml", folder: folder("gpt2"))
    let example = Example(id: 1, messages: Self.conversation)
    let exact = try byteTokenising(chat).tokenize(example, index: 0, sequenceLength: 999).example
    let byPrefixes = try byteTokenising(chat, offsets: false).tokenize(example, index: 0, sequenceLength: 999).example
    #expect(exact == byPrefixes)
    #expect(exact?.lossRanges.count == 2)
    for range in exact?.lossRanges ?? [] { #expect(exact?.tokens[range.upperBound - 1] == 300) }
    // The end of the turn ends an answer; the end of the text does so too.
    #expect(byteTokenising(chat).stopTokens == [300, 301])
    #expect(byteTokenising(nil).stopTokens == [301])
    #expect(byteTokenising(chat, offsets: false).stopTokens == [301])
  }

  @Test func targetsFollowTheRanges() throws {
    let example = TokenizedExample(tokens: [1, 2, 3, 4, 5, 6], lossRanges: [0..<1, 2..<3, 5..<9], exampleIndex: 0)
    #expect(example.lossRanges == [2..<3, 5..<6] && example.lossTokens == 2 && example.lossStart == 2)
    #expect(BatchAssembly.batch([example]).targets == [-1, 3, -1, -1, 6, -1])
  }

  @Test func aCutConversationKeepsItsFirstAnswers() throws {
    let chat = try ChatTemplate.named("chatml", folder: folder("gpt2"))
    let tokenising = byteTokenising(chat)
    let whole = try #require(
      try tokenising.tokenize(Example(id: 3, messages: Self.conversation), index: 0, sequenceLength: 999).example)
    let first = whole.lossRanges[0]
    let data = try tokenising.tokenize(
      [Example(id: 3, messages: Self.conversation), Example(id: 4, prompt: "q", completion: "a")],
      sequenceLength: first.upperBound, source: "f")
    #expect(data.truncated == 1 && data.leftOut.isEmpty)
    #expect(data.examples[0].lossRanges == [first])
    #expect(data.examples[1].lossTokens == 2)
    let short = try tokenising.tokenize(
      [Example(id: 3, messages: Self.conversation), Example(id: 4, prompt: "q", completion: "a")],
      sequenceLength: first.lowerBound, source: "f")
    #expect(short.leftOut == [3])
  }

  @Test func withoutATemplateTurnsArePlainText() throws {
    let tokenising = byteTokenising(nil)
    let example = Example(
      id: 1,
      messages: [
        ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b"),
        ChatMessage(role: "user", content: "c"), ChatMessage(role: "assistant", content: "d"),
        ChatMessage(role: "user", content: "never answered"),
      ])
    let tokenized = try tokenising.tokenize(example, index: 0, sequenceLength: 99).example
    #expect(tokenized?.tokens == [97, 10, 98, 301, 99, 10, 100, 301])
    #expect(tokenized?.lossRanges == [2..<4, 6..<8])
    #expect(try tokenising.prompt(for: example).tokens == [97, 10, 98, 301, 99, 10])
    #expect(example.completion == "d")
    let last = try byteTokenising(nil, turns: .last).tokenize(example, index: 0, sequenceLength: 99).example
    #expect(last?.lossRanges == [6..<8])
  }

  @Test func aTemplateThatRefusesNamesTheExample() throws {
    let chat = try ChatTemplate(source: "\n{{ raise_exception('no system') }}", name: "t.jinja")
    let error = #expect(throws: TrainingError.self) {
      try byteTokenising(chat).tokenize(
        [Example(id: 12, prompt: "", completion: "")], sequenceLength: 9, source: "d.jsonl")
    }
    #expect(
      error?.description == "d.jsonl: example 12: t.jinja: line 2: the template refuses this conversation: no system")
    #expect(error?.exitStatus == 65)
  }

  @Test func whatTheTemplatePutsBeforeAnAnswerIsNoneOfIt() throws {
    let chat = try ChatTemplate(
      source: "{% for m in messages %}{{ m.role ~ ':' }}{% if m.role == 'assistant' %}{{ '<t>\n</t>\n' }}{% endif %}"
        + "{{ m.content ~ '.' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}", name: "t")
    let example = Example(id: 1, prompt: "q", completion: "a")
    #expect(byteTokenising(chat).answer("<t>\n</t>\nright", to: example) == "right")
    #expect(byteTokenising(chat).answer("right", to: example) == "right")
    #expect(byteTokenising(nil).answer(" x ", to: example) == " x ")
  }

  @Test func messagesSurviveCoding() throws {
    let fields = JSONObject([
      ("role", .string("assistant")), ("content", .null), ("n", .array([.integer(1), .bool(true)])),
    ])
    let example = Example(id: 1, messages: [ChatMessage(fields: fields)])
    #expect(try JSONDecoder().decode(Example.self, from: try JSONEncoder().encode(example)) == example)
    let old = #"{"id": 1, "prompt": "p", "completion": "c", "extra": {}}"#
    #expect(
      try JSONDecoder().decode(Example.self, from: Data(old.utf8)) == Example(id: 1, prompt: "p", completion: "c"))
  }
}
