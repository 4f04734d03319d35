import Foundation
import TestFiles
import Testing
import Text

@Suite struct TokenizerTrainingTests {
  private func corpus() throws -> [String] {
    try Fixtures.json("tokenizers/corpus.json")["texts"]?.array?.compactMap(\.string) ?? []
  }

  @Test func learnsTheVocabularyThatTokenizersLearns() throws {
    let ours = TokenizerTraining.trainByteLevelBPE(
      corpus: try corpus(), vocabularySize: 420, specialTokens: ["<|begin_of_text|>", "<|end_of_text|>"],
      splitDigits: true)
    let object = try #require(try JSONParser.parse(Array(ours)).object)
    let theirs = try Fixtures.json("tokenizers/digits/tokenizer.json")
    #expect(object["model"]?.object?["merges"] == theirs["model"]?.object?["merges"])
    func vocabulary(_ object: JSONObject) -> [Int: String] {
      let members = object["model"]?.object?["vocab"]?.object?.members ?? []
      return Dictionary(uniqueKeysWithValues: members.map { ($0.value.integer ?? -1, $0.key) })
    }
    #expect(vocabulary(object) == vocabulary(theirs))
    #expect(vocabulary(object).count == 420)
    #expect(object["added_tokens"] == theirs["added_tokens"])
  }

  @Test func givesTheGoldenIds() throws {
    let data = TokenizerTraining.trainByteLevelBPE(
      corpus: try corpus(), vocabularySize: 420, specialTokens: ["<|begin_of_text|>", "<|end_of_text|>"],
      splitDigits: true)
    let tokenizer = try Tokenizer(json: data)
    for entry in try Fixtures.json("tokenizers/digits/golden.json")["texts"]?.array ?? [] {
      let ids = entry.object?["ids"]?.array?.compactMap { $0.integer.map { Int32($0) } }
      #expect(tokenizer.encode(entry.object?["text"]?.string ?? "", addSpecial: true) == ids)
    }
  }

  @Test func sameCorpusSameBytes() throws {
    let texts = try corpus()
    func train() -> Data {
      TokenizerTraining.trainByteLevelBPE(
        corpus: texts, vocabularySize: 500, specialTokens: ["<s>", "<s>", ""], splitDigits: false)
    }
    let data = train()
    #expect(data == train())
    let tokenizer = try Tokenizer(json: data)
    #expect(tokenizer.vocabularySize == 500)
    #expect(tokenizer.specialTokens == [0])
    let text = "any bytes \u{1F600}\u{0} 2024"
    #expect(tokenizer.decode(tokenizer.encode(text, addSpecial: true), skipSpecial: false) == text)
  }

  @Test func smallCorporaGiveWhatTheyHold() throws {
    let empty = try Tokenizer(
      json: TokenizerTraining.trainByteLevelBPE(
        corpus: [String](), vocabularySize: 1000, specialTokens: ["<e>"], splitDigits: true))
    #expect(empty.vocabularySize == 257)
    let digits = try Tokenizer(
      json: TokenizerTraining.trainByteLevelBPE(
        corpus: ["1234 1234 1234"], vocabularySize: 300, specialTokens: [], splitDigits: true))
    #expect(digits.encode("1234", addSpecial: false).count == 4)
    let repeated = try Tokenizer(
      json: TokenizerTraining.trainByteLevelBPE(
        corpus: ["aaaaaaaaaaa"], vocabularySize: 400, specialTokens: [], splitDigits: false))
    #expect(repeated.encode("aaaaaaaaaaa", addSpecial: false).count == 1)
  }
}
