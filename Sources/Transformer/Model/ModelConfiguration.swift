import Kernels
import Recipe

/// A decoder's shape and kind: everything that the mathematics needs and nothing about files.
///
/// Field names follow what they mean; `HuggingFace.ModelFolder` maps a `config.json` to them.
public struct ModelConfiguration: Sendable, Equatable, Codable {
  public var vocabularySize: Int
  /// Width of the residual stream.
  public var hiddenSize: Int
  public var layers: Int
  /// Query heads.
  public var heads: Int
  /// Key and value heads; `heads / kvHeads` query heads share one (grouped-query attention).
  public var kvHeads: Int
  /// Features of one head. `heads * headSize` need not equal `hiddenSize`.
  public var headSize: Int
  /// Width of the feed-forward layer.
  public var intermediateSize: Int
  /// The kinds of rotary embedding that layers use; empty where none does.
  public var rotary: [RotaryDescription]
  /// Added to the mean square (or variance) under every norm's root.
  public var rmsNormEpsilon: Float
  /// The output projection is the embedding table.
  public var tieWordEmbeddings: Bool
  /// Longest sequence, in tokens.
  public var maxPositions: Int
  public var block: BlockDescription
  /// Every position has an embedding of its own, added to the token's (GPT-2).
  public var learnsPositions: Bool
  /// Factor of the token embeddings; √hidden in Gemma.
  public var embeddingScale: Float
  /// Logits become cap · tanh(logit / cap) (Gemma 2).
  public var logitSoftCap: Float?
  /// Factor of the logits; 1 / `logits_scaling` in Granite.
  public var logitScale: Float
  public var names: ModuleNames
  /// transformers' `model_type`; says nothing that the other fields do not.
  public var modelType: String
  /// The tower of a base that sees; nil for text alone.
  public var vision: VisionConfiguration?

