import Kernels

/// The keys and values of one sequence in every layer.
///
/// All of it is there from the start for up to 4096 positions; a longer limit is only reached as the sequence is, so that asking
/// for a long answer costs no memory by itself.
///
/// `@unchecked Sendable`: grown outside regions or by worker 0 between two barriers; `DecoderCore` decides who writes what.
final class SlotCache: @unchecked Sendable {
  private let layers: Int
  private let kvHeads: Int
  private let headSize: Int
  private let maxLength: Int
  private var capacity: Int
  /// Positions that may have been written since they were all zeros: no more than were reserved.
  private var written = 0
  /// `[layers, kvHeads, capacity, headSize]` each.
  private var keys: FloatBuffer
  private var values: FloatBuffer

  init(
    layers: Int, kvHeads: Int, headSize: Int, maxLength: Int, initial: Int = InferenceMemory.firstPositions
  ) {
    (self.layers, self.kvHeads, self.headSize) = (layers, kvHeads, headSize)
    self.maxLength = maxLength
    capacity = min(maxLength, initial)
    keys = FloatBuffer(count: layers * kvHeads * capacity * headSize)
    values = FloatBuffer(count: layers * kvHeads * capacity * headSize)
  }

  func view(layer: Int) -> KVView {
    let place = layer * kvHeads * capacity * headSize
    return KVView(
      keys: keys.pointer + place, values: values.pointer + place, stride: headSize, headStride: capacity * headSize)
  }

  /// Zeros every position that may be another number. What is masked is multiplied by 0, which is not enough for what is no number.
  func clear() {
    for place in 0..<layers * kvHeads {
      (keys.pointer + place * capacity * headSize).update(repeating: 0, count: written * headSize)
      (values.pointer + place * capacity * headSize).update(repeating: 0, count: written * headSize)
    }
    written = 0
  }

  /// Bytes that `reserve` would allocate for `length` positions.
  func growth(to length: Int) -> Int {
    guard length > capacity else { return 0 }
    return InferenceMemory.floats([2, layers, min(maxLength, max(length, 2 * capacity)), kvHeads * headSize])
  }

  /// Its first positions become those of another cache of the same model.
  func take(_ length: Int, of other: SlotCache) {
    reserve(length, used: 0)
    copy(other, places: 0..<layers * kvHeads, count: length)
  }

  /// Makes room for `length` positions, of which `used` are filled; nothing behind them is written before it is reserved. Views from before
  /// are invalid afterwards.
  func reserve(_ length: Int, used: Int) {
    written = max(written, length)
    guard length > capacity else { return }
    let larger = min(maxLength, max(length, 2 * capacity))
    func grown(_ old: FloatBuffer) -> FloatBuffer {
      let new = FloatBuffer(count: layers * kvHeads * larger * headSize)
      for place in 0..<layers * kvHeads {
        (new.pointer + place * larger * headSize).update(
          from: old.pointer + place * capacity * headSize, count: used * headSize)
      }
      return new
    }
    keys = grown(keys)
    values = grown(values)
    capacity = larger
  }

  /// Takes over one layer's first `count` keys and values of another cache, which has them, as this has room for them.
  func copy(_ other: SlotCache, layer: Int, count: Int) {
    copy(other, places: layer * kvHeads..<(layer + 1) * kvHeads, count: count)
  }

  /// - Parameter places: heads of all layers, in their order.
  private func copy(_ other: SlotCache, places: Range<Int>, count: Int) {
    for place in places {
      let (own, there) = (place * capacity * headSize, place * other.capacity * headSize)
      (keys.pointer + own).update(from: other.keys.pointer + there, count: count * headSize)
      (values.pointer + own).update(from: other.values.pointer + there, count: count * headSize)
    }
  }
}
