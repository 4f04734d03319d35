import Recipe
import Text
import Transformer

/// Makes the `adapter_config.json` of a specification, with the fields and defaults of PEFT 0.21.
struct PEFTConfigurationWriter {
  private let specification: LoRASpecification
  private let configuration: ModelConfiguration
  private struct Target {
    let module: LinearModule
    /// Of the vision tower.
    let isVision: Bool
    /// In order.
    let layers: [Int]
  }

  /// Each module that is a target somewhere, in canonical order, the decoder's first.
  private let modules: [Target]

  init(_ specification: LoRASpecification, in configuration: ModelConfiguration) {
    self.specification = specification
    self.configuration = configuration
    modules = [false, true].flatMap { isVision in
      let own = specification.targets.filter { $0.isVision == isVision }
      let layers = Dictionary(grouping: own, by: \.module).mapValues { $0.map(\.layer).sorted() }
      return LinearModule.allCases.compactMap { module in
        layers[module].map { Target(module: module, isVision: isVision, layers: $0) }
      }
    }
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
  /// names otherwise: in either form nothing else of the model is hit. Of a model that sees, where decoder and tower have
  /// modules of the same name, a pattern of whole names.
  private var targets: [(String, JSONValue)] {
    if configuration.vision != nil {
      return [("target_modules", .string(expression)), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let layers = modules.first?.layers ?? []
    guard modules.allSatisfy({ $0.layers == layers }) else {
      let names = specification.targets.map { JSONValue.string(configuration.name(of: $0)) }
      return [("target_modules", .array(names)), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let names = JSONValue.array(modules.map { .string(name(of: $0)) })
    guard layers.count < configuration.layers else {
      return [("target_modules", names), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let list = configuration.names.blocks.split(separator: ".").last.map(String.init) ?? configuration.names.blocks
    return [
      ("target_modules", names), ("layers_to_transform", .array(layers.map { .integer($0) })),
      ("layers_pattern", .string(list)),
    ]
  }

  /// `model\.text_model\.layers\.\d+\.(self_attn\.q_proj|mlp\.down_proj)`, and one for each other part or choice of layers.
  private var expression: String {
    var places: [(blocks: String, modules: [String])] = []
    for target in modules {
      let blocks = blocks(of: target)
      let module = escaped(names(of: target).name(of: target.module))
      if let index = places.firstIndex(where: { $0.blocks == blocks }) {
        places[index].modules.append(module)
      } else {
        places.append((blocks, [module]))
      }
    }
    return places.map { "\($0.blocks)\\.(\($0.modules.joined(separator: "|")))" }.joined(separator: "|")
  }

  /// A pattern of the blocks that a target is in: `model\.text_model\.layers\.(0|3)`.
  private func blocks(of target: Target) -> String {
    let count = target.isVision ? configuration.vision?.layers : configuration.layers
    let numbers = target.layers.map(String.init).joined(separator: "|")
    return "\(escaped(names(of: target).blocks))\\.\(target.layers.count == count ? "\\d+" : "(\(numbers))")"
  }

  private func names(of target: Target) -> ModuleNames { target.isVision ? .siglip : configuration.names }

  private func escaped(_ name: String) -> String { name.replacing(".", with: "\\.") }

  /// The ending that tells a module from all others: `q_proj`; on GPT-2, which has two of the same name, `attn.c_proj`; a
  /// pattern of the whole name on a model that sees.
  private func name(of target: Target) -> String {
    if configuration.vision != nil {
      return "\(blocks(of: target))\\.\(escaped(names(of: target).name(of: target.module)))"
    }
    return configuration.names == .gpt2 ? configuration.names.name(of: target.module) : target.module.rawValue
  }

  /// Keys for what differs from the default: the module's name if it does so alike in all layers, else whole names.
  private func pattern<Value: Equatable>(
    _ standard: Value, _ value: (ModulePath) -> Value, json: (Value) -> JSONValue
  ) -> JSONValue {
    var members: [(String, JSONValue)] = []
    for target in modules {
      let paths = target.layers.map { ModulePath(layer: $0, module: target.module, isVision: target.isVision) }
      guard let first = paths.first else { continue }
      let common = value(first)
      if paths.allSatisfy({ value($0) == common }) {
        if common != standard { members.append((name(of: target), json(common))) }
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
