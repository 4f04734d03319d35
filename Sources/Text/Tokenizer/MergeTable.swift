/// The merges of a BPE model by the pair of ids that they join: an open-addressing table, since a long word asks for
/// millions of pairs.
struct MergeTable: Sendable {
  struct Merge: Sendable {
    /// The lower, the earlier.
    let rank: Int32
    let result: Int32
  }

  private var keys: [UInt64]
  private var merges: [Merge]
  private let mask: Int
  private static let empty = UInt64.max

  init(count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    keys = [UInt64](repeating: Self.empty, count: capacity)
    merges = [Merge](repeating: Merge(rank: 0, result: 0), count: capacity)
    mask = capacity - 1
  }

  /// The last of two merges of the same pair counts, as in `tokenizers`.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    keys[slot] = key
    merges[slot] = merge
  }

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge? {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    return keys[slot] == key ? merges[slot] : nil
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
    while keys[slot] != key && keys[slot] != Self.empty { slot = (slot &+ 1) & mask }
    return slot
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
