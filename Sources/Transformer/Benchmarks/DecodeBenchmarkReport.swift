/// What a decoding benchmark ran and measured.
public struct DecodeBenchmarkReport: Codable, Sendable, Equatable {
  public var shape: BenchmarkShape
  public var element: String
  /// `none` without an adapter.
  public var targets: String
  public var rank: Int
  public var promptTokens: Int
  public var newTokens: Int
  public var threads: Int
  /// Time per output token at batch 1, over blocks of 16 tokens.
  public var tpotMillisecondsP50: Double
  public var tpotMillisecondsP95: Double
  public var tokensPerSecond: Double
  /// Weight bytes that every token must read, over the median time.
  public var weightBytesPerSecond: Double
  /// With an adapter: by how many percent its tokens take longer than the base's, decoded in turn with them, and what
  /// its bytes are of the base's. Both nil without one.
  public var overheadPercent: Double?
  public var adapterBytesPercent: Double?
}
