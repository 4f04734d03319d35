/// Adam with decoupled weight decay, Loshchilov and Hutter 2019; the formula is that of `torch.optim.AdamW`.
public enum AdamW {
  /// One step over `count` parameters; all arrays are `[count]`. Only `gradients` is left as it was.
  public static func step(
    _ w: Worker, parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, count: Int, _ step: AdamWStep
  ) {
    let decay = 1 - step.learningRate * step.weightDecay
    let stepSize = step.learningRate / step.biasCorrection1
    let inverseRoot = 1 / step.biasCorrection2.squareRoot()
    Shards.forEachBlock(w, count: count) { start, count in
      for i in start..<start + count {
        let g = gradients[i] * step.gradientScale
        let m = step.beta1 * firstMoment[i] + (1 - step.beta1) * g
        let v = step.beta2 * secondMoment[i] + (1 - step.beta2) * g * g
        firstMoment[i] = m
        secondMoment[i] = v
        parameters[i] = parameters[i] * decay - stepSize * m / (v.squareRoot() * inverseRoot + step.epsilon)
      }
    }
  }
}
