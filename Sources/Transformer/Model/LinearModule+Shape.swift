import Recipe

/// What a linear layer is in a given model.
extension LinearModule {
  /// Output and input features of the layer's weight `[rows, columns]`.
  public func shape(in configuration: ModelConfiguration) -> LinearShape {
    let hidden = configuration.hiddenSize
    switch self {
    case .qProj: return LinearShape(rows: configuration.queryWidth, columns: hidden)
    case .kProj, .vProj: return LinearShape(rows: configuration.kvWidth, columns: hidden)
    case .qkvProj: return LinearShape(rows: configuration.qkvWidth, columns: hidden)
    case .oProj: return LinearShape(rows: hidden, columns: configuration.queryWidth)
    case .gateProj, .upProj: return LinearShape(rows: configuration.intermediateSize, columns: hidden)
    case .gateUpProj: return LinearShape(rows: 2 * configuration.intermediateSize, columns: hidden)
    case .downProj: return LinearShape(rows: hidden, columns: configuration.intermediateSize)
    }
  }

  /// Where its output begins in the matrix that it shares with others of the same input.
  func start(in configuration: ModelConfiguration) -> Int {
    switch self {
    case .kProj: configuration.queryWidth
    case .vProj: configuration.queryWidth + configuration.kvWidth
    case .upProj: configuration.activationInputs - configuration.intermediateSize
    case .qProj, .qkvProj, .oProj, .gateProj, .gateUpProj, .downProj: 0
    }
  }

  /// Chooses the layer's own sequence of random numbers, 0 to 6; a fused layer has that of its first part.
  package var stream: UInt64 {
    switch self {
    case .qProj, .qkvProj: 0
    case .kProj: 1
    case .vProj: 2
    case .oProj: 3
    case .gateProj, .gateUpProj: 4
    case .upProj: 5
    case .downProj: 6
    }
  }
}

extension ModulePath {
  /// Nothing where the model has no tower.
  public func shape(in configuration: ModelConfiguration) -> LinearShape {
    guard isVision else { return module.shape(in: configuration) }
    return configuration.vision.map { module.shape(in: $0.tower) } ?? LinearShape(rows: 0, columns: 0)
  }

  /// Chooses the layer's own sequence of random numbers; no decoder has as many layers as the tower's begin at.
  var stream: UInt64 { (UInt64(isVision ? 1 << 12 : 0) &+ UInt64(layer)) &* 7 &+ module.stream }
}

extension ModelConfiguration {
  /// The linear layers of decoder and tower, as targets are chosen among them.
  public var linears: ModelLinears { ModelLinears(decoder: blocks, vision: vision?.tower.blocks) }

  private var blocks: BlockLinears {
    BlockLinears(
      count: layers, shapes: Dictionary(uniqueKeysWithValues: modules.map { ($0, $0.shape(in: self)) }), names: names)
  }
}

extension Targets {
  /// The linear layers of a model that are meant, in path order.
  public func paths(in configuration: ModelConfiguration) throws(TargetError) -> [ModulePath] {
    try paths(in: configuration.linears)
  }

  /// What an adapter's modules are.
  public init(paths: some Sequence<ModulePath>, in configuration: ModelConfiguration) {
    self.init(paths: paths, in: configuration.linears)
  }
}
