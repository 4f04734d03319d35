import Kernels
import Recipe

/// One linear layer as a pass sees it: its weight, perhaps a bias, perhaps an adapter, perhaps a gradient of the weight.
struct PassLinear: Sendable {
  let module: LinearModule
  let weight: WeightMatrix
  /// `[out]`
  let bias: FloatBuffer?
  /// First column of its output in the matrix that it shares with layers of the same input.
  let start: Int
  let lora: LoRAModule?
  /// Where the adapter is DoRA's.
  let dora: DoRAFactors?
  /// Instead of `lora` and `dora`: adapters that groups of rows have, by their place in a list; nil where all rows have the same.
  let adapters: [(lora: LoRAModule?, dora: DoRAFactors?)]?
  /// `[rows, columns]`, where the weight itself is trained.
  let weightGradient: FloatBuffer?
  /// `[rows]`, likewise.
  let biasGradient: FloatBuffer?
  /// Names the layer's own sequence of dropout decisions.
  let stream: UInt64

  var hasDoRA: Bool { dora != nil || adapters?.contains { $0.dora != nil } == true }
  /// The largest of all adapters.
  var largestRank: Int { adapters?.map { $0.lora?.rank ?? 0 }.max() ?? lora?.rank ?? 0 }

  /// Something here is trained.
  var isTrained: Bool { lora != nil || weightGradient != nil }

  /// The largest rank of each module in these blocks, in canonical order; 0 where there is no adapter.
  static func ranks(_ blocks: some Sequence<PassBlock>) -> [Int] {
    blocks.reduce(into: LinearModule.allCases.map { _ in 0 }) { ranks, block in
      for linear in block.linears {
        ranks[linear.module.index] = max(ranks[linear.module.index], linear.largestRank)
      }
    }
  }

  /// The most outputs of each module with DoRA in these blocks, in canonical order; 0 where there is none.
  static func products(_ blocks: some Sequence<PassBlock>) -> [Int] {
    blocks.reduce(into: LinearModule.allCases.map { _ in 0 }) { widths, block in
      for linear in block.linears where linear.hasDoRA {
        widths[linear.module.index] = max(widths[linear.module.index], linear.weight.rows)
      }
    }
  }

  /// Its columns of the shared output.
  func part(of shared: Rows) -> Rows { shared.columns(from: start, count: weight.rows) }

  /// y = x·Wᵀ + b + s·(drop(x)·Aᵀ)·Bᵀ.
  ///
  /// - Parameters:
  ///   - u: `[T, rank]`, receives s·drop(x)·Aᵀ, which the gradient of B needs again.
  ///   - z: `[T, out]`, with DoRA only: see there.
  ///   - dropped: `[T, in]` room, used with dropout only.
  func forward(
    _ w: Worker, x: Rows, into y: Rows, accumulate: Bool, u: Rows?, z: Rows?, dropout: DropoutPlan?, dropped: Rows?
  ) {
    if let dora, let lora, let u, let z {
      forward(
        w, dora: dora, lora: lora, x: x, into: y, accumulate: accumulate, u: u, z: z, dropout: dropout,
        dropped: dropped)
    } else {
      product(w, x: x, into: y, accumulate: accumulate, u: u, dropout: dropout, dropped: dropped)
    }
    if let bias { Elementwise.add(w, into: y, row: bias.pointer) }
  }

  private func product(
    _ w: Worker, x: Rows, into y: Rows, accumulate: Bool, u: Rows?, dropout: DropoutPlan?, dropped: Rows?
  ) {
    guard let lora, let u else {
      MatMul.forward(w, x: x, weight: weight, into: y, accumulate: accumulate)
      return
    }
    let input = droppedInput(w, x: x, dropout: dropout, room: dropped)
    MatMul.run(w, [[.adapter(a: input, b: lora.aRows, transposeB: true, into: u, scale: lora.scaling)]])
    MatMul.forward(
      w, x: x, weight: weight, into: y, accumulate: accumulate, lowRank: LowRankTerm(u: u, b: lora.bRows))
  }

