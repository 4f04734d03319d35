import Kernels

/// The activations of one decoding step, for up to `slots` rows.
///
/// `@unchecked Sendable`: used by one region at a time, as `DecoderCore` says.
final class DecodeRoom: @unchecked Sendable {
  let stream: FloatBuffer
  let normed: FloatBuffer
  /// `[slots, (heads + 2·kvHeads)·size]` queries, keys and values, or what a short convolution or linear attention mixes.
  let heads: FloatBuffer
  /// `[slots, room]` what linear attention needs of each token.
  let mixing: FloatBuffer
  let attention: FloatBuffer
  /// `[slots, 2·intermediate]` what goes into the activation, and what comes out.
  let gateUp: FloatBuffer
  let wide: FloatBuffer
  /// `[slots, hidden]` what is normalised before it joins the residual stream.
  let projected: FloatBuffer
  /// `[slots, rank]`
  let u: FloatBuffer
  /// `[slots, out]` what DoRA's magnitudes multiply.
  let products: FloatBuffer
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

  init(configuration: ModelConfiguration, slots count: Int, layers: Int, rank: Int, product: Int) {
    stream = FloatBuffer(count: count * configuration.hiddenSize)
    normed = FloatBuffer(count: count * configuration.hiddenSize)
    let mixing = configuration.mixing
    heads = FloatBuffer(count: count * mixing.inputs)
    self.mixing = FloatBuffer(count: max(1, count * mixing.room))
    attention = FloatBuffer(count: count * mixing.outputs)
    gateUp = FloatBuffer(count: count * configuration.activationInputs)
    wide = FloatBuffer(count: count * configuration.intermediateSize)
    projected = FloatBuffer(count: configuration.block.changesOutputs ? count * configuration.hiddenSize : 1)
    u = FloatBuffer(count: count * max(1, rank))
    products = FloatBuffer(count: count * max(1, product))
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
