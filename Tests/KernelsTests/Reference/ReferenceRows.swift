import Foundation
import Kernels

/// RMSNorm from its definition, in double precision.
struct ReferenceRMSNorm {
  var d: Int
  var epsilon: Double
  var weight: [Double]
  var offset = 0.0

  private func inverse(_ x: ArraySlice<Double>) -> Double {
    1 / (x.reduce(0) { $0 + $1 * $1 } / Double(d) + epsilon).squareRoot()
  }

  func forward(_ x: [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: d).flatMap { start in
      let row = x[start..<start + d]
      let r = inverse(row)
      return zip(row, weight).map { $0 * r * ($1 + offset) }
    }
  }

  func backward(_ dy: [Double], _ x: [Double]) -> (dx: [Double], dWeight: [Double]) {
    var dx: [Double] = []
    var dWeight = [Double](repeating: 0, count: d)
    for start in stride(from: 0, to: x.count, by: d) {
      let row = x[start..<start + d]
      let r = inverse(row)
      let projection = (0..<d).reduce(0.0) { $0 + dy[start + $1] * (weight[$1] + offset) * x[start + $1] }
      for j in 0..<d {
        dx.append(r * dy[start + j] * (weight[j] + offset) - x[start + j] * projection * r * r * r / Double(d))
        dWeight[j] += dy[start + j] * x[start + j] * r
      }
    }
    return (dx, dWeight)
  }
}

/// Softmax cross-entropy, in double precision; a negative target carries no loss.
struct ReferenceCrossEntropy {
  var vocabulary: Int
  var targets: [Int]
  var softCap: Double? = nil

  func forwardBackward(_ logits: [Double]) -> (losses: [Double], gradient: [Double]) {
    var losses: [Double] = []
    var gradient: [Double] = []
    for (t, target) in targets.enumerated() {
      let raw = logits[t * vocabulary..<(t + 1) * vocabulary]
      let row = raw.map { x in softCap.map { $0 * tanh(x / $0) } ?? x }
      guard target >= 0 else {
        losses.append(0)
        gradient += [Double](repeating: 0, count: vocabulary)
        continue
      }
      let top = row.max() ?? 0
      let sum = row.reduce(0) { $0 + exp($1 - top) }
      losses.append(top + log(sum) - row[target])
      gradient += row.enumerated().map { j, y in
        (exp(y - top) / sum - (j == target ? 1 : 0)) * (softCap.map { 1 - y / $0 * y / $0 } ?? 1)
      }
    }
    return (losses, gradient)
  }
}

/// LayerNorm from its definition, in double precision.
struct ReferenceLayerNorm {
  var d: Int
  var epsilon: Double
  var weight: [Double]
  var bias: [Double]

  private func normalised(_ x: ArraySlice<Double>) -> (values: [Double], inverse: Double) {
    let mean = x.reduce(0, +) / Double(d)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d)
    let inverse = 1 / (variance + epsilon).squareRoot()
    return (x.map { ($0 - mean) * inverse }, inverse)
  }

  func forward(_ x: [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: d).flatMap { start in
      let n = normalised(x[start..<start + d]).values
      return (0..<d).map { n[$0] * weight[$0] + bias[$0] }
    }
  }

  func backward(_ dy: [Double], _ x: [Double]) -> (dx: [Double], dWeight: [Double], dBias: [Double]) {
    var dx: [Double] = []
    var dWeight = [Double](repeating: 0, count: d)
    var dBias = dWeight
    for start in stride(from: 0, to: x.count, by: d) {
      let (n, inverse) = normalised(x[start..<start + d])
      let g = (0..<d).map { dy[start + $0] * weight[$0] }
      let mean = g.reduce(0, +) / Double(d)
      let projection = zip(g, n).reduce(0) { $0 + $1.0 * $1.1 } / Double(d)
      for j in 0..<d {
        dx.append(inverse * (g[j] - mean - n[j] * projection))
        dWeight[j] += dy[start + j] * n[j]
        dBias[j] += dy[start + j]
      }
    }
    return (dx, dWeight, dBias)
  }
}

/// Activation functions and their derivatives from their definitions, in double precision.
struct ReferenceActivation {
  var kind: ActivationKind

  func value(_ x: Double) -> Double {
    switch kind {
    case .silu: x / (1 + exp(-x))
    case .geluTanh: x / 2 * (1 + tanh(inner(x)))
    case .gelu: x / 2 * erfc(-x / 2.0.squareRoot())
    case .sigmoid: 1 / (1 + exp(-x))
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
    case .sigmoid:
      let sigmoid = 1 / (1 + exp(-x))
      return sigmoid * (1 - sigmoid)
    }
  }

  private func inner(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }
}
