import Recipe
import Text
import Transformer

/// The architectures of llama.cpp that are read, under the names that `general.architecture` gives them.
enum GGUFArchitecture: String, CaseIterable {
  case llama, qwen2, qwen3, gemma3, lfm2

  var family: ModelFamily {
    switch self {
    case .llama: .llama
    case .qwen2: .qwen2
    case .qwen3: .qwen3
    case .gemma3: .gemma3
    case .lfm2: .lfm2
    }
  }

  /// Under which its converter writes a family; nil for one of which it makes what is not read here.
  init?(_ family: ModelFamily) {
    // Mistral's models are written as Llama's, whose mathematics they have.
    if family == .mistral {
      self = .llama
      return
    }
    guard let known = Self.allCases.first(where: { $0.family == family }) else { return nil }
    self = known
  }

  /// Its converter reorders the rows of q and k, so that the two features that are turned together lie side by side.
  var interleavesHeads: Bool { self == .llama }

  /// LFM2's authors call the last norm one of embeddings, and so does its file.
  var finalNorm: String { self == .lfm2 ? "token_embd_norm.weight" : "output_norm.weight" }

  /// Its converter adds the one that the model adds to each norm's weight.
  var norms: Float { self == .gemma3 ? 1 : 0 }
}

/// A GGUF file's metadata as the `config.json` that it was made from. A value that changes the mathematics and is not honoured is refused
/// by its name, and so is one under the architecture's name that is not known here.
struct GGUFConfiguration {
  let file: GGUFFile
  let architecture: GGUFArchitecture

  init(_ file: GGUFFile) throws(GGUFError) {
    self.file = file
    let known = GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
    if file["general.type"]?.text == "adapter" {
      throw .metadata(
        file.path,
        "is an adapter for llama.cpp's --lora (general.type) and no model; give the model's file or folder with --model, and with --adapter "
          + "the PEFT folder that the adapter was made from")
    }
    if let type = file["general.type"]?.text, type != "model" {
      throw .metadata(
        file.path, "is of the type \(OneLine.name(type)) (general.type) and no model; give the model's file")
    }
    if let parts = file["split.count"]?.integer, parts > 1 {
      throw .metadata(
        file.path,
        "is one of \(parts) parts (split.count); join them with `llama-gguf-split --merge FIRST-PART WHOLE` and give the whole"
      )
    }
    guard let name = file["general.architecture"]?.text else {
      throw .metadata(file.path, "names no architecture (general.architecture); one of these is needed: \(known)")
    }
    guard let architecture = GGUFArchitecture(rawValue: name) else {
      throw .metadata(
        file.path,
        "general.architecture \(OneLine.name(name)) is not read, only \(known); take the model's Hugging Face folder")
    }
    self.architecture = architecture
  }

  func configuration() throws -> ModelConfiguration {
    let reader = ConfigurationReader(fields: ConfigurationFields(path: file.path, object: try json()))
    var configuration = try reader.configuration()
    if let divisors = try frequencyDivisors(configuration) {
      configuration.rotary = configuration.rotary.map { rotary in
        RotaryDescription(theta: rotary.theta, scaling: .longRoPE(divisors: divisors, attentionFactor: 1))
      }
    }
    return configuration
  }

