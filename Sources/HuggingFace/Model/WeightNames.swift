import Transformer

/// The names that transformers' `LlamaForCausalLM` gives to its parameters.
enum WeightNames {
  static let embedding = "model.embed_tokens.weight"
  static let finalNorm = "model.norm.weight"
  static let output = "lm_head.weight"

  static func inputNorm(_ layer: Int) -> String { "model.layers.\(layer).input_layernorm.weight" }
  static func postAttentionNorm(_ layer: Int) -> String { "model.layers.\(layer).post_attention_layernorm.weight" }
  static func linear(_ layer: Int, _ module: LinearModule) -> String {
    "\(ModulePath(layer: layer, module: module)).weight"
  }

  static func all(_ configuration: ModelConfiguration) -> Set<String> {
    var names: Set<String> = [embedding, finalNorm]
    if !configuration.tieWordEmbeddings { names.insert(output) }
    for layer in 0..<configuration.layers {
      names.insert(inputNorm(layer))
      names.insert(postAttentionNorm(layer))
      for module in LinearModule.allCases { names.insert(linear(layer, module)) }
    }
    return names
  }
}
