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
      document = try PythonJSON(bytes).value
    } catch {
      throw .data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
    guard let object = document.object else { throw .data(path, "is \(document.kind), not an object") }
    fields = ConfigurationFields(path: path, object: object)
  }

  init(fields: ConfigurationFields) { self.fields = fields }

  func configuration() throws -> ModelConfiguration {
    let configuration: ModelConfiguration
    let type = fields.object.value("model_type")?.string
    if let type, Self.seeing.contains(type) {
      configuration = try seeing(type)
    } else if type == Self.qwen35 {
      configuration = try qwen35()
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
    var notices: [String] = []
    if fields.object.value("model_type")?.string == Self.qwen35 {
      notices.append(
        "\(fields.path): the tower for pictures is left out: the model is read as one of text, and pictures are refused"
      )
    } else if let inside = try text.fields("rope_parameters")?.numberIfPresent("rope_theta"),
      let outside = try text.numberIfPresent("rope_theta"), inside != outside
    {
      notices.append(
        "\(fields.path): \(text.prefix)rope_theta \(outside) stands beside rope_parameters.rope_theta \(inside): the latter is taken, as "
          + "transformers 5 does; transformers 4 takes the former")
    }
    let decoder = try decoderPart()
    notices += try reader(decoder.fields).rotaryNotices(decoder.family)
    return notices + (try dropoutNotice(decoder.fields).map { [$0] } ?? [])
  }

  /// The fields that describe the decoder, and its family.
  private func decoderPart() throws(ModelFolderError) -> (fields: ConfigurationFields, family: ModelFamily) {
    let type = fields.object.value("model_type")?.string
    if let type, Self.seeing.contains(type) { return (try fields.fields("text_config") ?? fields, .llama) }
    if type == Self.qwen35 { return (try fields.fields("text_config") ?? fields, .qwen35) }
    return (fields, try family())
  }

  /// What transformers drops while the base itself is trained, which no family here does; nil where nothing is dropped.
  private func dropoutNotice(_ decoder: ConfigurationFields) throws(ModelFolderError) -> String? {
    let names = ["attention_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop"]
    var parts = [decoder]
    if let type = fields.object.value("model_type")?.string, Self.seeing.contains(type) {
      if let tower = try fields.fields("vision_config") { parts.append(tower) }
    }
    var dropped: [String] = []
    for part in parts {
      for name in names {
        guard let value = part.object.value(name), let share = value.double, share != 0 else { continue }
        dropped.append("\(part.prefix)\(name) \(JSONWriter.text(value, indent: nil))")
      }
    }
    if dropped.isEmpty { return nil }
    return "\(fields.path): \(HubFolder.listed(dropped)): the base's own dropout is not applied, in training neither"
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
    let known = (ModelFamily.allCases.map(\.rawValue) + [Self.qwen35] + Self.seeing).joined(separator: ", ")
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
      ("scale_attn_by_inverse_layer_idx", [.bool(false)]),
      ("use_qk_norm", [.bool(family == .qwen3 || family == .hunyuan)]), ("conv_bias", [.bool(false)]),
      ("qk_layernorm", [.bool(false)]), ("clip_qkv", []), ("num_local_experts", [.integer(0)]),
      ("num_experts", [.integer(0)]), ("n_routed_experts", [.integer(0)]), ("cross_attention_layers", []),
      ("logit_scale", [.integer(1)]),
      ("use_alibi", [.bool(false)]), ("parallel_residual", [.bool(false)]),
    ])
    _ = try fields.dropout("attention_dropout")
    if family == .qwen35 { try fields.checkNeutral([("attn_output_gate", [.bool(true)])]) }
    if !family.isGranite {
      try fields.checkNeutral([
        ("embedding_multiplier", [.integer(1)]), ("residual_multiplier", [.integer(1)]),
        ("attention_multiplier", []), ("logits_scaling", [.integer(1)]),
      ])
    }
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

/// The values of `model_type` that are known, and what transformers' configuration class assumes where `config.json` is silent.
enum ModelFamily: String, CaseIterable {
  case llama
  case mistral
  case smollm3
  case qwen2
  case qwen3
  case phi3
  case gemma2
  case gemma3 = "gemma3_text"
  case gpt2
  case olmo2
  case olmo3
  case granite
  /// Granite 4 where it is dense: all layers attend, and there are no experts.
  case graniteHybrid = "granitemoehybrid"
  case ministral3
  case exaone4
  case hunyuan = "hunyuan_v1_dense"
  /// LFM2 and LFM2.5.
  case lfm2
  /// Qwen 3.5 without its tower for pictures.
  case qwen35 = "qwen3_5_text"

  var isOLMo: Bool { self == .olmo2 || self == .olmo3 }
  var isGranite: Bool { self == .granite || self == .graniteHybrid }

  /// Attention and feed-forward layer take the residual stream as it is, and their outputs alone are normalised.
  var normalizesOutputsOnly: Bool { isOLMo || self == .exaone4 }

