import Foundation
import Kernels
import Testing

/// Row-wise operations against their definitions in double precision, at sizes that end between vectors.
@Suite struct RowOperationTests {
  static let shapes = [[1, 1], [7, 5], [13, 33], [3, 200], [40, 704]]

  @Test(arguments: shapes, [(heads: 1, offset: Float(0)), (3, 1)])
  func rmsNorm(shape: [Int], variant: (heads: Int, offset: Float)) {
    let (t, d, heads) = (shape[0], shape[1], variant.heads)
    // Rows farther apart than they are wide, as in a fused projection.
    let stride = heads * d + 3
    var random = TestRandom(11)
    let x = random.buffer(t * stride, in: -3...3)
    let weight = random.buffer(d, in: 0.5...1.5)
    let dy = random.buffer(t * stride)
    let reference = ReferenceRMSNorm(
      d: d, epsilon: 1e-5, weight: weight.array.doubles, offset: Double(variant.offset))
    let view = { (b: FloatBuffer) in Rows(b.pointer, rows: t, columns: heads * d, stride: stride) }
    let got = sameBits { team in
      let y = FloatBuffer(count: t * heads * d)
      let inverse = FloatBuffer(count: t * heads)
      let dx = FloatBuffer([Float](repeating: 1, count: t * heads * d))
      let dWeight = FloatBuffer([Float](repeating: 2, count: d))
      let (source, gradient) = (view(x), view(dy))
      team.run { w in
        RMSNorm.forward(
          w, x: source, heads: heads, weight: weight.pointer, weightOffset: variant.offset, epsilon: 1e-5,
          into: y.rows(t, heads * d), inverseRMS: inverse.pointer)
        RMSNorm.backward(
          w, dy: gradient, x: source, heads: heads, weight: weight.pointer, weightOffset: variant.offset,
          inverseRMS: inverse.pointer, into: dx.rows(t, heads * d), accumulate: true, dWeight: dWeight.pointer)
      }
      return y.array + dx.array + dWeight.array
    }
    let packed = { (b: FloatBuffer) in
      (0..<t).flatMap { b.array[$0 * stride..<$0 * stride + heads * d].map(Double.init) }
    }
    let n = t * heads * d
    let gradients = reference.backward(packed(dy), packed(x))
    expectClose(Array(got[..<n]), reference.forward(packed(x)), "y")
    expectClose(Array(got[n..<2 * n]), gradients.dx.map { $0 + 1 }, "dx")
    expectClose(Array(got[(2 * n)...]), gradients.dWeight.map { $0 + 2 }, "dWeight")
  }

