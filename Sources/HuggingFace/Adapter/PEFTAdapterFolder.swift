import Foundation
import Kernels
import Transformer

/// A LoRA adapter as PEFT lays it out: `adapter_config.json`, `adapter_model.safetensors`, `README.md`.
public enum PEFTAdapterFolder {
  /// Reads an adapter for a model of the given shape. Values are widened to FP32.
  ///
  /// - Throws: `PEFTError`, `SafetensorsError` or `FileError`: one line with file and field or tensor.
  public static func read(_ folder: URL, configuration: ModelConfiguration) throws -> LoRAAdapter {
    let specification = try specification(of: folder, configuration: configuration)
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 0)
    let weights = folder.appendingPathComponent("adapter_model.safetensors").path
    guard InputFile.exists(weights) else {
      let hasPickle = InputFile.exists(folder.appendingPathComponent("adapter_model.bin").path)
      throw PEFTError.missing(
        folder.path,
        hasPickle
          ? "has only adapter_model.bin; save the adapter with safe_serialization to get adapter_model.safetensors"
          : "has no adapter_model.safetensors; is the adapter whole?")
    }
    let file = try SafetensorsFile(path: weights)
    var expected: Set<String> = []
    for module in adapter.modules {
      let parts = [
        (PEFTTensorNames.a(module.path), module.a, [module.rank, module.columns]),
        (PEFTTensorNames.b(module.path), module.b, [module.rows, module.rank]),
      ]
      for (name, buffer, shape) in parts {
        expected.insert(name)
        try fill(buffer, name, shape, file)
      }
    }
    if let extra = file.names.first(where: { !expected.contains($0) }) {
      throw SafetensorsError.tensor(
        weights, extra, "belongs to no target module that adapter_config.json names in this model")
    }
    return adapter
  }

  /// What the adapter consists of, from `adapter_config.json` alone.
  public static func specification(
    of folder: URL, configuration: ModelConfiguration
  ) throws -> LoRASpecification {
    let path = folder.appendingPathComponent("adapter_config.json").path
    guard InputFile.exists(folder.path) else {
      throw PEFTError.missing(folder.path, "no such adapter folder; check the path")
    }
    guard InputFile.exists(path) else {
      throw PEFTError.missing(folder.path, "has no adapter_config.json; is it a PEFT adapter folder?")
    }
    let reader = try PEFTConfigurationReader(path: path, bytes: try InputFile.contents(of: path))
    return try reader.specification(in: configuration)
  }

  /// Writes a folder that PEFT opens. The weights are FP32.
  public static func write(_ adapter: LoRAAdapter, to folder: URL, baseModelName: String) throws {
    try OutputFile.makeFolder(folder.path)
    var tensors: [SafetensorsWriter.Tensor] = []
    for module in adapter.modules {
      tensors.append(
        SafetensorsWriter.Tensor(
          name: PEFTTensorNames.a(module.path), shape: [module.rank, module.columns], floats: module.a.array))
      tensors.append(
        SafetensorsWriter.Tensor(
          name: PEFTTensorNames.b(module.path), shape: [module.rows, module.rank], floats: module.b.array))
    }
    try SafetensorsWriter.write(
      path: folder.appendingPathComponent("adapter_model.safetensors").path, tensors: tensors)
    let card = PEFTModelCard.text(adapter: adapter, baseModelName: baseModelName)
    try OutputFile.save(Array(card.utf8), to: folder.appendingPathComponent("README.md").path)
    // Last: a folder with an adapter_config.json is whole.
    let config = PEFTConfigurationWriter.json(
      adapter.specification, layers: adapter.configuration.layers, baseModelName: baseModelName)
    try OutputFile.save(
      Array(JSONWriter.text(config, sortedKeys: true).utf8),
      to: folder.appendingPathComponent("adapter_config.json").path)
  }

  private static func fill(_ buffer: FloatBuffer, _ name: String, _ shape: [Int], _ file: SafetensorsFile) throws {
    guard let info = file.info(name) else {
      throw SafetensorsError.tensor(file.path, name, "is missing, though adapter_config.json names its module")
    }
    guard info.shape == shape else {
      throw SafetensorsError.tensor(
        file.path, name, "has shape \(info.shape), expected \(shape); is this the adapter's base model?")
    }
    let values = try file.floats(name)
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw SafetensorsError.tensor(
        file.path, name,
        "element [\(place / shape[1]), \(place % shape[1])] is not a finite number; the adapter is damaged")
    }
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { buffer.pointer.update(from: base, count: source.count) }
    }
  }
}
