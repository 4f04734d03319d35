import Kernels
import Recipe

/// Checks a model's weights against its configuration: nothing is missing, nothing too much, every shape is right.
struct ModelShapes {
  let configuration: ModelConfiguration

  func check(_ model: BaseModel) throws(ModelError) {
    let vocabulary = configuration.vocabularySize
    let hidden = configuration.hiddenSize
    try check("token embedding", model.embedding, vocabulary, hidden)
    try check("output projection", model.output, vocabulary, hidden)
    if configuration.learnsPositions || model.positionEmbedding != nil {
      guard let table = model.positionEmbedding else { throw .missing(tensor: "position embedding") }
      try check("position embedding", table, configuration.maxPositions, hidden)
    }
    let hasBias = configuration.block.norm == .layer
    try check("final norm", model.finalNorm, wanted: true, hidden)
    try check("final norm's bias", model.finalNormBias, wanted: hasBias, hidden)
    try check(model.blocks, isVision: false)
    guard let vision = configuration.vision else {
      if model.vision != nil { throw .unexpected(tensor: "vision tower") }
      return
    }
    guard let weights = model.vision else { throw .missing(tensor: "vision tower") }
    let width = vision.hiddenSize
    try check("patch embedding", weights.patchEmbedding, width, Patches.columns(side: vision.patchSize))
    try check("patch embedding's bias", weights.patchBias, wanted: true, width)
    try check("vision position embedding", weights.positionEmbedding, vision.patches, width)
    try check("vision post norm", weights.postNorm, wanted: true, width)
    try check("vision post norm's bias", weights.postNormBias, wanted: true, width)
    try check("connector", weights.connector, hidden, vision.shuffledWidth)
    try ModelShapes(configuration: vision.tower).check(weights.blocks, isVision: true)
  }

  private func check(_ blocks: [BlockWeights], isVision: Bool) throws(ModelError) {
    let part = isVision ? "vision layer" : "layer"
    let hidden = configuration.hiddenSize
    let hasBias = configuration.block.norm == .layer
    guard blocks.count == configuration.layers else {
      throw .configuration("\(configuration.layers) \(part)s announced, \(blocks.count) found")
    }
    for (layer, block) in blocks.enumerated() {
      let description = configuration.block
      let sizes = configuration.headNormSizes
      let (attends, convolves) = (configuration.attends(layer), configuration.convolves(layer))
      let shape = configuration.linearShape(of: layer)
      let linear = block.linearAttention
      if shape == nil, linear != nil { throw .unexpected(tensor: "linear attention of \(part) \(layer)") }
      let vectors = [
        ("input norm", block.inputNorm, description.normalizesInputs, hidden),
        ("input norm's bias", block.inputNormBias, hasBias, hidden),
        ("post-attention norm", block.postAttentionNorm, description.normalizesInputs, hidden),
        ("post-attention norm's bias", block.postAttentionNormBias, hasBias, hidden),
        ("attention output norm", block.attentionOutputNorm, description.normalizesOutputs, hidden),
        ("feed-forward output norm", block.feedForwardOutputNorm, description.normalizesOutputs, hidden),
        ("query norm", block.queryNorm, description.normalizesQueriesAndKeys && attends, sizes.query),
        ("key norm", block.keyNorm, description.normalizesQueriesAndKeys && attends, sizes.key),
        ("short convolution", block.convolution, convolves, hidden * (description.shortConvolution?.width ?? 0)),
        ("convolution of linear attention", linear?.taps, shape != nil, shape.map { $0.width * $0.channels } ?? 0),
        ("rates of linear attention", linear?.decay, shape != nil, shape?.valueHeads ?? 0),
        ("time bias of linear attention", linear?.timeBias, shape != nil, shape?.valueHeads ?? 0),
        ("norm of linear attention", linear?.norm, shape != nil, shape?.valueSize ?? 0),
      ]
      for (name, vector, wanted, count) in vectors {
        try check("\(name) of \(part) \(layer)", vector, wanted: wanted, count)
      }
      let present = configuration.modules(of: layer)
      for module in LinearModule.allCases {
        let name = configuration.names.name(of: ModulePath(layer: layer, module: module))
        guard present.contains(module) else {
          if block[module] != nil { throw .unexpected(tensor: "\(name).weight") }
          continue
        }
        guard let matrix = block[module] else { throw .missing(tensor: "\(name).weight") }
        let shape = module.shape(in: configuration)
        try check("\(name).weight", matrix, shape.rows, shape.columns)
        try check("\(name).bias", block.bias(of: module), wanted: description.biases.contains(module), shape.rows)
      }
    }
  }

