import Messages
import Terminal

/// How the scatter plot is looked at.
package struct ScatterView: Sendable, Equatable {
  package var x = CombinationSummary.Axis.overhead
  package var showsPublished = false
  package var uncertainty = ScatterModel.Uncertainty.bars
  /// Index of the inspected point in the order of `ScatterPoints.points`; nil: not inspecting.
  package var inspected: Int?

  package init() {}
}

/// What is asked of the engine for the scatter plot: each combination over all of its seeds.
package struct CombinationsRequest: Hashable, Sendable {
  /// The way of evaluating whose points are shown, by the base's evaluation that goes with it. Scores on the tuning split, or on
  /// other examples, are another plot.
  package var evaluation: RunPlan
  /// The newest run that was evaluated so.
  package var like: RunID
  /// Asked for again with every result, that of a latency that was measured again too.
  package var results: Int
}

extension CombinationSummary.Axis {
  package var title: String {
    switch self {
    case .overhead: "TPOT p50 over base"
    case .p50: "TPOT p50, ms"
    case .p95: "TPOT p95, ms"
    case .parameters: "adapter parameters, k"
    // The only one on which the article's latencies compare: within one machine, over the same set.
    case .overOProj: "TPOT p95 over o_proj's"
    }
  }
}
