import Transformer

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
    try fields.checkNeutral([
      ("num_channels", [.integer(3)]), ("attention_dropout", [.integer(0)]), ("quantization_config", []),
    ])
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
