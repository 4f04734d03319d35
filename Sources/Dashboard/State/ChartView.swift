import Messages
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
  /// Index into `MovingAverage.betas`; nil: by the length of each run.
  package var smoothing: Int?
  package var showsRaw = true
  package var followsNewest = false
  /// The zoomed part of the x axis in its unit; nil: all.
  package var range: ClosedRange<Double>?
  /// Step under the crosshair; nil: not inspecting.
  package var crosshair: Int?
  /// Index of the inspected series.
  package var series = 0

  package init() {}

  /// How a run's curve is smoothed: the weight of its moving average.
  package func beta(of run: RunSummary) -> Double { CurveSmoothing.beta(smoothing, of: run) }

  /// `EMA .90`, or both weights where runs of unequal length are drawn together: `EMA .60 and .90`.
  package func smoothingTitle(of runs: [RunSummary]) -> String {
    let drawn = runs.filter { $0.losses.count > 0 }
    let betas = drawn.isEmpty ? [CurveSmoothing.beta(smoothing)] : Set(drawn.map(beta)).sorted()
    if betas == [0] { return "raw" }
    return "EMA " + betas.map { ".\(NumberFormat.fixed($0, 2).dropFirst(2))" }.joined(separator: " and ")
  }
}

/// The weight of a curve's moving average.
package enum CurveSmoothing {
  /// Runs of fewer steps are smoothed less: an average over ten steps lags over a good part of them.
  package static let shortSteps = 200
  static let usual = 2
  static let ofShort = 1

  /// Index into `MovingAverage.betas` for a run: the chosen one, or by how many steps are planned or done.
  package static func index(_ chosen: Int?, of run: RunSummary? = nil) -> Int {
    let steps = run.map { max($0.totalSteps, $0.losses.count) } ?? 0
    let index = chosen ?? (steps > 0 && steps < shortSteps ? ofShort : usual)
    return min(max(0, index), MovingAverage.betas.count - 1)
  }

  package static func beta(_ chosen: Int?, of run: RunSummary? = nil) -> Double {
    MovingAverage.betas[index(chosen, of: run)]
  }
}
