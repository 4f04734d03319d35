import Kernels
import Recipe

/// Layers that share an input, where some rows have the adapter and the others the plain base: the weights multiply all rows, the adapter's
/// matrices its own alone. There is no DoRA here.
extension [PassLinear] {
  /// y = base + x·Wᵀ + b of all rows, and + s·(drop(x)·Aᵀ)·Bᵀ of those that have the adapter.
  ///
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - y: `[T, out]` of each.
  ///   - u: `[≥ M, rank]` of each, receives s·drop(x)·Aᵀ of the M rows that have the adapter, side by side.
  ///   - dropped: `[T, in]` room, used with dropout only.
  func forward(
    _ w: Worker, x: Rows, adapted: AdaptedRows, base: Rows?, accumulate: Bool, into y: (PassLinear) -> Rows,
    u: (PassLinear) -> Rows?, dropout: DropoutPlan?, dropped: Rows?
  ) {
    // Each layer has dropout decisions of its own.
    for part in dropout == nil ? [self] : map({ [$0] }) {
      var down: [MatMulProduct] = []
      var products: [MatMulProduct] = []
      var up: [MatMulProduct] = []
      for linear in part {
        let target = y(linear)
        products.append(
          .forward(x: x, weight: linear.weight, into: target, accumulate: accumulate, base: base))
        guard let lora = linear.lora, let room = u(linear) else { continue }
        let input = linear.droppedInput(w, x: x, adapted: adapted, dropout: dropout, room: dropped)
        for (rows, first) in adapted.pairs {
          let own = room.rows(from: first, count: rows.count)
          down.append(
            .adapter(
              a: input.rows(from: rows.lowerBound, count: rows.count), b: lora.aRows, transposeB: true, into: own,
              scale: lora.scaling))
          up.append(
            .adding(
              LowRankTerm(u: own, b: lora.bRows), to: target.rows(from: rows.lowerBound, count: rows.count)))
        }
      }
      MatMul.run(w, down.isEmpty ? [products] : [down, products, up])
      for linear in part {
        if let bias = linear.bias { Elementwise.add(w, into: y(linear), row: bias.pointer) }
      }
    }
  }

  /// Gradients of the adapters, from the rows that have them, and of the input.
  ///
  /// - Parameters:
  ///   - dy: `[T, out]` of each.
  ///   - x: `[T, in]`
  ///   - u: as `forward` left it.
  ///   - v: `[≥ M, rank]` room of each.
  ///   - dx: `[T, in]`, may be `x`; nil where nothing further down is trained.
  ///   - accumulate: add to the adapters' gradients.
  ///   - room: where the rows that have the adapter are brought together.
  func backward(
    _ w: Worker, dy: (PassLinear) -> Rows, x: Rows, adapted: AdaptedRows, u: (PassLinear) -> Rows?,
    v: (PassLinear) -> Rows?, into dx: Rows?, accumulate: Bool, dropout: DropoutPlan?, dropped: Rows?, room: Workspace
  ) {
    let count = adapted.count
    let inputs = room.adaptedInputs.rows(count, x.columns)
    var isGathered = false
    for linear in self {
      guard let lora = linear.lora, let u = u(linear), let v = v(linear) else { continue }
      let own = dy(linear)
      let outputs = room.adaptedOutputs.rows(count, own.columns)
      RowSelection.gather(w, from: own, rows: adapted.rows.pointer, into: outputs)
      if dropout != nil || !isGathered {
        let input = linear.droppedInput(w, x: x, adapted: adapted, dropout: dropout, room: dropped)
        RowSelection.gather(w, from: input, rows: adapted.rows.pointer, into: inputs)
        isGathered = true
      }
      let (uOwn, vOwn) = (u.rows(from: 0, count: count), v.rows(from: 0, count: count))
      let gradA = Rows(lora.gradA.pointer, rows: lora.rank, columns: lora.columns)
      let gradB = Rows(lora.gradB.pointer, rows: lora.rows, columns: lora.rank)
      MatMul.run(
        w,
        [
          [
            .adapter(a: outputs, b: lora.bRows, into: vOwn, scale: lora.scaling),
            .product(a: outputs, transposeA: true, b: uOwn, into: gradB, accumulate: accumulate),
          ],
          [.product(a: vOwn, transposeA: true, b: inputs, into: gradA, accumulate: accumulate, mayTurn: false)],
        ])
    }
    guard let dx else { return }
    // It may overwrite x, which is not read any more.
    MatMul.run(w, [[.backwardInput(map { (dy($0), $0.weight, nil) }, into: dx)]])
    for linear in self {
      guard let lora = linear.lora, let v = v(linear) else { continue }
      MatMul.run(w, [[.adapter(a: v.rows(from: 0, count: count), b: lora.aRows, into: inputs)]])
      if let dropout {
        for (rows, first) in adapted.pairs {
          let own = inputs.rows(from: first, count: rows.count)
          dropout.from(row: rows.lowerBound).apply(w, own, into: own, stream: linear.stream)
        }
      }
      RowSelection.add(w, inputs, at: adapted.rows.pointer, in: dx)
    }
  }
}

extension PassLinear {
  /// x, or with dropout what is left of the rows that have the adapter, in their places.
  fileprivate func droppedInput(
    _ w: Worker, x: Rows, adapted: AdaptedRows, dropout: DropoutPlan?, room: Rows?
  ) -> Rows {
    guard let dropout, let room else { return x }
    let target = Rows(room.base, rows: x.rows, columns: x.columns)
    for rows in adapted.ranges {
      dropout.from(row: rows.lowerBound).apply(
        w, x.rows(from: rows.lowerBound, count: rows.count),
        into: target.rows(from: rows.lowerBound, count: rows.count), stream: stream)
    }
    return target
  }
}

extension DropoutPlan {
  /// The same decisions for rows from one of these on.
  fileprivate func from(row: Int) -> DropoutPlan {
    DropoutPlan(rate: rate, seed: seed, step: step, firstRow: firstRow + row)
  }
}
