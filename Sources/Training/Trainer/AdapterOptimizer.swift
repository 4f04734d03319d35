import Foundation
import Kernels
import Recipe
import Transformer

/// AdamW over an adapter's matrices (and DoRA's magnitudes, at A's rate), with global gradient norm, clipping and LoRA+'s rate for B.
/// Each module group may have a rate and a ratio of its own: PyTorch's parameter groups.
package final class AdapterOptimizer: Sendable {
  /// One trainable matrix with its moments; all buffers have the same count.
  struct Slot: Sendable {
    /// The name of the matrix in a checkpoint.
    let name: String
    let shape: [Int]
    let isB: Bool
    /// Nil in a vision tower.
    let group: TargetGroup?
    let parameters: FloatBuffer
    let gradients: FloatBuffer
    let firstMoment: FloatBuffer
    let secondMoment: FloatBuffer
  }

  let slots: [Slot]

  init(adapter: LoRAAdapter) {
    slots = adapter.modules.flatMap { module in
      let name = Self.slotName(of: module)
      let matrices = [
        Slot(
          name: "\(name).lora_A", shape: [module.rank, module.columns], isB: false, group: module.path.group,
          parameters: module.a,
          gradients: module.gradA, firstMoment: FloatBuffer(count: module.a.count),
          secondMoment: FloatBuffer(count: module.a.count)),
        Slot(
          name: "\(name).lora_B", shape: [module.rows, module.rank], isB: true, group: module.path.group,
          parameters: module.b,
          gradients: module.gradB, firstMoment: FloatBuffer(count: module.b.count),
          secondMoment: FloatBuffer(count: module.b.count)),
      ]
      guard let magnitude = module.magnitude, let gradient = module.gradMagnitude else { return matrices }
      return matrices + [
        Slot(
          name: "\(name).lora_magnitude_vector", shape: [module.rows, 1], isB: false, group: module.path.group,
          parameters: magnitude,
          gradients: gradient, firstMoment: FloatBuffer(count: magnitude.count),
          secondMoment: FloatBuffer(count: magnitude.count))
      ]
    }
  }

  /// The Euclidean norm of all gradients; called by every worker of a region, which all get the same value.
  func gradientNorm(_ worker: Worker) -> Double {
    var sum = 0.0
    for slot in slots {
      sum += Reduction.sumOfSquaresInDouble(worker, slot.gradients.pointer, slot.gradients.count)
    }
    return sum.squareRoot()
  }

  /// The factor that brings a norm down to `clip` (0: never), as `torch.nn.utils.clip_grad_norm_` computes it.
  package static func clippingFactor(norm: Double, clip: Double) -> Double {
    clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
  }

  /// One update; called by every worker of a region.
  /// - Parameters:
  ///   - step: counted from 1, for the bias corrections.
  ///   - rateFactor: the schedule's, of every group's peak rate.
  func update(_ worker: Worker, step: Int, rateFactor: Double, gradientScale: Double, options: TrainingOptions) {
    // From the rounded betas that the kernel multiplies with, so that correction and moment agree.
    let beta1 = Float(options.beta1)
    let beta2 = Float(options.beta2)
    let common = AdamWStep(
      learningRate: Float(options.learningRate * rateFactor), beta1: beta1, beta2: beta2,
      epsilon: Float(options.epsilon),
      weightDecay: Float(options.weightDecay),
      biasCorrection1: Float(1 - pow(Double(beta1), Double(step))),
      biasCorrection2: Float(1 - pow(Double(beta2), Double(step))),
      gradientScale: Float(gradientScale))
    for slot in slots {
      var own = common
      let rate = options.rate(of: slot.group) * rateFactor
      own.learningRate = Float(slot.isB ? rate * options.ratio(of: slot.group) : rate)
      AdamW.step(
        worker, parameters: slot.parameters.pointer, gradients: slot.gradients.pointer,
        firstMoment: slot.firstMoment.pointer, secondMoment: slot.secondMoment.pointer,
        count: slot.parameters.count, own)
    }
    worker.barrier()
  }
}
