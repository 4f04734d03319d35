import Kernels
import Testing

/// Several products between the same barriers, and what only these take.
@Suite struct MatMulScheduleTests {
  /// Two layers with adapters that share an input, as a block computes them; then their gradients.
  @Test(arguments: [(61, 70, 96), (130, 96, 64), (7, 33, 17)]) func layersWithAdapters(
    t: Int, inputs: Int, outputs: Int
  ) {
    var random = TestRandom(4)
    let ranks = [5, 16]
    let x = random.buffer(t * inputs)
    let base = random.buffer(t * outputs)
    let weights = [
      random.weight(rows: outputs, columns: inputs, .bfloat16), random.weight(rows: outputs, columns: inputs, .float32),
    ]
    let a = ranks.map { random.buffer($0 * inputs) }
    let b = ranks.map { random.buffer(outputs * $0) }
    let dy = random.buffer(t * outputs)
    let got = sameBits { team in
      let u = ranks.map { FloatBuffer(count: t * $0) }
      let y = ranks.map { _ in FloatBuffer(count: t * outputs) }
      let gradB = ranks.map { FloatBuffer([Float](repeating: 0.25, count: outputs * $0)) }
      let dx = FloatBuffer(count: t * inputs)
      team.run { w in
        MatMul.run(
          w,
          [
            ranks.indices.map {
              .adapter(
                a: x.rows(t, inputs), b: a[$0].rows(ranks[$0], inputs), transposeB: true,
                into: u[$0].rows(t, ranks[$0]), scale: 2)
            },
            ranks.indices.map {
              .forward(
                x: x.rows(t, inputs), weight: weights[$0], into: y[$0].rows(t, outputs),
                base: $0 == 0 ? base.rows(t, outputs) : nil,
                lowRank: LowRankTerm(u: u[$0].rows(t, ranks[$0]), b: b[$0].rows(outputs, ranks[$0])))
            },
          ])
        MatMul.run(
          w,
          [
            ranks.indices.map {
              .product(
                a: dy.rows(t, outputs), transposeA: true, b: u[$0].rows(t, ranks[$0]),
                into: gradB[$0].rows(outputs, ranks[$0]), accumulate: true)
            },
            [
              .backwardInput(
                ranks.indices.map {
                  (
                    dy.rows(t, outputs), weights[$0],
                    LowRankInput(v: u[$0].rows(t, ranks[$0]), a: a[$0].rows(ranks[$0], inputs))
                  )
                }, into: dx.rows(t, inputs))
            ],
          ])
      }
      return (u + y + gradB + [dx]).flatMap(\.array)
    }
    func product(
      _ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int, transposeA: Bool = false, transposeB: Bool = false
    ) -> [Double] {
      referenceProduct(a, transposeA: transposeA, b, transposeB: transposeB, m: m, n: n, k: k)
    }
    let u = ranks.indices.map {
      product(x.array.doubles, a[$0].array.doubles, t, ranks[$0], inputs, transposeB: true).map { 2 * $0 }
    }
    let y = ranks.indices.map { place in
      let plain = product(
        x.array.doubles, weights[place].toFloats().doubles, t, outputs, inputs, transposeB: true)
      let low = product(u[place], b[place].array.doubles, t, outputs, ranks[place], transposeB: true)
      return zip(zip(plain, low), base.array).map { $0.0 + $0.1 + (place == 0 ? Double($1) : 0) }
    }
    let gradB = ranks.indices.map { place in
      product(dy.array.doubles, u[place], outputs, ranks[place], t, transposeA: true).map { 0.25 + $0 }
    }
    let dx = ranks.indices.reduce(into: [Double](repeating: 0, count: t * inputs)) { sum, place in
      let plain = product(dy.array.doubles, weights[place].toFloats().doubles, t, inputs, outputs)
      let low = product(u[place], a[place].array.doubles, t, inputs, ranks[place])
      for i in sum.indices { sum[i] += plain[i] + low[i] }
    }
    expectClose(got, (u + y + gradB + [dx]).flatMap { $0 })
  }

  /// Few rows are multiplied in another way than many, and of a deep sum many in slices: with the same bits.
  @Test(
    arguments: ProductArithmetic.allCases.filter(\.isAvailable), [WeightElement.float32, .bfloat16])
  func rowsAreTheSameInAnyCompany(arithmetic: ProductArithmetic, element: WeightElement) {
    var random = TestRandom(8)
    // The first product's weight is wide; the second's so deep that it is sliced.
    let (t, inputs, outputs, rank) = (780, 4801, 780, 7)
    let x = random.buffer(t * inputs)
    let a = random.buffer(rank * inputs)
    let b = random.buffer(outputs * rank)
    let base = random.buffer(t * outputs)
    let weights = [
      random.weight(rows: outputs, columns: inputs, element), random.weight(rows: outputs, columns: inputs, element),
    ]
    func rows(_ first: Int, _ count: Int) -> [[UInt32]] {
      let y = [FloatBuffer(count: count * outputs), FloatBuffer(count: count * outputs)]
      let u = FloatBuffer(count: count * rank)
      WorkerTeam(threads: 2).run { w in
        MatMul.run(
          w.multiplying(in: arithmetic),
          [
            [
              .adapter(
                a: Rows(x.pointer + first * inputs, rows: count, columns: inputs), b: a.rows(rank, inputs),
                transposeB: true, into: u.rows(count, rank), scale: 0.7)
            ],
            [
              .forward(
                x: Rows(x.pointer + first * inputs, rows: count, columns: inputs), weight: weights[0],
                into: y[0].rows(count, outputs),
                base: Rows(base.pointer + first * outputs, rows: count, columns: outputs),
                lowRank: LowRankTerm(u: u.rows(count, rank), b: b.rows(outputs, rank))),
              .forward(
                x: Rows(x.pointer + first * inputs, rows: count, columns: inputs), weight: weights[1],
                into: y[1].rows(count, outputs)),
            ],
          ])
      }
      return (y + [u]).map { $0.array.map(\.bitPattern) }
    }
    let all = rows(0, t)
    for (first, count) in [(11, 1), (500, 13), (3, 40), (100, 77), (7, 256), (9, 768)] {
      let some = rows(first, count)
      for (part, width) in [outputs, outputs, rank].enumerated() {
        let wanted = Array(all[part][first * width..<(first + count) * width])
        #expect(some[part] == wanted, "\(count) rows, product \(part)")
      }
    }
  }

