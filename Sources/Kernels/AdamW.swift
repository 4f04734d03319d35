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
