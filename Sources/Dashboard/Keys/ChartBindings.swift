import Messages
import Terminal

/// Keys of the charts.
enum ChartBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.chart, [.character("i")], "inspect: crosshair on or off", hint: "inspect", .inspect, whyNot: noCurve),
    KeyBinding(
      .chart, [.character("h"), .left], "inspect: one step back; zoomed: pan", hint: "step", label: "h l",
      .inspectStep(-1), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("l"), .right], "inspect: one step on; zoomed: pan", .inspectStep(1), whyNot: notInspecting),
    KeyBinding(
      .chart, [.control("b"), .pageUp], "inspect: ten columns back", .inspectStep(-10), whyNot: notInspecting),
    KeyBinding(.chart, [.control("f"), .pageDown], "inspect: ten columns on", .inspectStep(10), whyNot: notInspecting),
    KeyBinding(.chart, [.character("j"), .down], "next series", .inspectSeries(1), whyNot: notInspecting),
    KeyBinding(.chart, [.character("k"), .up], "previous series", .inspectSeries(-1), whyNot: notInspecting),
    KeyBinding(.chart, [.character("g"), .home], "inspect: first step", .inspectEnd(-1), whyNot: notInspecting),
    KeyBinding(.chart, [.character("G"), .end], "inspect: last step", .inspectEnd(1), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("+"), .character("=")], "zoom in about the crosshair, else the newest", hint: "zoom",
      label: "+ -", .zoomChart(1), whyNot: noCurve),
    KeyBinding(.chart, [.character("-")], "zoom out", .zoomChart(-1), whyNot: noCurve),
    KeyBinding(.chart, [.character("0")], "all steps", .zoomAll),
    KeyBinding(.chart, [.character("f")], "follow the newest tenth", hint: "follow", .follow, whyNot: noCurve),
    KeyBinding(
      .chart, [.character("}")], "more smoothing", hint: "smoothing", label: "{ }", .smooth(1)),
    KeyBinding(.chart, [.character("{")], "less smoothing", .smooth(-1)),
    KeyBinding(.chart, [.character("w")], "raw under smoothed", hint: "raw", .raw),
    KeyBinding(.chart, [.character("a")], "axes: linear, log y, log x, log both", hint: "axes", .axes),
    KeyBinding(.scatter, [.character("i")], "inspect points", hint: "inspect", .inspect, whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("l"), .character("j"), .right, .down], "next point", hint: "point", label: "h l",
      .inspectSeries(1), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("h"), .character("k"), .left, .up], "previous point", .inspectSeries(-1), whyNot: noPoint),
    KeyBinding(.scatter, [.character("t")], "x axis: %, ms, p95, parameters, over o_proj", hint: "x axis", .unit),
    KeyBinding(.scatter, [.character("c")], "confidence: bars, ellipses, off", hint: "confidence", .confidence),
    KeyBinding(
      .scatter, [.character("o")], "published results as an overlay", hint: "published", .publishedOverlay,
      whyNot: PublishedOverlay.whyNot),
    KeyBinding(.scatter, [.enter], "choose this set in Modules", hint: "choose this set", .useSet) {
      $0.scatter.inspected == nil ? "no point is inspected: i inspects" : nil
    },
  ]

  @Sendable private static func noCurve(_ state: DashboardState) -> String? {
    ChartRuns.of(state).contains { $0.losses.count > 0 } ? nil : "there is no curve yet"
  }

  @Sendable private static func notInspecting(_ state: DashboardState) -> String? {
    state.chart.crosshair == nil && state.chart.range == nil ? "i inspects first" : nil
  }

  @Sendable private static func noPoint(_ state: DashboardState) -> String? {
    state.scatterPoints.points.isEmpty ? "no run has both a score and a latency yet" : nil
  }
}