  private func check(_ name: String, _ matrix: WeightMatrix, _ rows: Int, _ columns: Int) throws(ModelError) {
    guard matrix.rows == rows, matrix.columns == columns else {
      throw .shape(tensor: name, expected: "[\(rows), \(columns)]", found: "[\(matrix.rows), \(matrix.columns)]")
    }
  }

  private func check(_ name: String, _ vector: FloatBuffer?, wanted: Bool, _ count: Int) throws(ModelError) {
    guard let vector else {
      if wanted { throw .missing(tensor: name) }
      return
    }
    guard wanted else { throw .unexpected(tensor: name) }
    guard vector.count == count else { throw .shape(tensor: name, expected: "[\(count)]", found: "[\(vector.count)]") }
  }
}

/// What a linear layer is in a given model.
extension LinearModule {
  /// Output and input features of the layer's weight `[rows, columns]`.
  public func shape(in configuration: ModelConfiguration) -> LinearShape {
    let hidden = configuration.hiddenSize
    switch self {
    case .qProj: return LinearShape(rows: configuration.queryRows, columns: hidden)
    case .kProj, .vProj: return LinearShape(rows: configuration.kvWidth, columns: hidden)
    case .qkvProj: return LinearShape(rows: configuration.qkvWidth, columns: hidden)
    case .oProj: return LinearShape(rows: hidden, columns: configuration.queryWidth)
    case .gateProj, .upProj: return LinearShape(rows: configuration.intermediateSize, columns: hidden)
    case .gateUpProj: return LinearShape(rows: 2 * configuration.intermediateSize, columns: hidden)
    case .downProj: return LinearShape(rows: hidden, columns: configuration.intermediateSize)
    case .convInProj: return LinearShape(rows: 3 * hidden, columns: hidden)
    case .convOutProj: return LinearShape(rows: hidden, columns: hidden)
    case .linearQKVProj:
      return LinearShape(rows: configuration.block.linearAttention?.shape.channels ?? 0, columns: hidden)
    case .linearZProj:
      return LinearShape(rows: configuration.block.linearAttention?.shape.valueWidth ?? 0, columns: hidden)
    case .linearBProj, .linearAProj:
      return LinearShape(rows: configuration.block.linearAttention?.shape.valueHeads ?? 0, columns: hidden)
    case .linearOutProj:
      return LinearShape(rows: hidden, columns: configuration.block.linearAttention?.shape.valueWidth ?? 0)
    }
  }

  /// Where its output begins in the matrix that it shares with others of the same input.
  func start(in configuration: ModelConfiguration) -> Int {
    let linear = configuration.block.linearAttention?.shape
    switch self {
    case .kProj: return configuration.queryRows
    case .vProj: return configuration.queryRows + configuration.kvWidth
    case .upProj: return configuration.activationInputs - configuration.intermediateSize
    case .linearZProj: return linear?.channels ?? 0
    case .linearBProj: return linear.map { $0.channels + $0.valueWidth } ?? 0
    case .linearAProj: return linear.map { $0.channels + $0.valueWidth + $0.valueHeads } ?? 0
    default: return 0
    }
  }

  /// Chooses the layer's own sequence of random numbers, 0 to 6; a fused layer has that of its first part, and what stands in the
  /// attention's place those of the attention; the one projection that is too many has one that no block begins at.
  package var stream: UInt64 {
    switch self {
    case .qProj, .qkvProj, .convInProj, .linearQKVProj: 0
    case .kProj, .linearZProj: 1
    case .vProj, .linearBProj: 2
    case .oProj, .convOutProj, .linearOutProj: 3
    case .gateProj, .gateUpProj: 4
    case .upProj: 5
    case .downProj: 6
    case .linearAProj: 7 << 13
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
    var places: [LinearModule: [Int]] = [:]
    if !isUniform {
      for module in modules {
        let there = (0..<layers).filter { modules(of: $0).contains(module) }
        if there.count < layers { places[module] = there }
      }
    }
    return BlockLinears(
      count: layers, shapes: Dictionary(uniqueKeysWithValues: modules.map { ($0, $0.shape(in: self)) }), names: names,
      places: places)
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
