import Kernels
import Testing

@Suite struct ElementwiseTests {
  @Test func addScaleCopyFill() {
    var random = TestRandom(21)
    let a = random.buffer(7 * 13)
    let b = random.buffer(7 * 13)
    let got = sameBits { team in
      let x = FloatBuffer(a.array)
      let y = FloatBuffer(count: 7 * 13)
      let z = FloatBuffer(count: 7 * 13)
      let biased = FloatBuffer(a.array)
      team.run { w in
        Elementwise.add(w, into: x.rows(7, 13), b.rows(7, 13))
        Elementwise.copy(w, from: x.rows(7, 13), into: y.rows(7, 13))
        Elementwise.scale(w, y.rows(7, 13), 3)
        Elementwise.add(w, into: biased.rows(7, 13), row: b.pointer + 5)
        Elementwise.fill(w, Rows(z.pointer + 2, rows: 7, columns: 9, stride: 13), 4)
      }
      return x.array + y.array + z.array + biased.array
    }
    let sums = zip(a.array, b.array).map { $0 + $1 }
    let filled = (0..<91).map { (2..<11).contains($0 % 13) ? Float(4) : 0 }
    let biased = (0..<91).map { a.array[$0] + b.array[5 + $0 % 13] }
    #expect(got == sums + sums.map { $0 * 3 } + filled + biased)
  }

  @Test(arguments: [1, 17, 100_001]) func adamW(count: Int) {
    var random = TestRandom(22)
    let parameters = random.floats(count)
    let gradients = random.buffer(count)
    let first = random.floats(count)
    let second = random.floats(count, in: 0...1)
    let step = AdamWStep(
      learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, biasCorrection1: 0.36,
      biasCorrection2: 0.0975, gradientScale: 0.5)
    let got = sameBits { team in
      let (p, m, v) = (FloatBuffer(parameters), FloatBuffer(first), FloatBuffer(second))
      team.run {
        AdamW.step(
          $0, parameters: p.pointer, gradients: gradients.pointer, firstMoment: m.pointer, secondMoment: v.pointer,
          count: count, step)
      }
      return p.array + m.array + v.array
    }
    var wanted: (p: [Double], m: [Double], v: [Double]) = ([], [], [])
    for i in 0..<count {
      let g = Double(gradients.pointer[i]) * 0.5
      let m = 0.8 * Double(first[i]) + 0.2 * g
      let v = 0.95 * Double(second[i]) + 0.05 * g * g
      let update = 0.01 / 0.36 * m / ((v / 0.0975).squareRoot() + 1e-6)
      wanted.p.append(Double(parameters[i]) * (1 - 0.01 * 0.1) - update)
      wanted.m.append(m)
      wanted.v.append(v)
    }
    expectClose(got, wanted.p + wanted.m + wanted.v)
  }

  @Test(arguments: [WeightElement.float32, .bfloat16]) func embedding(element: WeightElement) {
    var random = TestRandom(23)
    let table = random.weight(rows: 50, columns: 19, element)
    let tokens: [Int32] = [3, 49, 3, 0, 17, 3, 33, 1]
    let dx = random.buffer(8 * 19)
    let got = sameBits { team in
      let out = FloatBuffer(count: 8 * 19)
      let twice = FloatBuffer(count: 8 * 19)
      let dTable = FloatBuffer([Float](repeating: 1, count: 50 * 19))
      tokens.withUnsafeBufferPointer { tokens in
        let ids = Pointer(tokens.baseAddress.unsafelyUnwrapped)
        team.run { w in
          Embedding.forward(w, tokens: ids.value, count: 8, table: table, into: out.rows(8, 19))
          Embedding.forward(w, tokens: ids.value, count: 8, table: table, into: twice.rows(8, 19))
          Embedding.forward(w, tokens: ids.value + 1, count: 7, table: table, into: twice.rows(7, 19), accumulate: true)
          Embedding.backward(w, tokens: ids.value, dx: dx.rows(8, 19), into: dTable.rows(50, 19))
        }
      }
      return out.array + dTable.array + twice.array
    }
    let values = table.toFloats()
    #expect(Array(got[..<(8 * 19)]) == tokens.flatMap { values[Int($0) * 19..<(Int($0) + 1) * 19] })
    var wanted = [Double](repeating: 1, count: 50 * 19)
    for (t, token) in tokens.enumerated() {
      for j in 0..<19 { wanted[Int(token) * 19 + j] += Double(dx.pointer[t * 19 + j]) }
    }
    expectClose(Array(got[(8 * 19)..<(58 * 19)]), wanted)
    let first = got[..<(8 * 19)]
    #expect(Array(got[(58 * 19)...]) == zip(first, first.dropFirst(19) + [Float](repeating: 0, count: 19)).map(+))
  }

