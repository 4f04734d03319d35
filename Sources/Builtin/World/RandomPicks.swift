import Recipe
import Training

extension SplitMix64 {
  /// One of `items`, which must not be empty.
  mutating func pick<C: RandomAccessCollection>(_ items: C) -> C.Element {
    items[items.index(items.startIndex, offsetBy: below(items.count))]
  }

  /// `count` different items in random order; all of them if there are fewer.
  mutating func sample<C: RandomAccessCollection>(_ count: Int, from items: C) -> [C.Element] {
    var pool = Array(items)
    let wanted = min(count, pool.count)
    for index in 0..<wanted {
      pool.swapAt(index, index + below(pool.count - index))
    }
    return Array(pool.prefix(wanted))
  }

  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  mutating func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }
}
