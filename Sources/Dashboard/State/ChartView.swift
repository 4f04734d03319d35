import Terminal

/// How the curve charts of one screen are looked at; all charts of a screen move in step.
package struct ChartView: Sendable, Equatable {
  package enum Axes: String, CaseIterable, Sendable {
    case linear, logY, logX, logBoth

    package var title: String {
      switch self {
      case .linear: "linear"
      case .logY: "log y"
      case .logX: "log x"
      case .logBoth: "log x y"
      }
    }

    package var y: AxisScale { self == .logY || self == .logBoth ? .log : .linear }
    package var x: AxisScale { self == .logX || self == .logBoth ? .log : .linear }
  }

  package var axes = Axes.logY
  /// Index into `MovingAverage.betas`.
  package var smoothing = 2
  package var showsRaw = true
  package var followsNewest = false
  /// The zoomed part of the x axis in steps; nil: all.
  package var range: ClosedRange<Double>?
  /// Step under the crosshair; nil: not inspecting.
  package var crosshair: Int?
  /// Index of the inspected series.
  package var series = 0

  package init() {}

  package var beta: Double { MovingAverage.betas[min(max(0, smoothing), MovingAverage.betas.count - 1)] }

  package var smoothingTitle: String {
    beta == 0 ? "raw" : "EMA ." + NumberFormat.fixed(beta, 2).dropFirst(2)
  }
}

/// How the scatter plot is looked at.
package struct ScatterView: Sendable, Equatable {
  package enum XAxis: String, CaseIterable, Sendable {
    case overhead, p50, p95, parameters

    package var title: String {
      switch self {
      case .overhead: "TPOT p50 over base"
      case .p50: "TPOT p50, ms"
      case .p95: "TPOT p95, ms"
      case .parameters: "adapter parameters, k"
      }
    }
  }

  package var x = XAxis.overhead
  package var uncertainty = ScatterModel.Uncertainty.bars
  /// Index of the inspected point in the order of `ScatterPoints.points`; nil: not inspecting.
  package var inspected: Int?

  package init() {}
}
