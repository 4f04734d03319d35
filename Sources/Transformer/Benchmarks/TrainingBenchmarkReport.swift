import Kernels

/// What a training benchmark ran and measured.
public struct TrainingBenchmarkReport: Codable, Sendable, Equatable {
  /// The base's name, or its shape's.
  public var model: String
  public var element: String
  /// Of the pass's products.
  public var arithmetic: ProductArithmetic
  public var targets: String
  public var rank: Int
  public var sequences: Int
  public var length: Int
  public var lossTokens: Int
  public var threads: Int
  public var steps: Int
  /// Tokens of a step over the median time of a step, without the first where there are more.
  public var tokensPerSecond: Double
  public var secondsPerStep: Double
  /// The step's necessary arithmetic over its time, see `TrainingCost`.
  public var operationsPerSecond: Double
  /// Bytes of the frozen weights, and of activations and work room.
  public var weightBytes: Int
  public var activationBytes: Int
  public var trainableParameters: Int
  public var firstLoss: Double
  public var lastLoss: Double
}
