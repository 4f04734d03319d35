import Messages

/// What the engine said about a plan.
package struct EstimateView: Sendable {
  package var requested: SweepPlan?
  /// The number of finished runs when it was asked for: each finished run makes the times better.
  package var finishedRuns = -1
  package var estimate: SweepEstimate?

  package init() {}

  package func item(_ targets: TargetSet) -> SweepEstimate.Item? { estimate?.items.first { $0.targets == targets } }
}
