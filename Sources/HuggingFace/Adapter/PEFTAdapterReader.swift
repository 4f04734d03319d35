import Foundation
import Kernels
import Recipe
import Text
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
  /// The adapter's weights, if they are there.
  private let file: SafetensorsFile?
  private let names: PEFTFileNames?

  init(_ folder: URL, configuration: ModelConfiguration) throws {
    guard InputFile.exists(folder.path) else {
      throw PEFTError.missing(folder.path, "no such adapter folder; check the path")
    }
    let folder = HubFolder.resolved(folder)
    let path = folder.appendingPathComponent("adapter_config.json").path
    guard InputFile.exists(path) else {
      throw PEFTError.missing(folder.path, ForeignAdapter.problem(folder))
    }
    self.folder = folder
    self.configuration = configuration
    reader = try PEFTConfigurationReader(
      path: path, blocks: [configuration.names.blocks] + (configuration.vision.map { [$0.tower.names.blocks] } ?? []),
      bytes: try InputFile.whole(path, most: InputFile.mostConfigurationBytes))
    weights = folder.appendingPathComponent("adapter_model.safetensors").path
    if let foreign = ForeignAdapter.problem(reader.object, in: folder) { throw PEFTError.data(folder.path, foreign) }
    file = InputFile.exists(weights) ? try SafetensorsFile(path: weights) : nil
    if let excess = try ForeignAdapter.excess(reader.object, file: file) {
      // Either file may say it; the configuration names both.
      throw PEFTError.data(path, excess)
    }
    names = try file.map { try PEFTFileNames($0) }
  }

  /// What the adapter is in this model, from its configuration.
  func specification() throws -> LoRASpecification {
    var specification = try resolved().specification
    specification.promptOnly = try isPromptOnly(specification)
    return specification
  }

  private func isPromptOnly(_ specification: LoRASpecification) throws -> Bool {
    guard let file, PEFTAdapterFolder.isPromptOnly(file) else { return false }
    guard !specification.useDoRA else { throw PEFTError.data(weights, "\(AdapterError.promptOnlyDoRA)") }
    return true
  }

  func adapter() throws -> (adapter: LoRAAdapter, notes: [String]) {
    var (specification, sources, notes) = try resolved()
    guard let file, let names else { throw noWeights }
    if let notice = names.notice { notes.append(notice) }
    specification.promptOnly = try isPromptOnly(specification)
    let tensors = PEFTTensors(
      file: file, names: names, configuration: configuration, hasMagnitudes: specification.useDoRA)
    // Ranks are what adapter_config.json claims: only what the file holds may cost memory.
    for target in specification.targets {
      if let source = sources[target] { try tensors.check(source) }
    }
    let bytes = MemoryLayout<Float>.stride * specification.parameterCount(in: configuration)
    try MemoryShortage.check(bytes, for: "\(folder.path): the adapter's values") { _ in
      "end other programs, or take an adapter of a smaller rank"
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
    if let idle = Self.idleNote(adapter) { notes.append("\(folder.path): \(idle)") }
    return (adapter, notes)
  }

  private var noWeights: PEFTError {
    if InputFile.isDangling(weights) {
      return .missing(weights, "is a link to a file that is not there: the download is not complete; run it again")
    }
    let hasPickle = InputFile.exists(folder.appendingPathComponent("adapter_model.bin").path)
    return .missing(
      folder.path,
      hasPickle
        ? "has only adapter_model.bin; write adapter_model.safetensors with PEFT: "
          + "PeftModel.from_pretrained(base, folder).save_pretrained(folder)"
        : "has no adapter_model.safetensors; is the adapter whole?")
  }

  /// Layers whose B is zero change nothing, as before their first step. nil where there are none.
  private static func idleNote(_ adapter: LoRAAdapter) -> String? {
    let idle = adapter.modules.filter { module in
      UnsafeBufferPointer(start: module.b.pointer, count: module.b.count).allSatisfy { $0 == 0 }
    }
    if idle.isEmpty { return nil }
    let rest = adapter.specification.useDoRA ? " (but for DoRA's magnitudes)" : ""
    return idle.count == adapter.modules.count
      ? "B is zero in every layer: the adapter changes nothing\(rest); was it saved before training?"
      : "B is zero in \(idle.count) of \(adapter.modules.count) layers, which therefore change nothing\(rest)"
  }

  private typealias Resolved = (
    specification: LoRASpecification, sources: [ModulePath: PEFTSource], notes: [String]
  )

  private func resolved() throws -> Resolved {
    let present = configuration.modules
    let groups = configuration.linears.groups
    // In whatever form, of the groups that the model has.
    let known = LinearModule.allCases.filter { groups.contains($0.group) }
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
    let hitNames = own.map(\.name)
    var converted: [AdapterConversion.Converted] = []
    var notes: [String] = []
    // Only Llama's names exist in both forms. A pattern may hit names of either: the weights say which one is meant.
    var foreignNames: [String] = []
    if configuration.names == .llama, let names {
      func isThere(_ module: PEFTModule) -> Bool { names.has(PEFTTensorNames(module: module.name).a) }
      let others = known.filter { !present.contains($0) }
      let foreign = try reader.modules(among: candidates(others)).filter(isThere)
      foreignNames = foreign.map(\.name)
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
    let tower = candidates(configuration.vision?.tower.modules ?? [], isVision: true).map(\.name)
    let linears = candidates(present).map(\.name) + tower
    guard !modules.isEmpty else {
      if let reason = try reader.nothingLeft(among: linears) { throw PEFTError.data(reader.path, reason) }
      let example = configuration.name(of: ModulePath(layer: 0, module: configuration.modules(of: 0).first ?? .oProj))
      throw PEFTError.data(
        reader.path,
        "target_modules (\(reader.targetText)) matches no linear layer of the model; its layers are named \(example); is this the adapter's "
          + "base?")
    }
    // Of adapted layers alone, and of all that there are.
    let hits = hitNames + foreignNames
    let all = candidates(known).map(\.name) + tower
    notes += try reader.idle(
      hits: hits, present: linears, among: all, layers: max(configuration.layers, configuration.vision?.layers ?? 0))
    return (try reader.specification(modules), sources, notes)
  }

  /// The model has this module in other layers only.
  private func isElsewhere(_ module: LinearModule, _ layer: Int) -> Bool {
    !configuration.isUniform && configuration.modules.contains(module)
      && !configuration.modules(of: layer).contains(module)
  }

  private func candidates(
    _ modules: [LinearModule], isVision: Bool = false
  ) -> [(path: ModulePath, name: String)] {
    let layers = isVision ? configuration.vision?.layers ?? 0 : configuration.layers
    return (0..<layers).flatMap { layer in
      // Where blocks differ, each has its own: LFM2 has two modules that end alike.
      modules.filter { isVision || !isElsewhere($0, layer) }.map { module in
        let path = ModulePath(layer: layer, module: module, isVision: isVision)
        return (path, configuration.name(of: path))
      }
    }
  }
}

/// The values of an adapter's modules in its weights file.
struct PEFTTensors {
  let file: SafetensorsFile
  let names: PEFTFileNames
  let configuration: ModelConfiguration
  let hasMagnitudes: Bool

  /// Whether the file has the tensors of a module, in the shapes that it needs.
  func check(_ source: PEFTSource) throws {
    let modules: [PEFTModule] =
      switch source {
      case .own(let module), .part(let module, _): [module]
      case .parts(let parts): parts.map(\.module)
      }
    for module in modules {
      for (name, shape) in shapes(of: module) { _ = try existing(name, shape) }
    }
  }

  /// Fills a module and returns the names of the tensors that it was filled from.
  func fill(_ module: LoRAModule, from source: PEFTSource) throws -> [String] {
    switch source {
    case .own(let own):
      let values = try values(of: own)
      copy(values.a, to: module.a.pointer)
      copy(values.b, to: module.b.pointer)
      if let magnitude = module.magnitude { copy(values.magnitude, to: magnitude.pointer) }
      return values.names
    case .part(let whole, let rows):
      let values = try values(of: whole)
      copy(values.a, to: module.a.pointer)
      copy(Array(values.b[(rows.lowerBound * module.rank)..<(rows.upperBound * module.rank)]), to: module.b.pointer)
      if let magnitude = module.magnitude { copy(Array(values.magnitude[rows]), to: magnitude.pointer) }
      return values.names
    case .parts(let parts):
      var names: [String] = []
      var first = 0
      for (part, factor, rows) in parts {
        let values = try values(of: part)
        copy(values.a, to: module.a.pointer + first * module.columns)
        for row in 0..<rows.count {
          for column in 0..<part.rank {
            module.b.pointer[(rows.lowerBound + row) * module.rank + first + column] =
              factor * values.b[row * part.rank + column]
          }
        }
        if let magnitude = module.magnitude { copy(values.magnitude, to: magnitude.pointer + rows.lowerBound) }
        first += part.rank
        names += values.names
      }
      if let magnitude = module.magnitude, parts.reduce(0, { $0 + $1.rows.count }) < magnitude.count {
        throw SafetensorsError.tensor(
          file.path, names.last ?? "",
          "belongs to a DoRA adapter of a part of \(configuration.name(of: module.path)), which needs all parts here")
      }
      return names
    }
  }

  private struct Values {
    var a: [Float]
    var b: [Float]
    var magnitude: [Float]
    var names: [String]
  }

  /// A, B and, for DoRA, the magnitudes.
  private func shapes(of module: PEFTModule) -> [(name: String, shape: [Int])] {
    let shape = module.path.shape(in: configuration)
    let names = PEFTTensorNames(module: module.name)
    let factors = [(names.a, [module.rank, shape.columns]), (names.b, [shape.rows, module.rank])]
    return hasMagnitudes ? factors + [(names.magnitude, [shape.rows])] : factors
  }

  private func values(of module: PEFTModule) throws -> Values {
    let shapes = shapes(of: module)
    let values = try shapes.map { try floats($0.name, $0.shape) }
    return Values(
      a: values[0], b: values[1], magnitude: values.count > 2 ? values[2] : [],
      names: shapes.compactMap { names($0.name) })
  }

  private func existing(_ name: String, _ shape: [Int]) throws -> SafetensorsInfo {
    guard let info = names(name).flatMap(file.info) else {
      throw SafetensorsError.tensor(file.path, name, "is missing, though adapter_config.json names its module")
    }
    guard info.shape == shape else {
      throw SafetensorsError.tensor(
        file.path, name, "has shape \(info.shape), expected \(shape); is this the adapter's base model?")
    }
    return info
  }

  private func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
    let values = try file.floats(try existing(name, shape).name)
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      let columns = shape.count > 1 ? shape[1] : 1
      throw SafetensorsError.tensor(
        file.path, name,
        "element [\(place / columns), \(place % columns)] is not a finite number; the adapter is damaged")
    }
    return values
  }

  private func copy(_ values: [Float], to target: UnsafeMutablePointer<Float>) {
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { target.update(from: base, count: source.count) }
    }
  }
}

/// The names that PEFT gives to saved LoRA tensors: `base_model.model.` + the module's name in the base + the part.
struct PEFTTensorNames {
  let a: String
  let b: String
  /// DoRA's; saved without `.weight`.
  let magnitude: String

  /// - Parameter module: such as `model.layers.3.self_attn.q_proj`.
  init(module: String) {
    a = "base_model.model.\(module).lora_A.weight"
    b = "base_model.model.\(module).lora_B.weight"
    magnitude = "base_model.model.\(module).lora_magnitude_vector"
  }
}
