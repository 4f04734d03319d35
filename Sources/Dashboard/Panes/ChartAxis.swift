import Foundation
import Messages
import Terminal

/// The x axis of a screen's curves: steps, tokens or time. Runs of unequal batches are compared fairly by tokens, and those of unequal
/// speed by time.
package struct ChartAxis: Sendable, Equatable {
  package enum Unit: String, CaseIterable, Sendable {
    case steps, tokens, time

    /// What the axis counts before it is put into larger units.
    var metric: CurveStore.Metric? {
      switch self {
      case .steps: nil
      case .tokens: .tokenCount
      case .time: .elapsed
      }
    }
  }

  package let kind: Unit
  /// From steps, tokens or seconds to what the axis is labelled with.
  package let factor: Double
  /// At the end of the labels; empty for steps.
  package let unit: String

  package init(_ state: DashboardState) {
    kind = state.chart.unit
    let most = ChartRuns.fullRange(state).upperBound
    switch kind {
    case .steps: (factor, unit) = (1, "")
    case .tokens: (factor, unit) = (1, "tokens")
    case .time where most > 4 * 3600: (factor, unit) = (1 / 3600, "hours")
    case .time where most > 600: (factor, unit) = (1 / 60, "min")
    case .time: (factor, unit) = (1, "s")
    }
  }

  /// Where each of a run's steps lies, in tokens or seconds; nil where that is the step's number.
  func positions(of run: RunSummary, _ state: DashboardState) -> SeriesView? {
    kind.metric.map { state.curves.view(run.id, $0) }
  }

  func shown(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    range.lowerBound * factor...max(range.lowerBound * factor, range.upperBound * factor)
  }

  /// Where the crosshair lies, in steps, tokens or seconds: it stands on a step of the inspected run.
  func crosshair(_ state: DashboardState) -> Double? {
    guard let step = state.chart.crosshair else { return nil }
    let runs = ChartRuns.of(state)
    guard runs.indices.contains(state.chart.series) else { return Double(step) }
    return Self.x(ofStep: step, runs[state.chart.series], state)
  }

  /// Of a step (from 1) of a run, in the unit of the screen's axis.
  static func x(ofStep step: Int, _ run: RunSummary, _ state: DashboardState) -> Double {
    guard let metric = state.chart.unit.metric else { return Double(step) }
    let x = Double(state.curves.view(run.id, metric)[step - 1])
    return x.isFinite ? x : 0
  }

  /// The last step (from 1) of a run that does not lie beyond x; at least its first.
  static func step(at x: Double, _ run: RunSummary, _ state: DashboardState) -> Int {
    guard let metric = state.chart.unit.metric else { return max(1, Int(min(x, 1e9).rounded(.down))) }
    let view = state.curves.view(run.id, metric)
    // A hair beyond, so that a step's own place is its own.
    return max(1, view.firstIndices(beyond: [Float(x * (1 + 1e-6))]).first ?? 1)
  }

  /// The step of a run under the crosshair, which stands on a step of the inspected one; nil past the run's end.
  package static func step(under crosshair: Int, _ run: RunSummary, _ state: DashboardState) -> Int? {
    let runs = ChartRuns.of(state)
    guard state.chart.unit != .steps, runs.indices.contains(state.chart.series) else { return crosshair }
    let inspected = runs[state.chart.series]
    if inspected.id == run.id { return crosshair }
    let x = x(ofStep: crosshair, inspected, state)
    guard let metric = state.chart.unit.metric, let last = state.curves.view(run.id, metric).last, Double(last) >= x
    else {
      return nil
    }
    return step(at: x, run, state)
  }

  /// The end of a run's curve when all its planned steps are done, by what its steps have taken so far.
  static func planned(_ run: RunSummary, _ unit: Unit) -> Double {
    let steps = max(run.totalSteps, run.losses.count)
    let last: Float?
    switch unit {
    case .steps: return Double(steps)
    case .tokens: last = run.tokenCounts.lastHere
    case .time: last = run.elapsed.lastHere
    }
    guard let last, last.isFinite, run.losses.count > 0 else { return 0 }
    return Double(last) * Double(steps) / Double(run.losses.count)
  }

  /// The end of a run's curve now.
  static func reached(_ run: RunSummary, _ unit: Unit) -> Double {
    switch unit {
    case .steps: Double(run.losses.count)
    case .tokens: Double(run.tokenCounts.lastHere ?? 0)
    case .time: Double(run.elapsed.lastHere ?? 0)
    }
  }
}
