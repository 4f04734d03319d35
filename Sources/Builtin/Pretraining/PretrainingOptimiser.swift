import Kernels
import Recipe
import Transformer

/// AdamW over all parameters of a model, with clipping by the global gradient norm.
final class PretrainingOptimiser: Sendable {
  let tensors: [TrainableTensor]
  let firstMoments: [FloatBuffer]
  let secondMoments: [FloatBuffer]
  private static let beta1: Float = 0.9
  private static let beta2: Float = 0.95

  init(model: TrainableModel) {
    tensors = model.tensors
    firstMoments = model.tensors.map { FloatBuffer(count: $0.count) }
    secondMoments = model.tensors.map { FloatBuffer(count: $0.count) }
  }

  /// One step, called by every worker of a region. `step` counts from 1. Gradients that are not finite change nothing: the loss tells.
  ///
  /// - Parameter sightShare: of the learning rate, for tower and connector.
  func update(
    _ w: Worker, step: Int, learningRate: Double, sightShare: Double, weightDecay: Double, clip: Double
  ) {
    var squares = 0.0
    for tensor in tensors {
      squares += Double(Reduction.sumOfSquares(w, tensor.gradients, tensor.count))
    }
    let norm = squares.squareRoot()
    guard norm.isFinite else { return }
    let scale = clip > 0 && norm > clip ? Float(clip / norm) : 1
    for (index, tensor) in tensors.enumerated() {
      AdamW.step(
        w, parameters: tensor.parameters, gradients: tensor.gradients, firstMoment: firstMoments[index].pointer,
        secondMoment: secondMoments[index].pointer, count: tensor.count,
        AdamWStep(
          learningRate: Float(learningRate * (Self.isSight(tensor) ? sightShare : 1)), beta1: Self.beta1,
          beta2: Self.beta2, epsilon: 1e-8,
          weightDecay: tensor.decays ? Float(weightDecay) : 0,
          biasCorrection1: 1 - Self.power(Self.beta1, step), biasCorrection2: 1 - Self.power(Self.beta2, step),
          gradientScale: scale))
    }
  }

  private static func isSight(_ tensor: TrainableTensor) -> Bool {
    tensor.name.hasPrefix(ModuleNames.siglip.prefix) || tensor.name == VisionNames.connector
  }

  private static func power(_ base: Float, _ exponent: Int) -> Float {
    var (result, square, left) = (1.0, Double(base), exponent)
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return Float(result)
  }
}

/// Learning rate and curriculum as functions of how much is done.
struct PretrainingSchedule: Sendable {
  let options: PretrainingOptions

  /// 0…1: the tokens' share, or that of the time when that is ahead.
  func share(tokens: Int, seconds: Double) -> Double {
    min(1, max(Double(tokens) / Double(options.tokens), seconds / (60 * options.budgetMinutes)))
  }

  /// Warm-up, constant, linear fall to zero over the last `decayShare`. `step` counts from 0.
  func learningRate(step: Int, share: Double) -> Double {
    let rise = options.warmupSteps > 0 ? min(1, Double(step + 1) / Double(options.warmupSteps)) : 1
    let fall = options.decayShare > 0 ? min(1, (1 - share) / options.decayShare) : 1
    return options.learningRate * rise * fall
  }

  /// How far the curriculum has come, 0…1.
  func level(share: Double) -> Double {
    options.curriculumShare > 0 ? min(1, share / options.curriculumShare) : 1
  }
}
