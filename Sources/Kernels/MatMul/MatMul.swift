import MicrokernelTable

/// Matrix products over packed batches and frozen weights.
///
/// Every worker of the region calls with the same arguments; each product ends with a barrier. Accumulation order is
/// fixed: the bits do not depend on the number of workers.
public enum MatMul {
  /// Several products, stage by stage. Right-hand sides must be there from the start, and left-hand sides of weights and of adapters' own
  /// products; others, and what is added to, may come from an earlier stage. Products of one stage write to different places, and read nothing that one of them writes.
  public static func run(_ w: Worker, _ stages: [[MatMulProduct]]) { MatMulSchedule.run(w, stages) }

  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`. The low-rank part is one more stretch of depth on the same tiles.
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[T, out]`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    run(w, [[.forward(x: x, weight: weight, into: y, accumulate: accumulate, lowRank: lowRank)]])
  }

  /// `dx = dy·W (+ v·A)`, or `dx += …`.
  /// - Parameters:
  ///   - dy: `[T, out]`
  ///   - weight: `[out, in]`
  ///   - dx: `[T, in]`
  public static func backwardInput(
    _ w: Worker, dy: Rows, weight: WeightMatrix, into dx: Rows, accumulate: Bool = false, lowRank: LowRankInput? = nil
  ) {
    run(w, [[.backwardInput([(dy, weight, lowRank)], into: dx, accumulate: accumulate)]])
  }

  /// `c = scale · op(a)·op(b)`, or `c += …`, all FP32; `op` transposes where asked.
  /// - Parameters:
  ///   - a: `[M, K]`, or `[K, M]` with `transposeA`
  ///   - b: `[K, N]`, or `[N, K]` with `transposeB`
  ///   - c: `[M, N]`
  public static func product(
    _ w: Worker, a: Rows, transposeA: Bool, b: Rows, transposeB: Bool, into c: Rows, scale: Float = 1,
    accumulate: Bool = false
  ) {
    run(
      w,
      [
        [
          .product(
            a: a, transposeA: transposeA, b: b, transposeB: transposeB, into: c, scale: scale, accumulate: accumulate)
        ]
      ])
  }
}

/// One matrix product of those that ``MatMul/run(_:_:)`` computes together: `c = scale · Σ op(a)·op(b)`, or `c += …`.
public struct MatMulProduct {
  var terms: [MatMulTerm]
  /// `[M, N]`, or `[N, M]` with `isTurned`.
  var c: Rows
  var scale: Float
  var accumulate: Bool
  /// `[M, N]` what the sum is added to, where that is not `c` itself.
  var base: Rows?
  /// The transpose of the sum is what is wanted.
  var isTurned = false

  var rows: Int { isTurned ? c.columns : c.rows }
  var columns: Int { isTurned ? c.rows : c.columns }
  /// A tile's steps over all terms.
  var steps: Int { terms.reduce(0) { $0 + $1.steps } }

  /// The same with its frozen weights, and the adapters beside them, multiplied in this arithmetic.
  func multiplied(in arithmetic: Arithmetic) -> MatMulProduct {
    guard !isTurned else { return self }
    var product = self
    for index in terms.indices where terms[index].role != .other { product.terms[index].arithmetic = arithmetic }
    return product
  }

  /// The same sum in stretches of depth, each of which packs to `floats` at most; nil where the result is wider than the sum is deep,
  /// or more is asked than one product.
  ///
  /// The gradient that comes back through an output projection sums over the whole vocabulary. A panel at a time, its left-hand
  /// side, a hundred megabytes, was read from memory once for each of eighteen panels; a stretch at a time it is read once.
  func slices(packedFloats floats: Int, panelColumns: Int) -> [MatMulProduct]? {
    guard terms.count == 1, let term = terms.first, base == nil, !isTurned, term.depth > columns else { return nil }
    let width = (columns + panelColumns - 1) / panelColumns * panelColumns
    let stepDepth = term.arithmetic.stepDepth
    let unit = term.blockSteps * stepDepth
    let most = max(unit, floats * stepDepth / max(1, width) / unit * unit)
    let count = (term.depth + most - 1) / most
    let size = ((term.depth + count - 1) / count + unit - 1) / unit * unit
    return stride(from: 0, to: term.depth, by: size).map { start in
      var slice = self
      slice.terms = [term.slice(start..<min(start + size, term.depth))]
      slice.accumulate = accumulate || start > 0
      return slice
    }
  }

