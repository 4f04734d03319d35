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
  /// What the x axis counts.
  package var unit = ChartAxis.Unit.steps
  /// Index into `MovingAverage.betas`.
  package var smoothing = 2
  package var showsRaw = true
  package var followsNewest = false
  /// The zoomed part of the x axis in its unit; nil: all.
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
