/// Attention with grouped queries over packed, variable-length sequences, causal or not.
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
    let pass = AttentionForward(
      q: q, keys: .rows(keys: k, values: v), output: output, logSumExp: logSumExp, shape: shape,
      arithmetic: w.arithmetic.value)
    let scratch = w.scratch(floats: pass.scratchFloats)
    w.claimShards(items.count) { shard in pass.run(items[shard], scratch) }
  }

  /// The same of the last tokens of sequences whose keys and values, those of these tokens too, are in caches. An output's bits do not depend on
  /// how many of its sequence's queries are there.
  /// - Parameters:
  ///   - q: `[T, heads · headSize]`, after RoPE
  ///   - caches: `[sequences]`
  ///   - past: `[sequences]`, tokens before the first whose query is there
  ///   - output: `[T, heads · headSize]`; may be `q`
  ///   - shape: causal
  ///   - sequenceStarts: `[sequences + 1]`, prefix sums of the numbers of queries
  public static func forward(
    _ w: Worker, q: Rows, caches: UnsafePointer<KVView>, past: UnsafePointer<Int32>, into output: Rows,
    shape: AttentionShape, sequenceStarts: UnsafePointer<Int32>, sequences: Int
  ) {
    let items = AttentionItems(
      sequenceStarts: sequenceStarts, sequences: sequences, past: past, kvHeads: shape.kvHeads,
      chunk: AttentionForward.queryChunk(shape))
    let pass = AttentionForward(
      q: q, keys: .caches(caches), output: output, logSumExp: nil, shape: shape, arithmetic: w.arithmetic.value)
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
      dOut: dOut, q: q, k: k, v: v, out: out, logSumExp: logSumExp, dQ: dQ, dK: dK, dV: dV, shape: shape,
      arithmetic: w.arithmetic.value)
    let scratch = w.scratch(floats: pass.scratchFloats(side: squares.side))
    for diagonal in 0..<squares.diagonals {
      w.claimShards(squares.count(on: diagonal)) { shard in
        pass.run(squares.square(shard, on: diagonal), scratch)
      }
    }
  }

  /// One new token for each of `q.rows` sequences, each with its own cache.
  /// - Parameters:
  ///   - q: `[n, heads · headSize]`, after RoPE; or before it, and turned in place, where `new` has a table
  ///   - new: what the new token adds to the caches; nil where that is in them already
  ///   - caches: `[n]`
  ///   - lengths: `[n]`, the new token included
  ///   - output: `[n, heads · headSize]`
  public static func decode(
    _ w: Worker, q: Rows, new: NewKeysAndValues? = nil, caches: UnsafePointer<KVView>,
    lengths: UnsafePointer<Int32>, into output: Rows, shape: AttentionShape
  ) {
    func append(_ item: Int) {
      let (n, kvHead) = (item / shape.kvHeads, item % shape.kvHeads)
      new?.append(n, kvHead, position: Int(lengths[n]) - 1, q: q, to: caches[n], shape)
    }
    let pass = AttentionDecode(q: q, caches: caches, lengths: lengths, output: output, shape: shape)
    let scratch = w.scratch(floats: pass.scratchFloats)
    let parts = pass.parts
    if parts == 1 {
      w.claimShards(q.rows * shape.kvHeads) {
        append($0)
        pass.attend($0, part: 0, scratch, results: nil)
      }
    } else {
      if new != nil { w.claimShards(q.rows * shape.kvHeads, append) }
      let results = w.sharedScratch(floats: pass.resultFloats)
      w.claimShards(q.rows * shape.kvHeads * parts) {
        pass.attend($0 / parts, part: $0 % parts, scratch, results: results)
      }
      w.claimShards(q.rows * shape.heads) { pass.combine($0, results) }
    }
  }
}

/// Heads of one attention layer, and what its scores go through. Query head `h` attends to key and value head
/// `h / (heads / kvHeads)`.
public struct AttentionShape: Sendable, Equatable {
  public var heads: Int
  public var kvHeads: Int
  public var headSize: Int
  /// Factor on the scores, usually `1 / sqrt(headSize)`; must be positive.
  public var scale: Float
  /// Keys that a token sees, itself included (a sliding window, as in Mistral); nil for all. At least 1.
  public var window: Int?
  /// Scaled scores become `softCap · tanh(score / softCap)` (Gemma 2); nil for as they are. Must be positive.
  public var softCap: Float?
  /// A token sees itself and what is before it; otherwise all of its sequence, and there is no window.
  public var isCausal: Bool

  public init(
    heads: Int, kvHeads: Int, headSize: Int, scale: Float? = nil, window: Int? = nil, softCap: Float? = nil,
    isCausal: Bool = true
  ) {
    precondition(isCausal || window == nil, "a window looks back from a token, so it needs the causal mask")
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.window = window
    self.softCap = softCap
    self.isCausal = isCausal
  }

  /// Query heads that share one key and value head.
  var groupSize: Int { heads / kvHeads }

  /// The first key that the query at `position` sees.
  func firstKey(of position: Int) -> Int { window.map { max(0, position + 1 - $0) } ?? 0 }

  /// How far the causal mask is moved to the right: without one, beyond the last of `keys`, so that it hides nothing.
  func maskShift(keys: Int) -> Int { isCausal ? 0 : keys }
}
