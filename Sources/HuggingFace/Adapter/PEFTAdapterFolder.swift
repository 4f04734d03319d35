import Foundation
import Kernels
import Recipe
import Text
import Transformer

/// A LoRA or DoRA adapter as PEFT lays it out: `adapter_config.json`, `adapter_model.safetensors`, `README.md`.
public enum PEFTAdapterFolder {
  /// Reads an adapter for a model of the given shape. Values are widened to FP32.
  ///
  /// - Throws: `PEFTError`, `SafetensorsError` or `FileError`: one line with file and field or tensor.
  public static func read(_ folder: URL, configuration: ModelConfiguration) throws -> LoRAAdapter {
    try open(folder, configuration: configuration).adapter
  }

  /// The same, with a line for every module that the adapter has in another form than the model (fused or in parts), and for all
  /// else that a person should know: names that hit nothing, layers that change nothing.
  public static func open(
    _ folder: URL, configuration: ModelConfiguration
  ) throws -> (adapter: LoRAAdapter, notes: [String]) {
    try PEFTAdapterReader(folder, configuration: configuration).adapter()
  }

  /// What the adapter consists of, from `adapter_config.json` alone.
  public static func specification(
    of folder: URL, configuration: ModelConfiguration
  ) throws -> LoRASpecification {
    try PEFTAdapterReader(folder, configuration: configuration).specification()
  }

  /// `ModelFolder.fingerprint` of the base that the adapter was trained on, where the folder says it: ours do.
  public static func baseFingerprint(of folder: URL) throws -> String? {
    let path = HubFolder.resolved(folder).appendingPathComponent("adapter_model.safetensors").path
    // What else is wrong with the folder is told where it is read.
    guard InputFile.exists(path) else { return nil }
    return try SafetensorsFile(path: path).metadata[fingerprintKey]
  }

  /// A line where an adapter says that it was trained on other weights than the base's, though their shapes agree; nil where it says
  /// nothing, or those.
  ///
  /// - Parameter fingerprint: of the base; asked for only where the adapter names one, since hashing reads the whole base.
  package static func otherBaseNotice(
    _ folder: URL, fingerprint: () throws -> String
  ) throws -> String? {
    guard let own = try baseFingerprint(of: folder), try fingerprint() != own else { return nil }
    return
      "\(folder.path): the adapter was trained on other weights than these (their hash began with \(own.prefix(12))): "
      + "what it does here need not be what it has learned; name the base that it was trained on"
  }

