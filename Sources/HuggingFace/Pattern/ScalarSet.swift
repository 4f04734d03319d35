/// A set of Unicode scalars, as a regular expression's class describes it: ranges, general categories, white space.
struct ScalarSet: Sendable {
  /// One member of a class.
  enum Item: Sendable {
    case range(UInt32, UInt32)
    /// Bits of general categories; see `CategoryBits`.
    case categories(UInt32)
    /// The property White_Space.
    case whitespace
    /// `\w`: letters, marks, decimal digits, connector punctuation.
    case word
    /// The complement, as in `\S` and `\P{L}`.
    indirect case not(Item)
  }

  private let items: [Item]
  private let negated: Bool
  /// The answers for ASCII, a bit each.
  private let low: (UInt64, UInt64)

  init(items: [Item], negated: Bool = false) {
    self.items = items
    self.negated = negated
    var low: (UInt64, UInt64) = (0, 0)
    for value in UInt32(0)..<128 where items.contains(where: { Self.holds($0, value) }) != negated {
      if value < 64 { low.0 |= 1 << UInt64(value) } else { low.1 |= 1 << UInt64(value - 64) }
    }
    self.low = low
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 64 { return low.0 >> UInt64(scalar) & 1 != 0 }
    if scalar < 128 { return low.1 >> UInt64(scalar &- 64) & 1 != 0 }
    return items.contains { Self.holds($0, scalar) } != negated
  }

  private static func holds(_ item: Item, _ value: UInt32) -> Bool {
    switch item {
    case .range(let first, let last): return first <= value && value <= last
    case .categories(let bits): return CategoryBits.of(value) & bits != 0
    case .whitespace: return Unicode.Scalar(value)?.properties.isWhitespace ?? false
    case .word: return CategoryBits.of(value) & CategoryBits.word != 0
    case .not(let item): return !holds(item, value)
    }
  }
}
