import Foundation
import Kernels
import Text
import Transformer

extension ModelFolder {
  /// Writes a folder that `transformers` (4 and 5) opens: of a Llama model, or of one that sees as
  /// `SmolVLMForConditionalGeneration`. Other families are refused; for them `writeWeights` goes beside a copy of the base's own
  /// `config.json`.
  ///
  /// - Parameters:
  ///   - tokenizerJSON: the contents of `tokenizer.json`, or nil to write no tokenizer.
  ///   - bosToken: of the tokenizer's special tokens; likewise `eosToken`.
  ///   - files: others by name, such as the image processor's.
  ///   - element: the type of the weights in the file; norms have it too.
  public static func write(
    _ model: BaseModel, tokenizerJSON: Data? = nil, bosToken: String? = nil, eosToken: String? = nil,
    files: [String: Data] = [:], to folder: URL, element: WeightElement = .bfloat16
  ) throws {
    guard model.configuration.isPlainLlama || model.configuration.isPlainSmolVLM else {
      throw ModelFolderError.data(
        folder.path,
        "only Llama and SmolVLM models can be written with a config.json, not \(model.configuration.modelType)")
    }
    try OutputFile.makeFolder(folder.path)
    var bosID: Int32?
    var eosID: Int32?
    if let tokenizerJSON {
      let tokenizer = try Tokenizer(json: tokenizerJSON)
      bosID = try bosToken.map { try id(of: $0, in: tokenizer) }
      eosID = try eosToken.map { try id(of: $0, in: tokenizer) }
      try save(Array(tokenizerJSON), "tokenizer.json", folder)
      try save(
        tokenizerConfiguration(model.configuration, bosToken: bosToken, eosToken: eosToken), "tokenizer_config.json",
        folder)
      try save(tokenMap(bosToken: bosToken, eosToken: eosToken), "special_tokens_map.json", folder)
    }
    for (name, contents) in files.sorted(by: { $0.key < $1.key }) { try save(Array(contents), name, folder) }
    try writeWeights(model, to: folder, element: element)
    var generation: [(String, JSONValue)] = [("do_sample", .bool(false))]
    if let bosID { generation.append(("bos_token_id", .integer(Int(bosID)))) }
    if let eosID { generation.append(("eos_token_id", .integer(Int(eosID)))) }
    try save(.object(JSONObject(generation)), "generation_config.json", folder)
    // Last: a folder with a config.json is whole.
    try save(
      configurationJSON(model.configuration, element: element, bosID: bosID, eosID: eosID), "config.json", folder)
  }

  /// transformers 4 reads `rope_theta` and `torch_dtype`, transformers 5 `rope_parameters` and `dtype`.
  package static func configurationJSON(
    _ configuration: ModelConfiguration, element: WeightElement, bosID: Int32?, eosID: Int32?
  ) -> JSONValue {
    guard let vision = configuration.vision else {
      return decoderJSON(configuration, element: element, bosID: bosID, eosID: eosID)
    }
    return .object(
      JSONObject([
        ("architectures", .array([.string("SmolVLMForConditionalGeneration")])), ("model_type", .string("smolvlm")),
        ("image_token_id", .integer(Int(vision.imageToken))), ("scale_factor", .integer(vision.scaleFactor)),
        ("tie_word_embeddings", .bool(configuration.tieWordEmbeddings)),
        ("text_config", decoderJSON(configuration, element: element, bosID: bosID, eosID: eosID)),
        ("vision_config", visionJSON(vision, element: element)), ("use_cache", .bool(true)),
        ("bos_token_id", token(bosID)), ("eos_token_id", token(eosID)),
        ("dtype", .string(element.rawValue)), ("torch_dtype", .string(element.rawValue)),
      ]))
  }

  private static func token(_ id: Int32?) -> JSONValue { id.map { .integer(Int($0)) } ?? .null }

  private static func visionJSON(_ vision: VisionConfiguration, element: WeightElement) -> JSONValue {
    .object(
      JSONObject([
        ("model_type", .string("smolvlm_vision")), ("hidden_size", .integer(vision.hiddenSize)),
        ("intermediate_size", .integer(vision.intermediateSize)), ("num_hidden_layers", .integer(vision.layers)),
        ("num_attention_heads", .integer(vision.heads)), ("num_channels", .integer(3)),
        ("image_size", .integer(vision.imageSize)), ("patch_size", .integer(vision.patchSize)),
        ("hidden_act", .string(vision.activation.rawValue)),
        ("layer_norm_eps", .number(shortest(vision.layerNormEpsilon))), ("attention_dropout", .number(0)),
        ("dtype", .string(element.rawValue)), ("torch_dtype", .string(element.rawValue)),
      ]))
  }

  private static func decoderJSON(
    _ configuration: ModelConfiguration, element: WeightElement, bosID: Int32?, eosID: Int32?
  ) -> JSONValue {
    let rope = JSONObject([("rope_theta", .number(configuration.ropeTheta)), ("rope_type", .string("default"))])
    return .object(
      JSONObject([
        ("architectures", .array([.string("LlamaForCausalLM")])), ("model_type", .string("llama")),
        ("vocab_size", .integer(configuration.vocabularySize)), ("hidden_size", .integer(configuration.hiddenSize)),
        ("intermediate_size", .integer(configuration.intermediateSize)),
        ("num_hidden_layers", .integer(configuration.layers)), ("num_attention_heads", .integer(configuration.heads)),
        ("num_key_value_heads", .integer(configuration.kvHeads)), ("head_dim", .integer(configuration.headSize)),
        ("hidden_act", .string("silu")), ("max_position_embeddings", .integer(configuration.maxPositions)),
        ("rms_norm_eps", .number(shortest(configuration.rmsNormEpsilon))),
        ("rope_theta", .number(configuration.ropeTheta)), ("rope_parameters", .object(rope)),
        ("tie_word_embeddings", .bool(configuration.tieWordEmbeddings)), ("attention_bias", .bool(false)),
        ("attention_dropout", .number(0)), ("mlp_bias", .bool(false)), ("use_cache", .bool(true)),
        ("bos_token_id", token(bosID)), ("eos_token_id", token(eosID)),
        ("dtype", .string(element.rawValue)), ("torch_dtype", .string(element.rawValue)),
      ]))
  }

