import Messages

/// What the engine said about a plan.
package struct EstimateView: Sendable {
  package var requested: SweepPlan?
  /// The number of finished runs when it was asked for: each finished run makes the times better.
  package var finishedRuns = -1
  /// Kinds of runs whose speed was measured when it was asked for.
  package var measuredSpeeds = -1
  package var estimate: SweepEstimate?

  package init() {}

  /// Remembers what is asked; false where it was asked already and nothing was finished or measured since.
  package mutating func ask(_ plan: SweepPlan, _ snapshot: Snapshot) -> Bool {
    let finished = snapshot.runs.count { $0.state == .done }
    let speeds = snapshot.engine.measuredSpeeds
    guard plan != requested || finished != finishedRuns || speeds != measuredSpeeds else { return false }
    requested = plan
    finishedRuns = finished
    measuredSpeeds = speeds
    return true
  }

  /// Of the first data set of the plan.
  package func item(_ targets: TargetSet) -> SweepEstimate.Item? { estimate?.items.first { $0.targets == targets } }

  /// Of a run's data set and targets.
  package func item(_ plan: RunPlan) -> SweepEstimate.Item? {
    estimate?.items.first { $0.data == plan.data && $0.targets == plan.targets }
  }

  package func items(_ targets: TargetSet) -> [SweepEstimate.Item] {
    estimate?.items.filter { $0.targets == targets } ?? []
  }
}
