import Kernels
import Testing

/// Adapters of groups of rows, against the product that computes a weight's and an adapter's part together: the same bits.
@Suite struct AdapterPanelsTests {
  /// Depths over a block of 384 and odd ones, ranks of a lane, between lanes and over a block, outputs between panels.
  @Test(
    arguments: [(77, [5, 0, 16], [130, 17, 40]), (400, [8], [48]), (9, [1, 33], [7, 64]), (20, [390], [35])],
    ProductArithmetic.allCases.filter(\.isAvailable))
  func sameBitsAsTogether(shape: (depth: Int, ranks: [Int], sizes: [Int]), arithmetic: ProductArithmetic) throws {
    var random = TestRandom(12)
    let (depth, sizes) = (shape.depth, shape.sizes)
    let width = sizes.reduce(0, +)
    let weights = sizes.map { random.weight(rows: $0, columns: depth, .float32) }
    // The second has every rank one larger, and its own values.
    let adapters = (0..<2).map { more in
      sizes.indices.map { index -> StreamedLinear.Adapter? in
        let rank = shape.ranks[index] == 0 ? 0 : shape.ranks[index] + more
        return rank == 0
          ? nil
          : .init(a: random.buffer(rank * depth), b: random.buffer(sizes[index] * rank), rank: rank, scale: 0.7)
      }
    }
    @Sendable func parts(_ adapters: [StreamedLinear.Adapter?]) -> [StreamedLinear] {
      sizes.indices.map {
        StreamedLinear(weight: weights[$0], column: sizes[..<$0].reduce(0, +), adapter: adapters[$0])
      }
    }
    let panels = adapters.map { AdapterPanels(parts($0), arithmetic: arithmetic) }
    // Coefficients of all parts side by side, of the second adapter, which has more.
    let rank = shape.ranks.reduce(0) { $0 + ($1 == 0 ? 0 : $1 + 1) }
    #expect(AdapterPanels(parts(sizes.map { _ in nil }), arithmetic: arithmetic) == nil)
    let rows = 31
    let x = random.buffer(rows * depth)
    let start = random.buffer(rows * width)

    /// Every row with this adapter, nil for none, as one product.
    func together(_ adapter: [StreamedLinear.Adapter?]?) -> [Float] {
      let parts = parts(adapter ?? sizes.map { _ in nil })
      let y = FloatBuffer(start.array)
      WorkerTeam(threads: 1).run { w in
        let w = w.multiplying(in: arithmetic)
        let x = Rows(x.pointer, rows: rows, columns: depth)
        for part in parts {
          let target = Rows(y.pointer, rows: rows, columns: width).columns(from: part.column, count: part.weight.rows)
          if let own = part.adapter {
            let scaled = WeightMatrix(rows: own.rank, columns: depth, floats: own.a.array.map { $0 * own.scale })
            let room = FloatBuffer(count: rows * own.rank)
            let product = Rows(room.pointer, rows: rows, columns: own.rank)
            MatMul.forward(w, x: x, weight: scaled, into: product)
            let lowRank = LowRankTerm(u: product, b: Rows(own.b.pointer, rows: part.weight.rows, columns: own.rank))
            MatMul.forward(w, x: x, weight: part.weight, into: target, accumulate: true, lowRank: lowRank)
            withExtendedLifetime((room, scaled)) {}
          } else {
            MatMul.forward(w, x: x, weight: part.weight, into: target, accumulate: true)
          }
        }
      }
      return y.array
    }
    let plain = parts(sizes.map { _ in nil })
    let wanted = (none: together(nil), each: adapters.map { together($0) })
    let layouts: [[AdapterRows]] = [
      [], [AdapterRows(rows: 0..<31, adapter: 1)],
      [
        AdapterRows(rows: 0..<1, adapter: 0), AdapterRows(rows: 1..<3, adapter: 1),
        AdapterRows(rows: 7..<14, adapter: 0),
      ],
      (0..<31).map { AdapterRows(rows: $0..<$0 + 1, adapter: $0 % 2) },
      [AdapterRows(rows: 3..<16, adapter: 1), AdapterRows(rows: 16..<31, adapter: 0)],
    ]
    for groups in layouts {
      let got = sameBits { team in
        let y = FloatBuffer(start.array)
        let u = FloatBuffer(count: rows * (rank + 3))
        team.run { w in
          let w = w.multiplying(in: arithmetic)
          let x = Rows(x.pointer, rows: rows, columns: depth)
          let y = Rows(y.pointer, rows: rows, columns: width)
          for part in plain {
            MatMul.forward(
              w, x: x, weight: part.weight, into: y.columns(from: part.column, count: part.weight.rows),
              accumulate: true)
          }
          AdapterPanels.add(
            w, groups, of: panels, x: x, u: Rows(u.pointer, rows: rows, columns: rank, stride: rank + 3), into: y)
        }
        return y.array
      }
      for row in 0..<rows {
        let own = groups.first { $0.rows.contains(row) }.map { wanted.each[$0.adapter] } ?? wanted.none
        let range = row * width..<(row + 1) * width
        #expect(got[range] == own[range], "row \(row) of \(groups.count) groups")
      }
    }
    #expect(wanted.none != wanted.each[0] && wanted.each[0] != wanted.each[1])
  }
}
