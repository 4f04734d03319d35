import Kernels
import Recipe
import Text
import Transformer

/// Maps a `config.json` to `ModelConfiguration`, and refuses by name what would change the mathematics and is not honoured.
/// Absent fields have the values of transformers' configuration class for the `model_type`.
struct ConfigurationReader {
  let fields: ConfigurationFields

  init(path: String, bytes: [UInt8]) throws(ModelFolderError) {
    let document: JSONValue
    do {
      document = try JSONParser.parse(bytes)
    } catch {
      throw .data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
    guard let object = document.object else { throw .data(path, "is \(document.kind), not an object") }
    fields = ConfigurationFields(path: path, object: object)
  }

  private init(fields: ConfigurationFields) { self.fields = fields }

  func configuration() throws -> ModelConfiguration {
    let configuration: ModelConfiguration
    if let type = fields.object.value("model_type")?.string, Self.seeing.contains(type) {
      configuration = try seeing(type)
    } else {
      configuration = try text(family())
    }
    do {
      try configuration.validate()
    } catch {
      throw ModelFolderError.data(fields.path, "\(error)")
    }
    return configuration
  }

  /// What a person should know of the configuration, a line each, though it is read.
  func notices() throws(ModelFolderError) -> [String] {
    let text = try fields.fields("text_config") ?? fields
    guard let inside = try text.fields("rope_parameters")?.numberIfPresent("rope_theta"),
      let outside = try text.numberIfPresent("rope_theta"), inside != outside
    else { return [] }
    return [
      "\(fields.path): \(text.prefix)rope_theta \(outside) stands beside rope_parameters.rope_theta \(inside): the latter is taken, as "
        + "transformers 5 does; transformers 4 takes the former"
    ]
  }

  /// Of a part of the file.
  func reader(_ fields: ConfigurationFields) -> ConfigurationReader { ConfigurationReader(fields: fields) }

  /// What reads text alone.
  func text(_ family: ModelFamily) throws(ModelFolderError) -> ModelConfiguration {
    if let quantised = QuantisedModel.problem(fields.object) { throw .data(fields.path, quantised) }
    try checkVariants(family)
    return try family == .gpt2 ? gpt2() : decoder(family)
  }

  private func family() throws(ModelFolderError) -> ModelFamily {
    let known = (ModelFamily.allCases.map(\.rawValue) + Self.seeing).joined(separator: ", ")
    guard let type = fields.object.value("model_type") else {
      throw .data(fields.path, "has no model_type; a model of one of these types is needed: \(known)")
    }
    guard let family = type.string.flatMap({ ModelFamily(rawValue: $0) }) else {
      let found = type.string.map(OneLine.name) ?? type.kind
      throw .data(fields.path, "model_type \(found) is not supported; use a model of one of these types: \(known)")
    }
    return family
  }

  /// What no family here has, with the values that leave the mathematics alone.
  private func checkVariants(_ family: ModelFamily) throws(ModelFolderError) {
    try fields.checkNeutral([
      ("use_bidirectional_attention", [.bool(false)]),
      ("is_causal", [.bool(true)]), ("add_cross_attention", [.bool(false)]), ("is_encoder_decoder", [.bool(false)]),
      ("scale_attn_by_inverse_layer_idx", [.bool(false)]), ("use_qk_norm", [.bool(family == .qwen3)]),
      ("qk_layernorm", [.bool(false)]), ("clip_qkv", []), ("num_local_experts", [.integer(0)]),
      ("num_experts", [.integer(0)]), ("n_routed_experts", [.integer(0)]), ("cross_attention_layers", []),
      ("embedding_multiplier", [.integer(1)]), ("residual_multiplier", [.integer(1)]),
      ("attention_multiplier", []), ("logits_scaling", [.integer(1)]), ("logit_scale", [.integer(1)]),
      ("attention_dropout", [.integer(0)]), ("use_alibi", [.bool(false)]), ("parallel_residual", [.bool(false)]),
    ])
    let capped: Set<ModelFamily> = [.gemma2, .gemma3]
    for name in ["final_logit_softcapping", "attn_logit_softcapping", "query_pre_attn_scalar"]
    where !capped.contains(family) {
      if let value = fields.object.value(name) { throw fields.refused(name, value) }
    }
    // transformers' Gemma 3 has the field and does not apply it.
    if family == .gemma3, let value = fields.object.value("attn_logit_softcapping") {
      throw fields.refused("attn_logit_softcapping", value)
    }
  }

  func activation(_ name: String, default standard: String) throws(ModelFolderError) -> ActivationKind {
    let value = fields.object.value(name) ?? .string(standard)
    switch value.string {
    case "silu", "swish": return .silu
    case "gelu_pytorch_tanh", "gelu_new", "gelu_fast": return .geluTanh
    case "gelu": return .gelu
    default: throw fields.refused(name, value)
    }
  }
}
