/// Rows of a low-rank term's panels, whatever the vector.
private let panelRows = 16

/// `y[r] += Σ u[i] · b[r, i]` for `rows` rows of b, which lies in panels of sixteen rows, `[rank, 16]` each: sums stand side by
/// side in a vector, where rows as short as a rank would have to be summed across one each.
func addLowRank(_ rank: Int, _ u: Source, _ b: Source, _ rows: Int, _ y: Target) {
  addPanels(rank, u, rows, y, panel: { b + $0 }, values: { load($0) })
}

/// The same where b is bfloat16, widened as it is read.
func addLowRankHalf(_ rank: Int, _ u: Source, _ b: Half, _ rows: Int, _ y: Target) {
  addPanels(rank, u, rows, y, panel: { b + $0 }, values: { load($0) })
}

@inline(__always)
private func addPanels<Value>(
  _ rank: Int, _ u: Source, _ rows: Int, _ y: Target, panel: (Int) -> UnsafePointer<Value>,
  values: (UnsafePointer<Value>) -> Vector
) {
  var r = 0
  while r < rows {
    let own = panel(r * rank)
    var offset = 0
    while offset < panelRows, r + offset < rows {
      var a0 = Vector()
      var a1 = Vector()
      var i = 0
      while i + 2 <= rank {
        addProduct(&a0, Vector(repeating: u[i]), values(own + i * panelRows + offset))
        addProduct(&a1, Vector(repeating: u[i + 1]), values(own + (i + 1) * panelRows + offset))
        i += 2
      }
      if i < rank { addProduct(&a0, Vector(repeating: u[i]), values(own + i * panelRows + offset)) }
      let n = min(lanes, rows - r - offset)
      let out = y + r + offset
      store(load(out, n) + (a0 + a1), out, n)
      offset += lanes
    }
    r += panelRows
  }
}
