import Foundation
import TestFiles
import Testing
import Text

/// Normalizers, pre-tokenizers and decoders by themselves against those of `tokenizers`.
@Suite struct TokenizerComponentTests {
  private func golden() throws -> JSONObject { try Fixtures.json("tokenizers/components/golden.json") }

  private func strings(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

  private func tokenizer(_ field: String, _ component: JSONValue?) throws -> (tokenizer: Tokenizer, name: String) {
    let text = JSONWriter.text(component ?? .null)
    let json = #"{"model": {"type": "WordLevel", "vocab": {"<unk>": 0}, "unk_token": "<unk>"}, "\#(field)": \#(text)}"#
    return (try Tokenizer(json: Data(json.utf8)), text)
  }

  private func same(_ left: [String], _ right: [String]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }

  @Test func preTokenizersCutAlike() throws {
    let golden = try golden()
    let texts = strings(golden["texts"])
    let entries = golden["pre_tokenizers"]?.array ?? []
    #expect(texts.count > 30 && entries.count > 80)
    for entry in entries {
      let (tokenizer, name) = try tokenizer("pre_tokenizer", entry.object?["json"])
      let pieces = entry.object?["pieces"]?.array ?? []
      try #require(pieces.count == texts.count)
      for (text, expected) in zip(texts, pieces) {
        let words = tokenizer.words(of: text)
        #expect(same(words, strings(expected)), "\(name) of \(text.debugDescription) gives \(words)")
      }
    }
  }

  @Test func normalizersChangeAlike() throws {
    let golden = try golden()
    let texts = strings(golden["texts"])
    let entries = golden["normalizers"]?.array ?? []
    #expect(entries.count > 15)
    for entry in entries {
      let (tokenizer, name) = try tokenizer("normalizer", entry.object?["json"])
      let results = entry.object?["texts"]?.array ?? []
      try #require(results.count == texts.count)
      for (text, result) in zip(texts, results) {
        let changed = tokenizer.words(of: text).joined()
        let expected = result.string ?? text
        #expect(same([changed], [expected]), "\(name) of \(text.debugDescription) gives \(changed.debugDescription)")
      }
    }
  }

  @Test func decodersJoinAlike() throws {
    let golden = try golden()
    let lists = golden["lists"]?.array?.map(strings) ?? []
    let entries = golden["decoders"]?.array ?? []
    #expect(lists.count > 20 && entries.count > 15)
    for entry in entries {
      let (tokenizer, name) = try tokenizer("decoder", entry.object?["json"])
      let results = entry.object?["texts"]?.array ?? []
      try #require(results.count == lists.count)
      for (list, result) in zip(lists, results) {
        // null: the library itself stops there.
        guard let expected = result.string else { continue }
        let text = tokenizer.text(ofTokens: list)
        #expect(same([text], [expected]), "\(name) of \(list) gives \(text.debugDescription)")
      }
    }
  }
}