  /// Gradients of what is trained here, from dy `[T, out]` and the layer's input. Leaves v = s·dy·B for `backwardInput`.
  func backwardParameters(
    _ w: Worker, dy: Rows, x: Rows, u: Rows?, v: Rows?, z: Rows?, accumulate: Bool, dropout: DropoutPlan?,
    dropped: Rows?
  ) {
    if let weightGradient {
      let gradient = Rows(weightGradient.pointer, rows: weight.rows, columns: weight.columns)
      MatMul.product(w, a: dy, transposeA: true, b: x, transposeB: false, into: gradient, accumulate: accumulate)
    }
    if let biasGradient { Elementwise.columnSums(w, dy, into: biasGradient.pointer, accumulate: accumulate) }
    guard let lora, let u, let v else { return }
    if let dora, let z {
      backwardParameters(
        w, dora: dora, lora: lora, dy: dy, x: x, u: u, v: v, z: z, accumulate: accumulate, dropout: dropout,
        dropped: dropped)
      return
    }
    MatMul.run(w, [[.adapter(a: dy, b: lora.bRows, into: v, scale: lora.scaling)]])
    let gradB = Rows(lora.gradB.pointer, rows: lora.rows, columns: lora.rank)
    MatMul.product(w, a: dy, transposeA: true, b: u, transposeB: false, into: gradB, accumulate: accumulate)
    let input = droppedInput(w, x: x, dropout: dropout, room: dropped)
    let gradA = Rows(lora.gradA.pointer, rows: lora.rank, columns: lora.columns)
    MatMul.product(w, a: v, transposeA: true, b: input, transposeB: false, into: gradA, accumulate: accumulate)
  }

  /// dx = dy·W + drop(v·A).
  func backwardInput(
    _ w: Worker, dy: Rows, v: Rows?, z: Rows?, into dx: Rows, accumulate: Bool, dropout: DropoutPlan?, dropped: Rows?
  ) {
    guard let lora, let v else {
      MatMul.backwardInput(w, dy: dy, weight: weight, into: dx, accumulate: accumulate)
      return
    }
    if dora != nil, let z {
      backwardInput(
        w, lora: lora, dy: dy, v: v, z: z, into: dx, accumulate: accumulate, dropout: dropout, dropped: dropped)
      return
    }
    guard let dropout, let dropped else {
      MatMul.backwardInput(
        w, dy: dy, weight: weight, into: dx, accumulate: accumulate, lowRank: LowRankInput(v: v, a: lora.aRows))
      return
    }
    MatMul.backwardInput(w, dy: dy, weight: weight, into: dx, accumulate: accumulate)
    let room = Rows(dropped.base, rows: dx.rows, columns: lora.columns)
    MatMul.run(w, [[.adapter(a: v, b: lora.aRows, into: room)]])
    dropout.apply(w, room, into: room, stream: stream)
    Elementwise.add(w, into: dx, room)
  }

  func droppedInput(_ w: Worker, x: Rows, dropout: DropoutPlan?, room: Rows?) -> Rows {
    guard let dropout, let room else { return x }
    let target = Rows(room.base, rows: x.rows, columns: x.columns)
    dropout.apply(w, x, into: target, stream: stream)
    return target
  }
}

/// Where in the sequence of dropout decisions a pass stands.
struct DropoutPlan: Sendable {
  let rate: Float
  let seed: UInt64
  let step: UInt64
  /// Rows of the batch before those at hand.
  let firstRow: Int

  /// Decides anew for every element of `x`, as for the same element before.
  func apply(_ w: Worker, _ x: Rows, into output: Rows, stream: UInt64) {
    Dropout.apply(w, x, into: output, rate: rate, seed: seed, step: step, stream: stream, firstRow: firstRow)
  }
}

/// Layers that share an input, computed together: each step of all of them between the same two barriers. Where dropout,
/// DoRA or a trained weight comes between, layers are computed one after the other.
extension [PassLinear] {
  /// y = base + x·Wᵀ + b + s·(x·Aᵀ)·Bᵀ of each.
  ///
  /// - Parameters:
  ///   - base: `[T, out]` what is added to; nil for `y` itself with `accumulate`, else for nothing.
  ///   - y: `[T, out]` of each.
  ///   - u: as `PassLinear.forward` takes it.
  func forward(
    _ w: Worker, x: Rows, base: Rows? = nil, accumulate: Bool = false, into y: (PassLinear) -> Rows,
    u: (PassLinear) -> Rows?
  ) {
    var down: [MatMulProduct] = []
    var up: [MatMulProduct] = []
    for linear in self {
      var lowRank: LowRankTerm?
      if let lora = linear.lora, let u = u(linear) {
        down.append(.adapter(a: x, b: lora.aRows, transposeB: true, into: u, scale: lora.scaling))
        lowRank = LowRankTerm(u: u, b: lora.bRows)
      }
      up.append(
        .forward(x: x, weight: linear.weight, into: y(linear), accumulate: accumulate, base: base, lowRank: lowRank))
    }
    MatMul.run(w, down.isEmpty ? [up] : [down, up])
    for linear in self {
      if let bias = linear.bias { Elementwise.add(w, into: y(linear), row: bias.pointer) }
    }
  }

