/// Rows of a table, one for each token.
public enum Embedding {
  /// - Parameters:
  ///   - tokens: `[count]`, each in `0..<table.rows`; positions, with a table of learned positions
  ///   - output: `[count, d]`; added to when `accumulate`
  public static func forward(
    _ w: Worker, tokens: UnsafePointer<Int32>, count: Int, table: WeightMatrix, into output: Rows,
    accumulate: Bool = false
  ) {
    let m = Microkernel.table
    let row = w.scratch(floats: accumulate ? table.columns : 0)
    Shards.forEachRow(w, rows: count, columns: table.columns) { t in
      table.row(Int(tokens[t]), into: accumulate ? row : output.row(t))
      if accumulate { m.addScaled(1, row, output.row(t), table.columns) }
    }
  }

  /// `dTable[tokens[t]] += dx[t]`, in the order of `t`.
  ///
  /// A shard owns the tokens of one residue, so that no two workers add to the same row.
  public static func backward(_ w: Worker, tokens: UnsafePointer<Int32>, dx: Rows, into dTable: Rows) {
    let m = Microkernel.table
    let shards = 16
    w.claimShards(shards) { shard in
      for t in 0..<dx.rows where Int(tokens[t]) % shards == shard {
        m.addScaled(1, dx.row(t), dTable.row(Int(tokens[t])), dx.columns)
      }
    }
  }
}