  /// `y = x·Wᵀ (+ u·Bᵀ)`, `y += …`, or `y = base + …`.
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[T, out]`
  ///   - base: `[T, out]`
  public static func forward(
    x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, base: Rows? = nil,
    lowRank: LowRankTerm? = nil
  ) -> MatMulProduct {
    var terms = [MatMulTerm(a: x, weight: weight, transposed: true)]
    if let lowRank { terms.append(MatMulTerm(lowRank)) }
    return MatMulProduct(terms: terms, c: y, scale: 1, accumulate: accumulate, base: base)
  }

  /// `dx = Σ dy·W (+ v·A)` over layers that share an input, or `dx += …`.
  /// - Parameters:
  ///   - layers: of each `dy` `[T, out]`, its weight `[out, in]`, and perhaps an adapter
  ///   - dx: `[T, in]`
  public static func backwardInput(
    _ layers: [(dy: Rows, weight: WeightMatrix, lowRank: LowRankInput?)], into dx: Rows, accumulate: Bool = false
  ) -> MatMulProduct {
    var terms: [MatMulTerm] = []
    for layer in layers {
      terms.append(MatMulTerm(a: layer.dy, weight: layer.weight, transposed: false))
      if let lowRank = layer.lowRank { terms.append(MatMulTerm(lowRank)) }
    }
    return MatMulProduct(terms: terms, c: dx, scale: 1, accumulate: accumulate)
  }

  /// `c = scale · a·op(b)` by a matrix of an adapter, such as `u = s·x·Aᵀ` or `v = s·dy·B`: in the arithmetic of the weights
  /// that it goes with.
  /// - Parameters:
  ///   - a: `[M, K]`, there from the start
  ///   - b: `[K, N]`, or `[N, K]` with `transposeB`
  ///   - c: `[M, N]`
  public static func adapter(
    a: Rows, b: Rows, transposeB: Bool = false, into c: Rows, scale: Float = 1
  ) -> MatMulProduct {
    var term = MatMulTerm(a: a, aTransposed: false, b: b, bTransposed: transposeB)
    term.role = .adapter
    return MatMulProduct(terms: [term], c: c, scale: scale, accumulate: false)
  }

  /// `y += u·Bᵀ`, where an earlier stage may compute both y and u.
  /// - Parameter y: `[T, out]`
  public static func adding(_ lowRank: LowRankTerm, to y: Rows) -> MatMulProduct {
    MatMulProduct(terms: [MatMulTerm(lowRank)], c: y, scale: 1, accumulate: true)
  }

  /// `c = scale · op(a)·op(b)`, or `c += …`, all FP32; `op` transposes where asked.
  /// - Parameters:
  ///   - a: `[M, K]`, or `[K, M]` with `transposeA`
  ///   - b: `[K, N]`, or `[N, K]` with `transposeB`
  ///   - c: `[M, N]`
  ///   - mayTurn: a is there from the start. A product may be computed as its transpose, whose right-hand side a is; and
  ///     right-hand sides are packed before the first stage.
  public static func product(
    a: Rows, transposeA: Bool = false, b: Rows, transposeB: Bool = false, into c: Rows, scale: Float = 1,
    accumulate: Bool = false, mayTurn: Bool = true
  ) -> MatMulProduct {
    // dyᵀ·u has many rows and few columns. Of its transpose uᵀ·dy, which is as well computed, both operands are read
    // where they lie, in rows as they are.
    if mayTurn, transposeA, !transposeB, c.columns <= MatMulPlan.fewRows(Microkernel.table), c.rows > c.columns {
      return MatMulProduct(
        terms: [MatMulTerm(a: b, aTransposed: true, b: a, bTransposed: false)], c: c, scale: scale,
        accumulate: accumulate, isTurned: true)
    }
    return MatMulProduct(
      terms: [MatMulTerm(a: a, aTransposed: transposeA, b: b, bTransposed: transposeB)], c: c, scale: scale,
      accumulate: accumulate)
  }
}

/// The low-rank part of `y = x·Wᵀ + u·Bᵀ`, where `u = s·x·Aᵀ` carries the adapter's scale already.
public struct LowRankTerm: Sendable {
  /// `[T, r]`
  public var u: Rows
  /// `[out, r]`
  public var b: Rows

  public init(u: Rows, b: Rows) {
    self.u = u
    self.b = b
  }
}

/// The low-rank part of `dx = dy·W + v·A`, where `v = s·dy·B` carries the adapter's scale already.
public struct LowRankInput: Sendable {
  /// `[T, r]`
  public var v: Rows
  /// `[r, in]`
  public var a: Rows

  public init(v: Rows, a: Rows) {
    self.v = v
    self.a = a
  }
}
