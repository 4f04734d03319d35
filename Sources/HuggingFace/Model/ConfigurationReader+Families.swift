import Recipe
import Transformer

extension ConfigurationReader {
  /// All families that descend from Llama.
  func decoder(_ family: ModelFamily) throws(ModelFolderError) -> ModelConfiguration {
    let hidden = try fields.size("hidden_size")
    let heads = try fields.size("num_attention_heads")
    let layers = try fields.size("num_hidden_layers", most: 4096)
    let kvHeads = try fields.size("num_key_value_heads", default: keyHeads(family, heads: heads))
    let headSize = try headSize(family, hidden: hidden, heads: heads)
    let maxPositions = try fields.size("max_position_embeddings", default: family.maxPositions)
    let rotary = try rotary(family, headSize: headSize, maxPositions: maxPositions)

    var block = BlockDescription()
    block.activation = try activation(
      family.isGemma ? "hidden_activation" : "hidden_act", default: family.isGemma ? "gelu_pytorch_tanh" : "silu")
    block.normalizesQueriesAndKeys = [
      .qwen3, .gemma3, .olmo2, .olmo3, .exaone4, .hunyuan, .lfm2, .qwen35,
    ].contains(family)
    block.headNorm = family.isOLMo ? .allHeads : family == .hunyuan ? .turnedHead : .head
    block.normalizesInputs = !family.normalizesOutputsOnly
    block.normalizesOutputs = family.normalizesOutputsOnly
    block.fusesQKV = family == .phi3
    block.feedForward = family == .phi3 || family == .graniteHybrid ? .fusedGated : .gated
    block.biases = try biases(family)
    block.layers = try attentions(family, layers: layers)
    if family == .lfm2 { block.shortConvolution = try shortConvolutions(layers: layers) }
    if family == .qwen35 {
      block.linearAttention = try linearAttentions(layers: layers)
      block.gatesAttention = true
      block.normWeightOffset = 1
    }
    var configuration = ModelConfiguration(
      vocabularySize: try fields.size("vocab_size"), hiddenSize: hidden, layers: layers, heads: heads,
      kvHeads: kvHeads, headSize: headSize, intermediateSize: try intermediateSize(family),
      rmsNormEpsilon: Float(
        try fields.number(family == .lfm2 ? "norm_eps" : "rms_norm_eps", default: family.normEpsilon)),
      tieWordEmbeddings: try tiesEmbeddings(family),
      maxPositions: min(maxPositions, rotary.compactMap(\.longest).min() ?? maxPositions),
      rotary: rotary.map(\.rotary), modelType: family.rawValue)
    if family.isGemma {
      block.normWeightOffset = 1
      block.normalizesOutputs = true
      block.attentionScale = Float(1 / (try fields.number("query_pre_attn_scalar", default: 256)).squareRoot())
      configuration.embeddingScale = Float(hidden).squareRoot()
      // Where Gemma 2's configuration is silent it caps; where it says null it does not.
      let silent = family == .gemma2
      block.attentionSoftCap = try softCap("attn_logit_softcapping", default: silent ? 50 : nil)
      configuration.logitSoftCap = try softCap("final_logit_softcapping", default: silent ? 30 : nil)
    }
    if family.isGranite {
      block.attentionScale = Float(try fields.number("attention_multiplier", default: 1))
      block.residualScale = Float(try fields.number("residual_multiplier", default: 1))
      configuration.embeddingScale = Float(try fields.number("embedding_multiplier", default: 1))
      configuration.logitScale = Float(1 / (try fields.number("logits_scaling", default: 1)))
      if family == .graniteHybrid { configuration.names = .graniteHybrid }
    }
    if family == .lfm2 { configuration.names = .lfm2 }
    configuration.block = block
    return configuration
  }

  /// Granite 4's feed-forward layer is what its mixture's experts share; its `intermediate_size` is the experts'.
  private func intermediateSize(_ family: ModelFamily) throws(ModelFolderError) -> Int {
    if family == .lfm2 { return try lfm2IntermediateSize() }
    guard family == .graniteHybrid else { return try fields.size("intermediate_size") }
    let experts = fields.object.value("num_local_experts") ?? .integer(8)
    guard experts.integer == 0 else { throw fields.refused("num_local_experts", experts) }
    return try fields.size("shared_intermediate_size", default: 1024)
  }

