import Kernels

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
