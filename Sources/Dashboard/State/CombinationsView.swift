import Messages

/// What the engine says about each combination over all its seeds, for the scatter plot.
package struct CombinationsView: Sendable {
  package struct Request: Hashable, Sendable {
    /// Combinations of this run's model, data and settings.
    package var like: RunID
    /// Asked for again with every run that is finished.
    package var finishedRuns: Int

    package init(like: RunID, finishedRuns: Int) {
      self.like = like
      self.finishedRuns = finishedRuns
    }
  }

  package var requested: Request?
  package var summaries: [CombinationSummary] = []

  package init() {}
}
