import Kernels
import Recipe

/// Gradients of all of a block's parameters, each as long as what it belongs to.
struct BlockGradients: Sendable {
  let inputNorm: FloatBuffer
  let inputNormBias: FloatBuffer?
  let postAttentionNorm: FloatBuffer
  let postAttentionNormBias: FloatBuffer?
  let weights: [LinearModule: FloatBuffer]
  let biases: [LinearModule: FloatBuffer]
}
