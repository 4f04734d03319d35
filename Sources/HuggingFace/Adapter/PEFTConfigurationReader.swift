import Recipe
import Text
import Transformer

/// Reads `adapter_config.json` and refuses by name what changes the mathematics and is not honoured.
struct PEFTConfigurationReader {
  let path: String
  /// What stands before a layer's number in the model: `model.layers`; and in its vision tower, where it has one.
  private let blocks: [String]
  let object: JSONObject

  /// Fields that change nothing once an adapter is trained.
  private static let ignored: Set<String> = [
    "auto_mapping", "base_model_name_or_path", "revision", "inference_mode", "peft_version", "megatron_core",
    "qalora_group_size", "eva_config", "loftq_config", "corda_config", "lora_ga_config", "runtime_config", "task_type",
    "ephemeral_gpu_offload",
    // Of layers that share a weight, which is embeddings and head; these are refused where an adapter has them.
    "ensure_weight_tying",
    // PEFT itself puts it right for the kind of layer that it meets.
    "fan_in_fan_out",
  ]
  /// Fields that are read.
  private static let honoured: Set<String> = [
    "peft_type", "r", "lora_alpha", "lora_dropout", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern",
    "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "bias", "init_lora_weights",
  ]
  /// Initialisations that leave the base model changed: the adapter alone does not say by how much.
  private static let changesBase = ["pissa", "olora", "corda", "loftq", "lora_ga", "mica"]

  init(path: String, blocks: [String], bytes: [UInt8]) throws(PEFTError) {
    self.path = path
    self.blocks = blocks
    do {
      let document = try PythonJSON(bytes).value
      guard let object = document.object else { throw PEFTError.data(path, "is \(document.kind), not an object") }
      self.object = object
    } catch let error as PEFTError {
      throw error
    } catch {
      throw .data(path, FileKind.whyNotJSON(bytes, "\(error)"))
    }
  }

  /// Every module that the configuration hits among `candidates`, with its rank and alpha, in path order.
  func modules(among candidates: [(path: ModulePath, name: String)]) throws -> [PEFTModule] {
    try checkVariants()
    let rule = try targetRule()
    let hits = try candidates.filter { try rule.hits($0.name) }
    let rank = try rank(object.value("r") ?? .integer(8), "r")
    let alpha = try alpha(object.value("lora_alpha") ?? .integer(8), "lora_alpha")
    let names = hits.map(\.name)
    let ranks = try pattern("rank_pattern", for: names) { try self.rank($0, "rank_pattern.\($1)") }
    let alphas = try pattern("alpha_pattern", for: names) { try self.alpha($0, "alpha_pattern.\($1)") }
    return hits.map {
      PEFTModule(path: $0.path, name: $0.name, rank: ranks[$0.name] ?? rank, alpha: alphas[$0.name] ?? alpha)
    }
  }

  /// Does the configuration hit a layer of that name?
  func hits(_ name: String) throws -> Bool { try targetRule().hits(name) }

  /// An adapter of these modules with the rest of the configuration. `modules` must not be empty.
  func specification(_ modules: [(path: ModulePath, rank: Int, alpha: Float)]) throws -> LoRASpecification {
    let dropout = object.value("lora_dropout") ?? .integer(0)
    guard let dropout = dropout.double, dropout >= 0, dropout < 1 else {
      throw PEFTError.data(path, "lora_dropout must be a number from 0 up to, but without, 1")
    }
    let rank = try rank(object.value("r") ?? .integer(8), "r")
    let alpha = try alpha(object.value("lora_alpha") ?? .integer(8), "lora_alpha")
    var specification = LoRASpecification(
      targets: modules.map(\.path), rank: rank, alpha: alpha,
      rankPattern: Dictionary(uniqueKeysWithValues: modules.filter { $0.rank != rank }.map { ($0.path, $0.rank) }),
      alphaPattern: Dictionary(uniqueKeysWithValues: modules.filter { $0.alpha != alpha }.map { ($0.path, $0.alpha) }),
      useRSLoRA: try flag("use_rslora"), dropout: Float(dropout))
    specification.useDoRA = try flag("use_dora")
    return specification
  }

