import Recipe

/// A 64-bit hash of a sequence of words, mixed as in SplitMix64: tells one data set or one set of weights from another, and
/// is not proof against anyone who tries.
struct ContentHash {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ word: UInt64) {
    var mixed = SplitMix64(seed: value ^ word)
    value = mixed.next()
  }

  mutating func combine(_ number: Int) {
    combine(UInt64(bitPattern: Int64(number)))
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
