import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text

/// Tokenizers in GGUF metadata against `tokenizers`, on the texts of Tests/Fixtures/tokenizers/families.
@Suite struct GGUFTokenizerTests {
  private func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(folder: Fixtures.folder("gguf/tokenizers/\(name).gguf"))
  }

  private func texts() throws -> [String] { try Fixtures.json("tokenizers/families/texts.json").texts("texts") }

  /// The ids are those of the `tokenizer.json` that the file was made from.
  @Test(arguments: ["gpt2", "llama3", "qwen3", "smollm2", "tekken"]) func byteLevel(_ name: String) throws {
    let (tokenizer, texts) = (try tokenizer(name), try texts())
    let golden = try Fixtures.json("tokenizers/families/\(name)/golden.json")
    let rows = try #require(golden["ids"]?.array)
    let expected = rows.map { $0.array?.compactMap { $0.integer.map(Int32.init) } ?? [] }
    try #require(expected.count == texts.count && !texts.isEmpty)
    for (text, ids) in zip(texts, expected) {
      #expect(tokenizer.encode(text, addSpecial: true) == ids, "\(name): \(text.debugDescription)")
    }
    let original = try Tokenizer(folder: Fixtures.folder("tokenizers/families/\(name)"))
    for ids in expected {
      #expect(tokenizer.decode(ids, skipSpecial: false) == original.decode(ids, skipSpecial: false))
    }
    #expect(tokenizer.vocabularySize == original.vocabularySize && tokenizer.specialTokens == original.specialTokens)
  }

  /// LFM2's texts are cut as Llama 3's, with a token before each.
  @Test func lfm2IsCutAsLlama3() throws {
    let folder = try TemporaryFolder()
    var draft = try GGUFDraft(path: Fixtures.folder("gguf/tokenizers/llama3.gguf").path)
    draft.set("tokenizer.ggml.pre", .text("lfm2"))
    let (own, other) = (try Tokenizer(folder: folder.write(draft.bytes, "m.gguf")), try tokenizer("llama3"))
    for text in try texts() {
      #expect(own.encode(text, addSpecial: true) == other.encode(text, addSpecial: true), "\(text.debugDescription)")
    }
  }

  /// The merges follow from the scores.
  @Test(arguments: ["llama2", "gemma"]) func sentencePiece(_ name: String) throws {
    let (tokenizer, texts) = (try tokenizer(name), try texts())
    let golden = try Fixtures.json("gguf/tokenizers/\(name).json")
    let rows = try #require(golden["ids"]?.array)
    try #require(rows.count == texts.count)
    for (text, row) in zip(texts, rows) {
      let ids = row.array?.compactMap { $0.integer.map(Int32.init) } ?? []
      #expect(tokenizer.encode(text, addSpecial: true) == ids, "\(name): \(text.debugDescription)")
    }
    let decoded = golden.texts("decoded")
    for (row, text) in zip(rows, decoded) {
      let ids = row.array?.compactMap { $0.integer.map(Int32.init) } ?? []
      #expect(
        tokenizer.decode(ids, skipSpecial: true).utf8.elementsEqual(text.utf8), "\(name): \(text.debugDescription)")
    }
  }

  @Test func endsAndTemplate() throws {
    let tokenizer = try tokenizer("llama3")
    #expect(tokenizer.bosToken == tokenizer.id(of: "<|begin_of_text|>"))
    #expect(tokenizer.eosToken == tokenizer.id(of: "<|eot_id|>") && tokenizer.prefixTokens.count == 1)
    #expect(try self.tokenizer("gpt2").prefixTokens.isEmpty)
    #expect(tokenizer.endTokens.contains(try #require(tokenizer.eosToken)))
    let file = Fixtures.folder("gguf/tokenizers/llama3.gguf")
    let template = try #require(try ChatTemplate.read(folder: file))
    let turns = [ChatMessage(role: "user", content: "Hi")]
    #expect(try template.render(turns, addGenerationPrompt: false) == "<|begin_of_text|><user>Hi<|eot_id|>")
    #expect(template.name.hasSuffix("llama3.gguf: tokenizer.chat_template"))
    #expect(try ChatTemplate.read(folder: Fixtures.folder("gguf/tokenizers/gemma.gguf")) == nil)
    #expect(try !ChatTemplate.named("chatml", folder: file).render(turns, addGenerationPrompt: false).isEmpty)
  }
}
