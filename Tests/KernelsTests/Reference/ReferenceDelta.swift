import Foundation
import Kernels

/// The gated delta rule token by token from its definition (transformers' `torch_recurrent_gated_delta_rule` with what stands around it), in
/// double precision.
struct ReferenceDelta {
  var shape: GatedDeltaShape
  /// `[width][channels]` the factor of the token so many places before.
  var taps: [Double]
  var decay: [Double]
  var timeBias: [Double]
  var norm: [Double]
  var epsilon: Double
  /// Tokens of each sequence.
  var lengths: [Int]

  /// - Parameter inputs: `[T, inputs]`
  /// - Returns: `[T, valueHeads·valueSize]`
  func forward(_ inputs: [Double]) -> [Double] {
    var y: [Double] = []
    var first = 0
    for length in lengths {
      y += sequence((first..<first + length).map { Array(inputs[$0 * shape.inputs..<($0 + 1) * shape.inputs]) })
      first += length
    }
    return y
  }

  private func sequence(_ rows: [[Double]]) -> [Double] {
    let (dk, dv) = (shape.keySize, shape.valueSize)
    let channels = 2 * shape.keyHeads * dk + shape.valueHeads * dv
    var states = Array(
      repeating: Array(repeating: [Double](repeating: 0, count: dv), count: dk), count: shape.valueHeads)
    return rows.indices.flatMap { t -> [Double] in
      let mixed = (0..<channels).map { j in
        let sum = (0..<shape.width).reduce(0.0) { $1 <= t ? $0 + taps[$1 * channels + j] * rows[t - $1][j] : $0 }
        return sum / (1 + exp(-sum))
      }
      func unit(_ start: Int) -> [Double] {
        let x = mixed[start..<start + dk]
        let length = (x.reduce(0) { $0 + $1 * $1 } + 1e-6).squareRoot()
        return x.map { $0 / length }
      }
      return (0..<shape.valueHeads).flatMap { head -> [Double] in
        let key = head * shape.keyHeads / shape.valueHeads * dk
        let q = unit(key).map { $0 / Double(dk).squareRoot() }
        let k = unit(shape.keyHeads * dk + key)
        let start = head * dv
        let v = mixed[(2 * shape.keyHeads * dk + start)...].prefix(dv)
        let z = rows[t][(channels + start)...].prefix(dv)
        let b = rows[t][channels + shape.valueHeads * dv + head]
        let a = rows[t][channels + shape.valueHeads * dv + shape.valueHeads + head]
        let factor = exp(-exp(decay[head]) * log1p(exp(a + timeBias[head])))
        for i in 0..<dk { for j in 0..<dv { states[head][i][j] *= factor } }
        for (j, value) in v.enumerated() {
          let known = (0..<dk).reduce(0.0) { $0 + states[head][$1][j] * k[$1] }
          let delta = (value - known) / (1 + exp(-b))
          for i in 0..<dk { states[head][i][j] += k[i] * delta }
        }
        let o = (0..<dv).map { j in (0..<dk).reduce(0.0) { $0 + states[head][$1][j] * q[$1] } }
        let inverse = 1 / (o.reduce(0) { $0 + $1 * $1 } / Double(dv) + epsilon).squareRoot()
        return zip(o.enumerated(), z).map { o, z in o.element * inverse * norm[o.offset] * z / (1 + exp(-z)) }
      }
    }
  }
}
