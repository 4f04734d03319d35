import Kernels

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
