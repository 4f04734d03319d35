import Messages
import Recipe

/// A plan whose time is asked for, and asked for again when times can be told better.
package struct EstimateRequest: Hashable, Sendable {
  package var plan: SweepPlan
  /// Each finished run makes the times better,
  package var finishedRuns: Int
  /// and so does each kind of runs whose speed was measured.
  package var measuredSpeeds: Int
}

extension Asked where Value == SweepEstimate {
  /// Of the first data set of the plan.
  package func item(_ targets: Targets) -> SweepEstimate.Item? { value?.items.first { $0.targets == targets } }

  /// Of a run's data set and targets.
  package func item(_ plan: RunPlan) -> SweepEstimate.Item? {
    value?.items.first { $0.data == plan.data && $0.targets == plan.targets }
  }

  package func items(_ targets: Targets) -> [SweepEstimate.Item] {
    value?.items.filter { $0.targets == targets } ?? []
  }
}