  /// - Parameter ropeTheta: of the one kind of rotary embedding, where `rotary` is nil.
  public init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, kvHeads: Int, headSize: Int, intermediateSize: Int,
    ropeTheta: Double = 10_000, rmsNormEpsilon: Float = 1e-5, tieWordEmbeddings: Bool = true, maxPositions: Int = 2048,
    block: BlockDescription = .llama, rotary: [RotaryDescription]? = nil, learnsPositions: Bool = false,
    embeddingScale: Float = 1, logitSoftCap: Float? = nil, logitScale: Float = 1, names: ModuleNames = .llama,
    modelType: String = "llama", vision: VisionConfiguration? = nil
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.intermediateSize = intermediateSize
    self.rotary = rotary ?? [RotaryDescription(theta: ropeTheta)]
    self.rmsNormEpsilon = rmsNormEpsilon
    self.tieWordEmbeddings = tieWordEmbeddings
    self.maxPositions = maxPositions
    self.block = block
    self.learnsPositions = learnsPositions
    self.embeddingScale = embeddingScale
    self.logitSoftCap = logitSoftCap
    self.logitScale = logitScale
    self.names = names
    self.modelType = modelType
    self.vision = vision
  }

  /// Base of the first kind of rotary embedding; of Llama's where there is none.
  public var ropeTheta: Double { rotary.first?.theta ?? 10_000 }

  /// Features of all query heads.
  public var queryWidth: Int { heads * headSize }
  /// Features of all key (or value) heads.
  public var kvWidth: Int { kvHeads * headSize }

  /// Features that one norm of queries, and one of keys, has a weight for.
  public var headNormSizes: (query: Int, key: Int) {
    block.headNorm == .allHeads ? (queryWidth, kvWidth) : (headSize, headSize)
  }

  /// Rows of the query projection, whose heads may have a gate each.
  var queryRows: Int { block.gatesAttention ? 2 * queryWidth : queryWidth }
  /// Features of queries, keys and values together, and of gates.
  var qkvWidth: Int { queryRows + 2 * kvWidth }
  /// Features that go into the activation: gate and up, or up alone.
  var activationInputs: Int { block.feedForward == .plain ? intermediateSize : 2 * intermediateSize }

  /// What a layer's attention does of its own.
  func attention(of layer: Int) -> LayerAttention {
    block.layers.indices.contains(layer) ? block.layers[layer] : LayerAttention()
  }

  /// A short convolution stands in the attention's place in this block.
  public func convolves(_ layer: Int) -> Bool { block.shortConvolution?.layers.contains(layer) ?? false }

  /// Linear attention stands in the attention's place in this block.
  public func recurs(_ layer: Int) -> Bool { linearShape(of: layer) != nil }

  /// Of a block with linear attention.
  func linearShape(of layer: Int) -> GatedDeltaShape? {
    block.linearAttention.flatMap { $0.layers.contains(layer) ? $0.shape : nil }
  }

  public func attends(_ layer: Int) -> Bool { !convolves(layer) && !recurs(layer) }

  /// All blocks attend.
  public var isUniform: Bool { block.shortConvolution == nil && block.linearAttention == nil }

  /// The linear layers of a block, in canonical order.
  public func modules(of layer: Int) -> [LinearModule] {
    let feedForward: [LinearModule] =
      switch block.feedForward {
      case .gated: [.gateProj, .upProj, .downProj]
      case .fusedGated: [.gateUpProj, .downProj]
      case .plain: [.upProj, .downProj]
      }
    if convolves(layer) { return feedForward + TargetGroup.conv.modules }
    if recurs(layer) { return feedForward + TargetGroup.linear.modules }
    return (block.fusesQKV ? [.qkvProj] : [.qProj, .kProj, .vProj]) + [.oProj] + feedForward
  }

  /// The linear layers that some block has, in canonical order.
  public var modules: [LinearModule] {
    guard !isUniform else { return modules(of: 0) }
    let present = Set((0..<layers).flatMap { modules(of: $0) })
    return LinearModule.allCases.filter(present.contains).sorted { $0.index < $1.index }
  }

  /// transformers' `LlamaForCausalLM` computes the same, with no more than one plain rotary embedding.
  public var isPlainLlama: Bool {
    block == .llama && rotary == [RotaryDescription(theta: ropeTheta)] && !learnsPositions && embeddingScale == 1
      && logitSoftCap == nil && logitScale == 1 && names == .llama && vision == nil
  }

  /// The decoder of a base that sees computes what transformers' `LlamaForCausalLM` does.
  public var isPlainSmolVLM: Bool {
    guard vision != nil, names == .smolvlm else { return false }
    var decoder = self
    decoder.vision = nil
    decoder.names = .llama
    return decoder.isPlainLlama
  }

  /// The name that checkpoints and adapters use for a linear layer, without a suffix.
  public func name(of path: ModulePath) -> String { (path.isVision ? .siglip : names).name(of: path) }

  /// Parameters of the whole model, the embedding counted once when it is tied.
  public var parameterCount: Int {
    func linears(_ layer: Int) -> Int {
      modules(of: layer).reduce(0) { sum, module in
        let shape = module.shape(in: self)
        return sum + shape.rows * (shape.columns + (block.biases.contains(module) ? 1 : 0))
      }
    }
    var embeddings = vocabularySize * (tieWordEmbeddings ? 1 : 2)
    if learnsPositions { embeddings += maxPositions }
    let norm = hiddenSize * (block.norm == .layer ? 2 : 1)
    let headNorms = block.normalizesQueriesAndKeys ? headNormSizes.query + headNormSizes.key : 0
    let norms = (block.normalizesInputs ? 2 : 0) + (block.normalizesOutputs ? 2 : 0)
    let tower = vision?.parameterCount(width: hiddenSize) ?? 0
    func blocks(_ isMeant: (Int) -> Bool, vectors: Int) -> Int {
      let layers = (0..<layers).filter(isMeant)
      return layers.first.map { layers.count * (linears($0) + vectors) } ?? 0
    }
    let taps = (block.shortConvolution?.width ?? 0) * hiddenSize
    let recurrent = block.linearAttention.map { linear in
      linear.shape.width * linear.shape.channels + 2 * linear.shape.valueHeads + linear.shape.valueSize
    }
    return embeddings * hiddenSize + layers * norms * norm + norm + tower + blocks(attends, vectors: headNorms)
      + blocks(convolves, vectors: taps) + blocks(recurs, vectors: recurrent ?? 0)
  }

  /// Refuses shapes that no model can have, with the field and the value in one line.
  public func validate() throws(ModelError) {
    // The limits are far beyond any model; below them no count of parameters or bytes overflows.
    let sizes = [
      ("vocabulary size", vocabularySize, 1 << 24), ("hidden size", hiddenSize, 1 << 20),
      ("number of layers", layers, 1 << 12), ("number of attention heads", heads, 1 << 12),
      ("number of key/value heads", kvHeads, 1 << 12), ("head size", headSize, 1 << 14),
      ("intermediate size", intermediateSize, 1 << 20), ("maximum number of positions", maxPositions, 1 << 24),
    ]
    for (name, value, limit) in sizes where value < 1 || value > limit {
      throw .configuration("\(name) is \(value); it must be between 1 and \(limit)")
    }
    guard heads % kvHeads == 0 else {
      throw .configuration("\(heads) attention heads cannot share \(kvHeads) key/value heads evenly")
    }
    for rotary in rotary { try check(rotary) }
    guard block.layers.isEmpty || block.layers.count == layers else {
      throw .configuration("\(block.layers.count) attentions are described for \(layers) layers")
    }
    for layer in 0..<layers {
      let attention = attention(of: layer)
      if let window = attention.window, window < 1 {
        throw .configuration("attention window of layer \(layer) is \(window); it must be at least 1")
      }
      if let index = attention.rotary, !rotary.indices.contains(index) {
        throw .configuration("layer \(layer) has no rotary position embedding")
      }
    }
    if let convolution = block.shortConvolution {
      guard (1...64).contains(convolution.width) else {
        throw .configuration("short convolutions are over \(convolution.width) tokens; it must be between 1 and 64")
      }
      guard convolution.layers == Array(Set(convolution.layers)).sorted(),
        convolution.layers.allSatisfy({ (0..<layers).contains($0) })
      else { throw .configuration("short convolutions are in layers \(convolution.layers) of \(layers)") }
    }
    if let linear = block.linearAttention { try check(linear) }
    let factors = [
      ("attention scale", block.attentionScale), ("attention soft cap", block.attentionSoftCap),
      ("logit soft cap", logitSoftCap), ("embedding scale", embeddingScale), ("logit scale", logitScale),
      ("residual scale", block.residualScale),
    ]
    for case (let name, let value?) in factors where !(value.isFinite && value > 0) {
      throw .configuration("\(name) is \(value); it must be positive")
    }
    guard rmsNormEpsilon.isFinite, rmsNormEpsilon >= 0 else {
      throw .configuration("norm epsilon is \(rmsNormEpsilon); it must not be negative")
    }
    guard let vision else { return }
    try vision.validate(vocabulary: vocabularySize)
    guard embeddingScale == 1, !learnsPositions else {
      throw .configuration("a vision tower needs a decoder without scaled embeddings and learned positions")
    }
  }

  private func check(_ linear: LinearAttentions) throws(ModelError) {
    let shape = linear.shape
    let sizes = [
      ("number of linear key heads", shape.keyHeads, 1 << 12),
      ("number of linear value heads", shape.valueHeads, 1 << 12), ("linear key size", shape.keySize, 1 << 12),
      ("linear value size", shape.valueSize, 1 << 12), ("width of linear attention's convolution", shape.width, 64),
    ]
    for (name, value, limit) in sizes where value < 1 || value > limit {
      throw .configuration("\(name) is \(value); it must be between 1 and \(limit)")
    }
    guard shape.valueHeads % shape.keyHeads == 0 else {
      throw .configuration("\(shape.valueHeads) linear value heads cannot share \(shape.keyHeads) key heads evenly")
    }
    guard linear.layers == Array(Set(linear.layers)).sorted(), linear.layers.allSatisfy({ (0..<layers).contains($0) }),
      linear.layers.allSatisfy({ !convolves($0) })
    else { throw .configuration("linear attention is in layers \(linear.layers) of \(layers)") }
  }

  private func check(_ rotary: RotaryDescription) throws(ModelError) {
    let size = rotary.dimensions ?? headSize
    guard rotary.dimensions != nil || headSize % 2 == 0 else {
      throw .configuration("head size is \(headSize); rotary position embeddings need an even one")
    }
    guard size % 2 == 0, (2...max(2, headSize)).contains(size) else {
      throw .configuration("\(size) features of a head of \(headSize) cannot be turned in pairs by rotary embeddings")
    }
    guard rotary.theta.isFinite, rotary.theta > 0 else {
      throw .configuration("rope theta is \(rotary.theta); it must be positive")
    }
    let numbers: [Double]
    switch rotary.scaling {
    case .none: numbers = []
    case .linear(let factor): numbers = [factor]
    case .llama3(let factor, let low, let high, let original): numbers = [factor, low, high, original, high - low]
    case .yarn(let factor, let fast, let slow, let original, let attention, _):
      numbers = [factor, fast, slow, original, attention, rotary.theta == 1 ? 0 : 1]
    case .longRoPE(let divisors, let factor):
      guard divisors.count == size / 2 else {
        throw .configuration("\(divisors.count) rope factors are given for \(size / 2) frequencies")
      }
      numbers = divisors + [factor]
    }
    guard numbers.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw .configuration("rope scaling \(numbers) has a number that is not positive")
    }
  }
}

/// What is wrong with a model's shapes, in one line.
public enum ModelError: ExitStatusError, Equatable {
  case configuration(String)
  case shape(tensor: String, expected: String, found: String)
  case missing(tensor: String)
  case unexpected(tensor: String)

  public var description: String {
    switch self {
    case .configuration(let reason): "model configuration: \(reason)"
    case .shape(let tensor, let expected, let found):
      "model tensor \(tensor): expected shape \(expected), found \(found); does config.json belong to these weights?"
    case .unexpected(let tensor):
      "model tensor \(tensor) has no place in this model; does config.json belong to these weights?"
    case .missing(let tensor): "model tensor \(tensor) is missing; does config.json belong to these weights?"
    }
  }

  /// `EX_DATAERR`: the input is there and is wrong.
  public var exitStatus: Int32 { 65 }
}
