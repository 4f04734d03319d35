import Foundation
import Kernels
import Testing

/// Row-wise operations against their definitions in double precision, at sizes that end between vectors.
@Suite struct RowOperationTests {
  static let shapes = [[1, 1], [7, 5], [13, 33], [3, 200], [40, 704]]

  @Test(arguments: shapes) func rmsNorm(shape: [Int]) {
    let (t, d) = (shape[0], shape[1])
    var random = TestRandom(11)
    let x = random.buffer(t * d, in: -3...3)
    let weight = random.buffer(d, in: 0.5...1.5)
    let dy = random.buffer(t * d)
    let reference = ReferenceRMSNorm(d: d, epsilon: 1e-5, weight: weight.array.doubles)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * d)
      let inverse = FloatBuffer(count: t)
      let dx = FloatBuffer([Float](repeating: 1, count: t * d))
      let dWeight = FloatBuffer([Float](repeating: 2, count: d))
      team.run { w in
        RMSNorm.forward(
          w, x: x.rows(t, d), weight: weight.pointer, epsilon: 1e-5, into: y.rows(t, d), inverseRMS: inverse.pointer)
        RMSNorm.backward(
          w, dy: dy.rows(t, d), x: x.rows(t, d), weight: weight.pointer, inverseRMS: inverse.pointer,
          into: dx.rows(t, d), accumulate: true, dWeight: dWeight.pointer)
      }
      return y.array + dx.array + dWeight.array
    }
    let gradients = reference.backward(dy.array.doubles, x.array.doubles)
    expectClose(Array(got[..<(t * d)]), reference.forward(x.array.doubles), "y")
    expectClose(Array(got[(t * d)..<(2 * t * d)]), gradients.dx.map { $0 + 1 }, "dx")
    expectClose(Array(got[(2 * t * d)...]), gradients.dWeight.map { $0 + 2 }, "dWeight")
  }

  @Test func rmsNormReferenceAgreesWithFiniteDifferences() {
    var random = TestRandom(12)
    let x = random.floats(3 * 5).doubles
    let dy = random.floats(3 * 5).doubles
    let weight = random.floats(5).doubles
    let loss = { (x: [Double], weight: [Double]) in
      zip(ReferenceRMSNorm(d: 5, epsilon: 1e-3, weight: weight).forward(x), dy).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = ReferenceRMSNorm(d: 5, epsilon: 1e-3, weight: weight).backward(dy, x)
    expectGradient(gradients.dx, of: { loss($0, weight) }, at: x)
    expectGradient(gradients.dWeight, of: { loss(x, $0) }, at: weight)
  }

  @Test(arguments: shapes) func swiGLU(shape: [Int]) {
    let (t, d) = (shape[0], shape[1])
    var random = TestRandom(13)
    let gate = random.buffer(t * d, in: -20...20)
    let up = random.buffer(t * d)
    let dy = random.buffer(t * d)
    let got = sameBits { team in
      let out = FloatBuffer(count: t * d)
      // The gradients lie where the inputs lay.
      let dGate = FloatBuffer(gate.array)
      let dUp = FloatBuffer(up.array)
      team.run { w in
        SwiGLU.forward(w, gate: gate.rows(t, d), up: up.rows(t, d), into: out.rows(t, d))
        SwiGLU.backward(
          w, dy: dy.rows(t, d), gate: dGate.rows(t, d), up: dUp.rows(t, d), dGate: dGate.rows(t, d),
          dUp: dUp.rows(t, d))
      }
      return out.array + dGate.array + dUp.array
    }
    let reference = ReferenceSwiGLU.self
    let (g, u, dOut) = (gate.array.doubles, up.array.doubles, dy.array.doubles)
    let gradients = reference.backward(dOut, g, u)
    expectClose(Array(got[..<(t * d)]), reference.forward(g, u), "out")
    expectClose(Array(got[(t * d)..<(2 * t * d)]), gradients.dGate, "dGate")
    expectClose(Array(got[(2 * t * d)...]), gradients.dUp, "dUp")
  }

  @Test func swiGLUReferenceAgreesWithFiniteDifferences() {
    var random = TestRandom(14)
    let gate = random.floats(9, in: -3...3).doubles
    let up = random.floats(9).doubles
    let dy = random.floats(9).doubles
    let loss = { (g: [Double], u: [Double]) in
      zip(ReferenceSwiGLU.forward(g, u), dy).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradients = ReferenceSwiGLU.backward(dy, gate, up)
    expectGradient(gradients.dGate, of: { loss($0, up) }, at: gate)
    expectGradient(gradients.dUp, of: { loss(gate, $0) }, at: up)
  }

  @Test(arguments: [20, 32, 64, 6]) func rope(headSize: Int) {
    var random = TestRandom(15)
    let (t, heads) = (9, 3)
    let x = random.buffer(t * heads * headSize)
    let positions: [Int32] = [0, 1, 2, 3, 0, 1, 70, 500, 1023]
    let table = RoPETable(headSize: headSize, theta: 10_000, maxPositions: 8)
    table.ensure(positions: 1024)
    let got = sameBits { team in
      let turned = FloatBuffer(x.array)
      let back = FloatBuffer(x.array)
      positions.withUnsafeBufferPointer { positions in
        let places = Pointer(positions.baseAddress.unsafelyUnwrapped)
        team.run { w in
          for (buffer, inverse) in [(turned, false), (back, false), (back, true)] {
            RoPE.apply(
              w, x: buffer.rows(t, heads * headSize), headSize: headSize, positions: places.value, table: table,
              inverse: inverse)
          }
        }
      }
      return turned.array + back.array
    }
    let half = headSize / 2
    var wanted = x.array.doubles
    for row in 0..<t {
      for head in 0..<heads {
        for j in 0..<half {
          let angle = Double(positions[row]) * pow(10_000, -2 * Double(j) / Double(headSize))
          let low = (row * heads + head) * headSize + j
          let (a, b) = (wanted[low], wanted[low + half])
          wanted[low] = a * cos(angle) - b * sin(angle)
          wanted[low + half] = b * cos(angle) + a * sin(angle)
        }
      }
    }
    expectClose(Array(got[..<x.count]), wanted, "turned")
    expectClose(Array(got[x.count...]), x.array.doubles, "turned back")
  }

  @Test(arguments: [[1, 1], [5, 3], [6, 97], [3, 5000]]) func crossEntropy(shape: [Int]) {
    let (rows, n) = (shape[0], shape[1])
    var random = TestRandom(16)
    let logits = random.buffer(rows * n, in: -30...30)
    let targets = (0..<rows).map { $0 == 1 ? Int32(-1) : Int32($0 * 7 % n) }
    let scale: Float = 0.25
    let got = sameBits { team in
      let gradient = FloatBuffer(logits.array)
      let losses = FloatBuffer([Float](repeating: 9, count: rows))
      let logProbabilities = FloatBuffer([Float](repeating: 9, count: rows))
      targets.withUnsafeBufferPointer { targets in
        let places = Pointer(targets.baseAddress.unsafelyUnwrapped)
        team.run { w in
          CrossEntropy.logProbabilities(
            w, logits: logits.rows(rows, n), targets: places.value, into: logProbabilities.pointer)
          CrossEntropy.forwardBackward(
            w, logits: gradient.rows(rows, n), targets: places.value, scale: scale, losses: losses.pointer)
        }
      }
      return losses.array + logProbabilities.array + gradient.array
    }
    let reference = ReferenceCrossEntropy(vocabulary: n, targets: targets.map(Int.init))
    let wanted = reference.forwardBackward(logits.array.doubles)
    expectClose(Array(got[..<rows]), wanted.losses, "losses")
    expectClose(Array(got[rows..<2 * rows]), wanted.losses.map { -$0 }, "log-probabilities")
    expectClose(Array(got[(2 * rows)...]), wanted.gradient.map { Double(scale) * $0 }, "gradient")
  }

  @Test func crossEntropyReferenceAgreesWithFiniteDifferences() {
    var random = TestRandom(17)
    let logits = random.floats(3 * 6).doubles
    let reference = ReferenceCrossEntropy(vocabulary: 6, targets: [2, -1, 5])
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
