/// Adam with decoupled weight decay, Loshchilov and Hutter 2019; the formula is that of `torch.optim.AdamW`.
public enum AdamW {
  /// One step over `count` parameters; all arrays are `[count]`. Only `gradients` is left as it was.
  public static func step(
    _ w: Worker, parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, count: Int, _ step: AdamWStep
  ) {
    let m = Microkernel.table
    let decay = 1 - step.learningRate * step.weightDecay
    let stepSize = step.learningRate / step.biasCorrection1
    let inverseRoot = 1 / step.biasCorrection2.squareRoot()
    let numbers = w.scratch(floats: 7)
    numbers[0] = step.beta1
    numbers[1] = step.beta2
    numbers[2] = decay
    numbers[3] = stepSize
    numbers[4] = inverseRoot
    numbers[5] = step.epsilon
    numbers[6] = step.gradientScale
    Shards.forEachBlock(w, count: count) { i, count in
      m.adamW(parameters + i, gradients + i, firstMoment + i, secondMoment + i, count, numbers)
    }
  }
}

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
