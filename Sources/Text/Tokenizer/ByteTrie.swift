/// Byte strings by their beginnings.
struct ByteTrie: Sendable {
  /// The children of all nodes in one open-addressing table; a key is a node and a byte.
  private var keys: [UInt64]
  private var children: [Int32]
  private var values: [Int32] = [-1]
  /// The root's children, which are asked for at every place of a text.
  private var first = [Int32](repeating: -1, count: 256)
  private static let empty = UInt64.max

  init() {
    keys = [UInt64](repeating: Self.empty, count: 64)
    children = [Int32](repeating: -1, count: 64)
  }

  var isEmpty: Bool { values.count == 1 }

  /// The empty string stays out. Of two values of one string the last counts.
  mutating func insert(_ string: some Sequence<UInt8>, value: Int32) {
    var node: Int32 = 0
    for byte in string {
      var next = child(of: node, byte)
      if next < 0 {
        next = Int32(values.count)
        values.append(-1)
        add(next, to: node, byte)
      }
      node = next
    }
    if node > 0 { values[Int(node)] = value }
  }

  /// Whether a string begins with the byte.
  @inline(__always)
  func begins(with byte: UInt8) -> Bool { first[Int(byte)] >= 0 }

  /// Calls `body` with the end and value of each string that begins at `start`, shortest first.
  @inline(__always)
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, at start: Int, _ body: (_ end: Int, _ value: Int32) -> Void) {
    var node: Int32 = 0
    var position = start
    while position < text.count {
      node = child(of: node, text[position])
      guard node >= 0 else { return }
      position += 1
      if values[Int(node)] >= 0 { body(position, values[Int(node)]) }
    }
  }

  @inline(__always)
  private func child(of node: Int32, _ byte: UInt8) -> Int32 {
    if node == 0 { return first[Int(byte)] }
    let key = UInt64(node) << 8 | UInt64(byte)
    let slot = slot(of: key)
    return keys[slot] == key ? children[slot] : -1
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 24) & mask
    while keys[slot] != key && keys[slot] != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func add(_ child: Int32, to node: Int32, _ byte: UInt8) {
    guard node > 0 else {
      first[Int(byte)] = child
      return
    }
    if values.count * 2 > keys.count {
      let old = zip(keys, children).filter { $0.0 != Self.empty }
      let size = keys.count * 2
      keys = [UInt64](repeating: Self.empty, count: size)
      children = [Int32](repeating: -1, count: size)
      for (key, value) in old { set(key, value) }
    }
    set(UInt64(node) << 8 | UInt64(byte), child)
  }

  private mutating func set(_ key: UInt64, _ child: Int32) {
    let slot = slot(of: key)
    keys[slot] = key
    children[slot] = child
  }
}
