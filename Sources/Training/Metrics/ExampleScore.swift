/// What one output is worth.
public struct ExampleScore: Sendable, Codable, Equatable {
  /// 0…1 by the strict reading.
  public var value: Double
  /// Whether the output had the form that the strict reading asks for; if not, `value` is 0.
  public var parsed: Bool
  /// 0…1 when the answer is taken from anywhere in the output: the difference to `value` is what formatting alone costs.
  public var lenient: Double

  public init(value: Double, parsed: Bool, lenient: Double) {
    self.value = value
    self.parsed = parsed
    self.lenient = lenient
  }
}
