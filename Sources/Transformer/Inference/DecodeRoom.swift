import Kernels

/// The activations of one decoding step, for up to `slots` rows.
///
/// `@unchecked Sendable`: used by one region at a time, as `DecoderCore` says.
final class DecodeRoom: @unchecked Sendable {
  let stream: FloatBuffer
  let normed: FloatBuffer
  let q: FloatBuffer
  let k: FloatBuffer
  let v: FloatBuffer
  let attention: FloatBuffer
  let gate: FloatBuffer
  let up: FloatBuffer
  /// `[slots, rank]`
  let u: FloatBuffer
  /// Columns of `u`.
  let rank: Int
  /// `[slots, vocabulary]`
  let logits: FloatBuffer
  /// `[slots]`: a row's new token, that token's position, the length with it.
  let tokens: UnsafeMutablePointer<Int32>
  let positions: UnsafeMutablePointer<Int32>
  let lengths: UnsafeMutablePointer<Int32>
  /// `[layers, slots]` the cache of each row.
  let caches: UnsafeMutablePointer<KVView>

  init(configuration: ModelConfiguration, slots count: Int, layers: Int, rank: Int) {
    stream = FloatBuffer(count: count * configuration.hiddenSize)
    normed = FloatBuffer(count: count * configuration.hiddenSize)
    q = FloatBuffer(count: count * configuration.queryWidth)
    k = FloatBuffer(count: count * configuration.kvWidth)
    v = FloatBuffer(count: count * configuration.kvWidth)
    attention = FloatBuffer(count: count * configuration.queryWidth)
    gate = FloatBuffer(count: count * configuration.intermediateSize)
    up = FloatBuffer(count: count * configuration.intermediateSize)
    u = FloatBuffer(count: count * max(1, rank))
    self.rank = rank
    logits = FloatBuffer(count: count * configuration.vocabularySize)
    tokens = .allocate(capacity: count)
    positions = .allocate(capacity: count)
    lengths = .allocate(capacity: count)
    caches = .allocate(capacity: count * max(1, layers))
  }

  deinit {
    tokens.deallocate()
    positions.deallocate()
    lengths.deallocate()
    caches.deallocate()
  }
}
