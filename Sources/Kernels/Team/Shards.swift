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

/// Whole-array reductions whose result every worker gets, summed in a fixed order.
public enum Reduction {
  /// `Σ x²` over `count` values, in double precision; the same value on every worker.
  public static func sumOfSquares(_ w: Worker, _ pointer: UnsafePointer<Float>, _ count: Int) -> Float {
    Float(sumOfSquaresInDouble(w, pointer, count))
  }

  /// As ``sumOfSquares(_:_:_:)``, without the final rounding: for sums over several arrays.
  public static func sumOfSquaresInDouble(_ w: Worker, _ pointer: UnsafePointer<Float>, _ count: Int) -> Double {
    overShards(w, count) { start, end in
      var sum = 0.0
      for i in start..<end { sum += Double(pointer[i]) * Double(pointer[i]) }
      return sum
    }
  }

  /// Whether no value is infinite or NaN; the same answer on every worker.
  public static func isFinite(_ w: Worker, _ pointer: UnsafePointer<Float>, _ count: Int) -> Bool {
    let bad = overShards(w, count) { start, end in
      var bits: UInt32 = 0
      for i in start..<end { bits |= (pointer[i].bitPattern & 0x7F80_0000) == 0x7F80_0000 ? 1 : 0 }
      return Double(bits)
    }
    return bad == 0
  }

  @inline(__always)
  private static func overShards(_ w: Worker, _ count: Int, _ partial: (_ start: Int, _ end: Int) -> Double) -> Double {
    let slots = w.team.reductionSlots
    let block = max(4096, (count + TeamState.reductionSlotCount - 1) / TeamState.reductionSlotCount)
    let shards = (count + block - 1) / block
    w.claimShards(shards) { shard in
      slots[shard] = partial(shard * block, min(count, (shard + 1) * block))
    }
    var total = 0.0
    for shard in 0..<shards { total += slots[shard] }
    // The slots are free for the next reduction only after everyone has summed.
    w.barrier()
    return total
  }
}