  func gpt2() throws(ModelFolderError) -> ModelConfiguration {
    let hidden = try fields.size("n_embd", default: 768)
    let heads = try fields.size("n_head", default: 12)
    guard hidden % heads == 0 else {
      throw .data(fields.path, "n_embd \(hidden) is not a multiple of n_head \(heads)")
    }
    var block = BlockDescription()
    block.norm = .layer
    block.fusesQKV = true
    block.feedForward = .plain
    block.activation = try activation("activation_function", default: "gelu_new")
    block.biases = [.qkvProj, .oProj, .upProj, .downProj]
    if try !fields.flag("scale_attn_weights", default: true) { block.attentionScale = 1 }
    let layers = try fields.size("n_layer", default: 12, most: 4096)
    block.layers = Array(repeating: LayerAttention(rotary: nil), count: layers)
    let (inner, overflow) = hidden.multipliedReportingOverflow(by: 4)
    return ModelConfiguration(
      vocabularySize: try fields.size("vocab_size", default: 50_257), hiddenSize: hidden, layers: layers, heads: heads,
      kvHeads: heads, headSize: hidden / heads,
      intermediateSize: try fields.size("n_inner", default: overflow ? nil : inner),
      rmsNormEpsilon: Float(try fields.number("layer_norm_epsilon", default: 1e-5)),
      tieWordEmbeddings: try fields.flag("tie_word_embeddings", default: true),
      maxPositions: try fields.size("n_positions", default: 1024), block: block, rotary: [], learnsPositions: true,
      names: .gpt2, modelType: ModelFamily.gpt2.rawValue)
  }

  /// `null` is as many as attention heads; an absent field what the family's configuration class says.
  private func keyHeads(_ family: ModelFamily, heads: Int) -> Int {
    fields.object["num_key_value_heads"] == nil ? family.kvHeads ?? heads : heads
  }

  private func headSize(_ family: ModelFamily, hidden: Int, heads: Int) throws(ModelFolderError) -> Int {
    let size: Int
    if let given = try fields.sizeIfPresent("head_dim") {
      size = given
    } else if fields.object["head_dim"] == nil, let standard = family.headSize {
      size = standard
    } else {
      guard hidden % heads == 0 else {
        throw .data(
          fields.path,
          "hidden_size \(hidden) is not a multiple of num_attention_heads \(heads), and there is no head_dim")
      }
      size = hidden / heads
    }
    // Far above any model, and small enough that no product of sizes overflows and no table of angles fills the memory.
    guard size <= 1 << 13, heads <= (1 << 24) / size else {
      throw .data(fields.path, "num_attention_heads \(heads) of size \(size) are too many")
    }
    return size
  }

  private func softCap(_ name: String, default standard: Double?) throws(ModelFolderError) -> Float? {
    guard let value = fields.object[name] else { return standard.map { Float($0) } }
    return value.isNull ? nil : Float(try fields.number(name))
  }

  /// What a person should know of the fields of rotary embeddings, a line each.
  func rotaryNotices(_ family: ModelFamily) throws(ModelFolderError) -> [String] {
    if family == .gpt2 { return [] }
    let heads = try fields.size("num_attention_heads")
    let headSize = try headSize(family, hidden: fields.size("hidden_size"), heads: heads)
    let maxPositions = try fields.size("max_position_embeddings", default: family.maxPositions)
    return try rotary(family, headSize: headSize, maxPositions: maxPositions).flatMap(\.notices)
  }

  private func rotary(
    _ family: ModelFamily, headSize: Int, maxPositions: Int
  ) throws(ModelFolderError) -> [RotaryReader.Result] {
    let reader = RotaryReader(
      fields: fields, headSize: headSize, maxPositions: maxPositions, theta: family.ropeTheta,
      portion: family == .qwen35 ? 0.25 : 1, allowsPartial: family == .phi3 || family == .qwen35,
      allowsSections: family == .qwen35, allowsLongRoPE: family == .phi3, allowsAlpha: family == .hunyuan,
      allowsQueryScale: family == .ministral3)
    switch family {
    case .gemma3:
      let (full, sliding) = try reader.fullAndSliding(slidingTheta: 10_000)
      return [full, sliding]
    case .olmo3:
      // Only the layers that see everything are stretched. transformers 5 turns the others by 500 000 whatever `rope_theta` is.
      if let theta = try fields.numberIfPresent("rope_theta"), theta != family.ropeTheta {
        throw fields.refused("rope_theta", .number(theta))
      }
      let (full, sliding) = try reader.fullAndSliding(slidingTheta: family.ropeTheta)
      return [full, sliding]
    case .ministral3 where fields.object.value("rope_parameters") == nil && fields.object.value("rope_scaling") == nil:
      return [reader.ministral]
    default: return [try reader.rotary()]
    }
  }

  /// Of the linear layers: a property of the family, or two fields.
  private func biases(_ family: ModelFamily) throws(ModelFolderError) -> [LinearModule] {
    switch family {
    case .qwen2: return [.qProj, .kProj, .vProj]
    case .llama, .smollm3, .qwen3, .gemma2, .gemma3, .olmo2, .olmo3, .granite, .graniteHybrid, .hunyuan:
      var biases: [LinearModule] = []
      if try fields.flag("attention_bias") { biases += [.qProj, .kProj, .vProj, .oProj] }
      guard try fields.flag("mlp_bias") else { return biases }
      guard family == .llama || family == .smollm3 || family == .granite else {
        throw fields.refused("mlp_bias", .bool(true))
      }
      return biases + [.gateProj, .upProj, .downProj]
    case .mistral, .phi3, .gpt2, .ministral3, .exaone4, .lfm2, .qwen35:
      for name in ["attention_bias", "mlp_bias"] where try fields.flag(name) {
        throw fields.refused(name, .bool(true))
      }
      return []
    }
  }

