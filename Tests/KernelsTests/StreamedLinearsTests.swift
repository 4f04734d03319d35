import Foundation
import Kernels
import MicrokernelTable
import Testing

/// Against the same operations one after the other, at odd shapes.
@Suite struct StreamedLinearsTests {
  /// Three parts side by side, the second one without an adapter, each with its own rank.
  @Test(arguments: [WeightElement.float32, .bfloat16], [1, 2, 3, 4, 11]) func partsSideBySide(
    element: WeightElement, rows: Int
  ) {
    var random = TestRandom(11)
    let depth = 77
    let sizes = [130, 17, 40]
    let ranks = [5, 0, 16]
    let scale: Float = 0.7
    let x = random.buffer(rows * depth)
    let norm = random.buffer(depth)
    let weights = sizes.map { random.weight(rows: $0, columns: depth, element) }
    let biases = sizes.map { random.buffer($0) }
    let adapters = zip(sizes, ranks).map { size, rank in
      StreamedLinear.Adapter(
        a: random.buffer(max(1, rank * depth)), b: random.buffer(max(1, size * rank)), rank: rank, scale: scale)
    }
    let width = sizes.reduce(0, +)
    let parts = sizes.indices.map { i in
      StreamedLinear(
        weight: weights[i], bias: i == 1 ? biases[i] : nil, column: sizes[..<i].reduce(0, +),
        adapter: ranks[i] == 0 ? nil : adapters[i])
    }
    let linears = StreamedLinears(parts, rows: rows)

    for norms in [false, true] {
      var input = x.array.doubles
      if norms {
        for row in 0..<rows {
          let values = input[row * depth..<(row + 1) * depth]
          let inverse = 1 / (values.reduce(0) { $0 + $1 * $1 } / Double(depth) + 1e-5).squareRoot()
          for column in 0..<depth { input[row * depth + column] *= inverse * (Double(norm.pointer[column]) + 1) }
        }
      }
      var wanted = [Double](repeating: 0.5, count: rows * width)
      for (i, part) in parts.enumerated() {
        let product = referenceProduct(
          input, transposeA: false, weights[i].toFloats().doubles, transposeB: true, m: rows, n: sizes[i], k: depth)
        var low = [Double](repeating: 0, count: rows * sizes[i])
        if ranks[i] > 0 {
          let u = referenceProduct(
            input, transposeA: false, adapters[i].a.array.doubles, transposeB: true, m: rows, n: ranks[i], k: depth)
          low = referenceProduct(
            u, transposeA: false, adapters[i].b.array.doubles, transposeB: true, m: rows, n: sizes[i], k: ranks[i])
        }
        for row in 0..<rows {
          for column in 0..<sizes[i] {
            let place = row * sizes[i] + column
            wanted[row * width + part.column + column] +=
              product[place] + Double(scale) * low[place] + (i == 1 ? Double(biases[i].pointer[column]) : 0)
          }
        }
      }
      let got = sameBits { team in
        let y = FloatBuffer([Float](repeating: 0.5, count: rows * width))
        team.run { w in
          linears.forward(
            w, x: x.rows(rows, depth),
            norm: norms ? StreamedNorm(weight: norm.pointer, weightOffset: 1, epsilon: 1e-5) : nil,
            into: y.rows(rows, width), accumulate: true)
        }
        return y.array
      }
      expectClose(got, wanted, "normed \(norms)")
    }
  }