  /// Bytes of the weights' file; 0 where there is none.
  package static func byteCount(of folder: URL) -> Int {
    let path = HubFolder.resolved(folder).appendingPathComponent("adapter_model.safetensors").path
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Whether the adapter acts on prompts alone, which PEFT has no name for: our own folders say it beside the weights.
  public static func isPromptOnly(_ folder: URL) throws -> Bool {
    let path = HubFolder.resolved(folder).appendingPathComponent("adapter_model.safetensors").path
    guard InputFile.exists(path) else { return false }
    return isPromptOnly(try SafetensorsFile(path: path))
  }

  static func isPromptOnly(_ file: SafetensorsFile) -> Bool { file.metadata[promptOnlyKey] == "true" }

  static let promptOnlyKey = "prompt_only"
  static let fingerprintKey = "base_model_fingerprint"

  /// What `write` makes, in its order: a folder that has the last of them is whole.
  package static let names = ["adapter_model.safetensors", "README.md", "adapter_config.json"]

  /// Copies the adapter's own files, and no others, to where `target` is, whole or not at all.
  ///
  /// - Parameter rounds: A and B are written in BF16, to nearest; DoRA's magnitudes, which multiply whole rows of the base, stay as they are.
  /// - Throws: `FileError`, also where `source` goes away meanwhile; `SafetensorsError` where weights that are to be rounded cannot be read.
  package static func copy(_ source: URL, to target: String, rounds: Bool = false) throws {
    try OutputFolder.replace(target, names: names) { folder in
      for name in names {
        let file = source.appendingPathComponent(name).path
        // A person may have taken the card out.
        if name == "README.md", !InputFile.exists(file) { continue }
        if rounds, name == "adapter_model.safetensors" {
          try writeRounded(file, to: folder + "/" + name)
          continue
        }
        try OutputFile.save(InputFile.contents(of: file), to: folder + "/" + name)
      }
      // An adapter of an earlier version names its base by the path that it had there.
      try nameBase(in: URL(fileURLWithPath: folder))
    }
  }

  private static func writeRounded(_ path: String, to target: String) throws {
    let file = try SafetensorsFile(path: path)
    let tensors = try file.tensors.map { info in
      let isMagnitude = info.name.contains("lora_magnitude_vector")
      return SafetensorsWriter.Tensor(
        name: info.name, shape: info.shape, floats: try file.floats(info.name),
        as: isMagnitude ? .float32 : .bfloat16)
    }
    try SafetensorsWriter.write(path: target, tensors: tensors, metadata: file.metadata)
  }

  /// Which of an adapter's files in a folder this program has not written; nil where it may replace them.
  package static func stranger(in folder: String) -> String? {
    let present = Set(OutputFolder.entries(folder) ?? []).intersection(names)
    if present.isEmpty { return nil }
    let weights = folder + "/adapter_model.safetensors"
    let isMarked = (try? SafetensorsFile(path: weights).metadata[fingerprintKey]) ?? nil != nil
    let card = (try? InputFile.contents(of: folder + "/README.md")).map { String(decoding: $0, as: UTF8.self) }
    let isOurCard = card.map { $0.contains("\nlibrary_name: peft\n") && $0.contains("\n# LoRA adapter\n") } ?? false
    if card != nil, !isOurCard { return "README.md" }
    return isMarked || isOurCard ? nil : names.last(where: present.contains)
  }

  /// Writes a folder that PEFT opens. The weights are FP32.
  ///
  /// - Parameters:
  ///   - baseModelName: of a path only the name is written.
  ///   - baseFingerprint: kept beside the weights, so that a merge into another base can be refused.
  public static func write(
    _ adapter: LoRAAdapter, to folder: URL, baseModelName: String, baseFingerprint: String? = nil
  ) throws {
    let baseModelName = PEFTBaseName.name(of: baseModelName)
    try OutputFile.makeFolder(folder.path)
    Leftovers.sweep(folder.path, of: Set(names))
    var tensors: [SafetensorsWriter.Tensor] = []
    for module in adapter.modules {
      let names = PEFTTensorNames(module: adapter.configuration.name(of: module.path))
      tensors.append(
        SafetensorsWriter.Tensor(name: names.a, shape: [module.rank, module.columns], floats: module.a.array))
      tensors.append(
        SafetensorsWriter.Tensor(name: names.b, shape: [module.rows, module.rank], floats: module.b.array))
      if let magnitude = module.magnitude {
        tensors.append(
          SafetensorsWriter.Tensor(name: names.magnitude, shape: [module.rows], floats: magnitude.array))
      }
    }
    var metadata = ["format": "pt"]
    metadata[fingerprintKey] = baseFingerprint
    if adapter.specification.promptOnly { metadata[promptOnlyKey] = "true" }
    try SafetensorsWriter.write(
      path: folder.appendingPathComponent("adapter_model.safetensors").path, tensors: tensors, metadata: metadata)
    let card = PEFTModelCard.text(adapter: adapter, baseModelName: baseModelName)
    try OutputFile.save(Array(card.utf8), to: folder.appendingPathComponent("README.md").path)
    // Last: a folder with an adapter_config.json is whole.
    let config = PEFTConfigurationWriter(adapter.specification, in: adapter.configuration)
      .json(baseModelName: baseModelName)
    try OutputFile.save(
      Array(JSONWriter.text(config, sortedKeys: true).utf8),
      to: folder.appendingPathComponent("adapter_config.json").path)
  }
}

/// The tensors of an adapter's file by the names that PEFT's `save_pretrained` gives them, whatever wrote the file.
///
/// Files that were made from a training's state have the adapter's own name in every name (`lora_A.default.weight`), the
/// prefix `base_model.model.` twice or not at all, or the prefixes of wrappers.
struct PEFTFileNames {
  /// Names in the file by PEFT's own.
  private let inFile: [String: String]
  /// Tensors that belong to no low-rank layer.
  let others: [String]
  /// The names are not PEFT's own: how they differ, in one line.
  let notice: String?