  /// The `config.json`.
  func json() throws(GGUFError) -> JSONObject {
    try checkNames()
    let (hidden, heads) = (try size("embedding_length"), try size("attention.head_count"))
    let headSize = try headSize(hidden: hidden, heads: heads)
    let layers = try size("block_count", most: 4096)
    var members: [(String, JSONValue)] = [
      ("model_type", .string(architecture.family.rawValue)), ("vocab_size", .integer(try vocabulary())),
      ("hidden_size", .integer(hidden)), ("num_hidden_layers", .integer(layers)),
      ("num_attention_heads", .integer(heads)), ("head_dim", .integer(headSize)),
      ("intermediate_size", .integer(try size("feed_forward_length"))),
      ("max_position_embeddings", .integer(try size("context_length"))),
      (
        architecture == .lfm2 ? "norm_eps" : "rms_norm_eps", .number(try number("attention.layer_norm_rms_epsilon"))
      ),
      ("tie_word_embeddings", .bool(file.tensor("output.weight") == nil)),
    ]
    if architecture != .lfm2 {
      members.append(("num_key_value_heads", .integer(try size("attention.head_count_kv", default: heads))))
    }
    func has(_ part: String) -> Bool { file.tensor("blk.0.\(part).bias") != nil }
    switch architecture {
    case .llama:
      members += [("attention_bias", .bool(has("attn_q"))), ("mlp_bias", .bool(has("ffn_gate")))]
    case .qwen2: break
    case .qwen3: members.append(("attention_bias", .bool(has("attn_q"))))
    case .gemma3: members += try gemma(hidden: hidden, heads: heads, headSize: headSize, layers: layers)
    case .lfm2: members += try convolutions(heads: heads, layers: layers)
    }
    if architecture != .gemma3 {
      members.append(("rope_parameters", try rope(theta: number("rope.freq_base", 10_000))))
    }
    return JSONObject(members)
  }

  // MARK: Gemma

  private func gemma(
    hidden: Int, heads: Int, headSize: Int, layers: Int
  ) throws(GGUFError) -> [(String, JSONValue)] {
    let theta = try number("rope.freq_base", number("rope.global.freq_base", 10_000))
    let near = try number("rope.freq_base_swa", number("rope.local.freq_base", 10_000))
    let window = try size("attention.sliding_window", default: 0, least: 0)
    let slides = try pattern(layers)
    let types = slides.map { JSONValue.string($0 && window > 0 ? "sliding_attention" : "full_attention") }
    var members: [(String, JSONValue)] = [
      // llama.cpp knows the one size whose scale is not that of its heads by its layers.
      ("query_pre_attn_scalar", .integer(layers == 62 ? hidden / heads : headSize)), ("layer_types", .array(types)),
      (
        "rope_parameters",
        .object(
          JSONObject([
            ("full_attention", try rope(theta: theta)), ("sliding_attention", Self.plainRope(theta: near)),
          ]))
      ),
    ]
    if window > 0 { members.append(("sliding_window", .integer(window))) }
    let cap = try number("final_logit_softcapping", 0)
    if cap != 0 { members.append(("final_logit_softcapping", .number(cap))) }
    return members
  }

  /// Which layers look through a window: five of six, unless the file says otherwise.
  private func pattern(_ layers: Int) throws(GGUFError) -> [Bool] {
    let name = "attention.sliding_window_pattern"
    guard let value = value(name) else { return (0..<layers).map { ($0 + 1) % 6 != 0 } }
    if case .flags(let list) = value, list.count == layers { return list }
    if let list = value.integers, list.count == layers { return list.map { $0 != 0 } }
    guard let period = value.integer, (1...4096).contains(period) else {
      throw wrong(name, value, "a period, or a list")
    }
    return (0..<layers).map { ($0 + 1) % period != 0 }
  }

  // MARK: LFM2

  /// A block without key heads convolves; the width of the feed-forward layer is said as it is.
  private func convolutions(heads: Int, layers: Int) throws(GGUFError) -> [(String, JSONValue)] {
    let name = "attention.head_count_kv"
    let counts: [Int]
    switch value(name) {
    case .integers(let list): counts = list
    case .integer(let all): counts = Array(repeating: all, count: layers)
    case nil: counts = Array(repeating: heads, count: layers)
    case let other?: throw wrong(name, other, "a number, or one for each layer")
    }
    let kinds = Set(counts.filter { $0 != 0 })
    guard counts.count == layers, kinds.count <= 1, kinds.allSatisfy({ $0 > 0 }) else {
      throw wrong(
        name, value(name) ?? .integers(counts), "one number for each of \(layers) layers, 0 or the same")
    }
    let types = counts.map { JSONValue.string($0 == 0 ? "conv" : "full_attention") }
    return [
      ("num_key_value_heads", .integer(kinds.first ?? heads)), ("layer_types", .array(types)),
      ("conv_L_cache", .integer(try size("shortconv.l_cache", most: 64))), ("block_auto_adjust_ff_dim", .bool(false)),
    ]
  }