  /// What the configuration asks to be adapted, for messages.
  var targetText: String {
    OneLine.name(JSONWriter.text(object.value("target_modules") ?? .null, indent: nil))
  }

  private func checkVariants() throws(PEFTError) {
    guard let type = object.value("peft_type")?.string else {
      throw .data(path, "has no peft_type; is it the configuration of a PEFT adapter?")
    }
    guard type == "LORA" else {
      throw .data(
        path,
        "peft_type \(OneLine.name(type)) is not LORA; merge the adapter with PEFT (merge_and_unload, save_pretrained) where it "
          + "can be, and give the result as --model")
    }
    if let task = object.value("task_type"), task.string != "CAUSAL_LM" {
      throw .data(path, "task_type is not CAUSAL_LM; an adapter of a causal language model is needed")
    }
    if let bias = object.value("bias"), bias.string != "none" { throw refused("bias", bias) }
    if let start = object.value("init_lora_weights")?.string?.lowercased(),
      Self.changesBase.contains(where: { start.hasPrefix($0) })
    {
      throw .data(
        path,
        "init_lora_weights \(OneLine.name(start)) changed the base model's weights; convert the adapter "
          + "with PEFT's path_initial_model_for_weight_conversion first")
    }
    for member in object.members where !Self.ignored.contains(member.key) && !Self.honoured.contains(member.key) {
      switch member.value {
      case .null, .bool(false): continue
      case .array(let list) where list.isEmpty: continue
      case .object(let inner) where inner.members.isEmpty: continue
      default: throw refused(OneLine.name(member.key), member.value)
      }
    }
  }

  func targetRule() throws(PEFTError) -> PEFTTargetRule {
    guard let value = object.value("target_modules") else { throw .data(path, "has no target_modules") }
    let layers = try layers()
    var excluded: PEFTTargetRule.Names?
    if let value = object.value("exclude_modules") {
      let names = try names(value, "exclude_modules")
      if case .list(let list) = names, list.isEmpty { excluded = nil } else { excluded = names }
    }
    if value.string?.lowercased() == "all-linear" {
      // Candidates are linear layers of blocks only.
      return PEFTTargetRule(targets: try names(.string(".*"), "target_modules"), excluded: excluded, layers: nil)
    }
    if layers != nil, value.string != nil {
      throw .data(path, "layers_to_transform needs target_modules to be a list, not a pattern")
    }
    return PEFTTargetRule(targets: try names(value, "target_modules"), excluded: excluded, layers: layers)
  }

  func names(_ value: JSONValue, _ field: String) throws(PEFTError) -> PEFTTargetRule.Names {
    if let source = value.string {
      do {
        return .pattern(try Pattern(source, place: "\(path): \(field)"))
      } catch {
        throw .data(path, "\(field): \(error)")
      }
    }
    guard let list = value.array else { throw .data(path, "\(field) is \(value.kind), not a list or a pattern") }
    var names: [String] = []
    for entry in list {
      guard let name = entry.string else { throw .data(path, "\(field) holds \(entry.kind), not names only") }
      names.append(name)
    }
    return .list(names)
  }

  private func layers() throws(PEFTError) -> PEFTTargetRule.Layers? {
    guard let value = object.value("layers_to_transform") else { return nil }
    var layers: Set<Int> = []
    for entry in value.array ?? [value] {
      guard let layer = entry.integer else { throw .data(path, "layers_to_transform is not a list of layer numbers") }
      layers.insert(layer)
    }
    if layers.isEmpty { return nil }
    let all = PEFTTargetRule.Layers(numbers: layers, blocks: blocks)
    guard let pattern = object.value("layers_pattern") else { return all }
    let sources = pattern.array ?? [pattern]
    if sources.isEmpty || sources.allSatisfy({ $0.string == "" }) { return all }
    var meant: [String] = []
    for source in sources {
      guard let source = source.string else { throw .data(path, "layers_pattern is not a name or a list of names") }
      // A model has one list of layers, or a tower's too: the pattern names it or hits nothing there.
      guard case .pattern(let names) = try names(.string("(?:.*\\.)?(?:\(source))"), "layers_pattern") else { continue }
      for block in blocks where !meant.contains(block) {
        do { if try names.matchesWhole(block) { meant.append(block) } } catch {
          throw .data(path, "\(error.withoutPlace)")
        }
      }
    }
    if !meant.isEmpty { return PEFTTargetRule.Layers(numbers: layers, blocks: meant) }
    throw .data(
      path, "layers_pattern matches nothing; the model's layers are named \(blocks.joined(separator: " and "))")
  }