  var isGemma: Bool { self == .gemma2 || self == .gemma3 }

  /// nil: as many as attention heads.
  var kvHeads: Int? {
    switch self {
    case .smollm3, .gemma2, .gemma3, .qwen35: 4
    case .mistral, .ministral3, .lfm2: 8
    case .qwen2, .qwen3, .exaone4: 32
    case .llama, .phi3, .gpt2, .olmo2, .olmo3, .granite, .graniteHybrid, .hunyuan: nil
    }
  }

  /// nil: hidden size / attention heads.
  var headSize: Int? {
    switch self {
    case .qwen3, .ministral3: 128
    case .gemma2, .gemma3, .qwen35: 256
    default: nil
    }
  }

  var ropeTheta: Double {
    switch self {
    case .smollm3: 2_000_000
    case .gemma3, .ministral3, .lfm2: 1_000_000
    case .olmo3: 500_000
    default: 10_000
    }
  }

  var maxPositions: Int {
    switch self {
    case .llama, .olmo2, .olmo3, .granite, .graniteHybrid, .exaone4, .hunyuan: 2048
    case .ministral3: 262_144
    case .mistral, .gemma3: 131_072
    case .lfm2: 128_000
    case .smollm3, .qwen2, .qwen3, .qwen35: 32_768
    case .phi3: 4096
    case .gemma2: 8192
    case .gpt2: 1024
    }
  }

  /// Of every norm.
  var normEpsilon: Double {
    switch self {
    case .phi3, .olmo2, .olmo3, .ministral3, .exaone4, .hunyuan, .lfm2: 1e-5
    default: 1e-6
    }
  }

  var tiesEmbeddings: Bool { isGemma || self == .smollm3 || self == .gpt2 || self == .lfm2 }
}

extension ConfigurationReader {
  /// The values of `model_type` of bases that see. What they compute is the same: transformers wrote SmolVLM's classes from
  /// Idefics3's.
  static let seeing = ["smolvlm", "idefics3"]

  /// A Llama decoder in `text_config`, a tower in `vision_config`.
  func seeing(_ type: String) throws(ModelFolderError) -> ModelConfiguration {
    if let quantised = QuantisedModel.problem(fields.object) { throw .data(fields.path, quantised) }
    guard let text = try fields.fields("text_config"), let tower = try fields.fields("vision_config") else {
      throw .data(
        fields.path, "has no text_config or no vision_config; take the config.json that belongs to the weights")
    }
    let family = text.object.value("model_type") ?? .string(ModelFamily.llama.rawValue)
    guard family.string == ModelFamily.llama.rawValue else { throw text.refused("model_type", family) }
    try text.checkNeutral([
      ("qk_layer_norms", [.bool(false)]), ("rope_interleaved", [.bool(false)]), ("use_resampler", [.bool(false)]),
    ])
    var configuration = try reader(text).text(.llama)
    // That of the whole model counts; the text model's own has no head.
    configuration.tieWordEmbeddings = try fields.flag("tie_word_embeddings")
    configuration.names = .smolvlm
    configuration.modelType = type
    configuration.vision = try reader(tower).vision(
      scaleFactor: fields.size("scale_factor", default: 2, most: 64), imageToken: try imageToken())
    return configuration
  }

  private func imageToken() throws(ModelFolderError) -> Int32 {
    let value = fields.object.value("image_token_id") ?? .integer(128_257)
    guard let token = value.integer.flatMap(Int32.init(exactly:)), token >= 0 else {
      throw fields.wrong("image_token_id", value, "a token id")
    }
    return token
  }

  private func vision(scaleFactor: Int, imageToken: Int32) throws(ModelFolderError) -> VisionConfiguration {
    try fields.checkNeutral([("num_channels", [.integer(3)]), ("quantization_config", [])])
    _ = try fields.dropout("attention_dropout")
    return VisionConfiguration(
      imageSize: try side("image_size", default: 224), patchSize: try side("patch_size", default: 32),
      hiddenSize: try fields.size("hidden_size", default: 1152),
      layers: try fields.size("num_hidden_layers", default: 12, most: 4096),
      heads: try fields.size("num_attention_heads", default: 16),
      intermediateSize: try fields.size("intermediate_size", default: 3072),
      layerNormEpsilon: Float(try fields.number("layer_norm_eps", default: 1e-6)),
      activation: try activation("hidden_act", default: "gelu_pytorch_tanh"), scaleFactor: scaleFactor,
      imageToken: imageToken)
  }

  /// A number, or twice the same one for height and width.
  private func side(_ name: String, default standard: Int) throws(ModelFolderError) -> Int {
    guard let value = fields.object.value(name), let list = value.array else {
      return try fields.size(name, default: standard)
    }
    guard list.count == 2, list[0] == list[1], let side = list[0].integer, (1...(1 << 24)).contains(side) else {
      throw fields.refused(name, value)
    }
    return side
  }
}
