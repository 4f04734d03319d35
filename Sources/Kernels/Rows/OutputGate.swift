/// The gate of an attention's output: `y = a ⊙ σ(g)`, where queries and gates are projected together, each head's query before its gate
/// (Qwen 3.5's `q_proj`).
public enum OutputGate {
  /// From a head's query and gate side by side to all queries, what followed them in the row, and all gates. In place; ends with a barrier.
  ///
  /// - Parameter rows: `[T, ≥ 2·heads·headSize]`
  public static func separate(_ w: Worker, _ rows: Rows, heads: Int, headSize: Int) {
    let (queries, rest) = (heads * headSize, rows.columns - 2 * heads * headSize)
    let room = w.scratch(floats: rows.columns)
    Shards.forEachRow(w, rows: rows.rows, columns: rows.columns) { t in
      let row = rows.row(t)
      room.update(from: row, count: rows.columns)
      for head in 0..<heads {
        (row + head * headSize).update(from: room + 2 * head * headSize, count: headSize)
        (row + queries + rest + head * headSize).update(from: room + (2 * head + 1) * headSize, count: headSize)
      }
      (row + queries).update(from: room + 2 * queries, count: rest)
    }
  }

  /// The way back, for gradients. Ends with a barrier.
  public static func join(_ w: Worker, _ rows: Rows, heads: Int, headSize: Int) {
    let (queries, rest) = (heads * headSize, rows.columns - 2 * heads * headSize)
    let room = w.scratch(floats: rows.columns)
    Shards.forEachRow(w, rows: rows.rows, columns: rows.columns) { t in
      let row = rows.row(t)
      room.update(from: row, count: rows.columns)
      for head in 0..<heads {
        (row + 2 * head * headSize).update(from: room + head * headSize, count: headSize)
        (row + (2 * head + 1) * headSize).update(from: room + queries + rest + head * headSize, count: headSize)
      }
      (row + 2 * queries).update(from: room + queries, count: rest)
    }
  }
}
