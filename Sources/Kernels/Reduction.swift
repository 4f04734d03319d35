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
