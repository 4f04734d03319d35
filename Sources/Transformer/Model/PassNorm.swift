import Kernels

/// One norm as a pass sees it: a LayerNorm where there is a bias, else an RMS norm.
struct PassNorm: Sendable {
  let weight: FloatBuffer
  let bias: FloatBuffer?
  /// Parts of a row that are normalised by themselves, with the same weight.
  let heads: Int
  let weightOffset: Float
  let epsilon: Float
  /// As long as `weight`, where that is trained; both are added to.
  let gradient: FloatBuffer?
  let biasGradient: FloatBuffer?

  init(
    weight: FloatBuffer, bias: FloatBuffer? = nil, heads: Int = 1, configuration: ModelConfiguration,
    gradient: FloatBuffer? = nil, biasGradient: FloatBuffer? = nil
  ) {
    self.weight = weight
    self.bias = bias
    self.heads = heads
    weightOffset = configuration.block.normWeightOffset
    epsilon = configuration.rmsNormEpsilon
    self.gradient = gradient
    self.biasGradient = biasGradient
  }

  /// Floats that the backward pass needs of each row of the model's norms over the residual stream.
  static func statistics(_ configuration: ModelConfiguration) -> Int { configuration.block.norm == .layer ? 2 : 1 }

  /// The same for products that norm their input themselves; nil where they cannot.
  var streamed: StreamedNorm? {
    guard bias == nil, heads == 1 else { return nil }
    return StreamedNorm(weight: weight.pointer, weightOffset: weightOffset, epsilon: epsilon)
  }

  /// - Parameter statistics: `[T, 2]` with a bias, else `[T · heads]`; nil where no backward pass follows.
  func forward(_ w: Worker, x: Rows, into y: Rows, statistics: UnsafeMutablePointer<Float>?) {
    if let bias {
      LayerNorm.forward(
        w, x: x, weight: weight.pointer, bias: bias.pointer, epsilon: epsilon, into: y, statistics: statistics)
    } else {
      RMSNorm.forward(
        w, x: x, heads: heads, weight: weight.pointer, weightOffset: weightOffset, epsilon: epsilon, into: y,
        inverseRMS: statistics)
    }
  }

  func backward(
    _ w: Worker, dy: Rows, x: Rows, statistics: UnsafePointer<Float>, into dx: Rows, accumulate: Bool
  ) {
    if bias != nil {
      LayerNorm.backward(
        w, dy: dy, x: x, weight: weight.pointer, statistics: statistics, into: dx, accumulate: accumulate,
        dWeight: gradient?.pointer, dBias: biasGradient?.pointer)
    } else {
      RMSNorm.backward(
        w, dy: dy, x: x, heads: heads, weight: weight.pointer, weightOffset: weightOffset, inverseRMS: statistics,
        into: dx, accumulate: accumulate, dWeight: gradient?.pointer)
    }
  }
}
