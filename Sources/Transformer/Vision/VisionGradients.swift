import Kernels

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
