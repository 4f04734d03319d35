import Foundation
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

  /// Module names where each is a target in every layer that has it, or the same layers are targets in all of them (with these layers),
  /// whole names otherwise: in any form nothing else of the model is hit. Of a model that sees, where decoder and tower have modules of
  /// the same name, a pattern of whole names.
  private var targets: [(String, JSONValue)] {
    if configuration.vision != nil {
      return [("target_modules", .string(expression)), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let linears = configuration.linears.decoder
    let names = JSONValue.array(modules.map { .string(name(of: $0)) })
    if modules.allSatisfy({ $0.layers == linears.layers(of: $0.module) }) {
      return [("target_modules", names), ("layers_to_transform", .null), ("layers_pattern", .null)]
    }
    let layers = modules.first?.layers ?? []
    guard modules.allSatisfy({ $0.layers == layers }) else {
      let names = specification.targets.map { JSONValue.string(configuration.name(of: $0)) }
      return [("target_modules", .array(names)), ("layers_to_transform", .null), ("layers_pattern", .null)]
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

  /// The ending that tells a module from all others: `q_proj`; where a family has names of its own, with the part of the block that holds it
  /// (GPT-2 and LFM2 have two of the same: `attn.c_proj`, `conv.out_proj`); a pattern of the whole name on a model that sees.
  private func name(of target: Target) -> String {
    if configuration.vision != nil {
      return "\(blocks(of: target))\\.\(escaped(names(of: target).name(of: target.module)))"
    }
    return [.gpt2, .lfm2, .graniteHybrid].contains(configuration.names)
      ? configuration.names.name(of: target.module) : target.module.rawValue
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

/// The `README.md` of an adapter folder: what was trained, in the form of a Hugging Face model card.
enum PEFTModelCard {
  static func text(adapter: LoRAAdapter, baseModelName: String) -> String {
    let specification = adapter.specification
    let configuration = adapter.configuration
    var places = [part(specification, configuration, isVision: false, place: "")].compactMap(\.self)
    if let tower = configuration.vision?.tower {
      places += [part(specification, tower, isVision: true, place: " of the vision tower")].compactMap(\.self)
    }
    let sees = configuration.vision != nil
    let model = sees ? "AutoModelForImageTextToText" : "AutoModelForCausalLM"
    let label = Targets(paths: specification.targets, in: configuration).label
    let ranks = Set(adapter.modules.map(\.rank)).sorted().map(String.init).joined(separator: ", ")
    // A quoted YAML string is a JSON string.
    let name = JSONWriter.text(.string(OneLine.text(baseModelName)), indent: nil)
    let plain = OneLine.text(baseModelName).split(whereSeparator: \.isWhitespace).joined(separator: "-")
    let isPlain = plain.allSatisfy { $0.isLetter || $0.isNumber || "/._-".contains($0) }
    let tag =
      isPlain ? "base_model:adapter:\(plain)" : JSONWriter.text(.string("base_model:adapter:\(plain)"), indent: nil)
    return """
      ---
      base_model: \(name)
      library_name: peft
      pipeline_tag: \(sees ? "image-text-to-text" : "text-generation")
      tags:
      - lora
      - \(tag)
      ---

      # LoRA adapter

      | | |
      | --- | --- |
      | Base model | \(OneLine.text(baseModelName).replacing("|", with: "\\|")) |
      | Targets | `\(label)`: \(places.joined(separator: "; ")) |
      | Method | \(specification.useDoRA ? "DoRA" : specification.promptOnly ? "LoRA on the prompt alone" : "LoRA") |
      | Rank | \(ranks) |
      | Alpha | \(specification.alpha)\(specification.useRSLoRA ? ", scaled by α/√r (rsLoRA)" : "") |
      | Dropout | \(specification.dropout) |
      | Trainable parameters | \(adapter.parameterCount) |
      \(specification.promptOnly ? promptOnly : "")
      ```python
      from peft import PeftModel
      from transformers import \(model)

      model = PeftModel.from_pretrained(\(model).from_pretrained(base_model), this_folder)
      ```

      """
  }

  /// What whoever serves it has to do: PEFT, and servers that go by its files, put an adapter on every token.
  private static let promptOnly = """

    ## This adapter acts on the prompt alone

    It was trained with the adapter on every token of the prompt, the last one before the completion included, and off from the first
    completion token on. PEFT has no name for this (`prompt_only` in the metadata of `adapter_model.safetensors` is our own): the lines
    below put it on every token, which is another model than the one that was trained. A server has to

    1. compute the prompt with the adapter and keep its keys and values,
    2. take the first new token from the logits after the prompt's last token, still with the adapter,
    3. decode all further tokens with the plain base over those keys and values (with PEFT: `model.generate` inside
       `model.disable_adapter()`, given the `past_key_values` of step 1 and the token of step 2),
    4. keep cached prefixes of prompts apart by adapter, and never share them with the base's.

    It cannot be merged into the base's weights.

    """

  /// Modules and layers of decoder or tower; nil where nothing there is a target.
  private static func part(
    _ specification: LoRASpecification, _ configuration: ModelConfiguration, isVision: Bool, place: String
  ) -> String? {
    let targets = specification.targets.filter { $0.isVision == isVision }
    if targets.isEmpty { return nil }
    let modules = configuration.modules.filter { module in targets.contains { $0.module == module } }
    let names = modules.map(configuration.names.name(of:)).joined(separator: ", ")
    return "\(names), in \(Set(targets.map(\.layer)).count) of \(configuration.layers) layers\(place)"
  }
}

/// What an adapter calls its base. It may be given away, so that it says the model's name and nothing of the machine that it was
/// trained on.
package enum PEFTBaseName {
  /// A path becomes the name of its last folder, that of the hub's cache the name on the hub; a name stays as it is.
  package static func name(of base: String) -> String {
    guard isPath(base) else { return base }
    let parts = base.split(whereSeparator: { $0 == "/" || $0 == "\\" }).map(String.init)
    let cached = "models--"
    if let hub = parts.last(where: { $0.hasPrefix(cached) && $0.count > cached.count }) {
      let words = hub.dropFirst(cached.count).components(separatedBy: "--")
      guard let owner = words.first, words.count > 1 else { return String(hub.dropFirst(cached.count)) }
      return owner + "/" + words.dropFirst().joined(separator: "--")
    }
    return parts.last { $0 != "." && $0 != ".." } ?? "base"
  }

  /// `owner/model` is a name; what begins at a root, at home or beside, and what has more parts, is a place.
  static func isPath(_ base: String) -> Bool {
    base.hasPrefix("/") || base.hasPrefix("~") || base.hasPrefix(".") || base.contains("\\")
      || base.split(separator: "/", omittingEmptySubsequences: false).count > 2 || base.dropFirst().hasPrefix(":")
  }
}

extension PEFTAdapterFolder {
  /// Takes the base's place out of a folder that an earlier version wrote: its name stays.
  package static func nameBase(in folder: URL) throws {
    let file = folder.appendingPathComponent("adapter_config.json").path
    let key = "base_model_name_or_path"
    guard var object = try JSONParser.parse(InputFile.contents(of: file)).object, let base = object[key]?.string,
      PEFTBaseName.isPath(base)
    else { return }
    let name = PEFTBaseName.name(of: base)
    object.members = object.members.map { $0.key == key ? .init(key: key, value: .string(name)) : $0 }
    let card = folder.appendingPathComponent("README.md").path
    if InputFile.exists(card), let text = String(validating: try InputFile.contents(of: card), as: UTF8.self) {
      let escaped = JSONWriter.text(.string(base), indent: nil).dropFirst().dropLast()
      let replaced = text.replacing(escaped, with: name).replacing(base, with: name)
      try OutputFile.save(Array(replaced.utf8), to: card)
    }
    try OutputFile.save(Array(JSONWriter.text(.object(object), sortedKeys: true).utf8), to: file)
  }
}
