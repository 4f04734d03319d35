import Foundation
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

/// What ends an answer and what begins a text: as it is told, and as generation obeys it.
@Suite struct AnswerEndTests {
  private static let tokens = ["bos_token": "<s>", "eos_token": "</s>"]
  private static let masks = Fixture.folder.appendingPathComponent("chat/masks.json")

  private struct Masks: Decodable {
    struct Row: Decodable {
      struct Tokens: Decodable {
        var ids: [Int32]
        var mask: [Int]
      }
      var text: String?
      var tokens: [String: Tokens]?
    }
    var templates: [String: String]
    var results: [String: [String: Row]]
  }

  private let fixture: Masks

  init() throws { fixture = try JSONDecoder().decode(Masks.self, from: Data(contentsOf: Self.masks)) }

  private func template(_ name: String) throws -> ChatTemplate {
    try ChatTemplate(
      source: try #require(fixture.templates[name]), name: "\(name).jinja", specialTokens: Self.tokens)
  }

  private func conversation(_ name: String) throws -> [ChatMessage] {
    let data = try JSONSerialization.jsonObject(with: Data(contentsOf: Self.masks)) as? [String: Any]
    let list = (data?["conversations"] as? [String: Any])?[name] as? [[String: Any]]
    return try #require(list).map {
      ChatMessage(role: $0["role"] as? String ?? "", content: $0["content"] as? String ?? "")
    }
  }

