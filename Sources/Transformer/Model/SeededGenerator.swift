import Recipe

/// `SplitMix64` with streams that are told apart in another way: the numbers that adapters, random weights and samplers are
/// drawn from, which must stay what they were.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var words: SplitMix64

  /// `stream` separates generators that share a seed.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = SplitMix64(seed: seed)
    var second = SplitMix64(seed: mixer.next() ^ (stream &* 0xD6E8_FEB8_6659_FD93))
    words = SplitMix64(seed: second.next())
  }

  public mutating func next() -> UInt64 { words.next() }

  /// Uniform in 0 ..< 1, 24 bits.
  public mutating func nextUnitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< 1, 53 bits.
  public mutating func nextUnitDouble() -> Double { words.uniform() }
}
