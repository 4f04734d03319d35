import Kernels
import Testing

/// Odd shapes on purpose: nothing is a multiple of a tile or of a vector.
@Suite struct MatMulTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var t: Int
    var inputs: Int
    var outputs: Int
    var testDescription: String { "\(t)×\(inputs)×\(outputs)" }
    init(_ t: Int, _ inputs: Int, _ outputs: Int) {
      self.t = t
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  static let shapes = [
    Shape(1, 1, 1), Shape(1, 96, 97), Shape(7, 33, 17), Shape(13, 259, 61), Shape(130, 96, 192), Shape(61, 530, 16),
    Shape(16, 300, 97), Shape(200, 5, 40), Shape(50, 270, 8), Shape(8, 300, 40), Shape(29, 33, 3),
  ]

  @Test(arguments: shapes, [WeightElement.float32, .bfloat16]) func forwardWithLowRank(
    shape: Shape, element: WeightElement
  ) {
    var random = TestRandom(1)
    let rank = 5
    let x = random.buffer(shape.t * shape.inputs)
    let weight = random.weight(rows: shape.outputs, columns: shape.inputs, element)
    let u = random.buffer(shape.t * rank)
    let b = random.buffer(shape.outputs * rank)
    let plain = referenceProduct(
      x.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: true, m: shape.t, n: shape.outputs,
      k: shape.inputs)
    let low = referenceProduct(
      u.array.doubles, transposeA: false, b.array.doubles, transposeB: true, m: shape.t, n: shape.outputs, k: rank)
    let term = LowRankTerm(u: u.rows(shape.t, rank), b: b.rows(shape.outputs, rank))
    defer { withExtendedLifetime((u, b)) {} }
    for accumulate in [false, true] {
      for lowRank in [nil, term] {
        let initial: Float = accumulate ? 0.5 : 0
        let got = sameBits { team in
          let y = FloatBuffer([Float](repeating: 0.5, count: shape.t * shape.outputs))
          team.run {
            MatMul.forward(
              $0, x: x.rows(shape.t, shape.inputs), weight: weight, into: y.rows(shape.t, shape.outputs),
              accumulate: accumulate, lowRank: lowRank)
          }
          return y.array
        }
        let wanted = zip(plain, low).map { $0 + Double(initial) + (lowRank == nil ? 0 : $1) }
        expectClose(got, wanted, "accumulate \(accumulate), low rank \(lowRank != nil)")
      }
    }
  }

  @Test(arguments: shapes, [WeightElement.float32, .bfloat16]) func backwardInput(shape: Shape, element: WeightElement)
  {
    var random = TestRandom(2)
    let rank = 3
    let dy = random.buffer(shape.t * shape.outputs)
    let weight = random.weight(rows: shape.outputs, columns: shape.inputs, element)
    let v = random.buffer(shape.t * rank)
    let a = random.buffer(rank * shape.inputs)
    let plain = referenceProduct(
      dy.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: false, m: shape.t, n: shape.inputs,
      k: shape.outputs)
    let low = referenceProduct(
      v.array.doubles, transposeA: false, a.array.doubles, transposeB: false, m: shape.t, n: shape.inputs, k: rank)
    let got = sameBits { team in
      let dx = FloatBuffer([Float](repeating: 0.25, count: shape.t * shape.inputs))
      team.run {
        MatMul.backwardInput(
          $0, dy: dy.rows(shape.t, shape.outputs), weight: weight, into: dx.rows(shape.t, shape.inputs),
          accumulate: true, lowRank: LowRankInput(v: v.rows(shape.t, rank), a: a.rows(rank, shape.inputs)))
      }
      return dx.array
    }
    expectClose(got, zip(plain, low).map { $0 + $1 + 0.25 })
  }

  @Test(arguments: shapes, [false, true]) func product(shape: Shape, transposeA: Bool) {
    var random = TestRandom(3)
    let (m, k, n) = (shape.t, shape.inputs, shape.outputs)
    for transposeB in [false, true] {
      let a = random.buffer(m * k)
      let b = random.buffer(k * n)
      let wanted = referenceProduct(
        a.array.doubles, transposeA: transposeA, b.array.doubles, transposeB: transposeB, m: m, n: n, k: k)
      let got = sameBits { team in
        let c = FloatBuffer([Float](repeating: 2, count: m * n))
        team.run {
          MatMul.product(
            $0, a: transposeA ? a.rows(k, m) : a.rows(m, k), transposeA: transposeA,
            b: transposeB ? b.rows(n, k) : b.rows(k, n), transposeB: transposeB, into: c.rows(m, n), scale: 0.75,
            accumulate: true)
        }
        return c.array
      }
      expectClose(got, wanted.map { 0.75 * $0 + 2 })
    }
  }

  @Test func stridedViewsKeepWhatLiesBetween() {
    var random = TestRandom(4)
    let x = random.buffer(9 * 50)
    let weight = random.weight(rows: 20, columns: 30, .float32)
    let y = FloatBuffer([Float](repeating: 7, count: 9 * 70))
    let view = Rows(y.pointer + 10, rows: 9, columns: 20, stride: 70)
    defer { withExtendedLifetime(y) {} }
    WorkerTeam(threads: 2).run {
      MatMul.forward($0, x: Rows(x.pointer + 5, rows: 9, columns: 30, stride: 50), weight: weight, into: view)
    }
    let values = y.array
    for t in 0..<9 {
      #expect((0..<10).allSatisfy { values[t * 70 + $0] == 7 } && (30..<70).allSatisfy { values[t * 70 + $0] == 7 })
    }
    let gathered = (0..<9).flatMap { t in (0..<30).map { Double(x.pointer[t * 50 + 5 + $0]) } }
    let wanted = referenceProduct(
      gathered, transposeA: false, weight.toFloats().doubles, transposeB: true, m: 9, n: 20, k: 30)
    expectClose((0..<9).flatMap { t in (0..<20).map { values[t * 70 + 10 + $0] } }, wanted)
  }

  @Test func aRowIsTheSameAloneAndInABatch() {
    var random = TestRandom(5)
    let x = random.buffer(40 * 300)
    let weight = random.weight(rows: 100, columns: 300, .bfloat16)
    let streamed = StreamedLinears([StreamedLinear(weight: weight, column: 0)], rows: 40)
    func rows(_ count: Int, from first: Int, _ streams: Bool) -> [UInt32] {
      let y = FloatBuffer(count: count * 100)
      WorkerTeam(threads: 2).run { w in
        let view = Rows(x.pointer + first * 300, rows: count, columns: 300)
        if streams {
          streamed.forward(w, x: view, into: y.rows(count, 100))
        } else {
          MatMul.forward(w, x: view, weight: weight, into: y.rows(count, 100))
        }
      }
      return y.array.map(\.bitPattern)
    }
    for streams in [false, true] {
      let all = rows(40, from: 0, streams)
      // Each of the ways in which so many rows are multiplied.
      for count in [1, 2, 5, 8, 9, 16, 17, 33] {
        #expect(Array(all[700..<(7 + count) * 100]) == rows(count, from: 7, streams))
      }
    }
  }

  @Test func depthZeroClearsOrKeeps() {
    let c = FloatBuffer([3, 3, 3, 3])
    let empty = FloatBuffer(count: 0)
    let team = WorkerTeam(threads: 2)
    team.run {
      MatMul.product(
        $0, a: empty.rows(2, 0), transposeA: false, b: empty.rows(0, 2), transposeB: false, into: c.rows(2, 2),
        accumulate: true)
    }
    #expect(c.array == [3, 3, 3, 3])
    team.run {
      MatMul.product(
        $0, a: empty.rows(2, 0), transposeA: false, b: empty.rows(0, 2), transposeB: false, into: c.rows(2, 2))
    }
    #expect(c.array == [0, 0, 0, 0])
  }
}
