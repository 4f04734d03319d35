import Messages

/// One finished run with the scores of its examples.
public struct ScoredRun: Sendable {
  public var run: RunSummary
  public var examples: [ExampleScoreRecord]

  public init(run: RunSummary, examples: [ExampleScoreRecord]) {
    self.run = run
    self.examples = examples
  }
}
