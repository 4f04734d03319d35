import Foundation
import Terminal
import Testing

/// Axes that say something: percent within 0 to 100, and curves whose average depends on nothing but their values.
@Suite struct AxisLimitTests {
  private func draw(_ model: ScatterModel, _ width: Int = 42, _ height: Int = 14) -> [String] {
    var canvas = Canvas(width: width, height: height)
    Scatter.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: .braille))
    return canvas.text
  }

  private func yLabels(_ rows: [String]) -> [Double] {
    rows.compactMap { row in
      row.split(separator: "┤").first.flatMap {
        row.contains("┤") ? Double($0.trimmingCharacters(in: .whitespaces)) : nil
      }
    }
  }

  @Test func percentStaysWithinItsLimits() {
    func point(_ y: Double, _ half: Double = 0, _ kind: ScatterKind = .mine) -> ScatterPoint {
      ScatterPoint(x: 5, y: y, label: "1", kind: kind, yInterval: y - half...y + half)
    }
    let cases: [([ScatterPoint], ClosedRange<Double>)] = [
      ([], 0...100), ([point(31.4, 0, .base)], 0...100), ([point(0, 0, .base)], 0...100), ([point(0)], 0...10),
      ([point(100)], 90...100), ([point(100), point(100)], 90...100), ([point(50), point(50.2)], 40...60),
      ([point(97.7, 4), point(99.9, 4)], 90...100), ([point(1, 3), point(2, 3)], 0...6),
      ([point(0), point(100)], 0...100),
    ]
    for (points, range) in cases {
      for (width, height) in [(24, 8), (42, 14), (80, 30)] {
        let labels = yLabels(draw(ScatterModel(points: points, yLimits: 0...100), width, height))
        #expect(labels.count >= 2, "\(points.map(\.y))")
        #expect(labels.allSatisfy { range.contains($0) && (0...100).contains($0) }, "\(labels) of \(points.map(\.y))")
      }
    }
    let empty = yLabels(draw(ScatterModel(points: [point(31.4, 0, .base)], yLimits: 0...100)))
    #expect(empty.max() == 100 && empty.min() == 0)
  }

  private func plot(_ values: [Float], _ width: Int, scale: AxisScale = .linear, beta: Double = 0.9) -> (
    [String], PlotReport
  ) {
    var canvas = Canvas(width: width, height: 12)
    let series = PlotSeries(values: SeriesView(values), style: .plain, marker: "●", showsRaw: true, label: "#1")
    let model = PlotModel(
      series: [series], xRange: 0...Double(max(1, values.count)), yScale: scale, smoothing: beta)
    let report = Plot.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: .braille))
    return (canvas.text, report)
  }

  @Test func noAxisOfMillionths() {
    for values in [[0], [0, 0], [Float](repeating: 0, count: 50)] as [[Float]] {
      let (rows, report) = plot(values, 40)
      #expect(report.yRange == 0...1)
      #expect(!rows.contains { $0.contains("e-") })
    }
    #expect(plot([2, 2, 2], 40).1.yRange == 1.9...2.1)
  }

  @Test func whatALogAxisCannotShowIsCounted() {
    let (_, report) = plot([1, 0, 0.5, -1, 0.25], 40, scale: .log, beta: 0)
    #expect(report.nonPositive == 2 && !report.drewNothing && report.yRange.lowerBound > 0)
    let (_, zeros) = plot([0, 0, 0], 40, scale: .log)
    #expect(zeros.nonPositive == 3 && zeros.yRange.lowerBound > 0)
  }

  @Test func valuesThatAreNoneLeaveTheCurveBefore() {
    let (rows, report) = plot([4, 3, 2, .infinity, .nan, .nan], 40, beta: 0.9)
    #expect(report.nonFinite == 3 && !report.drewNothing)
    #expect(rows.joined().contains("✗"))
    #expect(report.yRange.upperBound < 5)
  }

  @Test func twoPointsAreACurve() {
    let (rows, report) = plot([3, 1], 40)
    #expect(!report.drewNothing)
    #expect(rows.joined().unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) })
  }

  /// An average lags: without the newest value in the range the loss of a falling run would lie outside its own plot.
  @Test(arguments: [AxisScale.linear, .log], [0.6, 0.9, 0.99])
  func theNewestRawValueIsInsideThePlot(_ scale: AxisScale, _ beta: Double) {
    let values = (0..<60).map { Float(4 * pow(0.85, Double($0))) }
    var series = PlotSeries(values: SeriesView(values), style: .plain, marker: "●", showsRaw: true, label: "#1")
    var canvas = Canvas(width: 60, height: 20)
    func range() -> ClosedRange<Double> {
      let model = PlotModel(series: [series], xRange: 0...100, yScale: scale, smoothing: beta)
      return Plot.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: .braille)).yRange
    }
    #expect(range().contains(Double(values[59])))
    #expect(!canvas.text.joined().contains("▾"))
    // Where no raw value is drawn, the curve has all of the room.
    series.showsRaw = false
    if scale == .log, beta > 0.6 { #expect(!range().contains(Double(values[59]))) }
    // One that lies outside the view stretches nothing.
    series.showsRaw = true
    let model = PlotModel(series: [series], xRange: 0...20, yScale: scale, smoothing: beta)
    let zoomed = Plot.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: .braille)).yRange
    #expect(zoomed.lowerBound > Double(values[59]) || scale == .linear)
  }

  /// Unbiased from the first value on, and the same at every width and however many points are drawn.
  @Test(arguments: [50, 50_000]) func theAverageFollowsFromTheValuesAlone(_ count: Int) {
    let values = (0..<count).map { Float(0.3 + 2 * exp(-Double($0) / 20) + 0.05 * sin(Double($0))) }
    let view = SeriesView(values).smoothed(beta: 0.9)
    #expect(abs(view[0] - values[0]) < 1e-6)
    var sum = 0.0
    var power = 1.0
    for (step, value) in values.enumerated() {
      sum = 0.9 * sum + 0.1 * Double(value)
      power *= 0.9
      if step < 50 || step == count - 1 { #expect(abs(Double(view[step]) - sum / (1 - power)) < 1e-5) }
    }
    // A longer run begins with the same curve.
    let longer = SeriesView(values + values).smoothed(beta: 0.9)
    #expect(longer.values(0..<50) == view.values(0..<50))
    let series = PlotSeries(values: SeriesView(values), style: .plain, marker: "●", label: "#1")
    let model = PlotModel(series: [series], smoothing: 0.9)
    let legends = [20, 80, 200].map {
      Plot.legend(model, columns: $0, glyphs: .glyphs(for: .braille)).joined().map(\.text).joined()
    }
    #expect(Set(legends).count == 1)
  }
}