  /// Gate and up as two weights, and as one.
  @Test(arguments: [false, true]) func gated(fused: Bool) {
    var random = TestRandom(12)
    let (rows, depth, half) = (2, 64, 213)
    let x = random.buffer(rows * depth)
    let gate = random.buffer(half * depth)
    let up = random.buffer(half * depth)
    let parts: [StreamedLinear]
    if fused {
      parts = [
        StreamedLinear(
          weight: WeightMatrix(rows: 2 * half, columns: depth, floats: gate.array + up.array), column: 0)
      ]
    } else {
      parts = [(gate, 0), (up, half)].map { values, column in
        StreamedLinear(weight: WeightMatrix(rows: half, columns: depth, floats: values.array), column: column)
      }
    }
    let linears = StreamedLinears(parts, gate: .silu, rows: rows)
    let got = sameBits { team in
      let room = FloatBuffer(count: rows * 2 * half)
      let y = FloatBuffer(count: rows * half)
      team.run { w in
        linears.forward(w, x: x.rows(rows, depth), into: room.rows(rows, 2 * half), activated: y.rows(rows, half))
      }
      withExtendedLifetime(room) {}
      return y.array
    }
    func product(_ weight: FloatBuffer) -> [Double] {
      referenceProduct(
        x.array.doubles, transposeA: false, weight.array.doubles, transposeB: true, m: rows, n: half, k: depth)
    }
    let wanted = zip(product(gate), product(up)).map { $0 / (1 + exp(-$0)) * $1 }
    expectClose(got, wanted, "gated")
  }

