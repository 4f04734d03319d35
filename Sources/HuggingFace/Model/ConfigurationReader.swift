import Transformer

/// Maps a `config.json` of a Llama-type model to `ModelConfiguration`, and refuses by name what would change the mathematics
/// and is not honoured. Absent fields have the values of transformers' `LlamaConfig`.
struct ConfigurationReader {
  let path: String
  let object: JSONObject

  init(path: String, bytes: [UInt8]) throws(ModelFolderError) {
    self.path = path
    do {
      let document = try JSONParser.parse(bytes)
      guard let object = document.object else {
        throw ModelFolderError.data(path, "is \(document.kind), not an object")
      }
      self.object = object
    } catch let error as ModelFolderError {
      throw error
    } catch {
      throw .data(path, "is not JSON: \(error)")
    }
  }

  func configuration() throws -> ModelConfiguration {
    let modelType = try checkModelType()
    try checkVariants(modelType)
    let hidden = try size("hidden_size")
    let heads = try size("num_attention_heads")
    let kvHeads = try size("num_key_value_heads", default: heads)
    let headSize: Int
    if object.value("head_dim") == nil {
      guard hidden % heads == 0 else {
        throw ModelFolderError.data(
          path, "hidden_size \(hidden) is not a multiple of num_attention_heads \(heads), and there is no head_dim")
      }
      headSize = hidden / heads
    } else {
      headSize = try size("head_dim")
    }
    // Far above any model, and small enough that no product of sizes overflows.
    guard heads <= (1 << 24) / headSize else {
      throw ModelFolderError.data(path, "num_attention_heads \(heads) of size \(headSize) are too many")
    }
    let configuration = ModelConfiguration(
      vocabularySize: try size("vocab_size"), hiddenSize: hidden, layers: try size("num_hidden_layers", most: 4096),
      heads: heads,
      kvHeads: kvHeads, headSize: headSize, intermediateSize: try size("intermediate_size"),
      ropeTheta: try ropeTheta(), rmsNormEpsilon: Float(try number("rms_norm_eps", default: 1e-6)),
      tieWordEmbeddings: try flag("tie_word_embeddings", default: false),
      maxPositions: try size("max_position_embeddings", default: 2048))
    do {
      try configuration.validate()
    } catch {
      throw ModelFolderError.data(path, "\(error)")
    }
    return configuration
  }

  private func checkModelType() throws(ModelFolderError) -> String {
    guard let type = object.value("model_type") else {
      throw .data(path, "has no model_type; a Llama-type model is needed (model_type llama)")
    }
    guard let type = type.string, type == "llama" || type == "mistral" else {
      let found = type.string.map(SafetensorsError.printable) ?? type.kind
      throw .data(path, "model_type \(found) is not supported; use a Llama-type model (model_type llama or mistral)")
    }
    if type == "mistral", let window = object["sliding_window"] {
      guard window.isNull else { throw refused("sliding_window", window) }
    } else if type == "mistral" {
      throw .data(
        path, "model_type mistral without \"sliding_window\": null attends in a window, which is not supported")
    }
    return type
  }

  private func checkVariants(_ modelType: String) throws(ModelFolderError) {
    for name in ["attention_bias", "mlp_bias"] where try flag(name, default: false) {
      throw refused(name, .bool(true))
    }
    if let activation = object.value("hidden_act"), activation.string != "silu", activation.string != "swish" {
      throw refused("hidden_act", activation)
    }
    for name in ["quantization_config", "compression_config", "layer_types"] {
      if let value = object.value(name) {
        if let types = value.array, types.allSatisfy({ $0.string == "full_attention" }) { continue }
        throw refused(name, value)
      }
    }
    for (name, neutral) in [("attention_dropout", 0.0), ("partial_rotary_factor", 1.0)] {
      if let value = object.value(name), value.double != neutral { throw refused(name, value) }
    }
  }

  /// `rope_parameters` (transformers 5), `rope_theta` and `rope_scaling` (4), or the default.
  private func ropeTheta() throws(ModelFolderError) -> Double {
    var theta = try number("rope_theta", default: 10_000)
    for name in ["rope_scaling", "rope_parameters"] {
      guard let value = object.value(name) else { continue }
      guard let parameters = value.object else { throw .data(path, "\(name) is \(value.kind), not an object") }
      for member in parameters.members where !member.value.isNull {
        switch member.key {
        case "rope_type", "type":
          guard member.value.string == "default" else { throw refused("\(name).\(member.key)", member.value) }
        case "rope_theta":
          guard let number = member.value.double else {
            throw .data(path, "\(name).rope_theta is \(member.value.kind), not a number")
          }
          theta = number
        case "partial_rotary_factor":
          guard member.value.double == 1 else { throw refused("\(name).partial_rotary_factor", member.value) }
        default: throw refused("\(name).\(SafetensorsError.printable(member.key))", member.value)
        }
      }
    }
    guard theta > 0, theta.isFinite else { throw .data(path, "rope_theta is \(theta); it must be positive") }
    return theta
  }

  private func refused(_ name: String, _ value: JSONValue) -> ModelFolderError {
    let text = SafetensorsError.printable(JSONWriter.text(value, indent: nil))
    return .data(path, "\(name) \(text) changes the model's mathematics and is not supported; use another model")
  }

  private func size(_ name: String, default standard: Int? = nil, most: Int = 1 << 24) throws(ModelFolderError) -> Int {
    guard let value = object.value(name) else {
      guard let standard else { throw .data(path, "has no \(name); take the config.json that belongs to the weights") }
      return standard
    }
    guard let size = value.integer, (1...most).contains(size) else {
      throw .data(path, "\(name) is \(describe(value)); a whole number from 1 to \(most) is needed")
    }
    return size
  }

  private func number(_ name: String, default standard: Double) throws(ModelFolderError) -> Double {
    guard let value = object.value(name) else { return standard }
    guard let number = value.double else { throw .data(path, "\(name) is \(value.kind), not a number") }
    return number
  }

  private func flag(_ name: String, default standard: Bool) throws(ModelFolderError) -> Bool {
    guard let value = object.value(name) else { return standard }
    guard let flag = value.bool else { throw .data(path, "\(name) is \(value.kind), not true or false") }
    return flag
  }

  private func describe(_ value: JSONValue) -> String {
    switch value {
    case .integer, .number: JSONWriter.text(value, indent: nil)
    default: value.kind
    }
  }
}
