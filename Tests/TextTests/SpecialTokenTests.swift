import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// Tokens that only the files beside `tokenizer.json` name, against what transformers makes of them:
/// `Fixtures/tokenizers/special-tokens.json`.
@Suite struct SpecialTokenTests {
  private func folder(_ files: JSONObject?) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let file = Fixtures.folder("tokenizers/gpt2/tokenizer.json")
    _ = try folder.write(Array(try Data(contentsOf: file)), "tokenizer.json")
    for member in files?.members ?? [] { _ = try folder.write(JSONWriter.text(member.value, indent: nil), member.key) }
    return folder
  }

  private func ids(_ value: JSONValue?) -> [Int32] { value?.array?.compactMap { $0.integer.map { Int32($0) } } ?? [] }

  @Test func idsAndNamesAreThoseOfTransformers() throws {
    let fixture = try Fixtures.json("tokenizers/special-tokens.json")
    let texts = fixture["texts"]?.array?.compactMap(\.string) ?? []
    let cases = fixture["cases"]?.array?.compactMap(\.object) ?? []
    #expect(texts.count == 3 && cases.count == 42)
    for (index, entry) in cases.enumerated() {
      let folder = try folder(entry["files"]?.object)
      let tokenizer = try Tokenizer(folder: folder.url)
      #expect(tokenizer.vocabularySize == entry["size"]?.integer, "case \(index)")
      for (place, text) in texts.enumerated() {
        let expected = ids(entry["ids"]?.array?[place])
        #expect(tokenizer.encode(text, addSpecial: true) == expected, "case \(index): \(text.debugDescription)")
        let bare = entry["bare"]?.array?[place].string
        #expect(tokenizer.decode(expected, skipSpecial: true) == bare, "case \(index): \(text.debugDescription)")
      }
      let named = try #require(entry["named"]?.object)
      let names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask", "tool", "image"].map { $0 + "_token" }
      let source = names.map { "{{ \($0) | default('none', false) }}\n" }.joined()
      let file = try folder.write(source, "names.jinja")
      let written = try ChatTemplate.named(file.path, folder: folder.url).render([], addGenerationPrompt: false)
      let expected = names.map { named[$0]?.string ?? "none" }
      #expect(written.split(separator: "\n").map(String.init) == expected, "case \(index)")
    }
  }

  /// GPT-2's tokenizer is told in the configuration whether it puts a space before a text.
  @Test(arguments: [("GPT2TokenizerFast", true), ("GPT2Tokenizer", true), ("PreTrainedTokenizerFast", false)])
  func theConfigurationAsksForASpace(_ name: String, _ isHonoured: Bool) throws {
    for addsSpace in [true, false] {
      let folder = try TemporaryFolder()
      let file = Fixtures.folder("tokenizers/gpt2/tokenizer.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains(#""add_prefix_space": true"#))
      let other = text.replacingOccurrences(
        of: #""add_prefix_space": true"#, with: #""add_prefix_space": \#(!addsSpace)"#)
      _ = try folder.write(other, "tokenizer.json")
      let plain = try Tokenizer(folder: folder.url)
      _ = try folder.write(
        #"{"tokenizer_class": "\#(name)", "add_prefix_space": \#(addsSpace)}"#, "tokenizer_config.json")
      let told = try Tokenizer(folder: folder.url)
      #expect((told.encode("the", addSpecial: false) != plain.encode("the", addSpecial: false)) == isHonoured)
      #expect(told.encode(" the", addSpecial: false) == plain.encode(" the", addSpecial: false))
    }
  }

  /// A token that transformers numbers otherwise than the file says is told.
  @Test func anotherNumberIsTold() throws {
    let entry = #"{"added_tokens_decoder": {"900": {"content": "<new>", "special": true}}}"#
    let folder = try folder(nil)
    _ = try folder.write(entry, "tokenizer_config.json")
    let notices = try Tokenizer(folder: folder.url).notices
    #expect(notices.count == 1 && notices[0].contains("405 and not 900"), "\(notices)")
  }

  /// Where no class is named transformers takes that of the model's type.
  @Test(arguments: [("gpt2", true), ("llama", false)])
  func gpt2sModelAsksForASpace(_ type: String, _ isHonoured: Bool) throws {
    let folder = try folder(nil)
    let plain = try Tokenizer(folder: folder.url)
    let addsSpace = plain.encode("the", addSpecial: false) != plain.encode(" the", addSpecial: false)
    _ = try folder.write("{\"add_prefix_space\": \(addsSpace)}", "tokenizer_config.json")
    _ = try folder.write("{\"model_type\": \"\(type)\"}", "config.json")
    let told = try Tokenizer(folder: folder.url)
    #expect((told.encode("the", addSpecial: false) != plain.encode("the", addSpecial: false)) == isHonoured)
  }

  /// transformers 5.24 gives ▁▁lead for "  lead" where the file, and transformers 4, give ▁▁▁lead; of the other types and classes it
  /// takes the file.
  @Test(arguments: [
    ("LlamaTokenizerFast", "llama", 1), ("LlamaTokenizer", "llama", 1), ("PreTrainedTokenizerFast", "llama", 0),
    ("LlamaTokenizerFast", "mistral", 0), ("LlamaTokenizerFast", "phi3", 0),
  ])
  func aTokenizerThatTransformersBuildsAnewIsTold(_ name: String, _ type: String, _ count: Int) throws {
    let folder = try TemporaryFolder.copy(of: "tokenizers/families/llama2")
    let plain = try Tokenizer(folder: folder.url)
    _ = try folder.write("{\"tokenizer_class\": \"\(name)\"}", "tokenizer_config.json")
    _ = try folder.write("{\"model_type\": \"\(type)\"}", "config.json")
    let told = try Tokenizer(folder: folder.url)
    #expect(told.notices.count == count && told.notices.allSatisfy { $0.contains("LlamaTokenizer anew") })
    #expect(told.encode("  lead <s>two", addSpecial: true) == plain.encode("  lead <s>two", addSpecial: true))
  }

  @Test(arguments: [
    ("tokenizer_config.json", #"{"added_tokens_decoder": []}"#, "added_tokens_decoder is a list, not an object"),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"a": {"content": "x"}}}"#, "added_tokens_decoder.a: the key"),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"5": {}}}"#, "added_tokens_decoder.5: content is missing"),
    ("tokenizer_config.json", #"{"added_tokens_decoder": {"5": {"content": "x", "lstrip": 1}}}"#, "lstrip is a number"),
    ("added_tokens.json", #"{"<new>": "a"}"#, "the id of <new> is a string"), ("added_tokens.json", "[]", "is a list"),
    ("special_tokens_map.json", "[", "not JSON"),
  ])
  func brokenFilesAreRefused(_ name: String, _ text: String, _ words: String) throws {
    let folder = try folder(nil)
    _ = try folder.write(text, name)
    let refused = try #require(refusal { _ = try Tokenizer(folder: folder.url) })
    #expect(refused.text.contains(name) && refused.text.contains(words), "\(refused.text)")
    #expect(refused.status == 65 && !refused.text.contains("\n"))
  }
}
