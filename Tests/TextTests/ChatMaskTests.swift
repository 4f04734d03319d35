import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// Templates with the constructs that real ones have, against what transformers makes of them: `Fixtures/chat/masks.json`.
@Suite struct ChatMaskTests {
  private let fixture: JSONObject
  private static let tokens = ["bos_token": "<s>", "eos_token": "</s>"]

  init() throws { fixture = try Fixtures.json("chat/masks.json") }

  private func template(_ name: String) throws -> ChatTemplate {
    let source = try #require(fixture["templates"]?.object?[name]?.string)
    return try ChatTemplate(source: source, name: "\(name).jinja", specialTokens: Self.tokens)
  }

  private func conversation(_ name: String) throws -> [ChatMessage] {
    let list = try #require(fixture["conversations"]?.object?[name]?.array)
    return list.compactMap { $0.object.map { ChatMessage(fields: $0) } }
  }

  private func row(_ template: String, _ conversation: String) throws -> JSONObject {
    try #require(fixture["results"]?.object?[template]?.object?[conversation]?.object)
  }

  private func said(_ rendering: ChatRendering) -> [String] {
    rendering.trained.map { String(decoding: Array(rendering.text.utf8)[$0], as: UTF8.self) }
  }

  // MARK: As transformers

  @Test func textsAndMasksAreThoseOfTransformers() throws {
    var (texts, masks) = (0, 0)
    for entry in try #require(fixture["results"]?.object).members {
      let chat = try template(entry.key)
      for member in entry.value.object?.members ?? [] {
        let row = try #require(member.value.object)
        let messages = try conversation(member.key)
        let place = "\(entry.key), \(member.key)"
        let text = try? chat.render(messages, addGenerationPrompt: false)
        #expect(text == row["text"]?.string, "\(place)")
        texts += 1
        let answers = messages.indices.filter { messages[$0].isAssistant }
        for (answer, prompt) in zip(answers, row["prompts"]?.array ?? []) {
          #expect(try chat.render(Array(messages[..<answer]), addGenerationPrompt: true) == prompt.string, "\(place)")
        }
        guard let spans = row["spans"]?.array else { continue }
        let expected = spans.compactMap { span -> Range<Int>? in
          guard let low = span.array?.first?.integer, let high = span.array?.last?.integer else { return nil }
          return low..<high
        }
        #expect(try chat.training(messages).trained == expected, "\(place)")
        masks += 1
      }
    }
    #expect(texts == 136 && masks == 64)
  }

  /// Without blocks an answer is what the conversation has more than its prompt, and white space after its end is left out.
  @Test func answersFollowTheirPrompts() throws {
    var compared = 0
    for name in [
      "forced-thought", "thoughts-last", "always-asks", "never-asks", "end-besides", "no-system", "system-last",
    ] {
      let chat = try template(name)
      for title in ["one", "two", "three", "empty", "same"] {
        guard let renderings = try? chat.examples(of: try conversation(title)) else {
          #expect(
            ["no-system", "system-last"].contains(name) && title == "three", "\(name), \(title): refused")
          continue
        }
        let row = try row(name, title)
        let prompts = (row["prompts"]?.array ?? []).compactMap(\.string)
        let whole = renderings.count == 1 ? row["text"].map { [$0] } : row["up_to"]?.array
        #expect(renderings.map(\.text) == whole?.compactMap(\.string), "\(name), \(title)")
        let starts = renderings.flatMap { $0.trained.map(\.lowerBound) }
        // The header before a thought that only a prompt has.
        let thought = name == "forced-thought" ? "<think>\n".utf8.count : 0
        let expected = prompts.map { $0.utf8.count - thought }
        #expect(starts == expected, "\(name), \(title)")
        compared += starts.count
      }
    }
    #expect(compared > 50)
  }

  // MARK: Which turns

  @Test(arguments: [
    ("two-blocks", ["Apple", "<|end|>\n"], ["Pear", "<|end|>\n"]),
    ("end-block", ["Apple<|end|>\n"], ["Pear<|end|>\n", "</s>"]),
    ("end-outside", ["Apple"], ["Pear"]),
    ("header-inside", ["<|assistant|>\nApple<|end|>\n"], ["<|assistant|>\nPear<|end|>\n"]),
    ("header-block", ["<|assistant|>\n", "Apple<|end|>"], ["<|assistant|>\n", "Pear<|end|>"]),
    ("thought-block", ["Apple<|end|>"], ["Pear<|end|>"]),
    ("return-end", ["Apple<|end|>"], ["Pear<|return|>"]),
    ("system-last-marked", ["Apple</s>"], ["Pear</s>"]),
    ("system-last", ["Apple</s>"], ["Pear</s>"]),
    ("forced-thought", ["Apple</s>"], ["Pear</s>"]),
    ("always-asks", ["Apple<|end|>"], ["Pear<|end|>"]),
    ("never-asks", ["<|assistant|>\nApple<|end|>"], ["<|assistant|>\nPear<|end|>"]),
    ("end-besides", ["Apple<|end|>"], ["Pear<|end|>"]),
    ("no-system", ["Apple<|end|>"], ["Pear<|end|>"]),
    ("thoughts-last", ["<think>\n\n</think>\n\nApple<|end|>"], ["<think>\n\n</think>\n\nPear<|end|>"]),
  ])
  func turnsAreTrainedAsAsked(_ name: String, _ first: [String], _ last: [String]) throws {
    let chat = try template(name)
    var messages = try conversation("two")
    let all = try chat.examples(of: messages)
    #expect(all.flatMap(said) == first + last)
    #expect(all.count == (name == "thoughts-last" ? 2 : 1) && all.last?.turns == 4)
    #expect(try chat.examples(of: messages, turns: .last).map(said) == [last])
    // A turn that carries no loss.
    messages[1].carriesLoss = false
    #expect(try chat.examples(of: messages).flatMap(said) == last)
    #expect(try chat.examples(of: messages, turns: .last).flatMap(said) == last)
    messages[1].carriesLoss = true
    messages[3].carriesLoss = false
    #expect(try chat.examples(of: messages).flatMap(said) == first)
    #expect(try chat.examples(of: messages, turns: .last).flatMap(said) == first)
    messages[1].carriesLoss = false
    for turns in TrainedTurns.allCases {
      #expect(try chat.examples(of: messages, turns: turns).flatMap(said).isEmpty)
    }
  }

  /// Blocks are told apart where turns say the same, nothing, or have a block more.
  @Test(arguments: [
    ("two-blocks", "same", ["x", "<|end|>\n"]), ("two-blocks", "empty", ["Pear", "<|end|>\n"]),
    ("two-blocks", "three", ["Apple", "<|end|>\n"]), ("end-block", "three", ["Apple<|end|>\n", "</s>"]),
    ("header-block", "same", ["<|assistant|>\n", "x<|end|>"]),
    ("thought-block", "thoughts", ["<think>\nso\n</think>", "\n\nd<|end|>"]),
    ("return-end", "empty", ["Pear<|return|>"]),
  ])
  func theLastTurnsBlocks(_ name: String, _ title: String, _ expected: [String]) throws {
    let rendering = try template(name).examples(of: try conversation(title), turns: .last)
    #expect(rendering.map(said) == [expected])
    #expect(rendering[0].trained.last?.upperBound ?? 0 > rendering[0].text.utf8.count - 12)
  }

  @Test func eachAnswerIsTheLastOfItsExample() throws {
    let chat = try template("thoughts-last")
    let renderings = try chat.examples(of: try conversation("thoughts"))
    #expect(renderings.map(said) == [["<think>\nhm\n</think>\n\nb<|end|>"], ["<think>\nso\n</think>\n\nd<|end|>"]])
    #expect(renderings.map(\.turns) == [2, 4] && renderings.allSatisfy { $0.withoutThoughts == 0 })
    #expect(renderings[1].text.hasPrefix("<|user|>\na?<|end|>\n<|assistant|>\nb<|end|>\n"))
    // One answer needs no more than one.
    #expect(try chat.examples(of: try conversation("one")).map(\.turns) == [2])
    #expect(try template("forced-thought").examples(of: try conversation("two")).map(\.withoutPromptedThought) == [2])
    // A template of TRL's kind leaves thoughts out, and says so by their number.
    let marked = try ChatTemplate(
      source:
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content.split('</think>')[-1] }}"
        + "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}", name: "t")
    #expect(try marked.examples(of: try conversation("thoughts")).map(\.withoutThoughts) == [2])
  }

  // MARK: Refusals

  @Test(arguments: [
    ("system-last", "system", ["message 1, the system's", "Be brief.", "before the first question's"]),
    ("system-last-marked", "system", ["message 1, the system's", "Be brief.", "before the first question's"]),
    ("laid-out", "two", ["white space", #""\n    <|assistant|>"#, "--chat-template"]),
    (
      "no-system", "system", ["System role not supported", "without its system message", "before the first question's"]
    ),
    ("tools-defined", "one", ["line 1", "tools is none here"]),
    ("forced-thought", "thoughts", ["cuts the thoughts out of message", "--chat-template deepseek"]),
    ("two-blocks", "tool", ["message 2, the assistant's", "the call of get"]),
  ])
  func whatIsLostIsNamed(_ name: String, _ title: String, _ words: [String]) throws {
    let chat = try template(name)
    for turns in TrainedTurns.allCases {
      let refused = try #require(refusal { _ = try chat.examples(of: try conversation(title), turns: turns) })
      for word in words { #expect(refused.text.contains(word), "\(refused.text)") }
      #expect(refused.status == 65 && refused.text.hasPrefix("\(name).jinja: ") && !refused.text.contains("--turns"))
    }
  }

  /// What a refusal advises works.
  @Test func theAdviceWorks() throws {
    let folder = try TemporaryFolder()
    var messages = try conversation("system")
    for name in BuiltinChatTemplate.allCases {
      let chat = try ChatTemplate.named(name.rawValue, folder: folder.url)
      #expect(try chat.examples(of: messages)[0].text.contains("Be brief."))
      #expect(try chat.examples(of: try conversation("two")).count == 1)
    }
    // The system's text before the first question's.
    messages = [ChatMessage(role: "user", content: "Be brief. Name a fruit."), messages[2]]
    for name in ["system-last", "system-last-marked", "no-system"] {
      #expect(try template(name).examples(of: messages)[0].text.contains("Be brief."))
    }
    let deepseek = try ChatTemplate.named("deepseek", folder: folder.url)
    let thoughts = try deepseek.examples(of: try conversation("thoughts"))
    #expect(said(thoughts[0]) == ["hm\n</think>\n\nb<｜end▁of▁sentence｜>", "so\n</think>\n\nd<｜end▁of▁sentence｜>"])
    #expect(thoughts[0].withoutThoughts == 0)
    // In one line without indentation.
    let source = try #require(fixture["templates"]?.object?["laid-out"]?.string)
      .replacing("    ", with: "").replacing("\n", with: "")
    let plain = try ChatTemplate(source: source, name: "t", specialTokens: Self.tokens)
    #expect(try plain.examples(of: try conversation("two")).flatMap(said) == ["Apple<|end|>", "Pear<|end|>"])
  }

  /// Any turn that a template leaves out, in what is trained and in what is asked.
  @Test func anyTurnThatIsLeftOutIsNamed() throws {
    let chat = try ChatTemplate(
      source:
        "{% for m in messages if m.role in ['user', 'assistant'] %}<{{ m.role }}>{{ m.content | upper }}\n{% endfor %}"
        + "{% if add_generation_prompt %}<assistant>{% endif %}", name: "t")
    // Written otherwise is not left out.
    #expect(try chat.examples(of: try conversation("two")).flatMap(said) == ["APPLE\n", "PEAR\n"])
    for role in ["system", "tool", "developer"] {
      let messages = [ChatMessage(role: role, content: "lost words")] + (try conversation("one"))
      let words = "leaves out what message 1, the \(role)'s, says, \"lost words\""
      #expect(refusal { _ = try chat.examples(of: messages) }?.text.contains(words) == true)
      #expect(refusal { _ = try chat.wholePrompt(messages.dropLast()) }?.text.contains(words) == true)
      #expect(try !chat.prompt(messages.dropLast()).isEmpty)
    }
    #expect(try chat.examples(of: [ChatMessage(role: "system", content: " ")] + (try conversation("one"))).count == 1)
  }

  /// Both begin a thought and go on differently.
  @Test func aThoughtThatEndsAtOnceIsTrained() throws {
    let chat = try ChatTemplate(
      source:
        "{% for m in messages %}<|{{ m.role }}|>\n{% if m.role == 'assistant' and loop.last %}<think></think>{% endif %}"
        + "{{ m.content }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n<think>\n{% endif %}",
      name: "t")
    let renderings = try chat.examples(of: try conversation("two"))
    #expect(renderings.map(said) == [["<think></think>Apple<|end|>"], ["<think></think>Pear<|end|>"]])
    #expect(renderings.map(\.withoutPromptedThought) == [1, 1])
  }

  /// The next header behind an end of text, of a template that writes nothing without a first turn.
  @Test func aHeaderBehindAnAnswerIsNotTrained() throws {
    let chat = try ChatTemplate(
      source:
        "{{ 'Preamble of ' + messages[0].role }}{% for m in messages %}<|turn|><|{{ m.role }}|>{{ m.content }}</s>{% endfor %}"
        + "<|turn|><|assistant|>", name: "t", specialTokens: Self.tokens)
    for turns in TrainedTurns.allCases {
      let expected = turns == .all ? ["Apple</s>", "Pear</s>"] : ["Pear</s>"]
      #expect(try chat.examples(of: try conversation("two"), turns: turns).map(said) == [expected])
    }
  }

  @Test func bytesAreFoundWhateverTheyAre() {
    let hard = [UInt8](repeating: 97, count: 200_000)
    #expect(ByteSearch.first(hard + [98], in: hard + hard + [98], from: 0) == hard.count)
    #expect(ByteSearch.first(hard + [98], in: hard + hard, from: 0) == nil)
    var seed: UInt64 = 7
    func random(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1
        return UInt8(seed >> 62)
      }
    }
    for round in 0..<300 {
      let (text, wanted, from) = (random(60), random(1 + round % 5), round % 7)
      let expected = (from...(60 - wanted.count)).first { text[$0...].starts(with: wanted) }
      #expect(ByteSearch.first(wanted, in: text, from: from) == expected)
    }
  }
}
