import Kernels

/// One factor for each column of a matrix. Every operation ends with a barrier.
enum ColumnFactors {
  /// y = x ⊙ (f + offset), or y += … with `accumulate`; x and y may be the same.
  static func multiply(
    _ w: Worker, _ x: Rows, by factors: UnsafePointer<Float>, offset: Float = 0, into y: Rows, accumulate: Bool = false
  ) {
    w.forEachShard((x.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(x.rows, (shard + 1) * rowsPerShard) {
        let source = x.base + row * x.stride
        let target = y.base + row * y.stride
        if accumulate {
          for column in 0..<x.columns { target[column] += source[column] * (factors[column] + offset) }
        } else {
          for column in 0..<x.columns { target[column] = source[column] * (factors[column] + offset) }
        }
      }
    }
    w.barrier()
  }

  /// sums[j] = f[j] · Σₜ x[t, j] · y[t, j], or += with `accumulate`: the gradient of a factor that x was multiplied with.
  static func gradient(
    _ w: Worker, _ x: Rows, _ y: Rows, times factors: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) {
    w.forEachShard((x.columns + columnsPerShard - 1) / columnsPerShard) { shard in
      let first = shard * columnsPerShard
      let count = min(columnsPerShard, x.columns - first)
      let totals = w.scratch(floats: columnsPerShard)
      totals.update(repeating: 0, count: count)
      for row in 0..<x.rows {
        let left = x.base + row * x.stride + first
        let right = y.base + row * y.stride + first
        for column in 0..<count { totals[column] += left[column] * right[column] }
      }
      for column in 0..<count {
        let value = factors[first + column] * totals[column]
        sums[first + column] = accumulate ? sums[first + column] + value : value
      }
    }
    w.barrier()
  }

  private static let rowsPerShard = 16
  private static let columnsPerShard = 64
}