  @Test(arguments: shapes) func layerNorm(shape: [Int]) {
    let (t, d) = (shape[0], shape[1])
    var random = TestRandom(31)
    // Far from zero: a variance from the mean of squares would lose its digits.
    let x = random.buffer(t * d, in: 50...53)
    let weight = random.buffer(d, in: 0.5...1.5)
    let bias = random.buffer(d)
    let dy = random.buffer(t * d)
    let reference = ReferenceLayerNorm(
      d: d, epsilon: 1e-5, weight: weight.array.doubles, bias: bias.array.doubles)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * d)
      let plain = FloatBuffer(count: t * d)
      let statistics = FloatBuffer(count: 2 * t)
      let dx = FloatBuffer([Float](repeating: 1, count: t * d))
      let dWeight = FloatBuffer([Float](repeating: 2, count: d))
      let dBias = FloatBuffer([Float](repeating: 3, count: d))
      team.run { w in
        LayerNorm.forward(
          w, x: x.rows(t, d), weight: weight.pointer, bias: bias.pointer, epsilon: 1e-5, into: y.rows(t, d),
          statistics: statistics.pointer)
        LayerNorm.forward(
          w, x: x.rows(t, d), weight: weight.pointer, bias: bias.pointer, epsilon: 1e-5, into: plain.rows(t, d),
          statistics: nil)
        LayerNorm.backward(
          w, dy: dy.rows(t, d), x: x.rows(t, d), weight: weight.pointer, statistics: statistics.pointer,
          into: dx.rows(t, d), accumulate: true, dWeight: dWeight.pointer, dBias: dBias.pointer)
      }
      #expect(y.array == plain.array)
      return y.array + dx.array + dWeight.array + dBias.array
    }
    let n = t * d
    let gradients = reference.backward(dy.array.doubles, x.array.doubles)
    expectClose(Array(got[..<n]), reference.forward(x.array.doubles), within: 1e-10, "y")
    expectClose(Array(got[n..<2 * n]), gradients.dx.map { $0 + 1 }, within: 1e-10, "dx")
    expectClose(Array(got[2 * n..<2 * n + d]), gradients.dWeight.map { $0 + 2 }, within: 1e-10, "dWeight")
    expectClose(Array(got[(2 * n + d)...]), gradients.dBias.map { $0 + 3 }, "dBias")
  }

  @Test func layerNormReferenceAgreesWithFiniteDifferences() {
    var random = TestRandom(32)
    let x = random.floats(3 * 5).doubles
    let dy = random.floats(3 * 5).doubles
    let weight = random.floats(5).doubles
    let bias = random.floats(5).doubles
    let loss = { (x: [Double], weight: [Double], bias: [Double]) in
      zip(ReferenceLayerNorm(d: 5, epsilon: 1e-3, weight: weight, bias: bias).forward(x), dy)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = ReferenceLayerNorm(d: 5, epsilon: 1e-3, weight: weight, bias: bias).backward(dy, x)
    expectGradient(gradients.dx, of: { loss($0, weight, bias) }, at: x)
    expectGradient(gradients.dWeight, of: { loss(x, $0, bias) }, at: weight)
    expectGradient(gradients.dBias, of: { loss(x, weight, $0) }, at: bias)
  }

  @Test func rmsNormReferenceAgreesWithFiniteDifferences() {
    var random = TestRandom(12)
    let x = random.floats(3 * 5).doubles
    let dy = random.floats(3 * 5).doubles
    let weight = random.floats(5).doubles
    let loss = { (x: [Double], weight: [Double]) in
      zip(ReferenceRMSNorm(d: 5, epsilon: 1e-3, weight: weight, offset: 1).forward(x), dy)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = ReferenceRMSNorm(d: 5, epsilon: 1e-3, weight: weight, offset: 1).backward(dy, x)
    expectGradient(gradients.dx, of: { loss($0, weight) }, at: x)
    expectGradient(gradients.dWeight, of: { loss(x, $0) }, at: weight)
  }

  @Test(arguments: [(20, 20), (32, 32), (64, 64), (6, 6), (64, 16), (80, 32), (20, 6)])
  func rope(headSize: Int, rotary: Int) {
    var random = TestRandom(15)
    let (t, heads) = (9, 3)
    let x = random.buffer(t * heads * headSize)
    let dy = random.buffer(t * heads * headSize)
    let positions: [Int32] = [0, 1, 2, 3, 0, 1, 70, 500, 1023]
    let frequencies = (0..<rotary / 2).map { powf(10_000, -2 * Float($0) / Float(rotary)) }
    let factor: Float = 1.25
    let table = RoPETable(inverseFrequencies: frequencies, attentionFactor: factor, maxPositions: 1024)
    #expect(table.rotaryDimensions == rotary)
    let got = sameBits { team in
      let turned = FloatBuffer(x.array)
      let gradient = FloatBuffer(dy.array)
      positions.withUnsafeBufferPointer { positions in
        let places = Pointer(positions.baseAddress.unsafelyUnwrapped)
        team.run { w in
          for (buffer, inverse) in [(turned, false), (gradient, true)] {
            RoPE.apply(
              w, x: buffer.rows(t, heads * headSize), headSize: headSize, positions: places.value, table: table,
              inverse: inverse)
          }
        }
      }
      return turned.array + gradient.array
    }
    let half = rotary / 2
    var wanted = x.array.doubles
    // The transpose of the same linear map.
    var gradient = dy.array.doubles
    for row in 0..<t {
      for head in 0..<heads {
        for j in 0..<half {
          let angle = Double(Float(positions[row]) * frequencies[j])
          let (c, s) = (Double(factor) * cos(angle), Double(factor) * sin(angle))
          let low = (row * heads + head) * headSize + j
          let (a, b) = (wanted[low], wanted[low + half])
          wanted[low] = a * c - b * s
          wanted[low + half] = b * c + a * s
          let (da, db) = (gradient[low], gradient[low + half])
          gradient[low] = da * c + db * s
          gradient[low + half] = db * c - da * s
        }
      }
    }
    expectClose(Array(got[..<x.count]), wanted, "turned")
    expectClose(Array(got[x.count...]), gradient, "gradient")
  }

  @Test func ropeOfAWholeHeadHasThetasFrequencies() {
    let table = RoPETable(headSize: 8, theta: 500_000, maxPositions: 3)
    #expect(table.rotaryDimensions == 8)
    for (pair, frequency) in table.inverseFrequencies.enumerated() {
      let wanted = pow(500_000, -Double(pair) / 4)
      #expect(abs(Double(frequency) - wanted) < 1e-6 * wanted)
      #expect(abs(Double(table.cosines[2 * 4 + pair]) - cos(2 * wanted)) < 1e-6)
      #expect(abs(Double(table.sines[2 * 4 + pair]) - sin(2 * wanted)) < 1e-6)
    }
  }

  @Test(arguments: [[1, 1], [5, 3], [6, 97], [3, 5000]], [nil, 20]) func crossEntropy(shape: [Int], softCap: Float?) {
    let (rows, n) = (shape[0], shape[1])
    var random = TestRandom(16)
    let logits = random.buffer(rows * n, in: -30...30)
    let targets = (0..<rows).map { $0 == 1 ? Int32(-1) : Int32($0 * 7 % n) }
    let scale: Float = 0.25
    let got = sameBits { team in
      let gradient = FloatBuffer(logits.array)
      let capped = FloatBuffer(logits.array)
      let losses = FloatBuffer([Float](repeating: 9, count: rows))
      let logProbabilities = FloatBuffer([Float](repeating: 9, count: rows))
      targets.withUnsafeBufferPointer { targets in
        let places = Pointer(targets.baseAddress.unsafelyUnwrapped)
        team.run { w in
          if let softCap { SoftCap.apply(w, x: capped.rows(rows, n), cap: softCap) }
          CrossEntropy.logProbabilities(
            w, logits: capped.rows(rows, n), targets: places.value, into: logProbabilities.pointer)
          CrossEntropy.forwardBackward(
            w, logits: gradient.rows(rows, n), targets: places.value, scale: scale, losses: losses.pointer,
            softCap: softCap)
        }
      }
      return losses.array + logProbabilities.array + gradient.array
    }
    let reference = ReferenceCrossEntropy(
      vocabulary: n, targets: targets.map(Int.init), softCap: softCap.map(Double.init))
    let wanted = reference.forwardBackward(logits.array.doubles)
    expectClose(Array(got[..<rows]), wanted.losses, "losses")
    expectClose(Array(got[rows..<2 * rows]), wanted.losses.map { -$0 }, "log-probabilities")
    expectClose(Array(got[(2 * rows)...]), wanted.gradient.map { Double(scale) * $0 }, "gradient")
  }

  @Test(arguments: [nil, 0.8]) func crossEntropyReferenceAgreesWithFiniteDifferences(softCap: Double?) {
    var random = TestRandom(17)
    let logits = random.floats(3 * 6).doubles
    let reference = ReferenceCrossEntropy(vocabulary: 6, targets: [2, -1, 5], softCap: softCap)
    expectGradient(
      reference.forwardBackward(logits).gradient, of: { reference.forwardBackward($0).losses.reduce(0, +) },
      at: logits)
  }

  @Test func aNaNLogitMakesTheLossNaN() {
    let logits = FloatBuffer([1, .nan, 2, 0, 1, 2, 3, 4, 5, 6, 7])
    let losses = FloatBuffer(count: 1)
    let targets: [Int32] = [0]
    targets.withUnsafeBufferPointer { targets in
      let places = Pointer(targets.baseAddress.unsafelyUnwrapped)
      WorkerTeam(threads: 2).run { w in
        CrossEntropy.forwardBackward(
          w, logits: logits.rows(1, 11), targets: places.value, scale: 1, losses: losses.pointer)
      }
    }
    #expect(losses.pointer[0].isNaN)
  }
}