  /// Adapters in bfloat16 and in FP32 side by side, each of other rows: against the same values in Double, and to the bits that each row has alone.
  @Test(arguments: [WeightElement.float32, .bfloat16], [1, 2, 3])
  func adaptersInBFloat16(element: WeightElement, threads: Int) {
    var random = TestRandom(14)
    let (rows, depth, size, rank) = (7, 77, 50, 5)
    let x = random.buffer(rows * depth)
    let weight = random.weight(rows: size, columns: depth, element)
    func values(_ count: Int, isHalf: Bool) -> FloatBuffer {
      let buffer = random.buffer(count)
      guard isHalf else { return buffer }
      // Some that bfloat16 has, and the others rounded by the kernel's own copies.
      return FloatBuffer(
        buffer.array.map { Float(bitPattern: UInt32(WeightElement.bfloat16($0)) << 16) })
    }
    let elements: [WeightElement] = [.bfloat16, .float32, .bfloat16]
    let adapters = elements.map { own in
      StreamedLinear.Adapter(
        a: values(rank * depth, isHalf: own == .bfloat16), b: values(size * rank, isHalf: own == .bfloat16),
        rank: rank, scale: 0.7, element: own)
    }
    let groups = [
      AdapterRows(rows: 0..<2, adapter: 2), AdapterRows(rows: 2..<3, adapter: 1), AdapterRows(rows: 4..<7, adapter: 0),
    ]
    let part = StreamedLinear(weight: weight, column: 0)
    let team = WorkerTeam(threads: threads)
    let together = StreamedLinears([part], adapters: adapters.map { [$0] }, rows: rows)
    let y = FloatBuffer(count: rows * size)
    team.run { w in together.forward(w, x: x.rows(rows, depth), into: y.rows(rows, size), groups: groups) }
    var wanted = referenceProduct(
      x.array.doubles, transposeA: false, weight.toFloats().doubles, transposeB: true, m: rows, n: size, k: depth)
    for group in groups {
      let adapter = adapters[group.adapter]
      let own = Array(x.array.doubles[group.rows.lowerBound * depth..<group.rows.upperBound * depth])
      let u = referenceProduct(
        own, transposeA: false, adapter.a.array.doubles, transposeB: true, m: group.rows.count, n: rank, k: depth)
      let low = referenceProduct(
        u, transposeA: false, adapter.b.array.doubles, transposeB: true, m: group.rows.count, n: size, k: rank)
      for (place, value) in low.enumerated() { wanted[group.rows.lowerBound * size + place] += 0.7 * value }
      // All rows with this adapter, and one by one.
      for count in [rows, 1] {
        var alone = part
        alone.adapter = adapter
        let linears = StreamedLinears([alone], rows: count)
        for first in group.rows {
          let target = FloatBuffer(count: count * size)
          let start = count == 1 ? first : 0
          team.run { w in
            linears.forward(
              w, x: Rows(x.pointer + start * depth, rows: count, columns: depth), into: target.rows(count, size))
          }
          let row = (first - start) * size
          #expect(
            Array(target.array[row..<row + size]) == Array(y.array[first * size..<(first + 1) * size]),
            "\(element) \(group.adapter) \(first) of \(count)")
        }
      }
    }
    expectClose(y.array, wanted, "bfloat16 adapters on \(element)")
  }

  /// A sequence decodes to the same bits alone or beside others: rows go one by one, by twos or by threes, over one block of the weight or
  /// over several, with a rest of the depth or without.
  @Test(arguments: [WeightElement.float32, .bfloat16], [(2, 96), (3, 77), (4, 96), (7, 1031), (64, 61)])
  func bitsDoNotDependOnCompany(element: WeightElement, shape: (rows: Int, depth: Int)) {
    var random = TestRandom(13)
    let (rows, depth, size) = (shape.rows, shape.depth, 50)
    let x = random.buffer(rows * depth)
    let weight = random.weight(rows: size, columns: depth, element)
    let adapter = StreamedLinear.Adapter(a: random.buffer(3 * depth), b: random.buffer(size * 3), rank: 3, scale: 2)
    let linears = StreamedLinears([StreamedLinear(weight: weight, column: 0, adapter: adapter)], rows: rows)
    let team = WorkerTeam(threads: 2)
    let all = FloatBuffer(count: rows * size)
    team.run { linears.forward($0, x: x.rows(rows, depth), into: all.rows(rows, size)) }
    for row in 0..<rows {
      let alone = FloatBuffer(count: size)
      team.run {
        linears.forward(
          $0, x: Rows(x.pointer + row * depth, rows: 1, columns: depth), into: alone.rows(1, size))
      }
      #expect(alone.array.map(\.bitPattern) == all.array[row * size..<(row + 1) * size].map(\.bitPattern))
    }
  }

  /// Many rows go past a weight as tiles, where the instruction set has them: the bits are those of products, and a row's own whatever its
  /// company. Whole blocks, what is left of one, an odd depth, and more than one block of depth.
  @Test(arguments: [WeightElement.float32, .bfloat16], [(48, 800), (130, 77), (5, 38), (31, 386)])
  func tilesHaveTheBitsOfProducts(element: WeightElement, shape: (size: Int, depth: Int)) {
    guard Microkernel.table(for: .current).streamTiles != nil else { return }
    var random = TestRandom(15)
    let rows = 16
    let (size, depth) = shape
    let x = random.buffer(rows * depth)
    let weight = random.weight(rows: size, columns: depth, element)
    let linears = StreamedLinears([StreamedLinear(weight: weight, column: 0)], rows: rows)
    func result(_ count: Int, begin: Float?, _ run: @Sendable (Worker, Rows, Rows) -> Void) -> [Float] {
      sameBits { team in
        let y = FloatBuffer([Float](repeating: begin ?? 0, count: count * size))
        team.run { w in run(w, x.rows(count, depth), y.rows(count, size)) }
        return y.array
      }
    }
    for begin: Float? in [nil, 0.5] {
      func streamed(_ count: Int) -> [Float] {
        result(count, begin: begin) { linears.forward($0, x: $1, into: $2, accumulate: begin != nil) }
      }
      let all = streamed(rows)
      #expect(
        all
          == result(rows, begin: begin) {
            MatMul.forward($0, x: $1, weight: weight, into: $2, accumulate: begin != nil)
          })
      for count in [1, 8, 9] { #expect(streamed(count) == Array(all.prefix(count * size))) }
    }
    // As a batch of so few would be, for measurements.
    let few = StreamedLinears([StreamedLinear(weight: weight, column: 0)], rows: 3)
    #expect(
      result(3, begin: nil) { linears.forward($0, x: $1, into: $2, byRows: true) }
        == result(3, begin: nil) { few.forward($0, x: $1, into: $2) })
  }
}