  private static let prefix = "base_model.model."
  private static let wrappers = ["_orig_mod.", "module.", "_forward_module."]

  init(_ file: SafetensorsFile) throws(SafetensorsError) {
    var inFile: [String: String] = [:]
    var others: [String] = []
    var adapters: Set<String> = []
    var prefixes: Set<Int> = []
    for name in file.names {
      guard let parsed = Self.parse(name) else {
        others.append(name)
        continue
      }
      if let adapter = parsed.adapter { adapters.insert(adapter) }
      prefixes.insert(parsed.prefixes)
      guard let before = inFile.updateValue(name, forKey: parsed.canonical) else { continue }
      let several = adapters.count > 1 ? " of several adapters (\(HubFolder.listed(adapters.sorted())))" : ""
      throw .tensor(
        file.path, name,
        "stands beside \(OneLine.name(before)): the file has tensors\(several) of one layer; save one adapter with "
          + "save_pretrained(selected_adapters=[…])")
    }
    self.inFile = inFile
    self.others = others
    var parts: [String] = []
    if !adapters.isEmpty { parts.append("the adapter's name \(HubFolder.listed(adapters.sorted())) in them") }
    if prefixes.contains(0) { parts.append("no \(Self.prefix) before them") }
    if prefixes.contains(where: { $0 > 1 }) { parts.append("\(Self.prefix) more than once before them") }
    notice =
      parts.isEmpty
      ? nil
      : "\(file.path): tensor names have \(parts.joined(separator: " and ")); they are read as if save_pretrained had written them"
  }

  /// The file's name for one of PEFT's.
  func callAsFunction(_ name: String) -> String? { inFile[name] }

  func has(_ name: String) -> Bool { inFile[name] != nil }

  /// All of the file's names that belong to low-rank layers.
  var lowRank: [String] { inFile.values.sorted() }

  private static func parse(_ name: String) -> (canonical: String, adapter: String?, prefixes: Int)? {
    var rest = Substring(name)
    var count = 0
    while true {
      if rest.hasPrefix(prefix) {
        rest = rest.dropFirst(prefix.utf8.count)
        count += 1
      } else if let wrapper = wrappers.first(where: rest.hasPrefix) {
        rest = rest.dropFirst(wrapper.utf8.count)
      } else {
        break
      }
    }
    for part in ["lora_A", "lora_B"] {
      guard let range = rest.range(of: ".\(part).") else { continue }
      var end = rest[range.upperBound...]
      guard end == "weight" || end.hasSuffix(".weight") else { return nil }
      end = end.dropLast("weight".utf8.count)
      let adapter = end.isEmpty ? nil : String(end.dropLast())
      return ("\(prefix)\(rest[..<range.lowerBound]).\(part).weight", adapter, count)
    }
    let magnitude = ".lora_magnitude_vector"
    guard let range = rest.range(of: magnitude) else { return nil }
    var end = rest[range.upperBound...]
    if end == ".weight" { end = "" }
    if end.hasSuffix(".weight") { end = end.dropLast(".weight".utf8.count) }
    guard end.isEmpty || end.hasPrefix(".") else { return nil }
    return ("\(prefix)\(rest[..<range.lowerBound])\(magnitude)", end.isEmpty ? nil : String(end.dropFirst()), count)
  }
}

/// A PEFT adapter folder that cannot be used: file, field or tensor, reason, what to do.
public struct PEFTError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String, _ advice: String) -> PEFTError {
    PEFTError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> PEFTError {
    PEFTError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }
}
