import Foundation
import Kernels
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

  static let fingerprintKey = "base_model_fingerprint"

  /// What `write` makes, in its order: a folder that has the last of them is whole.
  package static let names = ["adapter_model.safetensors", "README.md", "adapter_config.json"]

  /// Copies the adapter's own files, and no others, to where `target` is, whole or not at all.
  ///
  /// - Throws: `FileError`, also where `source` goes away meanwhile.
  package static func copy(_ source: URL, to target: String) throws {
    try OutputFolder.replace(target, names: names) { folder in
      for name in names {
        let file = source.appendingPathComponent(name).path
        // A person may have taken the card out.
        if name == "README.md", !InputFile.exists(file) { continue }
        try OutputFile.save(InputFile.contents(of: file), to: folder + "/" + name)
      }
      // An adapter of an earlier version names its base by the path that it had there.
      try nameBase(in: URL(fileURLWithPath: folder))
    }
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