  @Test func dropoutIsCountedAndRepeatable() {
    let (t, d) = (300, 101)
    let ones = FloatBuffer([Float](repeating: 1, count: t * d))
    func mask(_ rate: Float, step: UInt64, stream: UInt64, seed: UInt64 = 5) -> [Float] {
      sameBits { team in
        let out = FloatBuffer(count: t * d)
        team.run {
          Dropout.apply($0, ones.rows(t, d), into: out.rows(t, d), rate: rate, seed: seed, step: step, stream: stream)
        }
        return out.array
      }
    }
    let first = mask(0.3, step: 1, stream: 2)
    let dropped = Double(first.filter { $0 == 0 }.count) / Double(t * d)
    #expect(abs(dropped - 0.3) < 0.02)
    #expect(first.allSatisfy { $0 == 0 || $0 == 1 / (1 - 0.3 as Float) })
    #expect(first == mask(0.3, step: 1, stream: 2))
    for other in [mask(0.3, step: 2, stream: 2), mask(0.3, step: 1, stream: 3), mask(0.3, step: 1, stream: 2, seed: 6)]
    {
      let agreeing = Double(zip(first, other).filter { $0 == $1 }.count) / Double(t * d)
      #expect(abs(agreeing - 0.58) < 0.03, "masks of different counters are independent")
    }
    #expect(mask(0, step: 1, stream: 1) == ones.array)
  }

  @Test(arguments: [0, 1, 4097, 300_000]) func reductions(count: Int) {
    var random = TestRandom(24)
    let x = random.buffer(count)
    let wanted = x.array.reduce(0.0) { $0 + Double($1) * Double($1) }
    for threads in [1, 2, 3] {
      let results = FloatBuffer(count: 2 * threads)
      let team = WorkerTeam(threads: threads)
      team.run { w in
        results.pointer[2 * w.index] = Reduction.sumOfSquares(w, x.pointer, count)
        results.pointer[2 * w.index + 1] = Reduction.isFinite(w, x.pointer, count) ? 1 : 0
      }
      for worker in 0..<threads {
        #expect(abs(Double(results.pointer[2 * worker]) - wanted) <= 1e-6 * wanted)
        #expect(results.pointer[2 * worker] == results.pointer[0])
        #expect(results.pointer[2 * worker + 1] == 1)
      }
    }
    guard count > 0 else { return }
    for bad in [Float.nan, .infinity, -.infinity] {
      x.pointer[count - 1] = bad
      let found = FloatBuffer(count: 2)
      WorkerTeam(threads: 2).run { found.pointer[$0.index] = Reduction.isFinite($0, x.pointer, count) ? 0 : 1 }
      #expect(found.array == [1, 1])
    }
  }

  @Test func weightsWidenExactly() {
    let weight = WeightMatrix(rows: 1, columns: 3, element: .bfloat16)
    let halves = weight.base.assumingMemoryBound(to: UInt16.self)
    (halves[0], halves[1], halves[2]) = (0x3F80, 0xC049, 0x0001)
    #expect(weight.toFloats() == [1, -3.140625, Float(bitPattern: 0x0001_0000)])
    #expect(weight.byteCount == 6)
  }
}
