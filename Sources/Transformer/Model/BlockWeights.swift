import Kernels

/// The weights of one block.
public struct BlockWeights: Sendable {
  /// `[hidden]`, before attention.
  public let inputNorm: FloatBuffer
  /// `[hidden]`, before the feed-forward layer.
  public let postAttentionNorm: FloatBuffer
  /// In canonical order; nil where the checkpoint lacked one.
  private let linears: [WeightMatrix?]

  public init(inputNorm: FloatBuffer, postAttentionNorm: FloatBuffer, linears: [LinearModule: WeightMatrix]) {
    self.inputNorm = inputNorm
    self.postAttentionNorm = postAttentionNorm
    self.linears = LinearModule.allCases.map { linears[$0] }
  }

  public subscript(module: LinearModule) -> WeightMatrix? { linears[module.index] }
}
