import Messages

/// What the engine says about each combination over all its seeds, for the scatter plot.
package struct CombinationsView: Sendable {
  package struct Request: Hashable, Sendable {
    /// Combinations of this run's model, data and settings.
    package var like: RunID
    /// Asked for again with every run that is finished.
    package var finishedRuns: Int
    /// And with every latency that was measured again.
    package var results: Int

    package init(like: RunID, finishedRuns: Int, results: Int = 0) {
      self.like = like
      self.finishedRuns = finishedRuns
      self.results = results
    }
  }

  package var answer = Asked<Request, [CombinationSummary]>() { didSet { serial = Serial.next() } }
  package private(set) var serial: UInt64 = 0

  package init() {}

  package var summaries: [CombinationSummary] { answer.value ?? [] }
}
