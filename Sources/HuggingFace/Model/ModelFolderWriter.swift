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
