import Foundation
import Kernels
import Transformer

/// Reads one adapter folder for a model of a given shape.
///
/// An adapter that was made for a fused `qkv_proj` or `gate_up_proj` is read into a model that has the parts, and one that was
/// made for the parts into a model that has the fused module.
struct PEFTAdapterReader {
  let folder: URL
  let configuration: ModelConfiguration
  private let reader: PEFTConfigurationReader
  private let weights: String

  init(_ folder: URL, configuration: ModelConfiguration) throws {
    let path = folder.appendingPathComponent("adapter_config.json").path
    guard InputFile.exists(folder.path) else {
      throw PEFTError.missing(folder.path, "no such adapter folder; check the path")
    }
    guard InputFile.exists(path) else {
      throw PEFTError.missing(folder.path, "has no adapter_config.json; is it a PEFT adapter folder?")
    }
    self.folder = folder
    self.configuration = configuration
    reader = try PEFTConfigurationReader(
      path: path, blocks: [configuration.names.blocks] + (configuration.vision.map { [$0.tower.names.blocks] } ?? []),
      bytes: try InputFile.contents(of: path))
    weights = folder.appendingPathComponent("adapter_model.safetensors").path
  }

  /// What the adapter is in this model, from its configuration.
  func specification() throws -> LoRASpecification { try resolved().specification }

  func adapter() throws -> (adapter: LoRAAdapter, notes: [String]) {
    let (specification, sources, notes) = try resolved()
    guard InputFile.exists(weights) else {
      let hasPickle = InputFile.exists(folder.appendingPathComponent("adapter_model.bin").path)
      throw PEFTError.missing(
        folder.path,
        hasPickle
          ? "has only adapter_model.bin; save the adapter with safe_serialization to get adapter_model.safetensors"
          : "has no adapter_model.safetensors; is the adapter whole?")
    }
    let tensors = PEFTTensors(
      file: try SafetensorsFile(path: weights), configuration: configuration, hasMagnitudes: specification.useDoRA)
    // Ranks are what adapter_config.json claims: only what the file holds may cost memory.
    for target in specification.targets {
      if let source = sources[target] { try tensors.check(source) }
    }
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 0)
    var expected: Set<String> = []
    for module in adapter.modules {
      guard let source = sources[module.path] else { continue }
      expected.formUnion(try tensors.fill(module, from: source))
    }
    if let extra = tensors.file.names.first(where: { !expected.contains($0) }) {
      throw SafetensorsError.tensor(
        weights, extra, "belongs to no target module that adapter_config.json names in this model")
    }
    return (adapter, notes)
  }

  private typealias Resolved = (
    specification: LoRASpecification, sources: [ModulePath: PEFTSource], notes: [String]
  )

  private func resolved() throws -> Resolved {
    let present = configuration.modules
    var own = try reader.modules(among: candidates(present))
    if let vision = configuration.vision {
      own += try reader.modules(among: candidates(vision.tower.modules, isVision: true))
      guard try !reader.hits(VisionNames.connectorLayer) else {
        throw PEFTError.data(
          reader.path,
          "target_modules hits \(VisionNames.connectorLayer); only the layers of decoder and vision tower can be adapted"
        )
      }
    }
    var converted: [AdapterConversion.Converted] = []
    var notes: [String] = []
    // Only Llama's names exist in both forms. A pattern may hit names of either: the weights say which one is meant.
    if configuration.names == .llama, InputFile.exists(weights) {
      let names = Set(try SafetensorsFile(path: weights).names)
      func isThere(_ module: PEFTModule) -> Bool { names.contains(PEFTTensorNames(module: module.name).a) }
      let others = LinearModule.allCases.filter { !present.contains($0) }
      let foreign = try reader.modules(among: candidates(others)).filter(isThere)
      let conversion = AdapterConversion(configuration: configuration, useRSLoRA: try reader.flag("use_rslora"))
      converted = conversion.convert(foreign)
      let covered = Set(converted.map(\.path))
      own.removeAll { covered.contains($0.path) && !isThere($0) }
      if !converted.isEmpty { notes = conversion.notes(foreign) }
    }
    var modules = own.map { (path: $0.path, rank: $0.rank, alpha: $0.alpha) }
    var sources = Dictionary(uniqueKeysWithValues: own.map { ($0.path, PEFTSource.own($0)) })
    for module in converted where sources[module.path] == nil {
      modules.append((module.path, module.rank, module.alpha))
      sources[module.path] = module.source
    }
    guard !modules.isEmpty else {
      let example = configuration.name(of: ModulePath(layer: 0, module: present.first ?? .oProj))
      throw PEFTError.data(
        reader.path, "target_modules matches no linear layer of the model; its layers are named \(example)")
    }
    return (try reader.specification(modules), sources, notes)
  }

  private func candidates(
    _ modules: [LinearModule], isVision: Bool = false
  ) -> [(path: ModulePath, name: String)] {
    let layers = isVision ? configuration.vision?.layers ?? 0 : configuration.layers
    return (0..<layers).flatMap { layer in
      modules.map { module in
        let path = ModulePath(layer: layer, module: module, isVision: isVision)
        return (path, configuration.name(of: path))
      }
    }
  }
}