  // MARK: Rotary embeddings

  private static func plainRope(theta: Double) -> JSONValue {
    .object(JSONObject([("rope_type", .string("default")), ("rope_theta", .number(theta))]))
  }

  private func rope(theta: Double) throws(GGUFError) -> JSONValue {
    let linear = try number("rope.scale_linear", 1)
    guard let type = value("rope.scaling.type") else {
      return linear == 1 ? Self.plainRope(theta: theta) : Self.rope("linear", theta, [("factor", .number(linear))])
    }
    let factor = try number("rope.scaling.factor", linear)
    switch type.text {
    case "none": return Self.plainRope(theta: theta)
    case "linear": return Self.rope("linear", theta, [("factor", .number(factor))])
    case "yarn":
      let names = [("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow")]
      var fields: [(String, JSONValue)] = [
        ("factor", .number(factor)),
        ("original_max_position_embeddings", .integer(try size("rope.scaling.original_context_length"))),
      ]
      for (name, own) in names where value("rope.scaling.\(name)") != nil {
        fields.append((own, .number(try number("rope.scaling.\(name)"))))
      }
      return Self.rope("yarn", theta, fields)
    default: throw refused("rope.scaling.type", type)
    }
  }

  private static func rope(_ type: String, _ theta: Double, _ fields: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject([("rope_type", .string(type)), ("rope_theta", .number(theta))] + fields))
  }

  /// What the frequencies are divided by: so does the converter write the scaling of Llama 3.1 and later.
  private func frequencyDivisors(_ configuration: ModelConfiguration) throws -> [Double]? {
    guard architecture == .llama, file.tensor(GGUFWeights.frequencies) != nil else { return nil }
    guard configuration.rotary.allSatisfy({ $0.scaling == .none }) else {
      throw GGUFError.tensor(
        file.path, GGUFWeights.frequencies,
        "stands beside \(architecture.rawValue).rope.scaling.type; one of the two is read")
    }
    let divisors = try file.vector(GGUFWeights.frequencies, count: configuration.headSize / 2)
    guard divisors.allSatisfy({ $0 > 0 }) else {
      throw GGUFError.tensor(
        file.path, GGUFWeights.frequencies, "has a divisor that is not positive; the file is damaged")
    }
    return divisors.map(Double.init)
  }

  // MARK: Sizes

  private func headSize(hidden: Int, heads: Int) throws(GGUFError) -> Int {
    guard let value = value("attention.key_length") else {
      guard hidden % heads == 0 else {
        throw .metadata(
          file.path,
          "\(name("embedding_length")) \(hidden) is not a multiple of \(name("attention.head_count")) \(heads), and there is no "
            + name("attention.key_length"))
      }
      try checkHeads(hidden / heads)
      return hidden / heads
    }
    guard let size = value.integer, (1...8192).contains(size) else {
      throw wrong("attention.key_length", value, "a whole number from 1 to 8192")
    }
    try checkHeads(size)
    return size
  }

  /// Values as wide as keys, turned as a whole.
  private func checkHeads(_ size: Int) throws(GGUFError) {
    for name in ["attention.value_length", "rope.dimension_count"] {
      if let value = value(name), value.integer != size { throw refused(name, value) }
    }
  }

  /// The rows of the table of embeddings.
  private func vocabulary() throws(GGUFError) -> Int {
    let name = "token_embd.weight"
    guard let table = file.tensor(name) else { throw .tensor(file.path, name, "is missing; is the file whole?") }
    guard table.shape.count == 2, let rows = table.shape.first else {
      throw .tensor(file.path, name, "has shape \(table.shape), and two dimensions are needed; the file is damaged")
    }
    if let said = value("vocab_size"), said.integer != rows {
      throw .tensor(
        file.path, name, "has \(rows) rows, and \(self.name("vocab_size")) is \(said.words); the file is damaged")
    }
    return rows
  }

  // MARK: Values by name

  private func name(_ suffix: String) -> String { "\(architecture.rawValue).\(suffix)" }

  private func value(_ suffix: String) -> GGUFValue? {
    let value = file[name(suffix)]
    // One value for each layer, where they are all the same.
    if let first = value?.integers?.first, value?.integers?.allSatisfy({ $0 == first }) == true,
      suffix != "attention.sliding_window_pattern"
    {
      return .integer(first)
    }
    return value
  }

  private func size(
    _ suffix: String, default standard: Int? = nil, least: Int = 1, most: Int = 1 << 24
  ) throws(GGUFError) -> Int {
    guard let value = value(suffix) else {
      guard let standard else {
        throw .metadata(file.path, "has no \(name(suffix)) in its metadata; is the file whole?")
      }
      return standard
    }
    guard let size = value.integer, (least...most).contains(size) else {
      throw wrong(suffix, value, "a whole number from \(least) to \(most)")
    }
    return size
  }

  private func number(_ suffix: String, _ standard: Double? = nil) throws(GGUFError) -> Double {
    guard let value = value(suffix) else {
      guard let standard else {
        throw .metadata(file.path, "has no \(name(suffix)) in its metadata; is the file whole?")
      }
      return standard
    }
    guard let number = value.double, number.isFinite else { throw wrong(suffix, value, "a number") }
    // 0.1 and not 0.10000000149: the file has FP32.
    return Double(Float(number).description) ?? number
  }

  private func wrong(_ suffix: String, _ value: GGUFValue, _ needed: String) -> GGUFError {
    .metadata(file.path, "\(name(suffix)) is \(value.words); \(needed) is needed")
  }

  private func refused(_ suffix: String, _ value: GGUFValue) -> GGUFError {
    .metadata(
      file.path,
      "\(OneLine.name(name(suffix))) \(value.words) changes the model's mathematics and is not supported; use another model"
    )
  }

  /// Those that are read.
  private static let known: Set<String> = [
    "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon",
    "rope.freq_base", "rope.dimension_count", "rope.scale_linear", "rope.scaling.type", "rope.scaling.factor",
    "rope.scaling.original_context_length", "vocab_size",
  ]
  private static let knownOfYaRN: Set<String> = ["rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow"]
  private static let knownOfGemma: Set<String> = [
    "attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa", "rope.local.freq_base",
    "rope.global.freq_base", "final_logit_softcapping",
  ]
  /// Those that change nothing, whatever they say.
  private static let idle: Set<String> = ["tensor_data_layout", "rope.scaling.finetuned"]
  /// Those that change nothing with this value.
  private static let neutral: [String: Double] = [
    "expert_count": 0, "expert_used_count": 0, "pooling_type": 0, "attention.sliding_window": 0, "attention.causal": 1,
    "use_parallel_residual": 0, "attention.clamp_kqv": 0, "attention.max_alibi_bias": 0, "logit_scale": 1,
    "residual_scale": 1, "embedding_scale": 1, "attn_logit_softcapping": 0, "final_logit_softcapping": 0,
    "rope.scaling.attn_factor": 1, "rope.scaling.yarn_attn_factor": 1, "rope.scaling.yarn_ext_factor": 1,
  ]

  private func checkNames() throws(GGUFError) {
    var known = Self.known.union(Self.idle)
    if architecture == .gemma3 { known.formUnion(Self.knownOfGemma) }
    if architecture == .lfm2 { known.insert("shortconv.l_cache") }
    if value("rope.scaling.type")?.text == "yarn" { known.formUnion(Self.knownOfYaRN) }
    let prefix = architecture.rawValue + "."
    for key in file.keys where key.hasPrefix(prefix) {
      let suffix = String(key.dropFirst(prefix.count))
      guard !known.contains(suffix), let value = value(suffix) else { continue }
      let number = value.flag.map { $0 ? 1 : 0 } ?? value.double
      if let neutral = Self.neutral[suffix], number == neutral { continue }
      throw refused(suffix, value)
    }
  }
}
