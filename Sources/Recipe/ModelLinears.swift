/// Output and input features of a linear layer's weight `[rows, columns]`.
public struct LinearShape: Hashable, Codable, Sendable {
  public var rows: Int
  public var columns: Int

  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Trainable parameters of a LoRA pair: A is `[rank, columns]` and B `[rows, rank]`; DoRA has a magnitude for each row more.
  public func adapterParameters(rank: Int, useDoRA: Bool) -> Int {
    rank * (rows + columns) + (useDoRA ? rows : 0)
  }
}

/// The linear layers of a stack of blocks.
public struct BlockLinears: Hashable, Codable, Sendable {
  public var count: Int
  public var shapes: [LinearModule: LinearShape]
  /// What the model's checkpoints call them.
  public var names: ModuleNames
  /// Rising, the blocks that have a module which others lack. Absent where every block has the same, as in what earlier versions stored.
  private var places: [LinearModule: [Int]]?

  /// - Parameter places: the blocks that have a module, rising; every block where it is not named.
  public init(
    count: Int, shapes: [LinearModule: LinearShape], names: ModuleNames = .llama, places: [LinearModule: [Int]] = [:]
  ) {
    self.count = count
    self.shapes = shapes
    self.names = names
    self.places = places.isEmpty ? nil : places
  }

  /// The blocks that have a module, rising.
  public func layers(of module: LinearModule) -> [Int] {
    shapes[module] == nil ? [] : places?[module] ?? Array(0..<count)
  }

  /// In canonical order.
  var modules: [LinearModule] { LinearModule.allCases.filter { shapes[$0] != nil } }

  /// The feed-forward layer has no gate, so that its first layer alone is all of fc1.
  var isUngated: Bool { shapes[.gateProj] == nil && shapes[.gateUpProj] == nil }
}

/// The linear layers of a model: what targets are chosen among, and what an adapter's size follows from.
public struct ModelLinears: Hashable, Codable, Sendable {
  public var decoder: BlockLinears
  /// Of the tower of a base that sees.
  public var vision: BlockLinears?

  public init(decoder: BlockLinears, vision: BlockLinears? = nil) {
    self.decoder = decoder
    self.vision = vision
  }

  /// The module groups that the decoder has, in canonical order: what a study on it combines.
  public var groups: [TargetGroup] {
    let present = Set(decoder.modules.map(\.group))
    return TargetGroup.allCases.filter(present.contains)
  }

  /// All groups together.
  public var all: Targets { groups.reduce(into: Targets()) { $0.formUnion($1.set) } }

  /// All combinations of the groups, 2ⁿ − 1 of n, in the order of their codes.
  public var combinations: [Targets] { Targets.combinations(of: groups) }

  /// Trainable parameters of adapters in these places; a place that the model lacks has none.
  public func adapterParameters(_ paths: [ModulePath], useDoRA: Bool, rank: (ModulePath) -> Int) -> Int {
    paths.reduce(0) { sum, path in
      let shape = (path.isVision ? vision : decoder)?.shapes[path.module]
      return sum + (shape?.adapterParameters(rank: rank(path), useDoRA: useDoRA) ?? 0)
    }
  }
}

/// One linear layer of one block, of the decoder or of the vision tower.
public struct ModulePath: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
  public var layer: Int
  public var module: LinearModule
  /// The block is one of the vision tower's, whose `out_proj`, `fc1` and `fc2` are `oProj`, `upProj` and `downProj` here.
  public var isVision: Bool {
    get { vision ?? false }
    set { vision = newValue ? true : nil }
  }
  /// Absent in the decoder, as in what earlier versions stored.
  private var vision: Bool?

  public init(layer: Int, module: LinearModule, isVision: Bool = false) {
    self.layer = layer
    self.module = module
    vision = isVision ? true : nil
  }

  /// The decoder's first; by layer, then by the order in which a forward pass meets the modules.
  public static func < (left: ModulePath, right: ModulePath) -> Bool {
    (left.isVision ? 1 : 0, left.layer, left.module.index) < (right.isVision ? 1 : 0, right.layer, right.module.index)
  }

  /// The name that checkpoints use, without a suffix: `model.layers.3.self_attn.q_proj`. A model's own names are
  /// `ModelConfiguration.name(of:)`'s.
  public var description: String { (isVision ? ModuleNames.siglip : .llama).name(of: self) }
}

