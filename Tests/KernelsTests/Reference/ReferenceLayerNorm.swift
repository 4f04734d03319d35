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
