#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Causal attention with grouped queries over packed, variable-length sequences. Memory linear in length.
public enum Attention {
  /// - Parameters:
  ///   - q: `[T, heads · headSize]`, after RoPE
  ///   - k: `[T, kvHeads · headSize]`, after RoPE
  ///   - v: `[T, kvHeads · headSize]`
  ///   - output: `[T, heads · headSize]`
  ///   - logSumExp: `[T, heads]`, what the backward pass needs
  ///   - sequenceStarts: `[sequences + 1]`, prefix sums of the lengths
  public static func forward(
    _ w: Worker, q: Rows, k: Rows, v: Rows, into output: Rows, logSumExp: UnsafeMutablePointer<Float>?,
    shape: AttentionShape, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    var longest = 0
    for s in 0..<sequences { longest = max(longest, Int(sequenceStarts[s + 1] - sequenceStarts[s])) }
    let scores = w.scratch(floats: longest)
    let d = shape.headSize
    w.claimShards(sequences * shape.heads) { item in
      let head = item % shape.heads
      let kvHead = head / shape.groupSize
      let first = Int(sequenceStarts[item / shape.heads])
      let end = Int(sequenceStarts[item / shape.heads + 1])
      for t in first..<end {
        let query = q.row(t) + head * d
        var top = -Float.infinity
        for s in first...t {
          scores[s - first] = shape.scale * MatMul.dot(query, k.row(s) + kvHead * d, d)
          top = max(top, scores[s - first])
        }
        let out = output.row(t) + head * d
        out.update(repeating: 0, count: d)
        var sum: Float = 0
        for s in first...t {
          let weight = expf(scores[s - first] - top)
          sum += weight
          MatMul.addScaled(weight, v.row(s) + kvHead * d, out, d)
        }
        for j in 0..<d { out[j] /= sum }
        logSumExp?[t * shape.heads + head] = top + logf(sum)
      }
    }
  }

  /// Gradients of ``forward(_:q:k:v:into:logSumExp:shape:sequenceStarts:sequences:)``; `dQ`, `dK`, `dV` are overwritten.
  public static func backward(
    _ w: Worker, dOut: Rows, q: Rows, k: Rows, v: Rows, out: Rows, logSumExp: UnsafePointer<Float>, dQ: Rows,
    dK: Rows, dV: Rows, shape: AttentionShape, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    let d = shape.headSize
    w.claimShards(sequences * shape.kvHeads) { item in
      let kvHead = item % shape.kvHeads
      let first = Int(sequenceStarts[item / shape.kvHeads])
      let end = Int(sequenceStarts[item / shape.kvHeads + 1])
      for t in first..<end {
        (dK.row(t) + kvHead * d).update(repeating: 0, count: d)
        (dV.row(t) + kvHead * d).update(repeating: 0, count: d)
      }
      for head in kvHead * shape.groupSize..<(kvHead + 1) * shape.groupSize {
        for t in first..<end {
          let query = q.row(t) + head * d
          let gradient = dOut.row(t) + head * d
          let delta = MatMul.dot(gradient, out.row(t) + head * d, d)
          let dQuery = dQ.row(t) + head * d
          dQuery.update(repeating: 0, count: d)
          for s in first...t {
            let key = k.row(s) + kvHead * d
            let score = shape.scale * MatMul.dot(query, key, d)
            let weight = expf(score - logSumExp[t * shape.heads + head])
            MatMul.addScaled(weight, gradient, dV.row(s) + kvHead * d, d)
            let dScore = shape.scale * weight * (MatMul.dot(gradient, v.row(s) + kvHead * d, d) - delta)
            MatMul.addScaled(dScore, key, dQuery, d)
            MatMul.addScaled(dScore, query, dK.row(s) + kvHead * d, d)
          }
        }
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
    let d = shape.headSize
    var longest = 0
    for n in 0..<q.rows { longest = max(longest, Int(lengths[n])) }
    let scores = w.scratch(floats: longest)
    w.claimShards(q.rows * shape.heads) { item in
      let head = item % shape.heads
      let n = item / shape.heads
      let offset = head / shape.groupSize * d
      let cache = caches[n]
      let length = Int(lengths[n])
      let query = q.row(n) + head * d
      var top = -Float.infinity
      for s in 0..<length {
        scores[s] = shape.scale * MatMul.dot(query, cache.keys + s * cache.stride + offset, d)
        top = max(top, scores[s])
      }
      let out = output.row(n) + head * d
      out.update(repeating: 0, count: d)
      var sum: Float = 0
      for s in 0..<length {
        let weight = expf(scores[s] - top)
        sum += weight
        MatMul.addScaled(weight, cache.values + s * cache.stride + offset, out, d)
      }
      for j in 0..<d { out[j] /= sum }
    }
  }
}
