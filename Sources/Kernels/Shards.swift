/// How work is cut. Geometry follows from the shape alone, never from the number of workers.
enum Shards {
  /// Rows of one shard of a row-wise operation: about 16 K values, at least one row.
  @inline(__always)
  static func rowBlock(columns: Int) -> Int { max(1, 16384 / max(1, columns)) }

  /// Deals the rows in blocks to whoever is free, and ends with a barrier.
  @inline(__always)
  static func forEachRow(_ w: Worker, rows: Int, columns: Int, _ body: (Int) -> Void) {
    let block = rowBlock(columns: columns)
    w.claimShards((rows + block - 1) / block) { shard in
      for row in shard * block..<min(rows, (shard + 1) * block) { body(row) }
    }
  }

  /// Deals the columns in blocks of 32 to whoever is free, for sums over the rows; ends with a barrier.
  @inline(__always)
  static func forEachColumnBlock(_ w: Worker, columns: Int, _ body: (Range<Int>) -> Void) {
    let block = 32
    w.claimShards((columns + block - 1) / block) { shard in
      body(shard * block..<min(columns, (shard + 1) * block))
    }
  }

  /// Deals `0..<count` in blocks of 16 K elements to whoever is free, and ends with a barrier.
  @inline(__always)
  static func forEachBlock(_ w: Worker, count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
    let block = 16384
    w.claimShards((count + block - 1) / block) { shard in
      let start = shard * block
      body(start, min(block, count - start))
    }
  }
}
