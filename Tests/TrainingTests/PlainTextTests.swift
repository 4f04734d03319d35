import Foundation
import HuggingFace
import Kernels
import TestFiles
import Testing
import Text
import Training
import Transformer

/// Examples without a chat template: prompt and completion are one text, as the tokenizers library and TRL encode them.
@Suite struct PlainTextTests {
  private static let families = ["llama2", "mistral3", "gpt2", "llama3", "qwen3", "smollm2", "gemma"]

  /// A family's tokenizer with the end-of-text token that the case names.
  private func tokenizer(_ family: String, end: String) throws -> Tokenizer {
    let folder = try TemporaryFolder.copy(of: "tokenizers/families/\(family)")
    _ = try folder.write(#"{"eos_token": "\#(end)"}"#, "tokenizer_config.json")
    return try withExtendedLifetime(folder) { try Tokenizer(folder: folder.url) }
  }

  @Test(arguments: families) func idsAndLossAreThoseOfTheWholeText(_ family: String) throws {
    let golden = try Fixtures.json("plain/case.json")
    let own = try #require(golden[family]?.object)
    let tokenizer = try tokenizer(family, end: own.text("end"))
    let tokenising = Tokenising(tokenizer)
    let prefix = tokenising.prefix
    func written(_ text: String) -> String { text.replacing("END", with: own.text("end")) }
    func shifted(_ range: Range<Int>) -> Range<Int> {
      // Nothing precedes the first token, so it is not predicted.
      max(1, range.lowerBound + prefix.count)..<range.upperBound + prefix.count
    }
    let pairs = try #require(golden["pairs"]?.array)
    let found = try #require(own["pairs"]?.array)
    #expect(pairs.count == found.count && pairs.count > 20)
    for (pair, right) in zip(pairs, found) {
      let texts = (pair.array ?? []).compactMap(\.string).map(written)
      let golden = try #require(right.object)
      let example = Example(id: 1, prompt: texts[0], completion: texts[1])
      let result = try tokenising.tokenize(example, index: 0, sequenceLength: 99).example
      #expect(result?.tokens == prefix + golden.ids("ids"), "\(texts)")
      let range = golden.number("start")..<golden.ids("ids").count
      #expect(result?.lossRanges == [shifted(range)].filter { !$0.isEmpty }, "\(texts)")
    }
    for (talk, right) in zip(try #require(golden["talks"]?.array), try #require(own["talks"]?.array)) {
      let texts = (talk.array ?? []).compactMap(\.string).map(written)
      let golden = try #require(right.object)
      let turns = texts.enumerated().map { ChatMessage(role: $0 % 2 == 0 ? "user" : "assistant", content: $1) }
      let result = try tokenising.tokenize(Example(id: 1, messages: turns), index: 0, sequenceLength: 99).example
      #expect(result?.tokens == prefix + golden.ids("ids"), "\(texts)")
      let ranges = (golden["ranges"]?.array ?? []).map { range in
        let ends = (range.array ?? []).compactMap(\.integer)
        return shifted(ends[0]..<ends[1])
      }
      #expect(result?.lossRanges == ranges, "\(texts)")
    }
  }

  @Test func anEndThatTheTextHasIsNotAddedAgain() throws {
    let tokenising = Tokenising(try tokenizer("qwen3", end: "<|im_end|>"))
    let data = try tokenising.tokenize(
      [
        Example(id: 1, prompt: "Q: fruit?\nA:", completion: " Apple<|im_end|>"),
        Example(id: 2, prompt: "Q: fruit?\nA:", completion: " Apple"),
      ], sequenceLength: 99, source: "f")
    #expect(data.examples[0].tokens == data.examples[1].tokens)
    #expect(data.examples[0].lossRanges == data.examples[1].lossRanges)
    #expect(data.ownEnds == 1)
    #expect(data.notes == ["1 answer ends with the end-of-text token in its own text: no other is added"])
  }

  /// Through a template, the answer stays as transformers writes it, and it is said.
  @Test func anEndBesideTheTemplatesOwnIsTold() throws {
    let tokenizer = try tokenizer("qwen3", end: "<|im_end|>")
    let chat = try ChatTemplate.named("chatml", folder: Fixtures.folder("tokenizers/families/qwen3"))
    let data = try Tokenising(tokenizer, chat: chat).tokenize(
      ["Apple<|im_end|>", "Apple", "<|im_end|> Apple", "Apple<|im_end|> \n"].enumerated().map {
        Example(id: $0, prompt: "Q", completion: $1)
      }, sequenceLength: 99, source: "f")
    #expect(data.doubledEnds == 2)
    #expect(
      data.notes == ["2 answers end twice: their own texts have an end token, and the template writes one behind it"])
  }

  // MARK: What plain text cannot hold

  private static let call = #"{"role": "assistant", "content": CONTENT, "tool_calls": [{"function": {"name": "f"}}]}"#

  @Test(arguments: ["null", #""I look.""#]) func callsAreRefused(_ content: String) throws {
    let call = Self.call.replacing("CONTENT", with: content)
    let line =
      #"{"messages": [{"role": "user", "content": "w?"}, \#(call), {"role": "tool", "content": "5"}, "#
      + #"{"role": "assistant", "content": "five"}]}"#
    let file = try DataFile.parse(Array(line.utf8), path: "d.jsonl")
    let tokenising = Tokenising(try tokenizer("qwen3", end: "<|im_end|>"))
    let example = Example(file.records[0])
    let refused = refusal { _ = try tokenising.tokenize([example], sequenceLength: 99, source: "d.jsonl") }
    #expect(
      refused?.text.hasPrefix("d.jsonl: example 1: turn 2 calls f, and without a chat template only what") == true,
      "\(refused?.text ?? "")")
    #expect(refused?.status == 65)
    #expect(throws: PlainTextError.self) { try tokenising.prompt(for: example) }
  }

  @Test(arguments: ["reasoning_content", "thinking", "reasoning"]) func thoughtsAreCounted(_ field: String) throws {
    let thought = JSONObject([
      ("role", .string("assistant")), ("content", .string("4")), (field, .string("I add them.")),
    ])
    let messages = [ChatMessage(role: "user", content: "2+2?"), ChatMessage(fields: thought)]
    let data = try Tokenising(try tokenizer("qwen3", end: "<|im_end|>")).tokenize(
      [Example(id: 1, messages: messages)], sequenceLength: 99, source: "f")
    #expect(
      data.notes == [
        "1 answer is trained without its thoughts: without a chat template only the content is written"
      ])
  }

  // MARK: Options

  /// An option's tokens are those that it has behind the prompt; a token over the edge belongs to every option.
  @Test(arguments: families) func optionsAreTokenisedBehindThePrompt(_ family: String) throws {
    let golden = try Fixtures.json("plain/case.json")
    let tokenizer = try tokenizer(family, end: golden[family]?.object?.text("end") ?? "")
    let tokenising = Tokenising(tokenizer)
    for prompt in ["def f(", "Q: hi\nA:", "Q: hi\nA: ", "the mar"] {
      let options = ["x):", "ket", " yes", "4"]
      let example = Example(id: 1, prompt: prompt, completion: "")
      let (given, texts) = try tokenising.continuations(options, of: example)
      for (option, tokens) in zip(options, texts) {
        #expect(given.tokens + tokens == tokenising.prompt(prompt + option), "\(prompt)|\(option)")
        #expect(!tokens.isEmpty)
      }
      #expect(tokenising.prompt(prompt).starts(with: given.tokens))
    }
  }
}
