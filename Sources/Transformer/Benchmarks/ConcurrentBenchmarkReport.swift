/// What a benchmark of several runs on one base measured.
public struct ConcurrentBenchmarkReport: Codable, Sendable, Equatable {
  public var runs: Int
  public var threads: Int
  public var stepsEach: Int
  public var tokensOfStep: Int
  /// Steps of one run after another, each with all threads.
  public var tokensPerSecondInTurn: Double
  /// All runs at once, each with one thread of its own.
  public var tokensPerSecondAtOnce: Double
  /// Of the frozen weights, which are there once.
  public var baseBytes: Int
  /// Of one run: adapter, its gradients and the optimiser's two moments.
  public var adapterBytesOfRun: Int
  /// Of one run: activations and work room.
  public var activationBytesOfRun: Int
}
