import Kernels

/// The keys and values of one sequence in every layer that attends, and what short convolutions and linear attention keep in the others.
///
/// All of it is there from the start for up to 4096 positions; a longer limit is only reached as the sequence is, so that asking
/// for a long answer costs no memory by itself.
///
/// `@unchecked Sendable`: grown outside regions or by worker 0 between two barriers; `DecoderCore` decides who writes what.
final class SlotCache: @unchecked Sendable {
  private let kvHeads: Int
  private let headSize: Int
  /// Features of a short convolution.
  private let hidden: Int
  /// Of each layer: its place among those of its kind.
  private let places: [(index: Int, kind: Kind)]
  private let maxLength: Int
  private var capacity: Int
  /// Positions that may have been written since they were all zeros: no more than were reserved.
  private var written = 0
  private var keys: Streams
  private var values: Streams
  private var products: Streams
  /// Of each layer with linear attention its state, and the tokens that the next ones are convolved with.
  private let states: States
  /// They as they were at a length to which the sequence may go back.
  private var marked: (length: Int, states: States)?

  private enum Kind {
    case attends, convolves, recurs
  }

  private struct States {
    let count: Int
    let stateSize: Int
    let historySize: Int
    let buffer: FloatBuffer

    init(_ linear: LinearAttentions?) {
      count = linear?.layers.count ?? 0
      stateSize = linear?.shape.stateSize ?? 0
      historySize = linear?.shape.historySize ?? 0
      buffer = FloatBuffer(count: max(1, count * (stateSize + historySize)))
    }

    private init(like other: States) {
      (count, stateSize, historySize) = (other.count, other.stateSize, other.historySize)
      buffer = FloatBuffer(count: other.buffer.count)
    }

    var copy: States {
      let copy = States(like: self)
      for layer in 0..<count { copy.copy(self, layer) }
      return copy
    }

    func pointer(_ layer: Int) -> UnsafeMutablePointer<Float> { buffer.pointer + layer * (stateSize + historySize) }

    func copy(_ other: States, _ layer: Int) {
      pointer(layer).update(from: other.pointer(layer), count: stateSize + historySize)
    }

    func clear() { buffer.pointer.update(repeating: 0, count: buffer.count) }
  }

  /// `[streams, capacity, width]`: one for each head of each layer, or for each layer that convolves.
  private struct Streams {
    let count: Int
    let width: Int
    var capacity: Int
    var buffer: FloatBuffer

    init(count: Int, width: Int, capacity: Int) {
      (self.count, self.width, self.capacity) = (count, width, capacity)
      buffer = FloatBuffer(count: max(1, count * capacity * width))
    }

    func pointer(_ stream: Int) -> UnsafeMutablePointer<Float> { buffer.pointer + stream * capacity * width }

    func clear(_ positions: Int) {
      for stream in 0..<count { pointer(stream).update(repeating: 0, count: positions * width) }
    }

    func copy(_ other: Streams, _ streams: Range<Int>, positions: Int) {
      for stream in streams { pointer(stream).update(from: other.pointer(stream), count: positions * width) }
    }

    mutating func grow(to capacity: Int, used: Int) {
      let larger = Streams(count: count, width: width, capacity: capacity)
      larger.copy(self, 0..<count, positions: used)
      self = larger
    }
  }

  init(_ configuration: ModelConfiguration, maxLength: Int, initial: Int = InferenceMemory.firstPositions) {
    (kvHeads, headSize, hidden) = (configuration.kvHeads, configuration.headSize, configuration.hiddenSize)
    var counts: [Kind: Int] = [:]
    places = (0..<configuration.layers).map { layer in
      let kind: Kind = configuration.convolves(layer) ? .convolves : configuration.recurs(layer) ? .recurs : .attends
      defer { counts[kind, default: 0] += 1 }
      return (counts[kind] ?? 0, kind)
    }
    let (attending, convolving) = (counts[.attends] ?? 0, counts[.convolves] ?? 0)
    states = States(configuration.block.linearAttention)
    self.maxLength = maxLength
    capacity = min(maxLength, initial)
    keys = Streams(count: attending * kvHeads, width: headSize, capacity: capacity)
    values = Streams(count: attending * kvHeads, width: headSize, capacity: capacity)
    products = Streams(count: convolving, width: hidden, capacity: capacity)
  }

  func view(layer: Int) -> KVView {
    let (index, kind) = places[layer]
    switch kind {
    case .convolves:
      let own = products.pointer(index)
      return KVView(keys: own, values: own, stride: hidden, headStride: 0)
    case .recurs:
      let own = states.pointer(index)
      return KVView(keys: own, values: own + states.stateSize, stride: 0, headStride: 0)
    case .attends:
      return KVView(
        keys: keys.pointer(index * kvHeads), values: values.pointer(index * kvHeads), stride: headSize,
        headStride: capacity * headSize)
    }
  }

  /// Zeros every position that may be another number. What is masked is multiplied by 0, which is not enough for what is no number.
  func clear() {
    for streams in [keys, values, products] { streams.clear(written) }
    states.clear()
    marked = nil
    written = 0
  }

  /// Bytes that `reserve` would allocate for `length` positions.
  func growth(to length: Int) -> Int {
    guard length > capacity else { return 0 }
    let width = [keys, values, products].reduce(0) { $0 + $1.count * $1.width }
    return InferenceMemory.floats([min(maxLength, max(length, 2 * capacity)), width])
  }

  /// Its first positions become those of another cache of the same model.
  func take(_ length: Int, of other: SlotCache) {
    reserve(length, used: 0)
    for layer in places.indices { copy(other, layer: layer, count: length) }
  }

  /// Makes room for `length` positions, of which `used` are filled; nothing behind them is written before it is reserved. Views from before
  /// are invalid afterwards.
  func reserve(_ length: Int, used: Int) {
    written = max(written, length)
    guard length > capacity else { return }
    capacity = min(maxLength, max(length, 2 * capacity))
    keys.grow(to: capacity, used: used)
    values.grow(to: capacity, used: used)
    products.grow(to: capacity, used: used)
  }

  /// Takes over what another cache, which has them, has of one layer's first `count` positions, as this has room for them; a state is that of
  /// all that the other has.
  func copy(_ other: SlotCache, layer: Int, count: Int) {
    let (index, kind) = places[layer]
    switch kind {
    case .convolves: products.copy(other.products, index..<index + 1, positions: count)
    case .recurs: states.copy(other.states, index)
    case .attends:
      let heads = index * kvHeads..<(index + 1) * kvHeads
      keys.copy(other.keys, heads, positions: count)
      values.copy(other.values, heads, positions: count)
    }
  }

  /// Keeps the states as they are at this length.
  func mark(_ length: Int) {
    if states.count > 0 { marked = (length, states.copy) }
  }

  /// Gives the states back that were marked at this length. A sequence that begins anew needs none.
  func rewind(to length: Int) {
    guard states.count > 0, length > 0 else { return }
    precondition(marked?.length == length, "a sequence with states goes back to where they were marked")
    if let marked { for layer in 0..<states.count { states.copy(marked.states, layer) } }
  }
}
