import Foundation
import Kernels

/// Activation functions and their derivatives from their definitions, in double precision.
struct ReferenceActivation {
  var kind: ActivationKind

  func value(_ x: Double) -> Double {
    switch kind {
    case .silu: x / (1 + exp(-x))
    case .geluTanh: x / 2 * (1 + tanh(inner(x)))
    case .gelu: x / 2 * erfc(-x / 2.0.squareRoot())
    }
  }

  func slope(_ x: Double) -> Double {
    switch kind {
    case .silu:
      let sigmoid = 1 / (1 + exp(-x))
      return sigmoid + x * sigmoid * (1 - sigmoid)
    case .geluTanh:
      let t = tanh(inner(x))
      return (1 + t) / 2 + x / 2 * (1 - t * t) * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
    case .gelu:
      return erfc(-x / 2.0.squareRoot()) / 2 + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    }
  }

  private func inner(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }
}
