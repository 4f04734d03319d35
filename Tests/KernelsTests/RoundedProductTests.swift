import Kernels
import Testing

/// Products by frozen weights, and by adapters beside them, in bfloat16: the sums of rounded factors, which a reference in Double computes as well.
@Suite(.enabled(if: ProductArithmetic.bfloat16.isAvailable)) struct RoundedProductTests {
  @Test(arguments: MatMulTests.shapes, [WeightElement.float32, .bfloat16])
  func forward(shape: MatMulTests.Shape, element: WeightElement) {
    var random = TestRandom(11)
    let (t, inputs, outputs, rank) = (shape.t, shape.inputs, shape.outputs, 5)
    let x = random.buffer(t * inputs)
    let weight = random.weight(rows: outputs, columns: inputs, element)
    let base = random.buffer(t * outputs)
    let u = random.buffer(t * rank)
    let b = random.buffer(outputs * rank)
    let term = LowRankTerm(u: u.rows(t, rank), b: b.rows(outputs, rank))
    defer { withExtendedLifetime((u, b)) {} }
    let got = sameBits { team in
      let y = FloatBuffer(count: t * outputs)
      team.run { w in
        MatMul.run(
          w.multiplying(in: .bfloat16),
          [
            [
              .forward(
                x: x.rows(t, inputs), weight: weight, into: y.rows(t, outputs), base: base.rows(t, outputs),
                lowRank: term)
            ]
          ])
      }
      return y.array
    }
    let low = referenceProduct(
      rounded(u.array), transposeA: false, rounded(b.array), transposeB: true, m: t, n: outputs, k: rank)
    let plain = referenceProduct(
      rounded(x.array), transposeA: false, rounded(weight.toFloats()), transposeB: true, m: t, n: outputs, k: inputs)
    expectClose(got, zip(zip(plain, low), base.array).map { $0.0 + $0.1 + Double($1) })
  }

  @Test(arguments: MatMulTests.shapes, [WeightElement.float32, .bfloat16])
  func backwardInput(shape: MatMulTests.Shape, element: WeightElement) {
    var random = TestRandom(12)
    let (t, inputs, outputs, rank) = (shape.t, shape.inputs, shape.outputs, 3)
    let weights = [0, 1].map { _ in random.weight(rows: outputs, columns: inputs, element) }
    // The first two share their left-hand side.
    let dy = [random.buffer(t * outputs), random.buffer(t * outputs)]
    let v = random.buffer(t * rank)
    let a = random.buffer(rank * inputs)
    let got = sameBits { team in
      let dx = FloatBuffer([Float](repeating: 0.25, count: t * inputs))
      team.run { w in
        MatMul.run(
          w.multiplying(in: .bfloat16),
          [
            [
              .backwardInput(
                [
                  (dy[0].rows(t, outputs), weights[0], nil),
                  (dy[0].rows(t, outputs), weights[1], LowRankInput(v: v.rows(t, rank), a: a.rows(rank, inputs))),
                  (dy[1].rows(t, outputs), weights[0], nil),
                ], into: dx.rows(t, inputs), accumulate: true)
            ]
          ])
      }
      return dx.array
    }
    func product(_ dy: FloatBuffer, _ weight: WeightMatrix) -> [Double] {
      referenceProduct(
        rounded(dy.array), transposeA: false, rounded(weight.toFloats()), transposeB: false, m: t, n: inputs,
        k: outputs)
    }
    let low = referenceProduct(
      rounded(v.array), transposeA: false, rounded(a.array), transposeB: false, m: t, n: inputs, k: rank)
    let addends = [product(dy[0], weights[0]), product(dy[0], weights[1]), product(dy[1], weights[0]), low]
    expectClose(got, low.indices.map { i in addends.reduce(0.25) { $0 + $1[i] } })
  }

  /// An adapter's own products, of every width of tile; the first beside a weight's, with which it shares what is rounded of x.
  @Test(arguments: [1, 8, 16, 17, 40, 385, 801], [(61, 70, 96), (130, 96, 64), (7, 33, 17)])
  func adapters(rank: Int, shape: (t: Int, inputs: Int, outputs: Int)) {
    var random = TestRandom(16)
    let (t, inputs, outputs) = shape
    let x = random.buffer(t * inputs)
    let dy = random.buffer(t * outputs)
    let a = random.buffer(rank * inputs)
    let b = random.buffer(outputs * rank)
    let weight = random.weight(rows: outputs, columns: inputs, .bfloat16)
    let got = sameBits { team in
      let u = FloatBuffer(count: t * rank)
      let v = FloatBuffer(count: t * rank)
      let y = FloatBuffer(count: t * outputs)
      team.run { w in
        MatMul.run(
          w.multiplying(in: .bfloat16),
          [
            [
              .adapter(a: x.rows(t, inputs), b: a.rows(rank, inputs), transposeB: true, into: u.rows(t, rank), scale: 2)
            ],
            [
              .adapter(a: dy.rows(t, outputs), b: b.rows(outputs, rank), into: v.rows(t, rank), scale: 0.5),
              .forward(
                x: x.rows(t, inputs), weight: weight, into: y.rows(t, outputs),
                lowRank: LowRankTerm(u: u.rows(t, rank), b: b.rows(outputs, rank))),
            ],
          ])
      }
      return [u, v, y].flatMap(\.array)
    }
    func product(_ a: [Double], _ b: [Double], _ n: Int, _ k: Int, transposeB: Bool) -> [Double] {
      referenceProduct(a, transposeA: false, b, transposeB: transposeB, m: t, n: n, k: k)
    }
    let u = product(rounded(x.array), rounded(a.array), rank, inputs, transposeB: true).map { 2 * $0 }
    let v = product(rounded(dy.array), rounded(b.array), rank, outputs, transposeB: false).map { 0.5 * $0 }
    expectClose(Array(got[..<(2 * t * rank)]), u + v)
    // u is rounded as it was computed.
    let plain = product(rounded(x.array), rounded(weight.toFloats()), outputs, inputs, transposeB: true)
    let low = product(rounded(Array(got[..<(t * rank)])), rounded(b.array), outputs, rank, transposeB: true)
    expectClose(Array(got[(2 * t * rank)...]), zip(plain, low).map(+))
  }

  /// More panels than are packed at once, and rows that are rounded once for all of them.
  @Test func inChunks() {
    var random = TestRandom(13)
    let (t, inputs, outputs) = (41, 132_001, 40)
    let x = random.buffer(t * inputs)
    let base = random.buffer(t * outputs)
    let weight = random.weight(rows: outputs, columns: inputs, .bfloat16)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * outputs)
      team.run {
        MatMul.run(
          $0.multiplying(in: .bfloat16),
          [[.forward(x: x.rows(t, inputs), weight: weight, into: y.rows(t, outputs), base: base.rows(t, outputs))]])
      }
      return y.array
    }
    let wanted = referenceProduct(
      rounded(x.array), transposeA: false, weight.toFloats().doubles, transposeB: true, m: t, n: outputs,
      k: inputs)
    expectClose(got, zip(wanted, base.array).map { $0 + Double($1) }, within: 1e-9)
  }

  /// A sum over so many rows of the weight that it is computed in stretches of them.
  @Test(arguments: [WeightElement.float32, .bfloat16]) func deepSums(element: WeightElement) {
    var random = TestRandom(14)
    let (t, inputs, outputs) = (3, 41, 132_001)
    let dy = random.buffer(t * outputs)
    let weight = random.weight(rows: outputs, columns: inputs, element)
    let got = sameBits { team in
      let dx = FloatBuffer(count: t * inputs)
      team.run {
        MatMul.backwardInput(
          $0.multiplying(in: .bfloat16), dy: dy.rows(t, outputs), weight: weight, into: dx.rows(t, inputs))
      }
      return dx.array
    }
    let wanted = referenceProduct(
      rounded(dy.array), transposeA: false, rounded(weight.toFloats()), transposeB: false, m: t, n: inputs,
      k: outputs)
    for (value, expected) in zip(got, wanted) {
      #expect(abs(Double(value) - expected) < 1e-5 * Double(outputs).squareRoot())
    }
  }

  /// A region may do both, and a worker that was not told otherwise does not round.
  @Test func onlyWhereAskedFor() {
    var random = TestRandom(15)
    let (t, inputs, outputs) = (20, 64, 48)
    let x = random.buffer(t * inputs)
    let weight = random.weight(rows: outputs, columns: inputs, .bfloat16)
    let y = [FloatBuffer(count: t * outputs), FloatBuffer(count: t * outputs)]
    WorkerTeam(threads: 2).run { w in
      MatMul.forward(
        w.multiplying(in: .bfloat16), x: x.rows(t, inputs), weight: weight, into: y[0].rows(t, outputs))
      MatMul.forward(w, x: x.rows(t, inputs), weight: weight, into: y[1].rows(t, outputs))
    }
    let exact = referenceProduct(
      x.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: true, m: t, n: outputs, k: inputs)
    expectClose(y[1].array, exact)
    let error = normalisedError(y[0].array, exact)
    #expect(error > 1e-8 && error < 1e-5)
  }
}