  /// Window and rotary embedding of each layer.
  private func attentions(_ family: ModelFamily, layers: Int) throws(ModelFolderError) -> [LayerAttention] {
    let indices = 0..<layers
    let window = try window(family)
    let turned = try turned(family, layers: layers)
    // true: in a window.
    let types = try fields.list(try typesField(family), count: layers) { type -> Bool? in
      switch type.string {
      case "full_attention": false
      // Its block has no attention, which the list of convolutions says.
      case "conv" where family == .lfm2, "linear_attention" where family == .qwen35: false
      case "attention" where family == .graniteHybrid: false
      case "sliding_attention": true
      default: nil
      }
    }
    let standard: [Bool]
    switch family {
    case .llama, .olmo2, .granite, .hunyuan, .lfm2, .qwen35: standard = indices.map { _ in false }
    case .graniteHybrid:
      // A layer of another kind has a state instead of keys and values.
      guard types != nil else { throw .data(fields.path, "has no layer_types; layers that attend are needed") }
      standard = indices.map { _ in false }
    case .olmo3: standard = indices.map { ($0 + 1) % 4 != 0 }
    case .exaone4:
      let pattern = try window == nil || types != nil ? 1 : fields.size("sliding_window_pattern", default: 4)
      standard = indices.map { ($0 + 1) % pattern != 0 }
    case .mistral, .phi3, .ministral3: standard = indices.map { _ in window != nil }
    case .smollm3: standard = indices.map { window != nil && !turned[$0] }
    case .qwen2, .qwen3:
      let value = fields.object.value("max_window_layers") ?? .integer(28)
      guard let first = value.integer else { throw fields.wrong("max_window_layers", value, "a whole number") }
      standard = indices.map { window != nil && $0 >= first }
    case .gemma2: standard = indices.map { $0 % 2 == 0 }
    case .gemma3:
      let pattern = try fields.size("sliding_window_pattern", default: 6)
      standard = indices.map { ($0 + 1) % pattern != 0 }
    case .gpt2: standard = indices.map { _ in false }
    }
    // Families whose layers are all of a kind ignore the list, so it may not say anything else.
    if let types, types != standard,
      [.llama, .mistral, .phi3, .olmo2, .granite, .hunyuan, .ministral3, .lfm2, .qwen35].contains(family)
    {
      throw fields.refused("layer_types", fields.object["layer_types"] ?? .null)
    }
    let sliding = types ?? standard
    guard window != nil || !sliding.contains(true) else {
      throw .data(fields.path, "layer_types has sliding_attention, but there is no sliding_window")
    }
    let hasTwo = family == .gemma3 || family == .olmo3
    let attentions = indices.map { layer in
      let rotary = hasTwo && sliding[layer] ? 1 : 0
      // EXAONE 4 does not turn the layers that see everything where others do not.
      let isTurned = turned[layer] && (family != .exaone4 || window == nil || sliding[layer])
      return LayerAttention(window: sliding[layer] ? window : nil, rotary: isTurned ? rotary : nil)
    }
    return attentions.allSatisfy { $0 == LayerAttention() } ? [] : attentions
  }

  /// Granite 4's list has two names.
  private func typesField(_ family: ModelFamily) throws(ModelFolderError) -> String {
    guard family == .graniteHybrid, fields.object.value("layers_block_type") != nil else { return "layer_types" }
    if let types = fields.object.value("layer_types"), types != fields.object.value("layers_block_type") {
      throw fields.refused("layer_types", types)
    }
    return "layers_block_type"
  }

  /// Layers that turn queries and keys: all but SmolLM 3's every fourth, and Granite 4's where its configuration says so.
  private func turned(_ family: ModelFamily, layers: Int) throws(ModelFolderError) -> [Bool] {
    if family == .graniteHybrid {
      let isTurned = fields.object.value("position_embedding_type")?.string == "rope"
      return Array(repeating: isTurned, count: layers)
    }
    guard family == .smollm3 else { return Array(repeating: true, count: layers) }
    let given = try fields.list("no_rope_layers", count: layers) { value -> Bool? in
      value.integer == 1 ? true : value.integer == 0 ? false : nil
    }
    let interval = try fields.size("no_rope_layer_interval", default: 4)
    return given ?? (0..<layers).map { ($0 + 1) % interval != 0 }
  }

  private func window(_ family: ModelFamily) throws(ModelFolderError) -> Int? {
    let standard: Int?
    switch family {
    case .llama, .gpt2, .olmo2, .granite, .graniteHybrid, .hunyuan, .lfm2, .qwen35: return nil
    case .smollm3, .qwen2, .qwen3:
      guard try fields.flag("use_sliding_window") else { return nil }
      standard = family == .smollm3 ? nil : 4096
    case .mistral, .gemma2, .gemma3, .olmo3, .exaone4: standard = 4096
    case .phi3, .ministral3: standard = nil
    }
    guard let value = fields.object["sliding_window"] else { return standard }
    return value.isNull ? nil : try fields.size("sliding_window")
  }
}
