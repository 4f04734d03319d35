import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// GGUF files that are damaged, or go beyond what is read: one line with what, where and what is read instead.
@Suite struct GGUFProblemTests {
  private func refused(_ bytes: [UInt8], _ words: [String], tokenizer: Bool = false) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(bytes, "model.gguf")
    let problem = try #require(
      refusal {
        if tokenizer { _ = try Tokenizer(folder: file) } else { _ = try ModelFolder.load(at: file) }
      }, "\(words)")
    for word in words { #expect(problem.text.contains(word), "\(word): \(problem.text)") }
    #expect(problem.status == 65 && !problem.text.contains("\n") && problem.text.hasPrefix(file.path))
  }

  private func draft(_ name: String) throws -> GGUFDraft { try GGUFDraft(path: GGUFModelTests.path(name)) }

  /// What was written anew without a change is the same model.
  @Test(arguments: GGUFModelTests.names) func aDraftIsTheModel(_ name: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(try draft("\(name)/model.gguf").bytes, "model.gguf")
    let original = Fixtures.folder("gguf/\(name)/model.gguf")
    #expect(try ModelFolder.configuration(at: file) == ModelFolder.configuration(at: original))
    #expect(try ModelFolder.load(at: file).embedding.toFloats() == ModelFolder.load(at: original).embedding.toFloats())
  }

  @Test func versions() throws {
    var draft = try draft("qwen3/model.gguf")
    let folder = try TemporaryFolder()
    draft.version = 2
    _ = try ModelFolder.load(at: folder.write(draft.bytes, "two.gguf"))
    draft.version = 1
    try refused(draft.bytes, ["version 1", "versions 2 and 3"])
    draft.version = UInt32(3).byteSwapped
    try refused(draft.bytes, ["big-endian"])
    draft.version = 3
    draft.magic = Array("GGUV".utf8)
    try refused(draft.bytes, ["does not begin with the letters GGUF"])
    try refused([], ["is empty"])
    try refused(Array("version https://git-lfs.github.com/spec/v1\nsize 5\n".utf8), ["Git LFS"])
  }

  /// Cut anywhere, and always refused.
  @Test func cutShort() throws {
    let bytes = try draft("qwen2/model.gguf").bytes
    for length in stride(from: 4, to: bytes.count - 32, by: 37) { try refused(Array(bytes[..<length]), ["model.gguf"]) }
  }

  @Test func claimsWithoutBytes() throws {
    let bytes = try draft("qwen2/model.gguf").bytes
    for place in [8, 16] {
      for claim in [UInt64.max, 1 << 62, 1 << 40, UInt64(bytes.count)] {
        var damaged = bytes
        withUnsafeBytes(of: claim.littleEndian) { damaged.replaceSubrange(place..<(place + 8), with: $0) }
        try refused(damaged, ["claims \(claim)", "bytes after that"])
      }
    }
  }

  @Test func metadataBeyondWhatIsRead() throws {
    let cases: [(key: String, value: GGUFValue?, words: [String])] = [
      ("general.architecture", .text("mamba"), ["general.architecture mamba", "llama, qwen2, qwen3, gemma3, lfm2"]),
      ("general.architecture", nil, ["general.architecture", "gemma3"]),
      ("general.type", .text("adapter"), ["adapter", "no model"]),
      ("split.count", .integer(3), ["3 parts", "--merge"]),
      ("general.alignment", .integer(3), ["general.alignment"]),
      ("qwen3.embedding_length", nil, ["qwen3.embedding_length"]),
      ("qwen3.block_count", .integer(0), ["qwen3.block_count is 0", "from 1 to"]),
      ("qwen3.attention.head_count", .integers([4, 2]), ["qwen3.attention.head_count", "list of 2"]),
      ("qwen3.expert_count", .integer(8), ["qwen3.expert_count 8"]),
      ("qwen3.attention.scale", .number(2), ["qwen3.attention.scale 2.0"]),
      ("qwen3.rope.scaling.type", .text("longrope"), ["qwen3.rope.scaling.type longrope"]),
      ("qwen3.rope.dimension_count", .integer(4), ["qwen3.rope.dimension_count 4"]),
      ("qwen3.attention.value_length", .integer(16), ["qwen3.attention.value_length 16"]),
      ("qwen3.feed_forward_length", .integer(96), ["has shape", "metadata says"]),
      ("qwen3.vocab_size", .integer(99), ["token_embd.weight", "61 rows", "qwen3.vocab_size is 99"]),
      ("qwen3.block_count", .integer(3), ["blk.2.attn_norm.weight", "missing"]),
      ("qwen3.block_count", .integer(1), ["blk.1.", "not part of a qwen3 model"]),
      ("qwen3.context_length", .text("long"), ["qwen3.context_length is long"]),
    ]
    for (key, value, words) in cases {
      var draft = try draft("qwen3/model.gguf")
      draft.set(key, value)
      try refused(draft.bytes, words)
    }
    // Fields that say nothing new.
    for (key, value) in [
      ("qwen3.expert_count", GGUFValue.integer(0)), ("qwen3.attention.head_count", .integers([4, 4])),
      ("qwen3.attention.causal", .flag(true)), ("general.anything", .undecodable),
    ] {
      var draft = try draft("qwen3/model.gguf")
      draft.set(key, value)
      let folder = try TemporaryFolder()
      #expect(try ModelFolder.load(at: folder.write(draft.bytes, "m.gguf")).configuration.heads == 4, "\(key)")
    }
  }

  /// Which blocks of LFM2 convolve is in its numbers of key heads.
  @Test func convolutions() throws {
    let folder = try TemporaryFolder()
    var draft = try draft("lfm2/model.gguf")
    let convolution = try ModelFolder.configuration(at: folder.write(draft.bytes, "m.gguf")).block.shortConvolution
    #expect(convolution == ShortConvolutions(width: 4, layers: [0, 2, 3]))
    let heads = "lfm2.attention.head_count_kv"
    for (key, value, words) in [
      (heads, GGUFValue.integers([0, 2, 0]), [heads, "list of 3", "4 layers"]),
      (heads, .integers([0, 2, 1, 0]), [heads, "0 or the same"]), (heads, .text("two"), [heads, "two"]),
      (heads, .integers([0, -2, 0, 0]), [heads, "0 or the same"]),
      (heads, .integers([2, 2, 0, 0]), ["blk.0.shortconv.", "not part of a lfm2 model"]),
      (heads, .integer(2), ["blk.0.shortconv.", "not part of a lfm2 model"]),
      ("lfm2.shortconv.l_cache", .integer(3), ["blk.0.shortconv.conv.weight", "has shape [32, 4]", "[32, 3]"]),
      ("lfm2.shortconv.l_cache", .integer(0), ["lfm2.shortconv.l_cache is 0"]),
      ("lfm2.attention.sliding_window", .integer(8), ["lfm2.attention.sliding_window 8"]),
    ] {
      draft = try self.draft("lfm2/model.gguf")
      draft.set(key, value)
      try refused(draft.bytes, words)
    }
  }

  @Test func tensorsBeyondWhatIsRead() throws {
    func changed(_ name: String, _ words: [String], _ change: (inout GGUFDraft, Int) -> Void) throws {
      var draft = try draft("llama/model.gguf")
      let place = try #require(draft.tensors.firstIndex { $0.name == name })
      change(&draft, place)
      try refused(draft.bytes, words)
    }
    let name = "blk.0.attn_q.weight"
    try changed(name, [name, "IQ4_NL is not read", "Q4_K"]) { $0.tensors[$1].type = 20 }
    try changed(name, [name, "number 77 is not read"]) { $0.tensors[$1].type = 77 }
    try changed(name, [name, "blocks of 32"]) { $0.tensors[$1].shape[0] = 33 }
    try changed(name, [name, "multiple of the alignment"]) { $0.tensors[$1].offset += 1 }
    try changed(name, [name, "cut short"]) { $0.tensors[$1].offset = 1 << 40 }
    try changed(name, ["overlaps"]) { $0.tensors[$1].offset = 32 }
    try changed(name, [name, "a dimension of 0"]) { $0.tensors[$1].shape[1] = 0 }
    try changed(name, [name, "5 dimensions"]) { $0.tensors[$1].shape += [1, 1, 1] }
    try changed(name, ["output.weight", "occurs twice"]) { $0.tensors[$1].name = "output.weight" }
    try changed(name, ["rope_freqs.weight.too", "not part of a llama model"]) {
      $0.tensors[$1].name = "rope_freqs.weight.too"
    }
    try changed(name, [name, "missing"]) { $0.tensors.remove(at: $1) }
    try changed("rope_freqs.weight", ["rope_freqs.weight", "has shape"]) { $0.tensors[$1].shape = [4] }
    try changed("rope_freqs.weight", ["rope_freqs.weight", "rope.scaling.type"]) { draft, _ in
      draft.set("llama.rope.scaling.type", .text("linear"))
      draft.set("llama.rope.scaling.factor", .number(2))
    }
  }

  @Test func tokenizersBeyondWhatIsRead() throws {
    let cases: [(file: String, key: String, value: GGUFValue?, words: [String])] = [
      ("gpt2", "tokenizer.ggml.model", .text("t5"), ["tokenizer.ggml.model t5", "gpt2, llama"]),
      ("gpt2", "tokenizer.ggml.model", nil, ["no tokenizer"]),
      ("gpt2", "tokenizer.ggml.model", .text("none"), ["no tokenizer"]),
      ("gpt2", "tokenizer.ggml.pre", .text("kimi-k2"), ["tokenizer.ggml.pre kimi-k2", "gpt-2, llama-bpe"]),
      ("gpt2", "tokenizer.ggml.pre", nil, ["tokenizer.ggml.pre"]),
      ("gpt2", "tokenizer.ggml.tokens", .undecodable, ["tokenizer.ggml.tokens"]),
      ("gpt2", "tokenizer.ggml.token_type", .integers([1]), ["tokenizer.ggml.token_type has 1 entries"]),
      ("gpt2", "tokenizer.ggml.merges", nil, ["tokenizer.ggml.merges"]),
      ("gpt2", "tokenizer.ggml.merges", .texts(["nonsense"]), ["merges[0]"]),
      ("llama2", "tokenizer.ggml.scores", .numbers([1]), ["tokenizer.ggml.scores has 1 entries"]),
      ("llama2", "tokenizer.ggml.bos_token_id", nil, ["tokenizer.ggml.bos_token_id"]),
    ]
    for (file, key, value, words) in cases {
      var draft = try draft("tokenizers/\(file).gguf")
      draft.set(key, value)
      try refused(draft.bytes, words, tokenizer: true)
    }
  }
}