  /// Results too large for the caches, in rows that are whole lines and in rows that are not.
  @Test(arguments: ProductArithmetic.allCases.filter(\.isAvailable), [66_000, 66_016])
  func largeResults(arithmetic: ProductArithmetic, outputs: Int) {
    var random = TestRandom(9)
    let (t, inputs) = (130, 8)
    let x = random.buffer(t * inputs)
    let weight = random.weight(rows: outputs, columns: inputs, .bfloat16)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * outputs)
      team.run { w in
        MatMul.forward(
          w.multiplying(in: arithmetic), x: x.rows(t, inputs), weight: weight, into: y.rows(t, outputs))
      }
      return y.array
    }
    let factors = arithmetic == .bfloat16 ? rounded(x.array) : x.array.doubles
    let w = weight.toFloats()
    var errors = 0
    for place in got.indices {
      let (row, column) = (place / outputs * inputs, place % outputs * inputs)
      var sum = 0.0
      for k in 0..<inputs { sum += factors[row + k] * Double(w[column + k]) }
      if abs(Double(got[place]) - sum) > 1e-5 { errors += 1 }
    }
    #expect(errors == 0)
  }

  /// More than is packed at once.
  @Test func inChunks() {
    var random = TestRandom(5)
    // More rows than columns: fewer are multiplied without packing the weight.
    let (t, inputs, outputs) = (41, 66_001, 40)
    let x = random.buffer(t * inputs)
    let weight = random.weight(rows: outputs, columns: inputs, .float32)
    let base = random.buffer(t * outputs)
    let got = sameBits { team in
      let y = FloatBuffer(count: t * outputs)
      team.run { w in
        MatMul.run(
          w,
          [[.forward(x: x.rows(t, inputs), weight: weight, into: y.rows(t, outputs), base: base.rows(t, outputs))]])
      }
      return y.array
    }
    let wanted = referenceProduct(
      x.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: true, m: t, n: outputs, k: inputs)
    expectClose(got, zip(wanted, base.array).map { $0 + Double($1) }, within: 1e-9)
  }

  /// A sum over so many rows of the weight that it is computed in stretches of them.
  @Test(arguments: [WeightElement.float32, .bfloat16], [false, true])
  func deepSums(element: WeightElement, accumulate: Bool) {
    var random = TestRandom(7)
    let (t, inputs, outputs) = (3, 41, 66_001)
    let dy = random.buffer(t * outputs)
    let weight = random.weight(rows: outputs, columns: inputs, element)
    let got = sameBits { team in
      let dx = FloatBuffer([Float](repeating: 0.5, count: t * inputs))
      team.run { w in
        MatMul.backwardInput(
          w, dy: dy.rows(t, outputs), weight: weight, into: dx.rows(t, inputs), accumulate: accumulate)
      }
      return dx.array
    }
    let wanted = referenceProduct(
      dy.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: false, m: t, n: inputs, k: outputs)
    // Rounding grows with the root of the number of addends, and so do the sums.
    for (value, expected) in zip(got, wanted) {
      #expect(abs(Double(value) - expected - (accumulate ? 0.5 : 0)) < 1e-5 * Double(outputs).squareRoot())
    }
  }

  /// A gradient of so large a rank that it is not computed from its other side.
  @Test(arguments: [1, 3, 8, 16, 40, 90]) func gradientOfRank(rank: Int) {
    var random = TestRandom(6)
    let (t, outputs) = (77, 101)
    let dy = random.buffer(t * outputs)
    let u = random.buffer(t * rank)
    let got = sameBits { team in
      let gradient = FloatBuffer(count: outputs * rank)
      team.run { w in
        MatMul.product(
          w, a: dy.rows(t, outputs), transposeA: true, b: u.rows(t, rank), transposeB: false,
          into: gradient.rows(outputs, rank), scale: 0.5)
      }
      return gradient.array
    }
    let wanted = referenceProduct(
      dy.array.doubles, transposeA: true, u.array.doubles, transposeB: false, m: outputs, n: rank, k: t)
    expectClose(got, wanted.map { $0 / 2 })
  }
}
