import Kernels
import Recipe

/// The weights of one block. What `BlockDescription` does not ask for is nil.
public struct BlockWeights: Sendable {
  /// `[hidden]`, before attention.
  public let inputNorm: FloatBuffer
  public let inputNormBias: FloatBuffer?
  /// `[hidden]`, before the feed-forward layer.
  public let postAttentionNorm: FloatBuffer
  public let postAttentionNormBias: FloatBuffer?
  /// `[hidden]`, of the attention's output before it joins the residual stream.
  public let attentionOutputNorm: FloatBuffer?
  /// `[hidden]`, of the feed-forward layer's output before it joins the residual stream.
  public let feedForwardOutputNorm: FloatBuffer?
  /// `[headSize]`, of every query head.
  public let queryNorm: FloatBuffer?
  /// `[headSize]`, of every key head.
  public let keyNorm: FloatBuffer?
  /// In canonical order; nil where the checkpoint lacked one.
  private let linears: [WeightMatrix?]
  private let biases: [FloatBuffer?]

  public init(
    inputNorm: FloatBuffer, inputNormBias: FloatBuffer? = nil, postAttentionNorm: FloatBuffer,
    postAttentionNormBias: FloatBuffer? = nil, attentionOutputNorm: FloatBuffer? = nil,
    feedForwardOutputNorm: FloatBuffer? = nil, queryNorm: FloatBuffer? = nil, keyNorm: FloatBuffer? = nil,
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
      queryNorm, keyNorm,
    ]
    return (norms + biases).compactMap { $0 }
  }

  var byteCount: Int {
    linears.reduce(0) { $0 + ($1?.byteCount ?? 0) } + vectors.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
  }
}
