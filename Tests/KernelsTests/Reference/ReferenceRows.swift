import Foundation

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