  /// The same where groups of rows have adapters of their own; the bits of a row are those that it has where all rows have its adapter.
  ///
  /// - Parameters:
  ///   - u: `[T, ≥ rank]` room of each that has adapters.
  ///   - sums: `[T, out]` room of each that has DoRA.
  func forward(
    _ w: Worker, x: Rows, groups: [AdapterRows], accumulate: Bool, into y: (PassLinear) -> Rows,
    u: (PassLinear) -> Rows?, sums: (PassLinear) -> Rows?
  ) {
    var down: [MatMulProduct] = []
    var products: [MatMulProduct] = []
    var up: [MatMulProduct] = []
    var factored: [(linear: PassLinear, factors: GroupedFactors, sums: Rows, isElsewhere: Bool)] = []
    for linear in self {
      var target = y(linear)
      if linear.hasDoRA, let sums = sums(linear) {
        let factors = GroupedFactors(linear.adapters?.map { $0.dora?.factors } ?? [], groups: groups)
        if accumulate {
          factors.begin(w, y: target, into: sums)
          target = sums
        }
        factored.append((linear, factors, target, accumulate))
      }
      products.append(.forward(x: x, weight: linear.weight, into: target, accumulate: accumulate))
      guard let room = u(linear) else { continue }
      for group in groups {
        guard let lora = linear.adapters?[group.adapter].lora else { continue }
        let (first, count) = (group.rows.lowerBound, group.rows.count)
        let own = room.rows(from: first, count: count).columns(from: 0, count: lora.rank)
        down.append(
          .adapter(
            a: x.rows(from: first, count: count), b: lora.aRows, transposeB: true, into: own, scale: lora.scaling))
        up.append(.adding(LowRankTerm(u: own, b: lora.bRows), to: target.rows(from: first, count: count)))
      }
    }
    MatMul.run(w, down.isEmpty ? [products] : [down, products, up])
    for (linear, factors, sums, isElsewhere) in factored {
      factors.end(w, sums, into: y(linear), isElsewhere: isElsewhere)
    }
    for linear in self {
      if let bias = linear.bias { Elementwise.add(w, into: y(linear), row: bias.pointer) }
    }
  }

  /// Gradients of the adapters, and of the input.
  ///
  /// - Parameters:
  ///   - dy: `[T, out]` of each.
  ///   - x: `[T, in]`; not read where no layer is trained.
  ///   - u: as `forward` left it.
  ///   - v: `[T, rank]` room of each.
  ///   - dx: `[T, in]`, may be `x`; nil where nothing further down is trained.
  ///   - accumulate: add to the adapters' gradients.
  func backward(
    _ w: Worker, dy: (PassLinear) -> Rows, x: Rows, u: (PassLinear) -> Rows?, v: (PassLinear) -> Rows?, into dx: Rows?,
    accumulate: Bool
  ) {
    var first: [MatMulProduct] = []
    var second: [MatMulProduct] = []
    var layers: [(dy: Rows, weight: WeightMatrix, lowRank: LowRankInput?)] = []
    for linear in self {
      let dy = dy(linear)
      guard let lora = linear.lora, let u = u(linear), let v = v(linear) else {
        layers.append((dy, linear.weight, nil))
        continue
      }
      first.append(.adapter(a: dy, b: lora.bRows, into: v, scale: lora.scaling))
      first.append(
        .product(
          a: dy, transposeA: true, b: u, into: Rows(lora.gradB.pointer, rows: lora.rows, columns: lora.rank),
          accumulate: accumulate))
      second.append(
        .product(
          a: v, transposeA: true, b: x, into: Rows(lora.gradA.pointer, rows: lora.rank, columns: lora.columns),
          accumulate: accumulate, mayTurn: false))
      layers.append((dy, linear.weight, LowRankInput(v: v, a: lora.aRows)))
    }
    var stages = first.isEmpty ? [] : [first, second]
    // A stage of its own, since it may overwrite x.
    if let dx { stages.append([.backwardInput(layers, into: dx)]) }
    if !stages.isEmpty { MatMul.run(w, stages) }
  }

