import Foundation
import TestFiles
import Testing
import Text

/// Every family's layout against what `tokenizers` made of the same texts.
@Suite struct TokenizerFamilyTests {
  private func ids(_ value: JSONValue) -> [Int32] { value.array?.compactMap { $0.integer.map { Int32($0) } } ?? [] }

  private func texts() throws -> [String] {
    let texts = try Fixtures.json("tokenizers/families/texts.json")["texts"]?.array?.compactMap(\.string) ?? []
    #expect(texts.count > 200)
    return texts
  }

  @Test func everyFamilyIsTested() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Fixtures.folder("tokenizers/families").path)
    #expect(folders.filter { !$0.hasSuffix(".json") }.sorted() == Fixtures.tokenizerFamilies)
  }

  @Test(arguments: Fixtures.tokenizerFamilies)
  func idsEqualThoseOfTokenizers(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    let golden = try Fixtures.json("tokenizers/families/\(name)/golden.json")
    #expect(tokenizer.vocabularySize == golden["vocabulary_size"]?.integer)
    #expect(tokenizer.prefixTokens.count == golden["prefix"]?.integer)
    #expect(tokenizer.suffixTokens.count == golden["suffix"]?.integer)
    let texts = try texts()
    let expected = golden["ids"]?.array?.map(ids) ?? []
    try #require(expected.count == texts.count)
    for (text, ids) in zip(texts, expected) {
      #expect(tokenizer.encode(text, addSpecial: true) == ids, "\(text.debugDescription)")
      let bare = ids.dropFirst(tokenizer.prefixTokens.count).dropLast(tokenizer.suffixTokens.count)
      #expect(tokenizer.encode(text, addSpecial: false) == Array(bare), "\(text.debugDescription)")
    }
  }

  @Test(arguments: Fixtures.tokenizerFamilies)
  func decodesAsTokenizersDoes(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    let golden = try Fixtures.json("tokenizers/families/\(name)/golden.json")
    let texts = try texts()
    let all = golden["ids"]?.array?.map(ids) ?? []
    let whole = golden["decoded"]?.array ?? []
    let bare = golden["decoded_skipping_special"]?.array ?? []
    try #require(all.count == texts.count && whole.count == texts.count && bare.count == texts.count)
    for index in texts.indices {
      // null: the text itself; null again: as without skipping.
      let expected = whole[index].string ?? texts[index]
      #expect(Array(tokenizer.decode(all[index], skipSpecial: false).utf8) == Array(expected.utf8))
      let skipped = bare[index].string ?? expected
      #expect(Array(tokenizer.decode(all[index], skipSpecial: true).utf8) == Array(skipped.utf8))
    }
    let lists = golden["lists"]?.array?.map(ids) ?? []
    let decoded = golden["lists_decoded"]?.array?.compactMap(\.string) ?? []
    try #require(lists.count == 40 && decoded.count == 40)
    for (list, text) in zip(lists, decoded) {
      #expect(Array(tokenizer.decode(list, skipSpecial: false).utf8) == Array(text.utf8))
    }
  }

  @Test(arguments: Fixtures.tokenizerFamilies)
  func theCacheChangesNothing(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    let texts = try texts()
    let first = texts.map { tokenizer.encode($0, addSpecial: true) }
    #expect(texts.map { tokenizer.encode($0, addSpecial: true) } == first)
  }

  /// Words of a megabyte, at which anything quadratic would stand still.
  @Test(arguments: ["gpt2", "llama2", "mistral3", "bpe-suffix", "t5", "wordpiece"])
  func aMegabyteWithoutASpace(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    let unit = "reportmarketriver"
    let ids = tokenizer.encode(String(repeating: unit, count: 1 << 16), addSpecial: false)
    // What follows a long word does not change how it begins, in any of these models; WordPiece gives it up.
    let short = tokenizer.encode(String(repeating: unit, count: 40), addSpecial: false)
    #expect(ids.count == 1 || Array(ids.prefix(60)) == Array(short.prefix(60)))
    for text in [String(repeating: " ", count: 1 << 20), String(repeating: "é", count: 1 << 19)] {
      #expect(!tokenizer.encode(text + "x", addSpecial: false).isEmpty)
    }
  }

  /// Normal forms are made in parts of a long text; the seams must not show.
  @Test(arguments: ["NFC", "NFD", "NFKC", "NFKD"])
  func longTextsNormalizeAsShortOnes(_ form: String) throws {
    let json =
      #"{"model": {"type": "WordLevel", "vocab": {"<unk>": 0}, "unk_token": "<unk>"}, "normalizer": {"type": "\#(form)"}}"#
    let tokenizer = try Tokenizer(json: Data(json.utf8))
    for unit in [
      "é", "e\u{301}\u{323}", "ﬁ", "각", "\u{1100}\u{1161}\u{11A8}", "ハ\u{3099}", "ﾊﾞ", "ά\u{345}", "日本ﬀa\u{30A}",
    ] {
      let one = tokenizer.words(of: unit).joined()
      let many = tokenizer.words(of: String(repeating: unit, count: 2000)).joined()
      #expect(many.utf8.elementsEqual(String(repeating: one, count: 2000).utf8), "\(unit)")
    }
  }

  @Test(arguments: ["llama2", "gemma", "mistral3", "unigram-bytes"])
  func bytesOfCutCharactersStay(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    let ids = tokenizer.encode("x🦀", addSpecial: false)
    #expect(tokenizer.decode(Array(ids.dropLast()), skipSpecial: false).hasSuffix("\u{FFFD}\u{FFFD}\u{FFFD}"))
    #expect(tokenizer.decodeBytes(Array(ids.dropLast()), skipSpecial: false).suffix(3) == [0xF0, 0x9F, 0xA6])
  }

  @Test func severalThreadsGetTheSameIds() async throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/families/llama3"))
    let texts = try texts()
    let expected = texts.map { tokenizer.encode($0, addSpecial: true) }
    await withTaskGroup(of: [[Int32]].self) { group in
      for _ in 0..<8 { group.addTask { texts.map { tokenizer.encode($0, addSpecial: true) } } }
      for await result in group { #expect(result == expected) }
    }
  }
}
