import Foundation
import HuggingFace
import TestFiles
import Testing
import Text
import Training

/// Options through a chat template have the tokens that they have as learned answers.
@Suite struct AnswersTests {
  private static let pairs = [
    ("gemma", "gemma2", "<end_of_turn>"), ("qwen3", "chatml", "<|im_end|>"), ("qwen3", "qwen3", "<|im_end|>"),
    ("llama3", "llama3", "<|eot_id|>"), ("smollm2", "smollm2", "<|im_end|>"), ("llama2", "llama2", "</s>"),
    ("mistral3", "mistral", "</s>"), ("llama2", "chatml", "<|im_end|>"),
  ]

  private func tokenising(_ family: String, _ template: String, _ end: String) throws -> Tokenising {
    let folder = try TemporaryFolder.copy(of: "tokenizers/families/\(family)")
    _ = try folder.write(#"{"bos_token": "<s>", "eos_token": "\#(end)"}"#, "tokenizer_config.json")
    let file = Fixtures.folder("chat/templates/\(template).jinja").path
    return try withExtendedLifetime(folder) {
      Tokenising(try Tokenizer(folder: folder.url), chat: try ChatTemplate.named(file, folder: folder.url))
    }
  }

  @Test(arguments: pairs) func optionsHaveTheTokensOfLearnedAnswers(
    _ family: String, _ template: String, _ end: String
  ) throws {
    let tokenising = try tokenising(family, template, end)
    for options in [["yes", "no"], [" yes", " no", "4"], ["\nyes", "(a)"], ["文", "ket"]] {
      let (given, texts) = try tokenising.continuations(options, of: Example(id: 1, prompt: "the mar", completion: ""))
      for (option, tokens) in zip(options, texts) {
        let learned = try #require(
          try tokenising.tokenize(
            Example(id: 1, prompt: "the mar", completion: option), index: 0, sequenceLength: 999
          ).example)
        let whole = given.tokens + tokens
        #expect(learned.tokens.starts(with: whole), "\(family), \(template), \(option)")
        #expect(!tokens.isEmpty)
        // Behind it stands what ends an answer, with white space of the template's before it at most.
        #expect(learned.tokens.count > whole.count && learned.tokens.count <= whole.count + 3)
      }
    }
  }

  /// A conversation of one turn, the assistant's, is asked with what it is trained behind.
  @Test(arguments: [("qwen3", "qwen25"), ("smollm2", "smollm2"), ("qwen3", "chatml")])
  func aConversationOfOneTurnHasAPrompt(_ family: String, _ template: String) throws {
    let tokenising = try tokenising(family, template, "<|im_end|>")
    let example = Example(id: 1, messages: [ChatMessage(role: "assistant", content: "Hello!")])
    let learned = try #require(try tokenising.tokenize(example, index: 0, sequenceLength: 999).example)
    let prompt = try tokenising.prompt(for: example).tokens
    #expect(learned.tokens.starts(with: prompt) && prompt.count == learned.lossStart, "\(template)")
  }

  // MARK: Rows of the model

  private func folder(rows: Int?, inText: Bool = false) throws -> TemporaryFolder {
    let folder = try TemporaryFolder.copy(of: "tokenizers/families/qwen3")
    _ = try folder.write(#"{"eos_token": "<|endoftext|>"}"#, "tokenizer_config.json")
    if let rows {
      let own = #"{"vocab_size": \#(rows)}"#
      _ = try folder.write(inText ? #"{"vocab_size": 9, "text_config": \#(own)}"# : own, "config.json")
    }
    return folder
  }

  /// `<|im_end|>` has the id 562 and `<think>` 563.
  @Test(arguments: [false, true]) func aTokenWithoutRowIsRefusedWithItsPlace(_ inText: Bool) throws {
    let folder = try folder(rows: 563, inText: inText)
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.modelRows == 563)
    let tokenising = Tokenising(tokenizer)
    let examples = [
      Example(id: 4, prompt: "the <|im_end|>", completion: "a"),
      Example(id: 7, prompt: "Question", completion: " a <think>"),
    ]
    let words =
      "the token <think> (563) is none of the model's, whose embedding table has 563 rows (vocab_size in config.json); "
      + "take it out of the text"
    for length in [99, .max] {
      let refused = refusal { _ = try tokenising.tokenize(examples, sequenceLength: length, source: "d.jsonl") }
      #expect(
        refused?.status == 65 && refused?.text.hasPrefix("d.jsonl: example 7: \(words)") == true,
        "\(refused?.text ?? "")")
    }
    // What is cut off never reaches the model.
    let short = tokenizer.encode("Question a", addSpecial: false).count
    #expect(try tokenising.tokenize(examples.suffix(1), sequenceLength: short, source: "d").truncated == 1)
    #expect(
      try tokenising.tokenize(examples.suffix(1), sequenceLength: .max, shownLength: short, source: "d").truncated == 0)
    let asked = Example(id: 3, prompt: "a <think>", completion: "b")
    #expect(refusal { _ = try tokenising.prompt(for: asked) }?.text.hasPrefix(words) == true)
    let other = Example(id: 3, prompt: "a", completion: "b")
    #expect(refusal { _ = try tokenising.continuations(["x", "<think>"], of: other) }?.text.hasPrefix(words) == true)
    #expect(try tokenising.continuations(["x", "y"], of: other).texts.count == 2)
  }

  @Test func aTemplateThatWritesSuchATokenIsNamed() throws {
    let folder = try folder(rows: 562)
    let chat = try ChatTemplate.named("chatml", folder: folder.url)
    let tokenising = Tokenising(try Tokenizer(folder: folder.url), chat: chat)
    let refused = refusal {
      _ = try tokenising.tokenize([Example(id: 1, prompt: "q", completion: "a")], sequenceLength: 99, source: "d.jsonl")
    }
    #expect(refused?.text.contains("example 1: the token <|im_end|> (562)") == true)
    #expect(refused?.text.contains("the chat template writes it, so choose another with --chat-template") == true)
  }

  @Test func withoutWordOfRowsNothingIsRefused() throws {
    for rows in [nil, 565] {
      let folder = try folder(rows: rows)
      let tokenising = Tokenising(try Tokenizer(folder: folder.url))
      let example = Example(id: 1, prompt: "</think>", completion: "<think>")
      #expect(try tokenising.tokenize([example], sequenceLength: 99, source: "d").examples.count == 1)
    }
  }
}
