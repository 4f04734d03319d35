import Kernels

/// The activations of one decoding step, for up to `slots` rows.
///
/// `@unchecked Sendable`: used by one region at a time, as `DecoderCore` says.
final class DecodeRoom: @unchecked Sendable {
  let stream: FloatBuffer
  let normed: FloatBuffer
  /// `[slots, (heads + 2·kvHeads)·size]` queries, keys and values.
  let heads: FloatBuffer
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
    heads = FloatBuffer(count: count * configuration.qkvWidth)
    attention = FloatBuffer(count: count * configuration.queryWidth)
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

/// The keys and values of one sequence in every layer.
///
/// All of it is there from the start for up to 4096 positions; a longer limit is only reached as the sequence is, so that asking
/// for a long answer costs no memory by itself.
///
/// `@unchecked Sendable`: grown outside regions or by worker 0 between two barriers; `DecoderCore` decides who writes what.
final class SlotCache: @unchecked Sendable {
  private let layers: Int
  private let width: Int
  private let maxLength: Int
  private var capacity: Int
  /// Positions that may have been written since they were all zeros: no more than were reserved.
  private var written = 0
  /// `[layers, capacity, width]` each.
  private var keys: FloatBuffer
  private var values: FloatBuffer

  init(layers: Int, width: Int, maxLength: Int, initial: Int = InferenceMemory.firstPositions) {
    self.layers = layers
    self.width = width
    self.maxLength = maxLength
    capacity = min(maxLength, initial)
    keys = FloatBuffer(count: layers * capacity * width)
    values = FloatBuffer(count: layers * capacity * width)
  }

  func view(layer: Int) -> KVView {
    let place = layer * capacity * width
    return KVView(keys: keys.pointer + place, values: values.pointer + place, stride: width)
  }

  /// Zeros every position that may be another number. What is masked is multiplied by 0, which is not enough for what is no number.
  func clear() {
    for layer in 0..<layers {
      let place = layer * capacity * width
      (keys.pointer + place).update(repeating: 0, count: written * width)
      (values.pointer + place).update(repeating: 0, count: written * width)
    }
    written = 0
  }

  /// Bytes that `reserve` would allocate for `length` positions.
  func growth(to length: Int) -> Int {
    guard length > capacity else { return 0 }
    return InferenceMemory.floats([2, layers, min(maxLength, max(length, 2 * capacity)), width])
  }

  /// Its first positions become those of another cache of the same model.
  func take(_ length: Int, of other: SlotCache) {
    reserve(length, used: 0)
    for layer in 0..<layers {
      let (own, there) = (layer * capacity * width, layer * other.capacity * width)
      (keys.pointer + own).update(from: other.keys.pointer + there, count: length * width)
      (values.pointer + own).update(from: other.values.pointer + there, count: length * width)
    }
  }

  /// Makes room for `length` positions, of which `used` are filled; nothing behind them is written before it is reserved. Views from before
  /// are invalid afterwards.
  func reserve(_ length: Int, used: Int) {
    written = max(written, length)
    guard length > capacity else { return }
    let larger = min(maxLength, max(length, 2 * capacity))
    func grown(_ old: FloatBuffer) -> FloatBuffer {
      let new = FloatBuffer(count: layers * larger * width)
      for layer in 0..<layers {
        (new.pointer + layer * larger * width).update(
          from: old.pointer + layer * capacity * width, count: used * width)
      }
      return new
    }
    keys = grown(keys)
    values = grown(values)
    capacity = larger
  }

  /// Takes over one layer's first `count` keys and values of another cache, which has them, as this has room for them.
  func copy(_ other: SlotCache, layer: Int, count: Int) {
    let (target, source) = (view(layer: layer), other.view(layer: layer))
    target.keys.update(from: source.keys, count: count * width)
    target.values.update(from: source.values, count: count * width)
  }
}
