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

/// The linear layers of a stack of blocks, of which each has the same.
public struct BlockLinears: Hashable, Codable, Sendable {
  public var count: Int
  public var shapes: [LinearModule: LinearShape]
  /// What the model's checkpoints call them.
  public var names: ModuleNames

  public init(count: Int, shapes: [LinearModule: LinearShape], names: ModuleNames = .llama) {
    self.count = count
    self.shapes = shapes
    self.names = names
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

  /// Trainable parameters of adapters in these places; a place that the model lacks has none.
  public func adapterParameters(_ paths: [ModulePath], useDoRA: Bool, rank: (ModulePath) -> Int) -> Int {
    paths.reduce(0) { sum, path in
      let shape = (path.isVision ? vision : decoder)?.shapes[path.module]
      return sum + (shape?.adapterParameters(rank: rank(path), useDoRA: useDoRA) ?? 0)
    }
  }
}
