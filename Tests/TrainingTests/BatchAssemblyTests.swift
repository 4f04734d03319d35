import Testing
import Training

@Suite struct BatchAssemblyTests {
  @Test func targetsAreTheNextTokensOfCompletionsOnly() {
    let batch = BatchAssembly.batch([
      TokenizedExample(tokens: [1, 2, 3, 4], lossStart: 2, exampleIndex: 0),
      TokenizedExample(tokens: [7, 8], lossStart: 0, exampleIndex: 1),
      TokenizedExample(tokens: [9], lossStart: 0, exampleIndex: 2),
    ])
    #expect(batch.tokens == [1, 2, 3, 4, 7, 8, 9])
    #expect(batch.targets == [-1, 3, 4, -1, 8, -1, -1])
    #expect(batch.sequenceStarts == [0, 4, 6, 7])
  }
}
