import Kernels

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

  /// Bytes that `reserve` would allocate for `length` positions.
  func growth(to length: Int) -> Int {
    guard length > capacity else { return 0 }
    return InferenceMemory.floats([2, layers, min(maxLength, max(length, 2 * capacity)), width])
  }

  /// Makes room for `length` positions, of which `used` are filled. Views from before are invalid afterwards.
  func reserve(_ length: Int, used: Int) {
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
}
