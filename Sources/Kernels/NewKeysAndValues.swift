/// The keys and values of one new token for each of several sequences, on their way into the caches: whoever attends with
/// a key and value head turns and stores it first, which saves two stretches between barriers.
public struct NewKeysAndValues {
  /// `[n, kvHeads · headSize]`, before RoPE where there is a table; turned in place
  public var keys: Rows
  /// `[n, kvHeads · headSize]`
  public var values: Rows
  public var table: RoPETable?

  public init(keys: Rows, values: Rows, table: RoPETable?) {
    self.keys = keys
    self.values = values
    self.table = table
  }

  /// Turns one head's key and the queries that attend with it, and stores key and value.
  @inline(__always)
  func append(
    _ n: Int, _ kvHead: Int, position: Int, q: Rows, to cache: KVView, _ shape: AttentionShape
  ) {
    let m = Microkernel.table
    let d = shape.headSize
    let key = keys.row(n) + kvHead * d
    if let table {
      let half = table.rotaryDimensions / 2
      let cosine = table.cosines + position * half
      let sine = table.sines + position * half
      m.rotate(key, key + half, cosine, sine, 1, half)
      for member in 0..<shape.groupSize {
        let query = q.row(n) + (kvHead * shape.groupSize + member) * d
        m.rotate(query, query + half, cosine, sine, 1, half)
      }
    }
    let place = position * cache.stride + kvHead * d
    (cache.keys + place).update(from: key, count: d)
    (cache.values + place).update(from: values.row(n) + kvHead * d, count: d)
  }
}
