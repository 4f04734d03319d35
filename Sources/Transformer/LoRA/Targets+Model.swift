import Recipe

/// What targets mean in a given model.
extension Targets {
  /// Of a model's own modules: `qkv_proj` is all of q, k and v; the up projection of an ungated layer is all of fc1.
  public init(modules: some Sequence<LinearModule>, in configuration: ModelConfiguration) {
    let plain = configuration.block.feedForward == .plain
    self.init(modules: modules.flatMap { $0 == .upProj && plain ? [.gateProj, .upProj] : [$0] })
  }

  /// What an adapter's modules are.
  public init(paths: some Sequence<ModulePath>, in configuration: ModelConfiguration) {
    let plain = configuration.block.feedForward == .plain
    let split = paths.flatMap { path in
      (path.module == .upProj && plain ? [.gateProj, .upProj] : path.module.parts).map {
        ModulePath(layer: path.layer, module: $0, isVision: path.isVision)
      }
    }
    self.init(paths: split, layers: configuration.layers, visionLayers: configuration.vision?.layers ?? 0)
  }

  /// The decoder's linear layers that these targets name, in canonical order.
  public func modules(in configuration: ModelConfiguration) throws(TargetError) -> [LinearModule] {
    try selections(in: configuration).map(\.module)
  }

  /// Those layers in the blocks that are meant, in path order. Blocks that the model lacks are among them, for
  /// `LoRASpecification.validate` to refuse.
  public func paths(in configuration: ModelConfiguration) throws(TargetError) -> [ModulePath] {
    let decoder = try selections(in: configuration).flatMap { module, layers in
      layers.layers(of: configuration.layers).map { ModulePath(layer: $0, module: module) }
    }
    guard let vision else { return decoder.sorted() }
    guard let tower = configuration.vision?.tower else {
      throw .absent(name: Self.visionName, candidates: Self.candidates(in: configuration))
    }
    let seeing = vision.layers(of: tower.layers).flatMap { layer in
      tower.modules.map { ModulePath(layer: layer, module: $0, isVision: true) }
    }
    return (decoder + seeing).sorted()
  }

  /// The groups of a model.
  private static func candidates(in configuration: ModelConfiguration) -> [String] {
    TargetGroup.allCases.map(\.rawValue) + (configuration.vision == nil ? [] : [visionName])
  }

  /// Where layers are fused all parts of one must be named, for the same blocks; where the feed-forward layer is not gated,
  /// its first layer is `up_proj`, with or without `gate_proj` beside it.
  private func selections(
    in configuration: ModelConfiguration
  ) throws(TargetError) -> [(module: LinearModule, layers: LayerSelection)] {
    let present = configuration.modules
    for module in modules where !present.contains(where: { $0.parts.contains(module) }) {
      if module == .gateProj, modules.contains(.upProj) { continue }
      throw .absent(name: module.rawValue, candidates: Self.candidates(in: configuration))
    }
    var result: [(module: LinearModule, layers: LayerSelection)] = []
    for whole in present {
      let chosen = whole.parts.compactMap { part in layers(of: part) }
      guard let first = chosen.first, let named = whole.parts.first(where: modules.contains) else { continue }
      guard chosen.count == whole.parts.count, chosen.allSatisfy({ $0 == first }) else {
        throw .fused(
          name: named.rawValue, into: configuration.names.name(of: whole), needed: whole.parts.map(\.rawValue))
      }
      result.append((whole, first))
    }
    return result
  }
}
