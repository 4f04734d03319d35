import Kernels

/// AdamW over an adapter, as training runs it, so that a benchmark's step is a whole one.
final class BenchmarkOptimiser: Sendable {
  private struct Entry: Sendable {
    let parameters: FloatBuffer
    let gradients: FloatBuffer
    let firstMoment: FloatBuffer
    let secondMoment: FloatBuffer
  }

  private let entries: [Entry]

  init(adapter: LoRAAdapter) {
    entries = adapter.modules.flatMap { module in
      [(module.a, module.gradA), (module.b, module.gradB)].map {
        Entry(
          parameters: $0, gradients: $1, firstMoment: FloatBuffer(count: $0.count),
          secondMoment: FloatBuffer(count: $0.count))
      }
    }
  }

  /// In a region. `number` counts from 1.
  func step(_ w: Worker, number: Int) {
    var correction1: Float = 1
    var correction2: Float = 1
    for _ in 0..<number {
      correction1 *= 0.9
      correction2 *= 0.999
    }
    let step = AdamWStep(
      learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, biasCorrection1: 1 - correction1,
      biasCorrection2: 1 - correction2, gradientScale: 1)
    for entry in entries {
      AdamW.step(
        w, parameters: entry.parameters.pointer, gradients: entry.gradients.pointer,
        firstMoment: entry.firstMoment.pointer, secondMoment: entry.secondMoment.pointer,
        count: entry.parameters.count, step)
    }
  }
}