  /// Tokens and the loss on them are those of `apply_chat_template(..., return_assistant_tokens_mask=True)`.
  @Test(arguments: ["gpt2", "llama3", "qwen2"])
  func tokensAndMasksAreThoseOfTransformers(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/\(name)"))
    var compared = 0
    for (templateName, rows) in fixture.results {
      let tokenising = Tokenising(tokenizer, chat: try template(templateName))
      for (title, row) in rows {
        // What a template leaves out is refused, which transformers does not.
        guard let golden = row.tokens?[name], !(templateName == "system-last-marked" && title != "one") else {
          continue
        }
        let example = Example(id: 1, messages: try conversation(title))
        let tokenized = try #require(
          try tokenising.tokenize(example, index: 0, sequenceLength: 9999).example, "\(templateName), \(title)")
        #expect(tokenized.tokens == golden.ids, "\(templateName), \(title)")
        var mask = golden.mask
        mask[0] = 0
        let own = tokenized.tokens.indices.map { place in tokenized.lossRanges.contains { $0.contains(place) } ? 1 : 0 }
        #expect(own == mask, "\(templateName), \(title)")
        compared += 1
      }
    }
    #expect(compared == 57)
  }

  // MARK: Where answers end

  /// A byte is a token, and so is each marker.
  private func tokenising(
    _ chat: ChatTemplate?, markers: [String] = ["</s>", "<s>", "<|end|>", "<|return|>", "<|assistant|>"],
    endOfText: Int32? = 300, endTokens: Set<Int32> = [], turns: TrainedTurns = .all, asksForStart: Bool? = nil
  ) -> Tokenising {
    let encode: @Sendable (String) -> [Int32] = { text in
      var ids: [Int32] = []
      var rest = text[...]
      while let first = rest.first {
        if let index = markers.firstIndex(where: { rest.hasPrefix($0) }) {
          ids.append(300 + Int32(index))
          rest = rest.dropFirst(markers[index].count)
        } else {
          ids += first.utf8.map(Int32.init)
          rest = rest.dropFirst()
        }
      }
      return ids
    }
    return Tokenising(
      prefix: [], endOfText: endOfText, endTokens: endTokens, beginningOfText: 301, asksForStart: asksForStart,
      chat: chat, turns: turns,
      bytes: { $0 < 256 ? [UInt8($0)] : Array(markers[Int($0) - 300].utf8) }, isAdded: { $0 >= 300 }, encode: encode)
  }

  @Test(
    arguments: [
      ("two-blocks", "<|end|>", true, [300, 302]), ("end-block", "<|end|>", true, [300, 302]),
      ("end-outside", "<|end|>", false, [300, 302]), ("header-inside", "<|end|>", true, [300, 302]),
      ("return-end", "<|return|>", true, [300, 303]), ("system-last", "</s>", true, [300]),
      ("forced-thought", "</s>", true, [300]), ("end-besides", "<|end|>", true, [300, 302]),
      ("never-asks", "<|end|>", true, [300, 302]), ("always-asks", "<|end|>", true, [300, 302, 304]),
      ("thoughts-last", "<|end|>", true, [300, 302]),
    ] as [(String, String, Bool, Set<Int32>)])
  func whatEndsAnAnswerIsKnown(_ name: String, _ text: String, _ isTrained: Bool, _ stops: Set<Int32>) throws {
    let tokenising = tokenising(try template(name))
    let end = tokenising.answerEnd
    #expect(end.text == text && end.isTrained == isTrained && end.token != nil, "\(end)")
    #expect(tokenising.stopTokens == stops)
    #expect(end.description.contains(isTrained ? "(trained)" : "may not learn to stop"), "\(end.description)")
    #expect(end.description.contains("stops at </s>"))
    // Ordinary text is no token to stop at, and that is said.
    let words = self.tokenising(try template(name), markers: ["</s>", "<s>"])
    #expect(words.stopTokens == [300])
    if ["end-block", "end-besides"].contains(name) {
      // The end of text that follows the words is a token, in one of them trained.
      #expect(words.answerEnd.token == 300 && words.answerEnd.isTrained == (name == "end-block"))
      #expect(words.answerEnd.text.hasPrefix("<|end|>"))
    } else if text != "</s>" {
      #expect(words.answerEnd.description.contains("generation does not stop there, only at </s>"))
      #expect(words.answerEnd.isTrained == isTrained && words.answerEnd.token == nil)
    }
  }

  /// Ends that carry no loss are counted, an end in a block of its own among those that do.
  @Test(arguments: [("end-outside", 3), ("two-blocks", 0), ("end-block", 0), ("return-end", 0), ("end-besides", 0)])
  func endsThatAreNotTrainedAreCounted(_ name: String, _ count: Int) throws {
    let examples = try ["two", "one"].enumerated().map {
      Example(id: $0.offset, messages: try conversation($0.element))
    }
    let data = try tokenising(try template(name)).tokenize(examples, sequenceLength: 999, source: "f")
    #expect(data.untrainedEnds == count, "\(name)")
    let note = "\(count) answers end with a token that carries no loss: the model may not learn to stop there"
    #expect(data.notes.contains(note) == (count > 0))
  }

  @Test func answersOfPlainTextEndWithTheTokenizersEnd() {
    #expect(tokenising(nil).answerEnd.description == "an answer ends with </s> (trained); generation stops at </s>")
    #expect(tokenising(nil, endTokens: [302]).stopTokens == [300, 302])
    #expect(tokenising(nil, endOfText: nil).answerEnd.description.hasPrefix("nothing marks the end of an answer"))
  }

  @Test(
    arguments: [
      ("system-last", nil, "a text begins with <s>, from the chat template"), ("end-besides", true, "adds none"),
      (nil, true, "add_bos_token: true"), (nil, nil, "begins with no token"), (nil, false, "begins with no token"),
    ] as [(String?, Bool?, String)])
  func whatBeginsATextIsTold(_ name: String?, _ isAskedFor: Bool?, _ words: String) throws {
    let tokenising = tokenising(try name.map(template), asksForStart: isAskedFor)
    #expect(tokenising.textStart.description.contains(words), "\(tokenising.textStart.description)")
    #expect(tokenising.facts == [tokenising.answerEnd.description, tokenising.textStart.description])
  }

  /// Each of the ends that a folder names ends an answer, whichever comes first in the list.
  @Test func evaluationStopsAtEveryEnd() throws {
    let tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
    var configuration = TinyModel.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    let base = try TinyModel.base(configuration)
    let example = Example(id: 1, prompt: "12 is", completion: "3")
    func run(_ endTokens: Set<Int32>) throws -> EvaluationResult {
      let tokenising = Tokenising(
        prefix: tokenizer.prefixTokens, endOfText: tokenizer.eosToken, endTokens: endTokens,
        bytes: { tokenizer.decodeBytes([$0], skipSpecial: false) }, encode: { tokenizer.encode($0, addSpecial: false) })
      return try #require(
        try Evaluation.run(
          base: base, adapter: nil, tokenizer: tokenizer, tokenising: tokenising, examples: [example],
          metric: ExactMatch(), maxNewTokens: 6, team: WorkerTeam(threads: 1)))
    }
    let free = try run([])
    #expect(free.results[0].outputTokens == 6)
    let first = try #require(
      try Generation.generate(
        base: base, adapter: nil, prompts: [tokenizer.encode("12 is", addSpecial: true)], maxNewTokens: 1, stop: [],
        sampler: .greedy, slots: 1, team: WorkerTeam(threads: 1), shouldStop: { false }, onFinished: { _, _ in }
      ).first?.first)
    #expect(try run([first]).results[0].outputTokens == 0)
  }

  // MARK: Data sets

  @Test func eachAnswerOfSuchATemplateIsAnExample() throws {
    let tokenising = tokenising(try template("thoughts-last"))
    let examples = try ["two", "one", "thoughts"].enumerated().map {
      Example(id: 10 + $0.offset, messages: try conversation($0.element))
    }
    let data = try tokenising.tokenize(examples, sequenceLength: 999, source: "f")
    #expect(data.examples.map(\.exampleIndex) == [0, 0, 1, 2, 2] && data.examples.map(\.turn) == [2, 4, nil, 2, 4])
    #expect(data.divided == 2 && data.leftOut.isEmpty && data.truncated == 0)
    #expect(data.notes.contains { $0.hasPrefix("2 conversations became one example for each answer") })
    for example in data.examples {
      #expect(example.lossRanges.count == 1 && example.tokens[example.lossRanges[0].upperBound - 1] == 302)
    }
    // What does not fit is an answer, unless it is all of a record.
    let lengths = data.examples.map(\.tokens.count)
    let cut = data.cut(to: lengths[2], ids: [10, 11, 12])
    let gone = data.examples.count { $0.lossRanges[0].lowerBound >= lengths[2] }
    #expect(gone > 0 && cut.leftOut.isEmpty && cut.leftOutAnswers == gone && cut.divided == 2)
    #expect(cut.examples.count == 5 - gone && cut.notes.contains { $0.contains("of these answers") })
    let start = data.examples[2].lossRanges[0].lowerBound
    #expect(data.cut(to: start, ids: [10, 11, 12]).leftOut.contains(11))
    let again = try tokenising.tokenize(examples, sequenceLength: lengths[2], source: "f")
    #expect(again.examples == cut.examples && again.leftOut == cut.leftOut && again.leftOutAnswers == gone)
    let last = try self.tokenising(try template("thoughts-last"), turns: .last)
      .tokenize(examples, sequenceLength: 999, source: "f")
    #expect(last.examples.count == 3 && last.divided == 0)
  }

  /// With a tokenizer that begins every text with a token: once where the template writes it, not at all where it does not, and
  /// without a template once before the prompt and not before the completion.
  @Test func aTextBeginsOnce() throws {
    let folder = Fixture.folder.appendingPathComponent("tokenizers/llama3")
    let tokenizer = try Tokenizer(folder: folder)
    let first = try #require(tokenizer.prefixTokens.first)
    let start = try #require(tokenizer.tokenString(first))
    let turns = "{% for m in messages %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"
    let example = Example(id: 1, prompt: "a", completion: "b")
    for (source, count) in [("{{ bos_token }}" + turns, 1), (turns, 0), (nil, 1)] {
      let chat = try source.map { try ChatTemplate(source: $0, name: "t", specialTokens: ["bos_token": start]) }
      let data = try Tokenising(tokenizer, chat: chat).tokenize([example], sequenceLength: 99, source: "f")
      let tokens = data.examples[0].tokens
      #expect(tokens.count { $0 == first } == count && (count == 0 || tokens.first == first))
      #expect(data.doubledStarts == 0)
    }
  }

  @Test func doubledBeginningsAreCounted() throws {
    let plain = Tokenising(prefix: [301], endOfText: 300, beginningOfText: 301) { text in
      (text.hasPrefix("<s>") ? [301] : []) + text.dropFirst(text.hasPrefix("<s>") ? 3 : 0).utf8.map(Int32.init)
    }
    let examples = [Example(id: 1, prompt: "<s>a", completion: "b"), Example(id: 2, prompt: "a", completion: "b")]
    #expect(try plain.tokenize(examples, sequenceLength: 9, source: "f").doubledStarts == 1)
    let chat = try ChatTemplate(
      source: "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}", name: "t", specialTokens: Self.tokens
    )
    let data = try tokenising(chat).tokenize(
      [Example(id: 1, prompt: "<s>a", completion: "b"), Example(id: 2, prompt: "a", completion: "b")],
      sequenceLength: 99, source: "f")
    #expect(data.doubledStarts == 1 && data.notes.contains { $0.contains("beginning-of-text token twice") })
  }

  /// Turns that are not learned carry no loss in plain text either, and a record without any is left out.
  @Test func turnsThatAreNotLearnedCarryNoLoss() throws {
    var messages = try conversation("two")
    messages[1].carriesLoss = false
    let example = Example(id: 1, messages: messages)
    for chat in [nil, try template("two-blocks"), try template("thoughts-last")] {
      let tokenized = try #require(try tokenising(chat).tokenize(example, index: 0, sequenceLength: 999).example)
      let said = tokenized.lossRanges.flatMap { tokenized.tokens[$0] }.filter { $0 < 256 }.map { UInt8($0) }
      let text = String(decoding: said, as: UTF8.self)
      #expect(text.contains("Pear") && !text.contains("Apple"))
    }
    messages[3].carriesLoss = false
    for chat in [nil, try template("two-blocks"), try template("thoughts-last")] {
      let data = try tokenising(chat).tokenize(
        [Example(id: 1, messages: messages), Example(id: 2, prompt: "a", completion: "b")], sequenceLength: 999,
        source: "f")
      #expect(data.leftOut == [1] && data.examples.count == 1)
    }
  }

  /// What the template itself puts before an answer is none of it, whichever blocks it has.
  @Test(arguments: ["end-block", "header-inside", "thoughts-last"])
  func answersAreWhatTheModelWrote(_ name: String) throws {
    let tokenising = tokenising(try template(name))
    let example = Example(id: 1, prompt: "q", completion: "a")
    #expect(tokenising.answer("right", to: example) == "right")
    if name == "thoughts-last" { #expect(tokenising.answer("<think>\n\n</think>\n\nright", to: example) == "right") }
  }
}
