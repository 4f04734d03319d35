import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

@Suite struct ModelFolderTests {
  @Test func readsBothShapes() throws {
    let grouped = try ModelFolder.configuration(at: Fixtures.folder("models/tiny-gqa"))
    #expect(
      grouped
        == ModelConfiguration(
          vocabularySize: 97, hiddenSize: 32, layers: 2, heads: 4, kvHeads: 2, headSize: 8, intermediateSize: 48,
          ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 128))
    let wide = try ModelFolder.configuration(at: Fixtures.folder("models/tiny-wide-heads"))
    #expect(
      wide
        == ModelConfiguration(
          vocabularySize: 131, hiddenSize: 36, layers: 2, heads: 3, kvHeads: 1, headSize: 20, intermediateSize: 44,
          ropeTheta: 500_000, rmsNormEpsilon: 1e-6, tieWordEmbeddings: false, maxPositions: 256))
  }

  @Test func loadsWeights() throws {
    var shares: [Double] = []
    let model = try ModelFolder.load(at: Fixtures.folder("models/tiny-gqa")) { shares.append($0) }
    #expect(shares.last == 1)
    #expect(shares == shares.sorted())
    #expect(model.output === model.embedding)
    let file = try SafetensorsFile(path: Fixtures.folder("models/tiny-gqa/model.safetensors").path)
    #expect(model.blocks[1][.kProj]?.toFloats() == (try file.floats("model.layers.1.self_attn.k_proj.weight")))
    #expect(model.blocks[0].inputNorm?.array == (try file.floats("model.layers.0.input_layernorm.weight")))
    #expect(
      model.blocks[0].postAttentionNorm?.array == (try file.floats("model.layers.0.post_attention_layernorm.weight")))
    #expect(model.finalNorm.array == (try file.floats("model.norm.weight")))
    #expect(model.parameterCount == file.tensors.reduce(0) { $0 + $1.elementCount })
  }

  @Test func shardsHoldTheSameModel() throws {
    let single = try ModelFolder.load(at: Fixtures.folder("models/tiny-wide-heads"))
    let sharded = try ModelFolder.load(at: Fixtures.folder("models/tiny-wide-heads-f16-shards"))
    #expect(single.embedding.element == .bfloat16)
    #expect(sharded.embedding.element == .float32)
    #expect(single.embedding.toFloats() == sharded.embedding.toFloats())
    for module in LinearModule.split {
      #expect(single.blocks[1][module]?.toFloats() == sharded.blocks[1][module]?.toFloats())
    }
    #expect(single.output.toFloats() == sharded.output.toFloats())
  }

  @Test(arguments: [WeightElement.bfloat16, .float32])
  func writesAndReadsBack(_ element: WeightElement) throws {
    let folder = try TemporaryFolder()
    let original = try ModelFolder.load(at: Fixtures.folder("models/tiny-wide-heads"))
    let json = try Data(contentsOf: Fixtures.folder("tokenizers/digits/tokenizer.json"))
    let target = folder.url.appendingPathComponent("deep/er")
    try ModelFolder.write(
      original, tokenizerJSON: json, bosToken: nil, eosToken: "<|end_of_text|>", to: target, element: element)
    let copy = try ModelFolder.load(at: target)
    #expect(copy.configuration == original.configuration)
    #expect(copy.embedding.element == element)
    #expect(copy.embedding.toFloats() == original.embedding.toFloats())
    #expect(copy.blocks[0][.downProj]?.toFloats() == original.blocks[0][.downProj]?.toFloats())
    #expect(copy.finalNorm.array == original.finalNorm.array)
    let tokenizer = try Tokenizer(folder: target)
    #expect(tokenizer.eosToken == 1)
    #expect(tokenizer.bosToken == nil)
    let files = try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
    #expect(
      files == [
        "config.json", "generation_config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json",
        "tokenizer_config.json",
      ])
  }

  static let refusedFields: [(String, JSONValue, String)] = [
    ("model_type", .string("gpt_neox"), "gpt_neox"), ("hidden_act", .string("relu"), "hidden_act"),
    ("num_local_experts", .integer(8), "num_local_experts"), ("clip_qkv", .number(8), "clip_qkv"),
    ("final_logit_softcapping", .number(30), "final_logit_softcapping"), ("is_causal", .bool(false), "is_causal"),
    ("layer_types", .array([.string("full_attention"), .string("sliding_attention")]), "layer_types"),
    (
      "rope_scaling", .object(JSONObject([("rope_type", .string("llama3")), ("factor", .number(8))])),
      "rope_scaling.low_freq_factor"
    ),
    ("rope_scaling", .object(JSONObject([("type", .string("ntk")), ("factor", .number(8))])), "rope_scaling.type"),
    ("rope_scaling", .object(JSONObject([("type", .string("linear")), ("factor", .number(0))])), "rope_scaling"),
    ("rope_parameters", .object(JSONObject([("rope_type", .string("dynamic"))])), "no rope_parameters.factor"),
    ("rope_parameters", .object(JSONObject([("partial_rotary_factor", .number(0.5))])), "partial_rotary_factor"),
    ("quantization_config", .object(JSONObject([("bits", .integer(4))])), "quantization_config"),
    ("num_key_value_heads", .integer(3), "3"), ("head_dim", .integer(7), "7"), ("head_dim", .integer(0), "head_dim"),
    ("hidden_size", .string("32"), "hidden_size"), ("hidden_size", .integer(1 << 40), "hidden_size"),
    ("vocab_size", .number(9.5), "vocab_size"), ("tie_word_embeddings", .integer(1), "tie_word_embeddings"),
    ("rms_norm_eps", .bool(true), "rms_norm_eps"),
    ("rope_parameters", .object(JSONObject([("rope_theta", .integer(-1))])), "rope_theta"),
    ("attention_dropout", .string("0.1"), "attention_dropout"),
  ]

  @Test(arguments: refusedFields)
  func refusesByName(_ field: String, _ value: JSONValue, _ word: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", field, value)
    let refused = try #require(refusal { _ = try ModelFolder.configuration(at: folder.url) })
    #expect(refused.text.contains(word), "\(refused.text)")
    #expect(refused.text.contains("config.json"))
    #expect(refused.status == 65)
  }

  @Test func readsTheFieldsOfTransformers4() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", "rope_parameters", nil)
    try folder.set("config.json", "rope_theta", .number(5000))
    try folder.set("config.json", "rope_scaling", .null)
    try folder.set("config.json", "head_dim", nil)
    try folder.set("config.json", "max_position_embeddings", .integer(32768))
    let configuration = try ModelFolder.configuration(at: folder.url)
    #expect(configuration.ropeTheta == 5000)
    #expect(configuration.headSize == 8)
    #expect(configuration.maxPositions == 32768)
  }

  @Test func anotherConfigurationIsRefusedWithTheTensor() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", "intermediate_size", .integer(50))
    let refused = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(refused.text.contains("model.layers.0.mlp.gate_proj.weight"), "\(refused.text)")
    #expect(refused.text.contains("[48, 32]"))
    try folder.set("config.json", "intermediate_size", .integer(48))
    try folder.set("config.json", "num_hidden_layers", .integer(3))
    #expect(refusal { _ = try ModelFolder.load(at: folder.url) }?.text.contains("model.layers.2.") == true)
  }

  @Test(arguments: [
    ("tiny-gqa", "model.layers.1.mlp.up_proj.weight"), ("tiny-gqa", "model.norm.weight"),
    ("tiny-wide-heads", "lm_head.weight"),
  ])
  func refusesWeightsThatAreNotFinite(_ model: String, _ tensor: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/\(model)")
    let path = folder.file("model.safetensors")
    let info = try #require(try SafetensorsFile(path: path).info(tensor))
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let place = info.byteRange.lowerBound + 5 * info.type.byteCount
    bytes[place + info.type.byteCount - 1] = 0x7F
    bytes[place + info.type.byteCount - 2] = 0xC0
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let refused = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
    #expect(refused.text.contains(tensor), "\(refused.text)")
    #expect(refused.text.contains("5]"))
    #expect(refused.status == 65)
  }

  @Test func shardsStayInTheFolder() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-wide-heads-f16-shards")
    for name in ["../model.safetensors", "/etc/passwd", "..", "a/b.safetensors", ""] {
      let map = JSONObject([("lm_head.weight", .string(name))])
      try folder.set("model.safetensors.index.json", "weight_map", .object(map))
      let refused = try #require(refusal { _ = try ModelFolder.load(at: folder.url) })
      #expect(refused.text.contains("not in this folder"), "\(refused.text)")
    }
    let absent = JSONObject([("lm_head.weight", .string("model-00001-of-00002.safetensors"))])
    try folder.set("model.safetensors.index.json", "weight_map", .object(absent))
    #expect(refusal { _ = try ModelFolder.load(at: folder.url) }?.text.contains("lm_head.weight") == true)
    try FileManager.default.removeItem(atPath: folder.file("model-00001-of-00002.safetensors"))
    #expect(refusal { _ = try ModelFolder.load(at: folder.url) }?.status == 66)
  }

  @Test func missingFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    #expect(refusal { _ = try ModelFolder.configuration(at: folder.url) }?.text.contains("config.json") == true)
    let none = folder.url.appendingPathComponent("none")
    #expect(refusal { _ = try ModelFolder.load(at: none) }?.status == 66)
    _ = try folder.write("{", "config.json")
    #expect(refusal { _ = try ModelFolder.load(at: folder.url) }?.text.contains("line 1") == true)
  }

  @Test func fingerprintsSayWhatIsTheSame() throws {
    let copy = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let original = try ModelFolder.fingerprint(at: Fixtures.folder("models/tiny-gqa"))
    #expect(try ModelFolder.fingerprint(at: copy.url) == original)
    #expect(original.utf8.count == 64)
    let path = URL(fileURLWithPath: copy.file("model.safetensors"))
    var bytes = Array(try Data(contentsOf: path))
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: path)
    #expect(try ModelFolder.fingerprint(at: copy.url) != original)
    #expect(
      try ModelFolder.fingerprint(at: Fixtures.folder("models/tiny-wide-heads"))
        != ModelFolder.fingerprint(at: Fixtures.folder("models/tiny-wide-heads-f16-shards")))
  }

  @Test func damagedConfigurationsNeverTrap() throws {
    let original = Array(try Data(contentsOf: Fixtures.folder("models/tiny-gqa/config.json")))
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let path = URL(fileURLWithPath: folder.file("config.json"))
    var generator = SplitMix64(seed: 23)
    var accepted = 0
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 3) {
        let place = Int(generator.next() % UInt64(bytes.count))
        switch generator.next() % 3 {
        case 0: bytes[place] = Array("0123456789-.{}[],:\"e".utf8).randomElement(using: &generator) ?? 0
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: Array("9999999".utf8), at: place)
        }
      }
      try Data(bytes).write(to: path)
      do {
        let configuration = try ModelFolder.configuration(at: folder.url)
        #expect(configuration.parameterCount > 0)
        _ = try ModelFolder.load(at: folder.url)
        accepted += 1
      } catch {
        #expect(!"\(error)".contains("\n"))
      }
    }
    #expect(accepted < 300)
  }
}
