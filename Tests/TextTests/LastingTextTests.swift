import Recipe
import TestFiles
import Testing
import Text

/// The text of tokens begins with what was said to last, whatever follows.
@Suite struct LastingTextTests {
  @Test(arguments: Fixtures.tokenizerFamilies)
  func whatLastsIsNeverTakenBack(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    var random = SplitMix64(seed: 3)
    for _ in 0..<60 {
      // Any tokens at all: parts of characters, special ones, ids without a token.
      let ids = (0..<12).map { _ in Int32(random.next() % UInt64(tokenizer.vocabularySize + 2)) }
      let whole = Array(tokenizer.decode(ids, skipSpecial: true))
      for count in 0...ids.count {
        guard let lasting = tokenizer.lastingText(Array(ids[..<count]), skipSpecial: true) else { continue }
        #expect(whole.starts(with: Array(lasting)), "\(name): \(ids[..<count])")
      }
    }
  }

  @Test func brokenIsWhatNothingMends() {
    let whole = #"{"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00é"], "b": {}} "#
    let bytes = Array(whole.utf8)
    for count in 0...bytes.count where String(validating: bytes[..<count], as: UTF8.self) != nil {
      #expect(!JSONParser.isBroken(Array(bytes[..<count])), "\(count)")
    }
    for text in ["x", "{x", "{\"a\" 1", "{\"a\": 1} x", "[1 2", "{\"a\": tx", "{\"a\": \"\\q ", "[01 "] {
      #expect(JSONParser.isBroken(Array(text.utf8)), "\(text)")
      #expect(throws: JSONError.self) { try JSONParser.parse(Array((text + "}").utf8)) }
    }
  }
}
