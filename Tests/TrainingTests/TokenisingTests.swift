import Testing
import Text
import Training

@Suite struct TokenisingTests {
  /// One token a byte, an end token 257, and perhaps a beginning token 256.
  private func tokenising(prefix: [Int32] = [], end: Int32? = 257) -> Tokenising {
    Tokenising(prefix: prefix, endOfText: end) { $0.utf8.map(Int32.init) }
  }

  @Test func promptAndCompletionAreJoined() throws {
    let (example, truncated) = try tokenising(prefix: [256]).tokenize(
      Example(id: 1, prompt: "ab", completion: "c"), index: 4, sequenceLength: 16)
    #expect(example == TokenizedExample(tokens: [256, 97, 98, 99, 257], lossStart: 3, exampleIndex: 4))
    #expect(example?.lossTokens == 2)
    #expect(!truncated)
  }

  /// Llama 3's post-processor adds a beginning-of-text token, the other one none, though both have one.
  @Test(arguments: [("llama3", true), ("digits", false)])
  func thePostProcessorDecidesAboutThePrefix(name: String, begins: Bool) throws {
    let folder = Fixture.folder.appendingPathComponent("tokenizers/\(name)")
    let tokenizer = try Tokenizer(folder: folder)
    let tokenising = Tokenising(tokenizer)
    let end = try #require(tokenizer.eosToken)
    let begin = try #require(tokenizer.bosToken)
    let text = tokenizer.encode("The chair", addSpecial: false)
    let answer = tokenizer.encode(" said", addSpecial: false)
    let (example, _) = try tokenising.tokenize(
      Example(id: 1, prompt: "The chair", completion: " said"), index: 0, sequenceLength: 99)
    #expect(example?.tokens == (begins ? [begin] : []) + text + answer + [end])
    #expect(example?.lossStart == text.count + (begins ? 1 : 0))
    #expect(tokenising.prompt("") == (begins ? [begin] : []))
  }

  @Test func emptyPromptsAreLegal() throws {
    let plain = try tokenising().tokenize(Example(id: 1, prompt: "", completion: "xy"), index: 0, sequenceLength: 9)
    // Nothing precedes the first token, so it is not predicted.
    #expect(plain.example == TokenizedExample(tokens: [120, 121, 257], lossStart: 1, exampleIndex: 0))
    let begun = try tokenising(prefix: [256]).tokenize(
      Example(id: 1, prompt: "", completion: "xy"), index: 0, sequenceLength: 9)
    #expect(begun.example?.lossTokens == 3)
  }

  @Test func longExamplesAreCutAndCounted() throws {
    let examples = [
      Example(id: 10, prompt: "aaaa", completion: "bbbb"),
      Example(id: 11, prompt: "a", completion: "b"),
      Example(id: 12, prompt: "aaaaaa", completion: "b"),
      Example(id: 13, prompt: "aaaaaaaaa", completion: "b"),
    ]
    let dataset = try tokenising().tokenize(examples, sequenceLength: 6, source: "file")
    #expect(dataset.examples.map(\.exampleIndex) == [0, 1])
    #expect(dataset.examples[0].tokens == [97, 97, 97, 97, 98, 98])
    #expect(dataset.examples[0].lossTokens == 2)
    #expect(dataset.truncated == 1)
    #expect(dataset.leftOut == [12, 13])
    #expect(dataset.tokens == 9 && dataset.lossTokens == 4)
  }

  @Test func nothingLeftIsAnErrorThatNamesTheFile() {
    let examples = [Example(id: 1, prompt: "aaaaaaa", completion: "b")]
    let error = #expect(throws: TrainingError.self) {
      try tokenising().tokenize(examples, sequenceLength: 4, source: "data/long.jsonl")
    }
    #expect(error?.description.hasPrefix("data/long.jsonl: none of 1 examples") == true)
    #expect(error?.exitStatus == 65)
    let empty = #expect(throws: TrainingError.self) {
      try tokenising().tokenize([], sequenceLength: 4, source: "empty.jsonl")
    }
    #expect(empty?.description == "empty.jsonl: there are no examples to train on")
  }

  @Test func withoutAnEndTokenAnEmptyCompletionIsLeftOut() throws {
    let result = try tokenising(end: nil).tokenize(
      Example(id: 1, prompt: "ab", completion: ""), index: 0, sequenceLength: 9)
    #expect(result.example == nil)
    #expect(
      try tokenising().tokenize(Example(id: 1, prompt: "ab", completion: ""), index: 0, sequenceLength: 9).example?
        .lossTokens == 1)
  }
}
