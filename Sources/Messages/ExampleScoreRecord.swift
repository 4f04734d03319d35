import Recipe

/// One evaluated example's score without its texts; a digest tells whether two runs answered the same one.
public struct ExampleScoreRecord: Hashable, Sendable {
  public var index: Int
  /// Of prompt and expected answer.
  public var digest: UInt64
  /// 0 to 1.
  public var score: Double
  public var parsed: Bool
  public var lenient: Double

  public init(index: Int, prompt: String, expected: String, score: Double, parsed: Bool, lenient: Double) {
    self.index = index
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    digest = Self.digest(prompt, expected)
  }

  public init(_ outcome: ExampleOutcome) {
    self.init(
      index: outcome.index, prompt: outcome.prompt, expected: outcome.expected, score: outcome.score,
      parsed: outcome.parsed, lenient: outcome.lenient)
  }

  /// FNV-1a over 64 bits. Together with the index a chance match of two different examples need not be feared.
  private static func digest(_ prompt: String, _ expected: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ text: String) {
      var text = text
      text.withUTF8 { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
      hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
    add(prompt)
    add(expected)
    return hash
  }
}
