import Foundation
import HuggingFace
import TestFiles
import Testing
import Transformer

/// `config.json` as the families' own repositories have it, most of it written by transformers 4.
@Suite struct ConfigurationTests {
  private func read(_ json: String) throws -> ModelConfiguration {
    let folder = try TemporaryFolder()
    _ = try folder.write(json, "config.json")
    return try ModelFolder.configuration(at: folder.url)
  }

  @Test func gemma3OfTransformers4() throws {
    let configuration = try read(
      """
      {"model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 1152, "intermediate_size": 6912,
       "num_hidden_layers": 7, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
       "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 32768, "rope_theta": 1000000,
       "rope_local_base_freq": 10000, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 512,
       "sliding_window_pattern": 6, "query_pre_attn_scalar": 256, "attn_logit_softcapping": null,
       "final_logit_softcapping": null, "attention_bias": false, "rms_norm_eps": 1e-06, "cache_implementation": "hybrid"}
      """)
    #expect(
      configuration.rotary == [
        RotaryDescription(theta: 1_000_000, scaling: .linear(factor: 8)), RotaryDescription(theta: 10_000),
      ])
    #expect(configuration.block.layers.map(\.window) == [512, 512, 512, 512, 512, nil, 512])
    #expect(configuration.block.layers.map(\.rotary) == [1, 1, 1, 1, 1, 0, 1])
    #expect(configuration.block.attentionScale == 1 / 16 && configuration.logitSoftCap == nil)
    #expect(configuration.tieWordEmbeddings && configuration.block.normWeightOffset == 1)
  }

  @Test func llama3OfTransformers4() throws {
    let configuration = try read(
      """
      {"model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192, "head_dim": 64,
       "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 131072,
       "rope_theta": 500000.0, "rms_norm_eps": 1e-05, "tie_word_embeddings": true, "hidden_act": "silu",
       "attention_bias": false, "attention_dropout": 0.0, "mlp_bias": false, "pretraining_tp": 1, "rope_scaling": {
       "factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192,
       "rope_type": "llama3"}}
      """)
    #expect(
      configuration.rotary == [
        RotaryDescription(
          theta: 500_000,
          scaling: .llama3(factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192))
      ])
    #expect(configuration.block == .llama && configuration.parameterCount == 1_235_814_400)
  }

  @Test func qwen2WithAWindowThatIsSwitchedOff() throws {
    let json = """
      {"model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864,
       "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32768,
       "rope_theta": 1000000.0, "rms_norm_eps": 1e-06, "tie_word_embeddings": true, "hidden_act": "silu",
       "attention_dropout": 0.0, "sliding_window": 32768, "max_window_layers": 21, "use_sliding_window": false}
      """
    let off = try read(json)
    #expect(off.block.layers.isEmpty && off.block.biases == [.qProj, .kProj, .vProj])
    #expect(off.parameterCount == 494_032_768)
    let on = try read(json.replacingOccurrences(of: ": false}", with: ": true}"))
    #expect(on.block.layers.map(\.window) == Array(repeating: nil, count: 21) + [32768, 32768, 32768])
  }

  @Test func longRoPEOnlyUpToTheOriginalLength() throws {
    let configuration = try read(
      """
      {"model_type": "phi3", "vocab_size": 32064, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 131072, "rope_theta": 10000.0,
       "original_max_position_embeddings": 4096, "sliding_window": 262144, "attention_bias": false, "rope_scaling":
       {"long_factor": [1.5, 2, 3, 4], "short_factor": [1, 1.02, 1.05, 1.1], "type": "longrope"}}
      """)
    #expect(configuration.maxPositions == 4096)
    guard case .longRoPE(let divisors, let factor) = try #require(configuration.rotary.first).scaling else {
      Issue.record("not read as longrope")
      return
    }
    #expect(divisors == [1, 1.02, 1.05, 1.1])
    // √(1 + ln 32 / ln 4096)
    #expect(abs(factor - 1.190238) < 1e-6)
  }

  @Test func gpt2AndSmolLM3() throws {
    let gpt = try read(
      """
      {"model_type": "gpt2", "activation_function": "gelu_new", "attn_pdrop": 0.1, "layer_norm_epsilon": 1e-05,
       "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "vocab_size": 50257}
      """)
    #expect(gpt.parameterCount == 124_439_808)
    #expect(gpt.modules == [.qkvProj, .oProj, .upProj, .downProj] && gpt.rotary.isEmpty && gpt.learnsPositions)
    let smol = try read(
      """
      {"model_type": "smollm3", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008,
       "num_hidden_layers": 8, "num_attention_heads": 16, "num_key_value_heads": 4, "rope_theta": 5000000.0,
       "no_rope_layers": [1, 1, 1, 0, 1, 1, 1, 0], "no_rope_layer_interval": 4, "use_sliding_window": false}
      """)
    #expect(smol.block.layers.map(\.rotary) == [0, 0, 0, nil, 0, 0, 0, nil])
    #expect(smol.ropeTheta == 5_000_000 && smol.tieWordEmbeddings)
  }

  static let refused: [(String, String)] = [
    ("{\"model_type\": \"gemma3\"}", "model_type gemma3"), ("{\"model_type\": \"mixtral\"}", "model_type mixtral"),
    ("{\"model_type\": \"qwen2\", \"num_experts\": 8}", "num_experts 8"),
    ("{\"model_type\": \"gemma3_text\", \"attn_logit_softcapping\": 50.0}", "attn_logit_softcapping"),
    ("{\"model_type\": \"gemma3_text\", \"use_bidirectional_attention\": true}", "use_bidirectional_attention"),
    ("{\"model_type\": \"gpt2\", \"scale_attn_by_inverse_layer_idx\": true}", "scale_attn_by_inverse_layer_idx"),
    ("{\"model_type\": \"gpt2\", \"add_cross_attention\": true}", "add_cross_attention"),
    ("{\"model_type\": \"gpt2\", \"activation_function\": \"relu\"}", "activation_function"),
    ("{\"model_type\": \"llama\", \"quantization_config\": {\"bits\": 4}}", "quantization_config"),
  ]

  @Test(arguments: refused)
  func refusesByName(_ json: String, _ name: String) throws {
    let refused = try #require(refusal { _ = try read(json) })
    #expect(refused.text.contains(name) && refused.status == 65, "\(refused.text)")
  }
}
