/// Causal attention with grouped queries over packed, variable-length sequences.
///
/// In tiles with a running maximum, after FlashAttention (Dao et al. 2022): memory is linear in length, and the backward
/// pass computes the probabilities again from the saved logarithms. Scores and outputs are products of the matrix
/// product's own register tiles on packed keys and values; a tile that lies wholly behind the mask, causal or of the sliding
/// window, is skipped, and one that is seen whole is not masked.
public enum Attention {
  /// - Parameters:
  ///   - q: `[T, heads · headSize]`, after RoPE
  ///   - k: `[T, kvHeads · headSize]`, after RoPE
  ///   - v: `[T, kvHeads · headSize]`
  ///   - output: `[T, heads · headSize]`; may be `q`
  ///   - logSumExp: `[T, heads]`, what the backward pass needs
  ///   - shape: its scale must be positive
  ///   - sequenceStarts: `[sequences + 1]`, prefix sums of the lengths
  public static func forward(
    _ w: Worker, q: Rows, k: Rows, v: Rows, into output: Rows, logSumExp: UnsafeMutablePointer<Float>?,
    shape: AttentionShape, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    let items = AttentionItems(
      sequenceStarts: sequenceStarts, sequences: sequences, kvHeads: shape.kvHeads,
      chunk: AttentionForward.queryChunk(shape))
    let pass = AttentionForward(q: q, k: k, v: v, output: output, logSumExp: logSumExp, shape: shape)
    let scratch = w.scratch(floats: pass.scratchFloats)
    w.claimShards(items.count) { shard in pass.run(items[shard], scratch) }
  }

  /// Gradients of ``forward(_:q:k:v:into:logSumExp:shape:sequenceStarts:sequences:)``; `dQ`, `dK`, `dV` are overwritten.
  /// - Parameters:
  ///   - dOut: `[T, heads · headSize]`
  ///   - out: `[T, heads · headSize]`, from the forward pass
  ///   - logSumExp: `[T, heads]`, from the forward pass
  ///   - dQ: `[T, heads · headSize]`
  ///   - dK: `[T, kvHeads · headSize]`
  ///   - dV: `[T, kvHeads · headSize]`
  public static func backward(
    _ w: Worker, dOut: Rows, q: Rows, k: Rows, v: Rows, out: Rows, logSumExp: UnsafePointer<Float>, dQ: Rows,
    dK: Rows, dV: Rows, shape: AttentionShape, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    let squares = AttentionSquares(sequenceStarts: sequenceStarts, sequences: sequences, shape: shape)
    let pass = AttentionBackward(
      dOut: dOut, q: q, k: k, v: v, out: out, logSumExp: logSumExp, dQ: dQ, dK: dK, dV: dV, shape: shape)
    let scratch = w.scratch(floats: pass.scratchFloats(side: squares.side))
    for diagonal in 0..<squares.diagonals {
      w.claimShards(squares.count(on: diagonal)) { shard in
        pass.run(squares.square(shard, on: diagonal), scratch)
      }
    }
  }

  /// One new token for each of `q.rows` sequences, each with its own cache.
  /// - Parameters:
  ///   - q: `[n, heads · headSize]`, after RoPE
  ///   - caches: `[n]`; keys and values of the new token are in them already
  ///   - lengths: `[n]`, the new token included
  ///   - output: `[n, heads · headSize]`
  public static func decode(
    _ w: Worker, q: Rows, caches: UnsafePointer<KVView>, lengths: UnsafePointer<Int32>, into output: Rows,
    shape: AttentionShape
  ) {
    let m = Microkernel.table
    let d = shape.headSize
    let group = shape.groupSize
    var longest = 0
    for n in 0..<q.rows { longest = max(longest, min(Int(lengths[n]), shape.window ?? .max)) }
    let scores = w.scratch(floats: longest * group)
    w.claimShards(q.rows * shape.kvHeads) { item in
      let kvHead = item % shape.kvHeads
      let n = item / shape.kvHeads
      let cache = caches[n]
      let first = shape.firstKey(of: Int(lengths[n]) - 1)
      let length = Int(lengths[n]) - first
      let queries = q.row(n) + kvHead * group * d
      let keys = cache.keys + first * cache.stride + kvHead * d
      let values = cache.values + first * cache.stride + kvHead * d
      m.dotRows(d, queries, d, group, keys, cache.stride, length, scores, length, false)
      for member in 0..<group {
        let row = scores + member * length
        if let cap = shape.softCap { m.softCap(row, length, shape.scale, cap) }
        let scale = shape.softCap == nil ? shape.scale : 1
        let sum = m.exponentials(row, row, length, scale, scale * m.maximum(row, length), nil)
        let out = output.row(n) + (kvHead * group + member) * d
        out.update(repeating: 0, count: d)
        for s in 0..<length { m.addScaled(row[s], values + s * cache.stride, out, d) }
        m.scale(1 / sum, out, d)
      }
    }
  }
}
