import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Transformer

/// `config.json` of the families that came after Llama's, as their own repositories have it, and what of them is refused.
@Suite struct NewerFamilyConfigurationTests {
  private func read(_ json: String) throws -> ModelConfiguration {
    let folder = try TemporaryFolder()
    _ = try folder.write(json, "config.json")
    return try ModelFolder.configuration(at: folder.url)
  }

  private func problem(_ json: String) throws -> String {
    do {
      _ = try read(json)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func phi4MiniTurnsThreeQuartersOfAHead() throws {
    let factors = (0..<48).map { "\(1 + $0)" }.joined(separator: ", ")
    let configuration = try read(
      """
      {"model_type": "phi3", "vocab_size": 200064, "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 2,
       "num_attention_heads": 24, "num_key_value_heads": 8, "max_position_embeddings": 131072,
       "original_max_position_embeddings": 4096, "partial_rotary_factor": 0.75, "rope_theta": 10000.0, "rms_norm_eps": 1e-05,
       "attention_bias": false, "lm_head_bias": false, "mlp_bias": false, "sliding_window": 262144, "tie_word_embeddings": true,
       "rope_scaling": {"type": "longrope", "short_factor": [\(factors)], "long_factor": [\(factors)]}}
      """)
    #expect(configuration.headSize == 128 && configuration.tieWordEmbeddings && configuration.maxPositions == 4096)
    let rotary = try #require(configuration.rotary.first)
    #expect(rotary.dimensions == 96)
    guard case .longRoPE(let divisors, let factor) = rotary.scaling else { return #expect(Bool(false), "\(rotary)") }
    #expect(divisors.count == 48 && abs(factor - 1.190_238_07) < 1e-6)
  }

  /// As LiquidAI writes it, with what its own program needs and transformers ignores.
  private static let lfm2 = """
    "model_type": "lfm2", "block_auto_adjust_ff_dim": true, "block_dim": 1024, "block_ff_dim": 6656, "block_ffn_dim_multiplier": 1.0,
    "block_multiple_of": 256, "block_norm_eps": 1e-05, "block_use_swiglu": true, "conv_L_cache": 3, "conv_bias": false, "conv_dim": 1024,
    "hidden_size": 1024, "max_position_embeddings": 128000, "norm_eps": 1e-05, "num_attention_heads": 16, "num_heads": 16,
    "num_hidden_layers": 16, "num_key_value_heads": 8, "rope_theta": 1000000.0, "use_pos_enc": true, "vocab_size": 65536
    """

  @Test func lfm2ConvolvesWhereItDoesNotAttend() throws {
    let configuration = try read("{\(Self.lfm2), \"full_attn_idxs\": [2, 5, 8, 10, 12, 14]}")
    #expect(
      configuration.block.shortConvolution == ShortConvolutions(width: 3, layers: [0, 1, 3, 4, 6, 7, 9, 11, 13, 15]))
    #expect(configuration.intermediateSize == 4608 && configuration.tieWordEmbeddings && configuration.ropeTheta == 1e6)
    #expect(configuration.block.normalizesQueriesAndKeys && configuration.block.layers.isEmpty)
    #expect(configuration.parameterCount == 354_483_968)
    #expect(configuration.linears.groups == TargetGroup.article + [.conv])
    #expect(configuration.name(of: ModulePath(layer: 2, module: .oProj)) == "model.layers.2.self_attn.out_proj")
    #expect(configuration.name(of: ModulePath(layer: 3, module: .convOutProj)) == "model.layers.3.conv.out_proj")
    #expect(configuration.name(of: ModulePath(layer: 3, module: .upProj)) == "model.layers.3.feed_forward.w3")
    let types = (0..<16).map { [2, 5, 8, 10, 12, 14].contains($0) ? "\"full_attention\"" : "\"conv\"" }
    #expect(try read("{\(Self.lfm2), \"layer_types\": [\(types.joined(separator: ","))]}") == configuration)
    // Where nothing says otherwise every layer attends.
    #expect(try read("{\(Self.lfm2)}").block.shortConvolution?.layers == [])
    let plain = Self.lfm2.replacing("\"block_auto_adjust_ff_dim\": true", with: "\"block_auto_adjust_ff_dim\": false")
    #expect(try read("{\(plain)}").intermediateSize == 6656)
    #expect(try !read("{\(Self.lfm2), \"tie_embedding\": false}").tieWordEmbeddings)
  }

  @Test(arguments: [
    (#""conv_bias": false"#, #""conv_bias": true"#, "conv_bias true changes the model's mathematics"),
    (#""conv_L_cache": 3"#, #""conv_L_cache": 0"#, "conv_L_cache is 0; a whole number from 1 to 64 is needed"),
    (#""num_heads": 16"#, #""full_attn_idxs": [16]"#, "a list of layers from 0 to 15 is needed"),
    (
      #""num_heads": 16"#, #""layer_types": ["conv", "mamba"]"#, "a list of 16 values is needed"
    ),
    (#""num_heads": 16"#, #""num_local_experts": 32"#, "num_local_experts 32 changes"),
  ])
  func lfm2Refuses(part: String, other: String, words: String) throws {
    let text = try problem("{\(Self.lfm2.replacing(part, with: other))}")
    #expect(text.contains(words), "\(text)")
  }

  /// As Qwen writes it, with what drafts tokens and what sees beside the decoder.
  private static let qwen35 = """
    "model_type": "qwen3_5_text", "attention_bias": false, "attention_dropout": 0.0, "attn_output_gate": true, "full_attention_interval": 4,
    "head_dim": 256, "hidden_act": "silu", "hidden_size": 1024, "intermediate_size": 3584, "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128, "linear_num_key_heads": 16, "linear_num_value_heads": 16, "linear_value_head_dim": 128,
    "mamba_ssm_dtype": "float32", "max_position_embeddings": 262144, "mtp_num_hidden_layers": 1, "num_attention_heads": 8,
    "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "tie_word_embeddings": true, "vocab_size": 248320,
    "rope_parameters": {"mrope_interleaved": true, "mrope_section": [11, 11, 10], "partial_rotary_factor": 0.25,
     "rope_theta": 10000000, "rope_type": "default"}
    """

  @Test func qwen35AttendsInEveryFourthLayer() throws {
    let configuration = try read("{\(Self.qwen35)}")
    let linear = try #require(configuration.block.linearAttention)
    #expect(linear.layers == (0..<24).filter { $0 % 4 != 3 })
    #expect(linear.shape == GatedDeltaShape(keyHeads: 16, valueHeads: 16, keySize: 128, valueSize: 128, width: 4))
    #expect(configuration.block.gatesAttention && configuration.block.normWeightOffset == 1)
    #expect(configuration.rotary == [RotaryDescription(theta: 10_000_000, dimensions: 64)])
    #expect(configuration == BenchmarkShape.qwen35.configuration.with(positions: 262_144))
    #expect(configuration.linears.groups == TargetGroup.article + [.linear])
    #expect(
      configuration.name(of: ModulePath(layer: 2, module: .linearQKVProj)) == "model.layers.2.linear_attn.in_proj_qkv")
    // The decoder of one that sees: its text alone.
    let seeing = try read(
      "{\"model_type\": \"qwen3_5\", \"tie_word_embeddings\": true, \"vision_config\": {\"depth\": 12}, \"text_config\": {\(Self.qwen35)}}"
    )
    #expect(seeing.vision == nil && seeing.tieWordEmbeddings && seeing.parameterCount == configuration.parameterCount)
    #expect(
      seeing.name(of: ModulePath(layer: 3, module: .qProj)) == "model.language_model.layers.3.self_attn.q_proj")
    // What its class assumes.
    let silent = try read(
      #"{"model_type": "qwen3_5_text", "vocab_size": 50, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 5, "num_attention_heads": 4}"#
    )
    #expect(silent.block.linearAttention?.layers == [0, 1, 2, 4] && silent.kvHeads == 4 && silent.headSize == 256)
    #expect(silent.block.linearAttention?.shape.valueHeads == 32 && silent.rotary.first?.dimensions == 64)
  }

  @Test(arguments: [
    (#""attn_output_gate": true"#, #""attn_output_gate": false"#, "attn_output_gate false changes"),
    (#""attention_bias": false"#, #""attention_bias": true"#, "attention_bias true changes"),
    (#""hidden_act": "silu""#, #""hidden_act": "gelu""#, "hidden_act"),
    (
      #""linear_num_value_heads": 16"#, #""linear_num_value_heads": 24"#,
      "24 linear value heads cannot share 16 key heads"
    ),
    (
      #""full_attention_interval": 4"#, #""layer_types": ["linear_attention", "mamba"]"#,
      "a list of 24 values is needed"
    ),
    (#""full_attention_interval": 4"#, #""num_experts": 32"#, "num_experts 32 changes"),
  ])
  func qwen35Refuses(part: String, other: String, words: String) throws {
    let text = try problem("{\(Self.qwen35.replacing(part, with: other))}")
    #expect(text.contains(words), "\(text)")
  }

  @Test func olmo3StretchesTheLayersThatSeeEverything() throws {
    let olmo = """
      {"model_type": "olmo3", "vocab_size": 100278, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 8,
       "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 65536, "rope_theta": 500000,
       "rope_scaling": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 8192, "beta_fast": 32,
       "beta_slow": 1, "attention_factor": 1.2079441541679836}, "rms_norm_eps": 1e-06, "sliding_window": 4096}
      """
    let configuration = try read(olmo)
    #expect(configuration.block.layers.map(\.window) == [4096, 4096, 4096, nil, 4096, 4096, 4096, nil])
    #expect(configuration.block.layers.map(\.rotary) == [1, 1, 1, 0, 1, 1, 1, 0])
    #expect(
      configuration.rotary == [
        RotaryDescription(
          theta: 500_000,
          scaling: .yarn(
            factor: 8, betaFast: 32, betaSlow: 1, originalPositions: 8192, attentionFactor: 1.2079441541679836,
            truncates: true)),
        RotaryDescription(theta: 500_000),
      ])
    #expect(!configuration.block.normalizesInputs && configuration.block.normalizesOutputs)
    #expect(configuration.block.headNorm == .allHeads && configuration.maxPositions == 65536)
    // transformers 4 and 5 turn the windowed layers by different thetas then.
    let other = try problem(olmo.replacingOccurrences(of: "\"rope_theta\": 500000", with: "\"rope_theta\": 10000"))
    #expect(other.contains("rope_theta 10000.0 changes the model's mathematics"), "\(other)")
  }

  @Test func yarnWithoutAFactorIsRefused() throws {
    let missing = try problem(
      """
      {"model_type": "llama", "vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1,
       "num_attention_heads": 2, "rope_parameters": {"rope_type": "yarn", "rope_theta": 100.0}}
      """)
    #expect(missing.contains("has no rope_parameters.factor"), "\(missing)")
  }

  @Test func ministral3IsReadUpToWhereItScalesQueries() throws {
    let plain = """
      "model_type": "ministral3", "vocab_size": 131072, "hidden_size": 3072, "intermediate_size": 9216, "num_hidden_layers": 2,
      "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": true
      """
    let written = try read(
      """
      {\(plain), "max_position_embeddings": 262144, "rope_parameters": {"type": "yarn", "rope_type": "yarn",
       "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16384, "max_position_embeddings": 262144,
       "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}}
      """)
    let silent = try read("{\(plain)}")
    #expect(written.rotary == silent.rotary && written.maxPositions == 16_384 && silent.maxPositions == 16_384)
    guard case .yarn(let factor, _, _, let original, let attention, _) = try #require(written.rotary.first).scaling
    else { return #expect(Bool(false), "\(written.rotary)") }
    #expect(factor == 16 && original == 16_384 && attention == 1)
  }

  @Test func granite4IsReadWhereItIsDense() throws {
    let dense = """
      {"model_type": "granitemoehybrid", "vocab_size": 100352, "hidden_size": 1024, "intermediate_size": 2048,
       "shared_intermediate_size": 2048, "num_hidden_layers": 3, "num_attention_heads": 16, "num_key_value_heads": 4,
       "max_position_embeddings": 32768, "num_local_experts": 0, "num_experts_per_tok": 0, "position_embedding_type": "rope",
       "layer_types": ["attention", "attention", "attention"], "embedding_multiplier": 12, "attention_multiplier": 0.015625,
       "residual_multiplier": 0.263, "logits_scaling": 4, "rope_theta": 10000000, "rms_norm_eps": 1e-05,
       "tie_word_embeddings": true, "mamba_n_heads": 128, "normalization_function": "rmsnorm"}
      """
    let configuration = try read(dense)
    #expect(configuration.modules == [.qProj, .kProj, .vProj, .oProj, .gateUpProj, .downProj])
    #expect(
      configuration.name(of: ModulePath(layer: 2, module: .gateUpProj)) == "model.layers.2.shared_mlp.input_linear")
    #expect(configuration.block.attentionScale == 1 / 64 && configuration.block.residualScale == 0.263)
    #expect(configuration.embeddingScale == 12 && configuration.logitScale == 0.25)
    #expect(configuration.block.layers.isEmpty)
    let unturned = try read(dense.replacingOccurrences(of: "\"rope\"", with: "\"nope\""))
    #expect(unturned.block.layers.map(\.rotary) == [nil, nil, nil])
    let experts = try problem(
      dense.replacingOccurrences(of: "\"num_local_experts\": 0", with: "\"num_local_experts\": 32"))
    #expect(experts.contains("num_local_experts 32 changes the model's mathematics"), "\(experts)")
    let mamba = try problem(dense.replacingOccurrences(of: "[\"attention\",", with: "[\"mamba\","))
    #expect(mamba.contains("layer_types \"mamba\" changes the model's mathematics"), "\(mamba)")
  }

  @Test func exaone4TurnsOnlyWhatHasAWindow() throws {
    let exaone = """
      {"model_type": "exaone4", "vocab_size": 102400, "hidden_size": 2048, "intermediate_size": 4096, "num_hidden_layers": 4,
       "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "max_position_embeddings": 65536,
       "rope_theta": 1000000, "tie_word_embeddings": true, "sliding_window": 4096, "sliding_window_pattern": 4}
      """
    #expect(try read(exaone).block.layers.map(\.rotary) == [0, 0, 0, nil])
    let whole = exaone.replacingOccurrences(of: "\"sliding_window\": 4096", with: "\"sliding_window\": null")
    #expect(try read(whole).block.layers.isEmpty)
    let letters = try problem(exaone.replacingOccurrences(of: "pattern\": 4", with: "pattern\": \"LLLG\""))
    #expect(letters.contains("sliding_window_pattern is a string"), "\(letters)")
  }

  @Test func hunyuansAlphaIsAGreaterTheta() throws {
    let hunyuan = """
      {"model_type": "hunyuan_v1_dense", "vocab_size": 120818, "hidden_size": 1024, "intermediate_size": 3584,
       "num_hidden_layers": 2, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "use_qk_norm": true,
       "max_position_embeddings": 32768, "rope_theta": 10000.0, "rms_norm_eps": 1e-05, "tie_word_embeddings": true,
       "rope_scaling": {"alpha": 1000.0, "beta_fast": 32, "beta_slow": 1, "factor": 1.0, "mscale": 1.0,
       "mscale_all_dim": 1.0, "type": "dynamic"}}
      """
    let configuration = try read(hunyuan)
    let theta = try #require(configuration.rotary.first).theta
    #expect(abs(theta / 11_158_839.925_1 - 1) < 1e-6, "\(theta)")
    #expect(configuration.rotary.first?.scaling == RotaryDescription.Scaling.none)
    #expect(configuration.block.headNorm == .turnedHead)
    // Without alpha it depends on the length, beyond the model's own.
    let dynamic = try read(hunyuan.replacingOccurrences(of: "\"alpha\": 1000.0,", with: ""))
    #expect(dynamic.rotary == [RotaryDescription(theta: 10_000)] && dynamic.maxPositions == 32_768)
  }
}

extension ModelConfiguration {
  fileprivate func with(positions: Int) -> ModelConfiguration {
    var other = self
    other.maxPositions = positions
    return other
  }
}
