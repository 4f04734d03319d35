import Recipe

/// An evaluation's examples in order, and their means.
public struct EvaluationResult: Sendable, Equatable {
  public var metric: String
  public var results: [ExampleOutcome]

  public init(metric: String, results: [ExampleOutcome]) {
    self.metric = metric
    self.results = results
  }

  /// Mean strict score, 0…1; NaN without examples.
  public var score: Double { mean(\.score) }
  /// Mean lenient score, 0…1.
  public var lenient: Double { mean(\.lenient) }
  /// Share of the outputs that the strict reading could not parse.
  public var parseFailureRate: Double { mean { $0.parsed ? 0 : 1 } }
  /// Generated tokens of an example.
  public var meanOutputTokens: Double { mean { Double($0.outputTokens) } }

  /// The score with its 95 % bootstrap interval over examples.
  public func scoreInterval(seed: UInt64 = 0) -> Interval {
    Bootstrap.mean(results.map(\.score), seed: seed)
  }

  /// The means without the examples.
  public var summary: ScoreSummary {
    ScoreSummary(
      metric: metric, score: scoreInterval(), examples: results.count, parseFailureRate: parseFailureRate,
      lenient: lenient, meanOutputTokens: meanOutputTokens)
  }

  private func mean(_ value: (ExampleOutcome) -> Double) -> Double {
    results.isEmpty ? .nan : results.reduce(0) { $0 + value($1) } / Double(results.count)
  }
}
