import Kernels

/// Moves chosen rows of a matrix together, and back to their places.
enum RowSelection {
  /// `into[i] = source[rows[i]]`. Ends with a barrier.
  static func gather(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    let shards = (target.rows + rowsPerShard - 1) / rowsPerShard
    w.forEachShard(shards) { shard in
      for row in (shard * rowsPerShard)..<min(target.rows, (shard + 1) * rowsPerShard) {
        (target.base + row * target.stride).update(
          from: source.base + Int(rows[row]) * source.stride, count: target.columns)
      }
    }
    w.barrier()
  }

  /// `into[rows[i]] = source[i]`, zero elsewhere; `rows` ascend. Ends with a barrier.
  static func scatter(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    let shards = (target.rows + rowsPerShard - 1) / rowsPerShard
    w.forEachShard(shards) { shard in
      let first = shard * rowsPerShard
      var next = lowerBound(rows, count: source.rows, Int32(first))
      for row in first..<min(target.rows, first + rowsPerShard) {
        let place = target.base + row * target.stride
        if next < source.rows, Int(rows[next]) == row {
          place.update(from: source.base + next * source.stride, count: target.columns)
          next += 1
        } else {
          place.update(repeating: 0, count: target.columns)
        }
      }
    }
    w.barrier()
  }

  /// `target[rows[i]] = source[i]`, and nothing else. Ends with a barrier.
  static func place(_ w: Worker, _ source: Rows, at rows: UnsafePointer<Int32>, in target: Rows) {
    w.forEachShard((source.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(source.rows, (shard + 1) * rowsPerShard) {
        target.row(Int(rows[row])).update(from: source.row(row), count: source.columns)
      }
    }
    w.barrier()
  }

  /// Moves chosen rows out: `into[i] = source[rows[i]]`, and zeroes where they were. Ends with a barrier.
  static func take(_ w: Worker, from source: Rows, rows: UnsafePointer<Int32>, into target: Rows) {
    w.forEachShard((target.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(target.rows, (shard + 1) * rowsPerShard) {
        let place = source.row(Int(rows[row]))
        target.row(row).update(from: place, count: target.columns)
        place.update(repeating: 0, count: target.columns)
      }
    }
    w.barrier()
  }

  private static let rowsPerShard = 16

  private static func lowerBound(_ rows: UnsafePointer<Int32>, count: Int, _ value: Int32) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
