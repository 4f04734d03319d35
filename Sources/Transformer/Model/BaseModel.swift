import Kernels
import Recipe
import Synchronization

/// A decoder's weights. Nothing here changes after loading (only `TrainableModel` writes its own copy), so any number of
/// concurrent runs share one.
public final class BaseModel: Sendable {
  public typealias BlockWeights = Transformer.BlockWeights

  public let configuration: ModelConfiguration
  /// `[vocabulary, hidden]`
  public let embedding: WeightMatrix
  /// `[positions, hidden]`, where positions are learned.
  public let positionEmbedding: WeightMatrix?
  public let blocks: [BlockWeights]
  /// `[hidden]`
  public let finalNorm: FloatBuffer
  /// `[hidden]`, of a LayerNorm.
  public let finalNormBias: FloatBuffer?
  /// `[vocabulary, hidden]`; the same object as `embedding` when they are tied.
  public let output: WeightMatrix
  /// Of a base that sees.
  public let vision: VisionWeights?
  /// One table for each of `configuration.rotary`.
  private let rotary: Mutex<[RoPETable]>

  /// Checks every shape against the configuration. `output` nil: the embedding table.
  public init(
    configuration: ModelConfiguration, embedding: WeightMatrix, positionEmbedding: WeightMatrix? = nil,
    blocks: [BlockWeights], finalNorm: FloatBuffer, finalNormBias: FloatBuffer? = nil, output: WeightMatrix?,
    vision: VisionWeights? = nil
  ) throws(ModelError) {
    try configuration.validate()
    self.configuration = configuration
    self.embedding = embedding
    self.positionEmbedding = positionEmbedding
    self.blocks = blocks
    self.finalNorm = finalNorm
    self.finalNormBias = finalNormBias
    self.vision = vision
    if configuration.tieWordEmbeddings {
      self.output = embedding
    } else {
      guard let output else { throw .missing(tensor: "lm_head.weight") }
      self.output = output
    }
    rotary = Mutex(RotaryAngles.tables(configuration: configuration, positions: min(configuration.maxPositions, 512)))
    try ModelShapes(configuration: configuration).check(self)
  }

  /// Parameters, the embedding counted once when it is tied.
  public var parameterCount: Int { configuration.parameterCount }

  /// Bytes of the weights in memory.
  public var byteCount: Int {
    let head = embedding.byteCount + (output === embedding ? 0 : output.byteCount) + (positionEmbedding?.byteCount ?? 0)
    let norm = (finalNorm.count + (finalNormBias?.count ?? 0)) * MemoryLayout<Float>.stride
    return blocks.reduce(head + norm + (vision?.byteCount ?? 0)) { $0 + $1.byteCount }
  }

  /// The weight of one linear layer; nil where the model has none such.
  public subscript(path: ModulePath) -> WeightMatrix? {
    let blocks = path.isVision ? vision?.blocks ?? [] : blocks
    return blocks.indices.contains(path.layer) ? blocks[path.layer][path.module] : nil
  }

  /// Cosines and sines for at least `positions` positions, a table for each of `configuration.rotary`. Tables are never
  /// changed, only replaced by longer ones, so those that were handed out stay valid for whoever holds them.
  public func rotaryTables(positions: Int) -> [RoPETable] {
    rotary.withLock { tables in
      if let first = tables.first, first.positions < positions {
        var longer = first.positions
        while longer < positions { longer *= 2 }
        tables = RotaryAngles.tables(configuration: configuration, positions: longer)
      }
      return tables
    }
  }
}

/// The weights of one block. What `BlockDescription` does not ask for is nil.
public struct BlockWeights: Sendable {
  /// `[hidden]`, before attention.
  public let inputNorm: FloatBuffer?
  public let inputNormBias: FloatBuffer?
  /// `[hidden]`, before the feed-forward layer.
  public let postAttentionNorm: FloatBuffer?
  public let postAttentionNormBias: FloatBuffer?
  /// `[hidden]`, of the attention's output before it joins the residual stream.
  public let attentionOutputNorm: FloatBuffer?
  /// `[hidden]`, of the feed-forward layer's output before it joins the residual stream.
  public let feedForwardOutputNorm: FloatBuffer?
  /// `[headSize]`, of every query head; `[heads · headSize]` where one norm is taken over all of them.
  public let queryNorm: FloatBuffer?
  /// Likewise of the keys.
  public let keyNorm: FloatBuffer?
  /// `[width, hidden]` of a short convolution, as `ShortConvolution` has its taps.
  public let convolution: FloatBuffer?
  public let linearAttention: LinearAttentionWeights?
  /// In canonical order; nil where the checkpoint lacked one.
  private let linears: [WeightMatrix?]
  private let biases: [FloatBuffer?]

  public init(
    inputNorm: FloatBuffer? = nil, inputNormBias: FloatBuffer? = nil, postAttentionNorm: FloatBuffer? = nil,
    postAttentionNormBias: FloatBuffer? = nil, attentionOutputNorm: FloatBuffer? = nil,
    feedForwardOutputNorm: FloatBuffer? = nil, queryNorm: FloatBuffer? = nil, keyNorm: FloatBuffer? = nil,
    convolution: FloatBuffer? = nil, linearAttention: LinearAttentionWeights? = nil,
    linears: [LinearModule: WeightMatrix], biases: [LinearModule: FloatBuffer] = [:]
  ) {
    self.inputNorm = inputNorm
    self.inputNormBias = inputNormBias
    self.postAttentionNorm = postAttentionNorm
    self.postAttentionNormBias = postAttentionNormBias
    self.attentionOutputNorm = attentionOutputNorm
    self.feedForwardOutputNorm = feedForwardOutputNorm
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.convolution = convolution
    self.linearAttention = linearAttention
    self.linears = LinearModule.allCases.map { linears[$0] }
    self.biases = LinearModule.allCases.map { biases[$0] }
  }

  public subscript(module: LinearModule) -> WeightMatrix? { linears[module.index] }

  /// `[out]`
  public func bias(of module: LinearModule) -> FloatBuffer? { biases[module.index] }

  /// All of the block's vectors, in a fixed order.
  public var vectors: [FloatBuffer] {
    let norms = [
      inputNorm, inputNormBias, postAttentionNorm, postAttentionNormBias, attentionOutputNorm, feedForwardOutputNorm,
      queryNorm, keyNorm, convolution, linearAttention?.taps, linearAttention?.decay, linearAttention?.timeBias,
      linearAttention?.norm,
    ]
    return (norms + biases).compactMap { $0 }
  }

  var byteCount: Int {
    linears.reduce(0) { $0 + ($1?.byteCount ?? 0) } + vectors.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
  }
}

/// What a block with linear attention has beside its projections, as `GatedDelta` takes it.
public struct LinearAttentionWeights: Sendable {
  /// `[width, channels]`, the present token's first.
  public let taps: FloatBuffer
  /// `[valueHeads]` logarithms of the rates of forgetting, and what is added to their input.
  public let decay: FloatBuffer
  public let timeBias: FloatBuffer
  /// `[valueSize]`
  public let norm: FloatBuffer

  public init(taps: FloatBuffer, decay: FloatBuffer, timeBias: FloatBuffer, norm: FloatBuffer) {
    self.taps = taps
    self.decay = decay
    self.timeBias = timeBias
    self.norm = norm
  }
}
