import Messages
import Terminal

/// Keys of the charts.
enum ChartBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .chart, [.character("i")], "inspect: crosshair on or off", hint: "inspect", .chart(.inspect), whyNot: noCurve),
    KeyBinding(
      .chart, [.character("h"), .left], "inspect: one step back; zoomed: pan", hint: "step", label: "h l",
      .chart(.step(-1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("l"), .right], "inspect: one step on; zoomed: pan", .chart(.step(1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.control("b"), .pageUp], "inspect: ten columns back", .chart(.step(-10)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.control("f"), .pageDown], "inspect: ten columns on", .chart(.step(10)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("j"), .down], "next series", .chart(.series(1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("k"), .up], "previous series", .chart(.series(-1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("g"), .home], "inspect: first step", .chart(.end(-1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("G"), .end], "inspect: last step", .chart(.end(1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("+"), .character("=")], "zoom in about the crosshair, else the newest", hint: "zoom",
      label: "+ -", .chart(.zoom(1)), whyNot: noCurve),
    KeyBinding(.chart, [.character("-")], "zoom out", .chart(.zoom(-1)), whyNot: noCurve),
    KeyBinding(.chart, [.character("0")], "all steps", .chart(.all)),
    KeyBinding(.chart, [.character("f")], "follow the newest tenth", hint: "follow", .chart(.follow), whyNot: noCurve),
    KeyBinding(
      .chart, [.character("}")], "more smoothing", hint: "smoothing", label: "{ }", .chart(.smooth(1))),
    KeyBinding(.chart, [.character("{")], "less smoothing", .chart(.smooth(-1))),
    KeyBinding(.chart, [.character("w")], "raw under smoothed", hint: "raw", .chart(.raw)),
    KeyBinding(.chart, [.character("a")], "axes: linear, log y, log x, log both", hint: "axes", .chart(.axes)),
    KeyBinding(.scatter, [.character("i")], "inspect points", hint: "inspect", .scatter(.inspect), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("l"), .character("j"), .right, .down], "next point", hint: "point", label: "h l",
      .scatter(.point(1)), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("h"), .character("k"), .left, .up], "previous point", .scatter(.point(-1)), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("t")], "x axis: %, ms, p95, parameters, over o_proj", hint: "x axis", .scatter(.unit)),
    KeyBinding(
      .scatter, [.character("c")], "confidence: bars, ellipses, off", hint: "confidence", .scatter(.confidence)),
    KeyBinding(
      .scatter, [.character("o")], "published results as an overlay", hint: "published", .scatter(.published),
      whyNot: PublishedOverlay.whyNot),
    KeyBinding(.scatter, [.enter], "choose this set in Modules", hint: "choose this set", .scatter(.useSet)) {
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
    guard state.scatterPoints.points.isEmpty else { return nil }
    return state.combinations.refusal ?? state.whyNotSummedUp ?? "no run has both a score and a latency yet"
  }
}
