import Foundation
import Recipe
import TestFiles
import Testing
import Text

@Suite struct TokenizerTests {
  static let names = ["digits", "gpt2", "llama3", "qwen2"]

  private func ids(_ value: JSONValue?) -> [Int32] { value?.array?.compactMap { $0.integer.map { Int32($0) } } ?? [] }

  @Test(arguments: names)
  func idsEqualThoseOfTokenizers(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/\(name)"))
    let golden = try Fixtures.json("tokenizers/\(name)/golden.json")
    #expect(tokenizer.vocabularySize == golden["vocabulary_size"]?.integer)
    let texts = golden["texts"]?.array ?? []
    #expect(texts.count > 40)
    for entry in texts {
      let text = entry.object?["text"]?.string ?? ""
      let expected = ids(entry.object?["ids"])
      #expect(tokenizer.encode(text, addSpecial: true) == expected, "\(text.debugDescription)")
      #expect(
        tokenizer.encode(text, addSpecial: false) == ids(entry.object?["ids_without_special"]),
        "\(text.debugDescription)")
      for (member, skips) in [("decoded", false), ("decoded_skipping_special", true)] {
        let decoded = entry.object?[member]?.string ?? "absent"
        #expect(Array(tokenizer.decode(expected, skipSpecial: skips).utf8) == Array(decoded.utf8))
      }
    }
  }

  @Test(arguments: names)
  func decodesBrokenSequencesAsTokenizersDoes(_ name: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/\(name)"))
    let entries = try Fixtures.json("tokenizers/\(name)/golden.json")["decode"]?.array ?? []
    #expect(!entries.isEmpty)
    for entry in entries {
      let text = tokenizer.decode(ids(entry.object?["ids"]), skipSpecial: false)
      #expect(Array(text.utf8) == Array((entry.object?["text"]?.string ?? "absent").utf8))
    }
  }

  @Test func aSecondCallGivesTheSameIds() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/llama3"))
    let text = "The committee's chair, 12345 and über 👩‍👩‍👧‍👦"
    #expect(tokenizer.encode(text, addSpecial: true) == tokenizer.encode(text, addSpecial: true))
  }

  @Test func longWordsAreNotQuadratic() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/llama3"))
    let text = String(repeating: "the committee".filter { $0 != " " }, count: 10_000)
    let ids = tokenizer.encode(text, addSpecial: false)
    #expect(tokenizer.decode(ids, skipSpecial: false) == text)
    let spaces = String(repeating: " ", count: 100_000)
    #expect(tokenizer.decode(tokenizer.encode(spaces, addSpecial: false), skipSpecial: false) == spaces)
  }

  @Test func longAndShortWordsMergeAlike() throws {
    // A word of n letters is cut by the quadratic way up to 23 symbols and by the queue beyond; both must agree where
    // merges cannot reach across the seam: "aa" merges only with itself.
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/digits"))
    let short = tokenizer.encode(String(repeating: "q", count: 20), addSpecial: false)
    let long = tokenizer.encode(String(repeating: "q", count: 40), addSpecial: false)
    #expect(short + short == long)
  }

  @Test func knowsItsEnds() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("tokenizers/llama3"))
    #expect(tokenizer.bosToken == 0)
    #expect(tokenizer.eosToken == 1)
    #expect(tokenizer.prefixTokens == [0])
    #expect(tokenizer.suffixTokens.isEmpty)
    #expect(tokenizer.specialTokens == [0, 1])
    #expect(tokenizer.tokenString(0) == "<|begin_of_text|>")
    #expect(tokenizer.tokenString(-1) == nil)
    #expect(tokenizer.tokenString(1_000_000) == nil)
    #expect(tokenizer.decode([-5, 1_000_000], skipSpecial: false).isEmpty)
  }

  @Test func theFoldersFilesNameTheEnds() throws {
    let folder = try TemporaryFolder.copy(of: "tokenizers/llama3")
    _ = try folder.write(
      #"{"bos_token": null, "eos_token": {"content": "<|begin_of_text|>"}}"#, "tokenizer_config.json")
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.bosToken == nil)
    #expect(tokenizer.eosToken == 0)
  }

  /// Replaces text in the reference tokenizer and says how it is refused.
  private func refusalAfter(_ replacements: [(String, String)]) throws -> (text: String, status: Int32)? {
    var text = try String(contentsOf: Fixtures.folder("tokenizers/llama3/tokenizer.json"), encoding: .utf8)
    for (old, new) in replacements {
      #expect(text.contains(old), "\(old)")
      text = text.replacingOccurrences(of: old, with: new)
    }
    return refusal { _ = try Tokenizer(json: Data(text.utf8)) }
  }

  @Test(arguments: [
    (#""type": "BPE""#, #""type": "Morfessor""#, "model: type Morfessor"),
    (#""type": "Split""#, #""type": "UnicodeScripts""#, "pre_tokenizer.pretokenizers[0]: type UnicodeScripts"),
    (#""normalizer": null"#, #""normalizer": {"type": "Replace"}"#, "normalizer: pattern is missing"),
    (#""normalizer": null"#, #""normalizer": {"type": "BertNormalizer"}"#, "normalizer: type BertNormalizer"),
    (
      #""normalizer": null"#, #""normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}"#,
      "precompiled_charsmap"
    ),
    (#""behavior": "Isolated""#, #""behavior": "Sideways""#, "behavior Sideways"),
    (#"\\p{N}{1,3}"#, #"\\p{Klingon}"#, "PCRE2 refuses it: unknown property"),
    (#"\\s+(?!\\S)"#, #"(?<x>\\s+)"#, "(?<"),
    (#"\\s+(?!\\S)"#, #"\\b"#, #"\b"#),
    (#"\\s+(?!\\S)"#, "[[:alpha:]]", "[ within"),
    (#"\\s+(?!\\S)"#, "(a", "PCRE2 refuses it: missing closing parenthesis"),
    (#""dropout": null"#, #""dropout": 0.1"#, "model: dropout"),
    (#""unk_token": null"#, #""unk_token": "nowhere""#, "unk_token"),
    (#""type": "TemplateProcessing""#, #""type": "Other""#, "post_processor.processors[1]: type Other"),
  ])
  func refusesByName(_ old: String, _ new: String, _ word: String) throws {
    let refused = try #require(try refusalAfter([(old, new)]))
    #expect(refused.text.contains(word), "\(refused.text)")
    #expect(!refused.text.contains("\n"))
    #expect(refused.status == 65)
  }

  @Test func damagedFilesNeverTrap() throws {
    let original = Array(try Data(contentsOf: Fixtures.folder("tokenizers/gpt2/tokenizer.json")))
    var generator = SplitMix64(seed: 5)
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 3) {
        let place = Int(generator.next() % UInt64(bytes.count))
        switch generator.next() % 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 40)))
        default: bytes.insert(contentsOf: Array("9[{,\"".utf8).shuffled(using: &generator), at: place)
        }
      }
      do {
        let tokenizer = try Tokenizer(json: Data(bytes))
        _ = tokenizer.decode(tokenizer.encode("Hello 123 [MASK] stripme word", addSpecial: true), skipSpecial: true)
      } catch let error as TokenizerError {
        #expect(!error.description.contains("\n"))
      }
    }
  }

  @Test func missingFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let refused = try #require(refusal { _ = try Tokenizer(folder: folder.url) })
    #expect(refused.status == 66)
    #expect(refused.text.contains("tokenizer.json"))
  }
}
