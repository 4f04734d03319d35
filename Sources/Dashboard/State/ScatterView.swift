import Terminal

/// How the scatter plot is looked at.
package struct ScatterView: Sendable, Equatable {
  package enum XAxis: String, CaseIterable, Sendable {
    case overhead, p50, p95, parameters
    /// The only axis on which the article's latencies compare: within one machine, over the same set.
    case overOProj

    package var title: String {
      switch self {
      case .overhead: "TPOT p50 over base"
      case .p50: "TPOT p50, ms"
      case .p95: "TPOT p95, ms"
      case .parameters: "adapter parameters, k"
      case .overOProj: "TPOT p95 over o_proj's"
      }
    }
  }

  package var x = XAxis.overhead
  package var showsPublished = false
  package var uncertainty = ScatterModel.Uncertainty.bars
  /// Index of the inspected point in the order of `ScatterPoints.points`; nil: not inspecting.
  package var inspected: Int?

  package init() {}
}