  /// 1e-5 and not 9.999999747378752e-06.
  private static func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }

  private static func tokenizerConfiguration(
    _ configuration: ModelConfiguration, bosToken: String?, eosToken: String?
  ) -> JSONValue {
    .object(
      JSONObject([
        ("tokenizer_class", .string("PreTrainedTokenizerFast")), ("bos_token", optional(bosToken)),
        ("eos_token", optional(eosToken)), ("clean_up_tokenization_spaces", .bool(false)),
        ("model_max_length", .integer(configuration.maxPositions)),
      ]))
  }

  private static func tokenMap(bosToken: String?, eosToken: String?) -> JSONValue {
    let tokens = [("bos_token", bosToken), ("eos_token", eosToken)]
    return .object(JSONObject(tokens.compactMap { name, token in token.map { (name, .string($0)) } }))
  }

  private static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private static func id(of token: String, in tokenizer: Tokenizer) throws -> Int32 {
    guard let id = tokenizer.id(of: token) else {
      throw ModelFolderError.data("tokenizer.json", "has no token \(token), which the model's folder should name")
    }
    return id
  }

  private static func save(_ value: JSONValue, _ name: String, _ folder: URL) throws {
    try save(Array((JSONWriter.text(value) + "\n").utf8), name, folder)
  }

  private static func save(_ bytes: [UInt8], _ name: String, _ folder: URL) throws {
    try OutputFile.save(bytes, to: folder.appendingPathComponent(name).path)
  }
}

/// A base folder whose weights have an adapter merged into them.
public enum MergedModelFolder {
  /// What is taken over from the base as it is, where it is there.
  private static let companions = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json", "LICENSE",
    "preprocessor_config.json", "processor_config.json",
  ]

  /// What `write` may make, in its order: a folder that has the last of them is whole.
  private static let names = ["model.safetensors"] + companions + ["config.json"]

  private static let markKey = "merged_by"
  private static let mark = "lorascope"

  /// Which of a model's files in a folder this program has not merged; nil where it may replace them.
  package static func stranger(in folder: String) -> String? {
    let present = Set(OutputFolder.entries(folder) ?? []).intersection(names + ["model.safetensors.index.json"])
    if present.isEmpty { return nil }
    let weights = folder + "/model.safetensors"
    if (try? SafetensorsFile(path: weights).metadata[markKey]) == mark { return nil }
    return names.first(where: present.contains) ?? "model.safetensors.index.json"
  }

  /// Refuses a base that has no `config.json` and tokenizer files to take over, and one of which only a part is read.
  package static func check(base: URL) throws {
    guard let file = GGUFFile.path(of: base) else {
      if let reader = try? ModelFolder.reader(base),
        reader.fields.object.value("model_type")?.string == ConfigurationReader.qwen35
      {
        throw ModelFolderError.data(
          reader.fields.path,
          "a model with a tower for pictures that is not read cannot be merged into a folder; use the adapter beside it, which PEFT merges, too"
        )
      }
      return
    }
    throw ModelFolderError.data(
      file,
      "a GGUF file cannot be merged into a folder; use the adapter beside it, or merge into the Hugging Face folder that the file was "
        + "made from, whose weights are not quite the same")
  }

  /// Writes the weights, the base's tokenizer files, and its `config.json` with the type of the new weights.
  ///
  /// - Parameters:
  ///   - model: made by `MergedModel.merge` from the model in `base`.
  ///   - element: of every tensor in the file.
  public static func write(_ model: BaseModel, base: URL, to folder: URL, element: WeightElement) throws {
    try check(base: base)
    let configuration = base.appendingPathComponent("config.json").path
    let original = try PythonJSON(InputFile.whole(configuration))
    guard var config = original.value.object else {
      throw ModelFolderError.data(configuration, "is not an object")
    }
    let keys = ["dtype", "torch_dtype"].filter { config.value($0) != nil }
    config.members.removeAll { $0.key == "dtype" || $0.key == "torch_dtype" }
    for key in keys.isEmpty ? ["dtype"] : keys {
      config.members.append(JSONObject.Member(key: key, value: .string(element.rawValue)))
    }
    try OutputFolder.replace(folder.path, names: names) { path in
      let place = URL(fileURLWithPath: path)
      try ModelFolder.writeWeights(model, to: place, element: element, metadata: ["format": "pt", markKey: mark])
      for name in companions {
        let source = base.appendingPathComponent(name).path
        guard InputFile.exists(source) else { continue }
        try OutputFile.save(InputFile.whole(source), to: place.appendingPathComponent(name).path)
      }
      // Last: a folder with a config.json is whole.
      try OutputFile.save(
        Array(original.text(.object(config)).utf8), to: place.appendingPathComponent("config.json").path)
    }
  }
}
