/// The numbers of one AdamW step.
public struct AdamWStep: Sendable, Equatable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  /// Decoupled: each step multiplies the parameters by `1 − learningRate · weightDecay`.
  public var weightDecay: Float
  /// `1 − beta1^step`, step counted from 1.
  public var biasCorrection1: Float
  /// `1 − beta2^step`
  public var biasCorrection2: Float
  /// Factor on the gradients before anything else (clipping, averaging).
  public var gradientScale: Float

  public init(
    learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
    biasCorrection1: Float, biasCorrection2: Float, gradientScale: Float = 1
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.biasCorrection1 = biasCorrection1
    self.biasCorrection2 = biasCorrection2
    self.gradientScale = gradientScale
  }
}
