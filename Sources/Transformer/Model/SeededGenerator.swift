/// A seeded random generator with the same bits everywhere: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var state: UInt64

  /// `stream` separates generators that share a seed.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = SeededGenerator(state: seed)
    let first = mixer.next()
    var second = SeededGenerator(state: first ^ (stream &* 0xD6E8_FEB8_6659_FD93))
    state = second.next()
  }

  private init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Uniform in 0 ..< 1, 24 bits.
  public mutating func nextUnitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< 1, 53 bits.
  public mutating func nextUnitDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
