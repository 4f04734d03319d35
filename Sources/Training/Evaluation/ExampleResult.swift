/// What one evaluation example came to.
public struct ExampleResult: Sendable, Codable, Equatable {
  /// The example's place in the evaluated list.
  public var index: Int
  /// 0…1 by the strict reading.
  public var score: Double
  public var parsed: Bool
  /// 0…1 by the lenient reading.
  public var lenient: Double
  /// The generated text without the end-of-text token.
  public var output: String
  /// Generated tokens, the end-of-text token not counted.
  public var tokens: Int

  public init(index: Int, score: Double, parsed: Bool, lenient: Double, output: String, tokens: Int) {
    self.index = index
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    self.output = output
    self.tokens = tokens
  }
}