  /// Nothing comes between the products of these layers.
  func areOnlyProducts(dropout: DropoutPlan?) -> Bool {
    dropout == nil && allSatisfy { $0.dora == nil && $0.weightGradient == nil }
  }
}

/// What DoRA makes of a linear layer, as PEFT computes it. With z = x̃·Wᵀ + s·(x̃·Aᵀ)·Bᵀ, x̃ = drop(x) and g from
/// `DoRAFactors`: y = (x − x̃)·Wᵀ + g ⊙ z, where dropout leaves the base's own part of the sum alone.
extension PassLinear {
  /// - Parameters:
  ///   - u: `[T, rank]`, receives s·x̃·Aᵀ.
  ///   - z: `[T, out]`, receives z; the gradient of m needs it.
  func forward(
    _ w: Worker, dora: DoRAFactors, lora: LoRAModule, x: Rows, into y: Rows, accumulate: Bool, u: Rows, z: Rows,
    dropout: DropoutPlan?, dropped: Rows?
  ) {
    let input = droppedInput(w, x: x, dropout: dropout, room: dropped)
    MatMul.run(w, [[.adapter(a: input, b: lora.aRows, transposeB: true, into: u, scale: lora.scaling)]])
    MatMul.forward(w, x: input, weight: weight, into: z, lowRank: LowRankTerm(u: u, b: lora.bRows))
    if dropout != nil {
      Elementwise.scale(w, input, -1)
      Elementwise.add(w, into: input, x)
      MatMul.forward(w, x: input, weight: weight, into: y, accumulate: accumulate)
    }
    ColumnFactors.multiply(
      w, z, by: dora.factors.pointer, into: y, accumulate: accumulate || dropout != nil)
  }

  /// Gradients of A, B and m. Leaves v = s·(g ⊙ dy)·B, and in z what multiplies W in the gradient of x̃: g ⊙ dy, less dy
  /// with dropout.
  func backwardParameters(
    _ w: Worker, dora: DoRAFactors, lora: LoRAModule, dy: Rows, x: Rows, u: Rows, v: Rows, z: Rows, accumulate: Bool,
    dropout: DropoutPlan?, dropped: Rows?
  ) {
    if let gradient = lora.gradMagnitude {
      ColumnFactors.gradient(
        w, dy, z, times: dora.inverseNorms.pointer, into: gradient.pointer, accumulate: accumulate)
    }
    ColumnFactors.multiply(w, dy, by: dora.factors.pointer, into: z)
    MatMul.run(w, [[.adapter(a: z, b: lora.bRows, into: v, scale: lora.scaling)]])
    let gradB = Rows(lora.gradB.pointer, rows: lora.rows, columns: lora.rank)
    MatMul.product(w, a: z, transposeA: true, b: u, transposeB: false, into: gradB, accumulate: accumulate)
    let input = droppedInput(w, x: x, dropout: dropout, room: dropped)
    let gradA = Rows(lora.gradA.pointer, rows: lora.rank, columns: lora.columns)
    MatMul.product(w, a: v, transposeA: true, b: input, transposeB: false, into: gradA, accumulate: accumulate)
    if dropout != nil { ColumnFactors.multiply(w, dy, by: dora.factors.pointer, offset: -1, into: z) }
  }

  /// dx = (g ⊙ dy)·W + v·A; with dropout dx = dy·W + drop(((g − 1) ⊙ dy)·W + v·A).
  func backwardInput(
    _ w: Worker, lora: LoRAModule, dy: Rows, v: Rows, z: Rows, into dx: Rows, accumulate: Bool, dropout: DropoutPlan?,
    dropped: Rows?
  ) {
    let lowRank = LowRankInput(v: v, a: lora.aRows)
    guard let dropout, let dropped else {
      MatMul.backwardInput(w, dy: z, weight: weight, into: dx, accumulate: accumulate, lowRank: lowRank)
      return
    }
    MatMul.backwardInput(w, dy: dy, weight: weight, into: dx, accumulate: accumulate)
    let room = Rows(dropped.base, rows: dx.rows, columns: lora.columns)
    MatMul.backwardInput(w, dy: z, weight: weight, into: room, accumulate: false, lowRank: lowRank)
    dropout.apply(w, room, into: room, stream: stream)
    Elementwise.add(w, into: dx, room)
  }
}
