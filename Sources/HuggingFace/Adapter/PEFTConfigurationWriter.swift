import Transformer

/// Makes the `adapter_config.json` of a specification, with the fields and defaults of PEFT 0.21.
struct PEFTConfigurationWriter {
  private let specification: LoRASpecification
  private let configuration: ModelConfiguration
  /// Layers of each module that is a target somewhere, in canonical order.
  private let modules: [(module: LinearModule, layers: [Int])]

  init(_ specification: LoRASpecification, in configuration: ModelConfiguration) {
    self.specification = specification
    self.configuration = configuration
    let layers = Dictionary(grouping: specification.targets, by: \.module).mapValues { $0.map(\.layer).sorted() }
    modules = LinearModule.allCases.compactMap { module in layers[module].map { (module, $0) } }
  }

  func json(baseModelName: String) -> JSONValue {
    let nulls = [
      "alora_invocation_tokens", "arrow_config", "auto_mapping", "corda_config", "eva_config", "exclude_modules",
      "layer_replication", "megatron_config", "modules_to_save", "revision", "target_parameters",
      "trainable_token_indices",
    ]
    let falses = ["lora_bias", "use_qalora", "ensure_weight_tying"]
    var members: [(String, JSONValue)] = nulls.map { ($0, .null) } + falses.map { ($0, .bool(false)) }
    members += [
      ("base_model_name_or_path", .string(baseModelName)), ("bias", .string("none")), ("inference_mode", .bool(true)),
      ("init_lora_weights", .bool(true)), ("loftq_config", .object(JSONObject())),
      ("megatron_core", .string("megatron.core")),
      ("peft_type", .string("LORA")), ("peft_version", .string("0.21.2")), ("qalora_group_size", .integer(16)),
      ("task_type", .string("CAUSAL_LM")), ("use_rslora", .bool(specification.useRSLoRA)),
      ("use_dora", .bool(specification.useDoRA)),
      // GPT-2's Conv1D holds its weight [in, out].
      ("fan_in_fan_out", .bool(configuration.names == .gpt2)),
      ("r", .integer(specification.rank)), ("lora_alpha", number(specification.alpha)),
      ("lora_dropout", .number(Double(specification.dropout.description) ?? 0)),
      ("rank_pattern", pattern(specification.rank, specification.rank(of:)) { .integer($0) }),
      ("alpha_pattern", pattern(specification.alpha, specification.alpha(of:), json: number)),
    ]
    return .object(JSONObject(members + targets))
  }

  /// Module names where the same layers are targets in all of them (with these layers, unless it is every one), whole
  /// names otherwise: in either form nothing else of the model is hit.
  private var targets: [(String, JSONValue)] {
    let layers = modules.first?.layers ?? []
    guard modules.allSatisfy({ $0.layers == layers }) else {
      let names = specification.targets.map { JSONValue.string(configuration.name(of: $0)) }
      return [("target_modules", .array(names)), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let names = JSONValue.array(modules.map { .string(name(of: $0.module)) })
    guard layers.count < configuration.layers else {
      return [("target_modules", names), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let list = configuration.names.blocks.split(separator: ".").last.map(String.init) ?? configuration.names.blocks
    return [
      ("target_modules", names), ("layers_to_transform", .array(layers.map { .integer($0) })),
      ("layers_pattern", .string(list)),
    ]
  }

  /// The ending that tells a module from all others: `q_proj`; on GPT-2, which has two of the same name, `attn.c_proj`.
  private func name(of module: LinearModule) -> String {
    configuration.names == .gpt2 ? configuration.names.name(of: module) : module.rawValue
  }

  /// Keys for what differs from the default: the module's name if it does so alike in all layers, else whole names.
  private func pattern<Value: Equatable>(
    _ standard: Value, _ value: (ModulePath) -> Value, json: (Value) -> JSONValue
  ) -> JSONValue {
    var members: [(String, JSONValue)] = []
    for (module, layers) in modules {
      let paths = layers.map { ModulePath(layer: $0, module: module) }
      guard let first = paths.first else { continue }
      let common = value(first)
      if paths.allSatisfy({ value($0) == common }) {
        if common != standard { members.append((name(of: module), json(common))) }
      } else {
        for path in paths where value(path) != standard {
          members.append((configuration.name(of: path), json(value(path))))
        }
      }
    }
    return .object(JSONObject(members))
  }

  /// A whole number without a fraction, as PEFT users write it.
  private func number(_ value: Float) -> JSONValue {
    if let whole = Int(exactly: value) { return .integer(whole) }
    return .number(Double(value.description) ?? Double(value))
  }
}
