import Foundation

/// `[M, K]·[K, N]` in double precision, each operand optionally stored transposed.
func referenceProduct(
  _ a: [Double], transposeA: Bool, _ b: [Double], transposeB: Bool, m: Int, n: Int, k: Int
) -> [Double] {
  var c = [Double](repeating: 0, count: m * n)
  for i in 0..<m {
    for j in 0..<n {
      var sum = 0.0
      for step in 0..<k {
        sum += (transposeA ? a[step * m + i] : a[i * k + step]) * (transposeB ? b[j * k + step] : b[step * n + j])
      }
      c[i * n + j] = sum
    }
  }
  return c
}

/// Attention of one packed batch, causal or not, from its definition, in double precision.
struct ReferenceAttention {
  var heads: Int
  var kvHeads: Int
  var headSize: Int
  var scale: Double
  var starts: [Int]
  var window: Int? = nil
  var softCap: Double? = nil
  var isCausal = true

  var tokens: Int { starts.last ?? 0 }

  /// Probabilities of query `t`, head `h`, over the keys that it may see, zero outside the window; the logarithm of the
  /// sum; and the derivative of each score with respect to what it was before scaling and capping.
  private func probabilities(
    _ q: [Double], _ k: [Double], _ t: Int, _ keys: Range<Int>, _ h: Int
  ) -> (p: [Double], logSumExp: Double, slopes: [Double]) {
    let g = h / (heads / kvHeads)
    let raw = keys.map { s in
      scale * dot(q, (t * heads + h) * headSize, k, (s * kvHeads + g) * headSize)
    }
    let scores = zip(keys, raw).map { s, score in
      if let window, s <= t - window { return -Double.infinity }
      return softCap.map { $0 * tanh(score / $0) } ?? score
    }
    let slopes = raw.map { score in scale * (softCap.map { 1 - pow(tanh(score / $0), 2) } ?? 1) }
    let top = scores.max() ?? 0
    let sum = scores.reduce(0.0) { $0 + exp($1 - top) }
    return (scores.map { exp($0 - top) / sum }, top + log(sum), slopes)
  }

  private func dot(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int) -> Double {
    var sum = 0.0
    var step = 0
    while step < headSize {
      sum += a[i + step] * b[j + step]
      step += 1
    }
    return sum
  }

  private func forEachQuery(_ body: (_ t: Int, _ keys: Range<Int>, _ h: Int) -> Void) {
    for (start, end) in zip(starts, starts.dropFirst()) {
      for t in start..<end { for h in 0..<heads { body(t, start..<(isCausal ? t + 1 : end), h) } }
    }
  }

  func forward(_ q: [Double], _ k: [Double], _ v: [Double]) -> (out: [Double], logSumExp: [Double]) {
    var out = [Double](repeating: 0, count: tokens * heads * headSize)
    var logSumExp = [Double](repeating: 0, count: tokens * heads)
    forEachQuery { t, keys, h in
      let g = h / (heads / kvHeads)
      let (p, l, _) = probabilities(q, k, t, keys, h)
      logSumExp[t * heads + h] = l
      for (s, weight) in zip(keys, p) {
        for j in 0..<headSize { out[(t * heads + h) * headSize + j] += weight * v[(s * kvHeads + g) * headSize + j] }
      }
    }
    return (out, logSumExp)
  }

  func backward(
    _ dOut: [Double], _ q: [Double], _ k: [Double], _ v: [Double]
  ) -> (dQ: [Double], dK: [Double], dV: [Double]) {
    var dQ = [Double](repeating: 0, count: q.count)
    var dK = [Double](repeating: 0, count: k.count)
    var dV = [Double](repeating: 0, count: v.count)
    forEachQuery { t, keys, h in
      let g = h / (heads / kvHeads)
      let (p, _, slopes) = probabilities(q, k, t, keys, h)
      let query = (t * heads + h) * headSize
      let dp = keys.map { s in
        dot(dOut, query, v, (s * kvHeads + g) * headSize)
      }
      let delta = zip(p, dp).reduce(0.0) { $0 + $1.0 * $1.1 }
      for (i, s) in keys.enumerated() {
        let key = (s * kvHeads + g) * headSize
        let dScore = slopes[i] * p[i] * (dp[i] - delta)
        for j in 0..<headSize {
          dQ[query + j] += dScore * k[key + j]
          dK[key + j] += dScore * q[query + j]
          dV[key + j] += p[i] * dOut[query + j]
        }
      }
    }
    return (dQ, dK, dV)
  }
}
