/// What a prompt benchmark ran and measured.
public struct PromptBenchmarkReport: Codable, Sendable, Equatable {
  public var shape: BenchmarkShape
  public var element: String
  public var promptTokens: Int
  public var threads: Int
  public var tokensPerSecond: Double
  /// Of the median prompt.
  public var seconds: Double
}
