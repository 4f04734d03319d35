#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Softmax cross-entropy on a chunk of logits' rows, in place: logits become gradients where they lie.
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
    Shards.forEachRow(w, rows: logits.rows, columns: n) { t in
      let row = logits.row(t)
      let target = Int(targets[t])
      guard target >= 0 else {
        row.update(repeating: 0, count: n)
        losses[t] = 0
        return
      }
      if let softCap {
        m.softCap(row, n, 1, softCap)
        capped.update(from: row, count: n)
      }
      let top = m.maximum(row, n)
      let wanted = row[target] - top
      let sum = m.exponentials(row, row, n, 1, top)
      losses[t] = logf(sum) - wanted
      m.scale(scale / sum, row, n)
      row[target] -= scale
      if let softCap {
        for j in 0..<n {
          let share = capped[j] / softCap
          row[j] *= 1 - share * share
        }
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
