import Recipe

/// The names that transformers' `SmolVLMForConditionalGeneration` gives to the parameters of tower and connector. Those of linear
/// layers are `ModuleNames.siglip`'s.
public enum VisionNames {
  private static let prefix = ModuleNames.siglip.prefix

  /// `[width, 3, side, side]`
  public static let patchEmbedding = "\(prefix)embeddings.patch_embedding.weight"
  public static let patchBias = "\(prefix)embeddings.patch_embedding.bias"
  public static let positionEmbedding = "\(prefix)embeddings.position_embedding.weight"
  public static let postNorm = "\(prefix)post_layernorm.weight"
  public static let postNormBias = "\(prefix)post_layernorm.bias"
  public static let connector = "\(connectorLayer).weight"
  public static let connectorLayer = "model.connector.modality_projection.proj"

  /// Before a layer's attention, without `.weight` or `.bias`.
  public static func inputNorm(_ layer: Int) -> String { "\(ModuleNames.siglip.blocks).\(layer).layer_norm1" }

  /// Before a layer's feed-forward part, likewise.
  public static func postAttentionNorm(_ layer: Int) -> String { "\(ModuleNames.siglip.blocks).\(layer).layer_norm2" }
}