/// What targets mean in a given model.
extension Targets {
  /// The linear layers of a model that are meant, in path order.
  ///
  /// - Throws: what `check(in:)` refuses, so that nothing that was asked for is dropped.
  public func paths(in model: ModelLinears) throws(TargetError) -> [ModulePath] {
    try check(in: model)
    return present(in: model)
  }

  /// The same of targets as they are being chosen: what the model lacks is left out, and so is a fused layer of which some
  /// part is off.
  public func present(in model: ModelLinears) -> [ModulePath] {
    func chosen(_ selection: LayerSelection?, of count: Int) -> Set<Int> { Set(selection?.layers(of: count) ?? []) }
    let blocks = model.decoder.count
    let decoder = model.decoder.modules.map { module in
      let parts = module.parts.map { chosen(layers(of: $0), of: blocks) }
      let common = parts.dropFirst().reduce(parts[0]) { $0.intersection($1) }
      return (module: module, layers: common.intersection(model.decoder.layers(of: module)))
    }
    var paths = (0..<blocks).flatMap { layer in
      decoder.filter { $0.layers.contains(layer) }.map { ModulePath(layer: layer, module: $0.module) }
    }
    if let vision, let tower = model.vision {
      let seeing = chosen(vision, of: tower.count)
      for layer in 0..<tower.count where seeing.contains(layer) {
        paths += tower.modules.map { ModulePath(layer: layer, module: $0, isVision: true) }
      }
    }
    return paths
  }

  /// What an adapter's modules are. Of a tower's layer that has adapters in some modules only, `vision` is said all the same.
  public init(paths: some Sequence<ModulePath>, in model: ModelLinears) {
    self.init()
    let paths = Array(paths)
    for (module, paths) in Dictionary(grouping: paths.filter { !$0.isVision }, by: \.module) {
      let part = Targets(modules: module == .upProj && model.decoder.isUngated ? [.gateProj, .upProj] : [module])
      let layers = Set(paths.map(\.layer))
      let isEvery = layers == Set(model.decoder.layers(of: module))
      setLayers(isEvery ? .every : LayerSelection(layers: layers, of: model.decoder.count), of: part)
    }
    let seeing = Set(paths.filter(\.isVision).map(\.layer))
    setLayers(LayerSelection(layers: seeing, of: model.vision?.count ?? 0), of: .vision)
  }

  /// Refuses what a model does not have, and a part of a fused layer without the others in the same blocks. Where the
  /// feed-forward layer is not gated its first layer is `up_proj`, with or without `gate_proj` beside it.
  public func check(in model: ModelLinears) throws(TargetError) {
    let groups = model.groups.map(\.rawValue) + (model.vision == nil ? [] : [Self.visionName])
    if vision != nil, model.vision == nil { throw .absent(name: Self.visionName, candidates: groups) }
    for module in modules {
      guard let chosen = layers(of: module), let problem = chosen.problem(in: model.decoder.count) else { continue }
      throw .noSuchLayer(target: "\(module.rawValue)@\(chosen)", problem: problem)
    }
    if let vision, let tower = model.vision, let problem = vision.problem(in: tower.count) {
      throw .noSuchLayer(target: "\(Self.visionName)@\(vision)", problem: "of the vision tower, \(problem)")
    }
    let present = model.decoder.modules
    for module in modules where !present.contains(where: { $0.parts.contains(module) }) {
      if module == .gateProj, modules.contains(.upProj) { continue }
      let isGroup = !model.groups.contains(module.group) && module.group.modules.allSatisfy(modules.contains)
      throw .absent(name: isGroup ? module.group.rawValue : module.rawValue, candidates: groups)
    }
    try checkPlaces(in: model.decoder)
    for whole in present {
      guard let named = whole.parts.first(where: modules.contains) else { continue }
      guard Set(whole.parts.map { layers(of: $0) }).count == 1 else {
        throw .fused(
          name: named.rawValue, into: model.decoder.names.name(of: whole), needed: whole.parts.map(\.rawValue))
      }
    }
  }

  /// Refuses layers of which none has the module that is meant.
  private func checkPlaces(in decoder: BlockLinears) throws(TargetError) {
    for whole in decoder.modules {
      let there = decoder.layers(of: whole)
      for part in whole.parts {
        guard let chosen = layers(of: part), there.count < decoder.count,
          Set(chosen.layers(of: decoder.count)).isDisjoint(with: there)
        else { continue }
        throw .noSuchLayer(
          target: "\(part.rawValue)@\(chosen)",
          problem: "none of these layers has it; it is in \(there.map(String.init).joined(separator: ", "))")
      }
    }
  }
}
