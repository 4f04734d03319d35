import Transformer

/// Makes the `adapter_config.json` of a specification, with the fields and defaults of PEFT 0.21.
enum PEFTConfigurationWriter {
  static func json(_ specification: LoRASpecification, layers: Int, baseModelName: String) -> JSONValue {
    let nulls = [
      "alora_invocation_tokens", "arrow_config", "auto_mapping", "corda_config", "eva_config", "exclude_modules",
      "layer_replication", "layers_pattern", "layers_to_transform", "megatron_config", "modules_to_save", "revision",
      "target_parameters", "trainable_token_indices",
    ]
    let falses = [
      "fan_in_fan_out", "lora_bias", "use_dora", "use_qalora", "ensure_weight_tying",
    ]
    var members: [(String, JSONValue)] = nulls.map { ($0, .null) } + falses.map { ($0, .bool(false)) }
    members += [
      ("base_model_name_or_path", .string(baseModelName)), ("bias", .string("none")), ("inference_mode", .bool(true)),
      ("init_lora_weights", .bool(true)), ("loftq_config", .object(JSONObject())),
      ("megatron_core", .string("megatron.core")),
      ("peft_type", .string("LORA")), ("peft_version", .string("0.21.2")), ("qalora_group_size", .integer(16)),
      ("task_type", .string("CAUSAL_LM")), ("use_rslora", .bool(specification.useRSLoRA)),
      ("r", .integer(specification.rank)), ("lora_alpha", number(specification.alpha)),
      ("lora_dropout", .number(Double(specification.dropout.description) ?? 0)),
      ("target_modules", .array(targetNames(specification, layers: layers).map { .string($0) })),
      ("rank_pattern", pattern(specification, specification.rank, specification.rank(of:)) { .integer($0) }),
      ("alpha_pattern", pattern(specification, specification.alpha, specification.alpha(of:), json: number)),
    ]
    return .object(JSONObject(members))
  }

  /// Module names if the same modules are targets in every layer of the model, whole paths otherwise.
  private static func targetNames(_ specification: LoRASpecification, layers: Int) -> [String] {
    let modules = LinearModule.allCases.filter { module in specification.targets.contains { $0.module == module } }
    if specification.targets.count == modules.count * layers { return modules.map(\.rawValue) }
    return specification.targets.map(\.description)
  }

  /// Keys for what differs from the default: the module's name if it does so alike in all layers, else whole paths.
  private static func pattern<Value: Equatable>(
    _ specification: LoRASpecification, _ standard: Value, _ value: (ModulePath) -> Value,
    json: (Value) -> JSONValue
  ) -> JSONValue {
    var members: [(String, JSONValue)] = []
    for module in LinearModule.allCases {
      let paths = specification.targets.filter { $0.module == module }
      guard let first = paths.first else { continue }
      let common = value(first)
      if paths.allSatisfy({ value($0) == common }) {
        if common != standard { members.append((module.rawValue, json(common))) }
      } else {
        for path in paths where value(path) != standard { members.append((path.description, json(value(path)))) }
      }
    }
    return .object(JSONObject(members))
  }

  /// A whole number without a fraction, as PEFT users write it.
  private static func number(_ value: Float) -> JSONValue {
    if let whole = Int(exactly: value) { return .integer(whole) }
    return .number(Double(value.description) ?? Double(value))
  }
}