  /// The first key that matches the module's name or an ending of it counts.
  private func pattern<Value>(
    _ field: String, for targets: [String], _ read: (JSONValue, String) throws -> Value
  ) throws -> [String: Value] {
    guard let value = object.value(field) else { return [:] }
    guard let members = value.object?.members else { throw PEFTError.data(path, "\(field) is not an object") }
    var result: [String: Value] = [:]
    for member in members {
      let rule = try names(.string("(?:.*\\.)?(?:\(member.key))"), field)
      let value = try read(member.value, OneLine.name(member.key))
      for target in targets where try result[target] == nil && rule.hits(target) { result[target] = value }
    }
    return result
  }

  private func rank(_ value: JSONValue, _ name: String) throws(PEFTError) -> Int {
    guard let rank = value.integer, (1...65_536).contains(rank) else {
      throw .data(path, "\(name) must be a whole number of at least 1")
    }
    return rank
  }

  private func alpha(_ value: JSONValue, _ name: String) throws(PEFTError) -> Float {
    guard let alpha = value.double, alpha > 0, Float(alpha).isFinite else {
      throw .data(path, "\(name) must be a positive number")
    }
    return Float(alpha)
  }

  func flag(_ name: String) throws(PEFTError) -> Bool {
    guard let value = object.value(name) else { return false }
    guard let flag = value.bool else { throw .data(path, "\(name) is \(value.kind), not true or false") }
    return flag
  }

  private func refused(_ name: String, _ value: JSONValue) -> PEFTError {
    let text = OneLine.name(JSONWriter.text(value, indent: nil))
    return .data(path, "\(name) \(text) is not supported; only LoRA and DoRA on linear layers are")
  }
}

/// Which modules an `adapter_config.json` hits, as PEFT's `check_target_module_exists` decides it: exclusions first, then
/// targets, then layers.
struct PEFTTargetRule {
  /// A regular expression that matches the whole name, or exact names and endings after a dot.
  enum Names {
    case pattern(Pattern)
    case list([String])

    func hits(_ name: String) throws(PatternError) -> Bool {
      switch self {
      case .pattern(let pattern): try pattern.matchesWhole(name)
      case .list(let list): list.contains { name == $0 || name.hasSuffix("." + $0) }
      }
    }

    /// Is the name itself in the list?
    func names(_ name: String) -> Bool {
      if case .list(let list) = self { list.contains(name) } else { false }
    }
  }

  /// Some of a model's layers.
  struct Layers {
    let numbers: Set<Int>
    /// What stands before a layer's number in the lists of layers that are meant: `model.layers`.
    let blocks: [String]

    func hits(_ name: String) -> Bool {
      blocks.contains { list in
        guard name.hasPrefix("\(list).") else { return false }
        return name.dropFirst(list.count + 1).split(separator: ".").first.flatMap { Int($0) }.map {
          numbers.contains($0)
        }
          ?? false
      }
    }
  }

  let targets: Names
  let excluded: Names?
  /// nil: all of them.
  let layers: Layers?

  func hits(_ name: String) throws(PatternError) -> Bool {
    if let excluded, try excluded.hits(name) { return false }
    // A whole name is a target in whatever layer it is.
    if targets.names(name) { return true }
    guard try targets.hits(name) else { return false }
    return layers?.hits(name) ?? true
  }
}
