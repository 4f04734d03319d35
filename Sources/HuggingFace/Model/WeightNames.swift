import Recipe
import Transformer

/// The names that transformers' `…ForCausalLM` classes give to a model's parameters.
struct WeightNames {
  let configuration: ModelConfiguration
  /// Checkpoints of a base class without the language-model head (`GPT2Model`, `LlamaModel`) lack the first part of every name.
  var isHeadless = false

  static let output = "lm_head.weight"

  private var isGPT2: Bool { configuration.names == .gpt2 }

  /// `model.`, `transformer.` or `model.text_model.`
  private var prefix: String { isHeadless ? "" : configuration.names.prefix }

  var embedding: String { prefix + (isGPT2 ? "wte.weight" : "embed_tokens.weight") }
  var positionEmbedding: String { prefix + "wpe.weight" }
  var finalNorm: String { prefix + (isGPT2 ? "ln_f.weight" : "norm.weight") }
  var finalNormBias: String { prefix + (isGPT2 ? "ln_f.bias" : "norm.bias") }

  private func block(_ layer: Int) -> String { "\(prefix)\(isGPT2 ? "h" : "layers").\(layer)." }

  func inputNorm(_ layer: Int, _ part: String = "weight") -> String {
    block(layer) + (isGPT2 ? "ln_1." : "input_layernorm.") + part
  }

  /// Before the feed-forward layer. Where outputs are normalised too, Llama's name stands for the attention's.
  func postAttentionNorm(_ layer: Int, _ part: String = "weight") -> String {
    let llama = configuration.block.normalizesOutputs ? "pre_feedforward_layernorm." : "post_attention_layernorm."
    return block(layer) + (isGPT2 ? "ln_2." : llama) + part
  }

  func attentionOutputNorm(_ layer: Int) -> String { block(layer) + "post_attention_layernorm.weight" }
  func feedForwardOutputNorm(_ layer: Int) -> String { block(layer) + "post_feedforward_layernorm.weight" }
  func queryNorm(_ layer: Int) -> String { block(layer) + "self_attn.q_norm.weight" }
  func keyNorm(_ layer: Int) -> String { block(layer) + "self_attn.k_norm.weight" }

  func linear(_ layer: Int, _ module: LinearModule, _ part: String = "weight") -> String {
    "\(block(layer))\(configuration.names.name(of: module)).\(part)"
  }

  /// GPT-2's linear layers are stored `[in, out]` (transformers' `Conv1D`).
  var linearsAreTransposed: Bool { isGPT2 }

  /// Of everything that the tower and the connector have.
  private var vision: Set<String> {
    guard let tower = configuration.vision?.tower else { return [] }
    var names: Set<String> = [
      VisionNames.patchEmbedding, VisionNames.patchBias, VisionNames.positionEmbedding, VisionNames.postNorm,
      VisionNames.postNormBias, VisionNames.connector,
    ]
    for layer in 0..<tower.layers {
      for part in ["weight", "bias"] {
        names.formUnion([
          "\(VisionNames.inputNorm(layer)).\(part)", "\(VisionNames.postAttentionNorm(layer)).\(part)",
        ])
        for module in tower.modules { names.insert(Self.visionLinear(layer, module, part)) }
      }
    }
    return names
  }

  /// A linear layer of the tower.
  static func visionLinear(_ layer: Int, _ module: LinearModule, _ part: String = "weight") -> String {
    "\(ModuleNames.siglip.name(of: ModulePath(layer: layer, module: module))).\(part)"
  }

  /// Of everything that the model has.
  var all: Set<String> {
    var names: Set<String> = [embedding, finalNorm]
    if !configuration.tieWordEmbeddings { names.insert(Self.output) }
    if configuration.learnsPositions { names.insert(positionEmbedding) }
    let description = configuration.block
    if description.norm == .layer { names.insert(finalNormBias) }
    for layer in 0..<configuration.layers {
      names.formUnion([inputNorm(layer), postAttentionNorm(layer)])
      if description.norm == .layer { names.formUnion([inputNorm(layer, "bias"), postAttentionNorm(layer, "bias")]) }
      if description.normalizesOutputs {
        names.formUnion([attentionOutputNorm(layer), feedForwardOutputNorm(layer)])
      }
      if description.normalizesQueriesAndKeys { names.formUnion([queryNorm(layer), keyNorm(layer)]) }
      for module in configuration.modules {
        names.insert(linear(layer, module))
        if description.biases.contains(module) { names.insert(linear(layer, module, "bias")) }
      }
    }
    return names.union(vision)
  }
}
