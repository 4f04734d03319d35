import Testing
import Training

@Suite struct TokenisingTests {
  /// One token a byte; optionally a beginning (256) and an end (257) put around by the post-processor.
  private func tokenising(prefix: [Int32] = [], suffix: [Int32] = [], end: Int32? = 257) -> Tokenising {
    let encode: @Sendable (String) -> [Int32] = { $0.utf8.map(Int32.init) }
    return Tokenising(endOfText: end, encode: encode) { prefix + encode($0) + suffix }
  }

  @Test func promptAndCompletionAreJoined() {
    let (example, truncated) = tokenising(prefix: [256]).tokenize(
      Example(id: 1, prompt: "ab", completion: "c"), index: 4, sequenceLength: 16)
    #expect(example == TokenizedExample(tokens: [256, 97, 98, 99, 257], lossStart: 3, exampleIndex: 4))
    #expect(example?.lossTokens == 2)
    #expect(!truncated)
  }

  @Test func thePostProcessorDecidesAboutThePrefix() {
    #expect(tokenising().prefix == [])
    #expect(tokenising(suffix: [257]).prefix == [])
    #expect(tokenising(prefix: [256], suffix: [257]).prefix == [256])
    #expect(tokenising(prefix: [256]).prompt("") == [256])
  }

  @Test func emptyPromptsAreLegal() {
    let plain = tokenising().tokenize(Example(id: 1, prompt: "", completion: "xy"), index: 0, sequenceLength: 9)
    // Nothing precedes the first token, so it is not predicted.
    #expect(plain.example == TokenizedExample(tokens: [120, 121, 257], lossStart: 1, exampleIndex: 0))
    let begun = tokenising(prefix: [256]).tokenize(
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

  @Test func withoutAnEndTokenAnEmptyCompletionIsLeftOut() {
    let result = tokenising(end: nil).tokenize(
      Example(id: 1, prompt: "ab", completion: ""), index: 0, sequenceLength: 9)
    #expect(result.example == nil)
    #expect(
      tokenising().tokenize(Example(id: 1, prompt: "ab", completion: ""), index: 0, sequenceLength: 9).example?
        .lossTokens == 1)
  }
}
