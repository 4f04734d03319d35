import Foundation
import Messages
import Recipe

/// A recommendation as a configuration for the tool that a person already uses, complete by itself.
package struct ToolConfiguration: Sendable {
  package typealias Tool = ConfigurationTool

  /// What `base_model` names: a Hugging Face name or folder.
  package var baseModel: String
  /// Resolved paths of the adapted modules, such as `model.layers.0.self_attn.o_proj`; empty names them by `targets`.
  package var modules: [String]
  package var targets: Targets
  package var settings: RunSettings
  /// Optimiser steps of the run that the settings come from, for tools that count steps and not epochs.
  package var steps: Int?
  package var data: ToolData
  /// Where the pick comes from, for the file's first line.
  package var note: String

  package init(
    baseModel: String, modules: [String], targets: Targets, settings: RunSettings, steps: Int?, data: ToolData,
    note: String
  ) {
    self.baseModel = baseModel
    self.modules = modules
    self.targets = targets
    self.settings = settings
    self.steps = steps
    self.data = data
    self.note = note
  }

  package func text(for tool: Tool) -> String {
    switch tool {
    case .peft: peft
    case .llamaFactory: llamaFactory
    case .axolotl: axolotl
    case .mlx: mlx
    }
  }

  /// The names that target lists take: the last part of each path, in canonical order; with the part before it on GPT-2, whose
  /// attention and feed-forward layer both end in a `c_proj`, and on LFM2, whose attention and convolution both do in an `out_proj`.
  var names: [String] {
    var seen: Set<String> = []
    let last = modules.compactMap { path -> String? in
      let parts = path.split(separator: ".").map(String.init)
      return ["c_proj", "in_proj", "out_proj"].contains(parts.last)
        ? parts.suffix(2).joined(separator: ".") : parts.last
    }
    return (last.isEmpty ? targets.moduleNames : last).filter { seen.insert($0).inserted }
  }

  /// Whether tower and decoder have modules of the same names, so that only whole names tell them apart.
  private var hasTower: Bool { modules.contains { $0.contains("text_model.") } }

  /// What a list of targets needs to be: names, or of a model that sees the whole paths.
  var listed: [String] { hasTower ? modules : names }

  /// The pattern that PEFT takes for a model that sees: `model\.text_model\.layers\.\d+\.(self_attn\.o_proj|mlp\.down_proj)`.
  var pattern: String? {
    guard hasTower, let path = modules.first, let number = path.firstMatch(of: #/\.\d+\./#) else { return nil }
    func escaped(_ text: String) -> String { text.replacing(".", with: "\\.") }
    return escaped(String(path[..<number.range.lowerBound])) + #"\.\d+\.("# + keys.map(escaped).joined(separator: "|")
      + ")"
  }

  /// The names below a block, which MLX takes: `self_attn.o_proj`.
  var keys: [String] {
    var seen: Set<String> = []
    let fromPaths = modules.compactMap { path -> String? in
      let parts = path.split(separator: ".").map(String.init)
      guard let layer = parts.lastIndex(where: { Int($0) != nil }), layer + 1 < parts.count else { return nil }
      return parts[(layer + 1)...].joined(separator: ".")
    }
    let named = targets.modules.map { ModuleNames.llama.name(of: $0) }
    return (fromPaths.isEmpty ? named : fromPaths).filter { seen.insert($0).inserted }
  }

  /// As PEFT 0.21 saves it; `LoraConfig` takes what is left out from its defaults.
  private var peft: String {
    let s = own
    return """
      {
        "base_model_name_or_path": \(Self.quoted(baseModel)),
        "bias": "none",
        "inference_mode": false,
        "init_lora_weights": true,
        "lora_alpha": \(Self.number(s.resolvedAlpha)),
        "lora_dropout": \(Self.number(s.dropout)),
        "peft_type": "LORA",
        "r": \(s.rank),
        \(patterns)"target_modules": \(targetModules),
        "task_type": "CAUSAL_LM",
        "use_dora": \(s.useDoRA),
        "use_rslora": \(s.useRSLoRA)
      }

      """
  }

  /// Without values for groups that are not trained.
  private var own: RunSettings { settings.narrowed(to: targets) }

  /// PEFT's patterns of ranks and alphas, a line each; empty where all modules have the common ones.
  private var patterns: String {
    func line<Value: Equatable>(
      _ key: String, _ standard: Value, _ value: (TargetGroup) -> Value, _ text: (Value) -> String
    ) -> String {
      let members = (hasTower ? keys : names).compactMap { name -> String? in
        guard let group = Self.group(of: name), value(group) != standard else { return nil }
        // Bare names would hit a tower's modules too.
        let place = hasTower ? #"model\.text_model\.layers\.\d+\."# + name.replacing(".", with: "\\.") : name
        return "\(Self.quoted(place)): \(text(value(group)))"
      }
      return members.isEmpty ? "" : "\(Self.quoted(key)): {\(members.joined(separator: ", "))},\n  "
    }
    let s = own
    return line("rank_pattern", s.rank, { s.rank(of: $0) }, { String($0) })
      + line("alpha_pattern", s.resolvedAlpha, { s.resolvedAlpha(of: $0) }, Self.number)
  }

  /// The group of a module that is named by its last part, or by that and the one before it.
  private static func group(of name: String) -> TargetGroup? {
    LinearModule.allCases.first { module in
      let names = [ModuleNames.llama, .gpt2, .graniteHybrid, .lfm2].map { $0.name(of: module) }
      return names.contains { $0 == name || $0.hasSuffix(".\(name)") }
    }?.group
  }

  /// What the run had in single module groups, for files that have one value for all; a line of its own, or nothing.
  private var besides: String {
    let prompts =
      own.promptOnly
      ? "\n# The run's adapter acts on prompts alone, which this file does not say: what it trains acts on every token"
      : ""
    let words = SettingField.all.filter { $0.isByGroup && $0.value(own) != nil && $0.decides.contains(.training) }
      .map { "\($0.name) \($0.text(own))" }
    return words.isEmpty
      ? prompts
      : prompts + "\n# The run had by module group, which this file does not say: \(words.joined(separator: "; "))"
  }

  private var targetModules: String {
    if let pattern { return Self.quoted(pattern) }
    return "[\n\(names.map { "    \(Self.quoted($0))" }.joined(separator: ",\n"))\n  ]"
  }

  private var llamaFactory: String {
    let s = own
    return """
      # \(note)\(besides)
      # Needs this entry in dataset_info.json of dataset_dir:
      #   \(data.datasetEntry)
      # The template must be that of your model; empty trains on plain text.

      ### model
      model_name_or_path: \(Self.quoted(baseModel))

      ### method
      stage: sft
      do_train: true
      finetuning_type: lora
      lora_target: \(listed.joined(separator: ","))
      lora_rank: \(s.rank)
      lora_alpha: \(Self.number(s.resolvedAlpha))
      lora_dropout: \(Self.number(s.dropout))
      use_rslora: \(s.useRSLoRA)
      use_dora: \(s.useDoRA)
      \(s.learningRateRatio == 1 ? "" : "loraplus_lr_ratio: \(Self.decimal(s.learningRateRatio))\n")
      ### dataset
      dataset: lorascope
      dataset_dir: \(Self.quoted(data.folder))
      template: empty
      cutoff_len: \(s.sequenceLength)
      packing: \(s.packing)

      ### output
      output_dir: lorascope-adapter
      logging_steps: 10

      ### train
      per_device_train_batch_size: \(s.batchSize)
      gradient_accumulation_steps: \(s.gradientAccumulation)
      learning_rate: \(Self.decimal(s.learningRate))
      \(length("num_train_epochs"))
      lr_scheduler_type: \(scheduler)
      warmup_steps: \(s.warmupSteps)
      weight_decay: \(Self.number(s.weightDecay))
      max_grad_norm: \(Self.number(s.clip))
      \(s.useBF16 ? "bf16: true\n" : "")optim: adamw_torch
      seed: \(s.seed)

      """
  }

  private var axolotl: String {
    let s = own
    return """
      # \(note)\(besides)
      base_model: \(Self.quoted(baseModel))

      adapter: lora
      lora_r: \(s.rank)
      lora_alpha: \(Self.number(s.resolvedAlpha))
      lora_dropout: \(Self.number(s.dropout))
      lora_target_modules:\(pattern.map { " " + Self.quoted($0) } ?? names.map { "\n  - \($0)" }.joined())
      peft_use_rslora: \(s.useRSLoRA)
      peft_use_dora: \(s.useDoRA)
      \(s.learningRateRatio == 1 ? "" : "loraplus_lr_ratio: \(Self.decimal(s.learningRateRatio))\n")
      datasets:
        - path: \(Self.quoted(data.path))
          ds_type: \(data.path.hasSuffix(".csv") ? "csv" : "json")
      \(data.axolotlLines.map { "    " + $0 }.joined(separator: "\n"))
      train_on_inputs: false
      sequence_len: \(s.sequenceLength)
      sample_packing: \(s.packing)

      micro_batch_size: \(s.batchSize)
      gradient_accumulation_steps: \(s.gradientAccumulation)
      learning_rate: \(Self.decimal(s.learningRate))
      \(length("num_epochs"))
      lr_scheduler: \(scheduler)
      warmup_steps: \(s.warmupSteps)
      weight_decay: \(Self.number(s.weightDecay))
      max_grad_norm: \(Self.number(s.clip))
      \(s.useBF16 ? "bf16: true\n" : "")optimizer: adamw_torch
      seed: \(s.seed)

      output_dir: lorascope-adapter

      """
  }

  /// MLX scales by `scale` itself, where the others divide alpha by the rank.
  private var mlx: String {
    let s = own
    let scale = s.useRSLoRA ? s.resolvedAlpha / Double(s.rank).squareRoot() : s.resolvedAlpha / Double(s.rank)
    let iterations = steps.map { $0 * s.gradientAccumulation } ?? 1000
    let remark = steps == nil ? "  # not known before a run: epochs × examples ÷ batch_size" : ""
    var lines = """
      # \(note)\(besides)
      \(data.mlxLines.joined(separator: "\n"))
      model: \(Self.quoted(baseModel))
      train: true
      fine_tune_type: \(s.useDoRA ? "dora" : "lora")
      data: \(Self.quoted(data.folder))
      mask_prompt: true
      num_layers: -1
      lora_parameters:
        keys: [\(keys.map(Self.quoted).joined(separator: ", "))]
        rank: \(s.rank)
        scale: \(Self.decimal(scale))
        dropout: \(Self.decimal(s.dropout))
      batch_size: \(s.batchSize)
      grad_accumulation_steps: \(s.gradientAccumulation)
      iters: \(iterations)\(remark)
      max_seq_length: \(s.sequenceLength)
      optimizer: adamw
      optimizer_config:
        adamw:
          weight_decay: \(Self.decimal(s.weightDecay))
      learning_rate: \(Self.decimal(s.learningRate))
      seed: \(s.seed)
      adapter_path: lorascope-adapter

      """
    let after = max(1, iterations - s.warmupSteps)
    let rate = Self.decimal(s.learningRate)
    switch s.schedule {
    case .constant: break
    case .linear:
      lines +=
        "lr_schedule:\n  name: linear_schedule\n  warmup: \(s.warmupSteps)\n  arguments: [\(rate), 0.0, \(after)]\n"
    case .cosine:
      lines += "lr_schedule:\n  name: cosine_decay\n  warmup: \(s.warmupSteps)\n  arguments: [\(rate), \(after)]\n"
    }
    return lines
  }

  // MARK: Parts

  private var scheduler: String {
    switch settings.schedule {
    case .constant: settings.warmupSteps > 0 ? "constant_with_warmup" : "constant"
    case .linear: "linear"
    case .cosine: "cosine"
    }
  }

  private func length(_ epochs: String) -> String {
    settings.steps.map { "max_steps: \($0)" } ?? "\(epochs): \(Self.decimal(settings.epochs))"
  }

  /// JSON's quotes, which YAML reads too.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}": result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : decimal(value)
  }

  /// With a point and no exponent: YAML 1.1 reads `1e-4` as text.
  static func decimal(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(format: "%.1f", value) }
    let text = String(format: "%.12f", value)
    let trimmed = text.replacing(#/0+$/#, with: "")
    return trimmed.hasSuffix(".") ? trimmed + "0" : trimmed
  }
}
