#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Softmax cross-entropy on a chunk of logits' rows, in place: logits become gradients where they lie.
///
/// A row of 49 152 logits, 192 KB, lies in the second-level cache from its first pass (the maximum) through its exponentials
/// to the last (the scaling), and is read from memory and written back once.
public enum CrossEntropy {
  /// `losses[t] = log Σ e^y − y[target]`, and `logits = scale · (softmax(y) − onehot) · dy/dlogits`, where `y` are the
  /// logits, soft-capped if so wished.
  /// - Parameters:
  ///   - logits: `[rows, vocabulary]`, logits before capping on entry, and their gradients on return
  ///   - targets: `[rows]`; a negative target carries no loss: its loss and gradient are zero
  ///   - losses: `[rows]`, natural logarithm
  ///   - softCap: `y = softCap · tanh(logits / softCap)`
  public static func forwardBackward(
    _ w: Worker, logits: Rows, targets: UnsafePointer<Int32>, scale: Float, losses: UnsafeMutablePointer<Float>,
    softCap: Float? = nil
  ) {
    let m = Microkernel.table
    let n = logits.columns
    let capped = w.scratch(floats: softCap == nil ? 0 : n)
    // Rows together, so that all but the first of a block are on their way when their turn comes.
    let block = max(Shards.rowBlock(columns: n), min(8, logits.rows / 16))
    w.claimShards((logits.rows + block - 1) / block) { shard in
      let rows = shard * block..<min(logits.rows, (shard + 1) * block)
      for t in rows {
        let row = logits.row(t)
        let target = Int(targets[t])
        guard target >= 0 else {
          row.update(repeating: 0, count: n)
          losses[t] = 0
          continue
        }
        if let softCap {
          m.softCap(row, n, 1, softCap)
          capped.update(from: row, count: n)
        }
        let top = m.maximum(row, n)
        let wanted = row[target] - top
        let sum = m.exponentials(row, row, n, 1, top, t + 1 < rows.upperBound ? logits.row(t + 1) : nil)
        losses[t] = logf(sum) - wanted
        m.scale(scale / sum, row, n)
        row[target] -= scale
        if let softCap { m.softCapGradient(capped, row, n, softCap) }
      }
    }
  }

  /// `result[t] = logits[target] − log Σ e^logits`; the logits are left alone.
  /// - Parameters:
  ///   - logits: `[rows, vocabulary]`
  ///   - targets: `[rows]`; a negative target gives zero
  ///   - result: `[rows]`, natural logarithm
  public static func logProbabilities(
    _ w: Worker, logits: Rows, targets: UnsafePointer<Int32>, into result: UnsafeMutablePointer<Float>
  ) {
    let m = Microkernel.table
    let n = logits.columns
    Shards.forEachRow(w, rows: logits.rows, columns: n) { t in
      let row = logits.row(t)
      let target = Int(targets[t])
      guard target >= 0 else {
        result[t] = 0
        return
      }
      let top = m.maximum(row, n)
      result[t] = row[target] - top - logf(m.sumOfExponentials(row, n, top))
    }
  }
}
