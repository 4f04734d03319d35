import Kernels
import Text
import Transformer

/// Qwen 3.5: linear attention in three blocks of four, and a decoder that stands beside a tower for pictures.
extension ConfigurationReader {
  /// The value of `model_type` of those that see, of which the decoder alone is read.
  static let qwen35 = "qwen3_5"

  /// The decoder in `text_config`.
  func qwen35() throws(ModelFolderError) -> ModelConfiguration {
    if let quantised = QuantisedModel.problem(fields.object) { throw .data(fields.path, quantised) }
    guard let text = try fields.fields("text_config") else {
      throw .data(fields.path, "has no text_config; take the config.json that belongs to the weights")
    }
    let type = text.object.value("model_type") ?? .string(ModelFamily.qwen35.rawValue)
    guard type.string == ModelFamily.qwen35.rawValue else { throw text.refused("model_type", type) }
    var configuration = try reader(text).text(.qwen35)
    // That of the whole model counts.
    configuration.tieWordEmbeddings = try fields.flag("tie_word_embeddings")
    configuration.names = .qwen35
    configuration.modelType = Self.qwen35
    return configuration
  }

  /// `layer_types`, or where it is absent all but every fourth layer.
  func linearAttentions(layers: Int) throws(ModelFolderError) -> LinearAttentions {
    let types = try fields.list("layer_types", count: layers) { type -> Bool? in
      switch type.string {
      case "linear_attention": true
      case "full_attention": false
      default: nil
      }
    }
    // The convolution has the model's activation too.
    guard try activation("hidden_act", default: "silu") == .silu else {
      throw fields.refused("hidden_act", fields.object["hidden_act"] ?? .null)
    }
    let interval = try fields.size("full_attention_interval", default: 4)
    let recurs = types ?? (0..<layers).map { ($0 + 1) % interval != 0 }
    let shape = GatedDeltaShape(
      keyHeads: try fields.size("linear_num_key_heads", default: 16),
      valueHeads: try fields.size("linear_num_value_heads", default: 32),
      keySize: try fields.size("linear_key_head_dim", default: 128),
      valueSize: try fields.size("linear_value_head_dim", default: 128),
      width: try fields.size("linear_conv_kernel_dim", default: 4, most: 64))
    return LinearAttentions(shape: shape, layers: recurs.indices.filter { recurs[$0] })
  }
}
