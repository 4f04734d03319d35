import Kernels

/// The weights of a vision tower and of the connector that leads into the decoder.
public struct VisionWeights: Sendable {
  /// `[width, 3 · patchSize²]`, a convolution whose stride is its kernel's side.
  public let patchEmbedding: WeightMatrix
  /// `[width]`
  public let patchBias: FloatBuffer
  /// `[patches, width]`
  public let positionEmbedding: WeightMatrix
  /// As `VisionConfiguration.tower` describes them.
  public let blocks: [BlockWeights]
  /// `[width]`, after the last block.
  public let postNorm: FloatBuffer
  public let postNormBias: FloatBuffer
  /// `[decoder's width, scaleFactor² · width]`
  public let connector: WeightMatrix

  public init(
    patchEmbedding: WeightMatrix, patchBias: FloatBuffer, positionEmbedding: WeightMatrix, blocks: [BlockWeights],
    postNorm: FloatBuffer, postNormBias: FloatBuffer, connector: WeightMatrix
  ) {
    self.patchEmbedding = patchEmbedding
    self.patchBias = patchBias
    self.positionEmbedding = positionEmbedding
    self.blocks = blocks
    self.postNorm = postNorm
    self.postNormBias = postNormBias
    self.connector = connector
  }

  /// The same with other blocks.
  func replacing(blocks: [BlockWeights]) -> VisionWeights {
    VisionWeights(
      patchEmbedding: patchEmbedding, patchBias: patchBias, positionEmbedding: positionEmbedding, blocks: blocks,
      postNorm: postNorm, postNormBias: postNormBias, connector: connector)
  }

  var byteCount: Int {
    let matrices = [patchEmbedding, positionEmbedding, connector].reduce(0) { $0 + $1.byteCount }
    let vectors = [patchBias, postNorm, postNormBias].reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
    return blocks.reduce(matrices + vectors) { $0 + $1.byteCount }
  }
}

/// Gradients of what is not in a block of the vision tower, where all parameters are trained.
struct VisionGradients: Sendable {
  let patchEmbedding: FloatBuffer
  let patchBias: FloatBuffer
  let positionEmbedding: FloatBuffer
  let postNorm: FloatBuffer
  let postNormBias: FloatBuffer
  let connector: FloatBuffer
  let blocks: [BlockGradients]

  /// Those that a pass only ever adds to.
  var sums: [FloatBuffer] { [positionEmbedding, postNorm, postNormBias] }
  var all: [FloatBuffer] { sums + [patchEmbedding, patchBias, connector] }
}
