import Foundation
import Terminal
import Testing

/// Drawings as text: what a person would see.
@Suite struct PlotTests {
  /// A falling curve with a small, repeating disturbance.
  func wave(_ count: Int) -> [Float] { (0..<count).map { 4 * pow(0.98, Float($0)) + Float(($0 * 37) % 11) * 0.02 } }

  func draw(
    _ model: PlotModel, _ width: Int, _ height: Int, set: Terminal.CharacterSet = .braille
  ) -> (canvas: Canvas, report: PlotReport) {
    var canvas = Canvas(width: width, height: height)
    let report = Plot.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: set))
    return (canvas, report)
  }

  @Test func aConstantIsWidenedAndLevel() {
    let values = SeriesView([Float](repeating: 2, count: 101))
    let (canvas, report) = draw(PlotModel(series: [PlotSeries(values: values)], xRange: 0...100), 40, 8)
    #expect(report.yRange == 1.9...2.1)
    #expect(
      canvas.text == [
        " 2.1┤                                   ",
        "    │                                   ",
        "    │                                   ",
        " 2.0┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉●⠉⠉⠉⠉⠉⠉ ",
        "    │                                   ",
        " 1.9┤                                   ",
        "    └┬────────────────┬───────────────┬ ",
        "     0               50             100 ",
      ])
  }

  @Test func onePointIsItsMarker() {
    let series = PlotSeries(values: SeriesView([3] as [Float]), style: Style(.series2), marker: "▲")
    let (canvas, report) = draw(PlotModel(series: [series], xRange: 0...100), 40, 8)
    #expect(!report.drewNothing)
    #expect(
      canvas.text == [
        "    │                                   ",
        " 3.1┤                                   ",
        "    │                                   ",
        " 3.0┤▲                                  ",
        " 2.9┤                                   ",
        "    │                                   ",
        "    └┬────────────────┬───────────────┬ ",
        "     0               50             100 ",
      ])
    #expect(canvas.styleLetters[3] == ".dddd2..................................")
  }

  /// A learning rate: up in twenty steps, then down along a cosine.
  private func rates(_ count: Int) -> [Float] {
    (0..<count).map { step -> Float in
      if step < 20 { return Float(step + 1) / 20 * 2e-4 }
      let angle = Double.pi * Double(step - 20) / Double(count - 20)
      return Float(1e-4 * (1 + cos(angle)))
    }
  }

  @Test("a marker stands on its curve, whatever its shape", arguments: [24, 40, 57, 80])
  func markersLieOnTheirLines(_ width: Int) throws {
    let rising: [Float] = rates(400).reversed()
    let curves: [[Float]] = [rates(400), wave(400), wave(30), rising]
    for values in curves {
      let series = PlotSeries(values: SeriesView(values), marker: "◆")
      let model = PlotModel(series: [series], xRange: 0...Double(values.count), smoothing: 0)
      let (canvas, report) = draw(model, width, 12)
      let area = report.area
      var marker: (x: Int, y: Int)?
      for y in 0..<area.height {
        for x in 0..<area.width where canvas[area.x + x, area.y + y].scalar == "◆" { marker = (x, y) }
      }
      let (x, y) = try #require(marker)
      // The values of its column and of half a column beside it, in rows from the top.
      let each = Double(values.count) / Double(area.width)
      let first = max(0, Int((Double(x) - 0.5) * each))
      let last = max(first, min(values.count - 1, Int((Double(x) + 1.5) * each)))
      let height = report.yRange.upperBound - report.yRange.lowerBound
      var rows: [Double] = []
      for value in values[first...last] {
        rows.append((report.yRange.upperBound - Double(value)) / height * Double(area.height))
      }
      let top = rows.min() ?? 0
      let bottom = rows.max() ?? 0
      #expect(Double(y) + 1.3 >= top, "\(width): \(canvas.text)")
      #expect(Double(y) - 0.3 <= bottom, "\(width): \(canvas.text)")
    }
  }

  @Test func gapsBreakTheLineAndAreMarkedAndCounted() {
    var values = wave(100)
    for index in 40..<50 { values[index] = .nan }
    values[70] = .infinity
    let model = PlotModel(series: [PlotSeries(values: SeriesView(values))], xRange: 0...100, smoothing: 0)
    let (canvas, report) = draw(model, 44, 10)
    #expect(report.nonFinite == 11)
    #expect(
      canvas.text == [
        "   4┤⠒⢢⡀                                    ",
        "    │  ⠘⠢⢄                                  ",
        "   3┤    ⠈⠑⢢⢤                               ",
        "    │       ⠈⠑⠲⠤⣀                           ",
        "   2┤            ⠙⠒⠔⡄                       ",
        "    │                   ⠔⠢⣀⣄⡀⡀              ",
        "   1┤                      ⠁⠈⠘⠓⠱⠢⠴⢄●⣠⣀⡀⢀    ",
        "    │               ✗✗✗✗✗      ✗    ⠈ ⠉⠙⠉⠋⠺ ",
        "    └┬──────────────────┬─────────────────┬ ",
        "     0                 50               100 ",
      ])
    #expect(canvas.styleLetters[7] == "....d...............xxxxx......x....1.11111.")
  }

  @Test func withoutAFiniteValueThereIsTheMessage() {
    let series = PlotSeries(values: SeriesView([Float](repeating: .nan, count: 50)))
    let model = PlotModel(series: [series], xRange: 0...100, message: "no finite loss, first NaN at step 1")
    let (canvas, report) = draw(model, 44, 6)
    #expect(report.drewNothing && report.nonFinite == 50)
    #expect(
      canvas.text == [
        "   1┤ no finite loss, first NaN at step 1   ",
        "    │                                       ",
        "    │                                       ",
        "   0┤✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗                   ",
        "    └┬──────────────────┬─────────────────┬ ",
        "     0                 50               100 ",
      ])
  }

  @Test func aSpikeAmongAMillionStepsStays() {
    var values = (0..<1_000_000).map { Float(2 + ($0 % 10) / 10) }
    values[777_777] = 30
    values[300_000] = -5
    let model = PlotModel(series: [PlotSeries(values: SeriesView(values))], xRange: 0...1_000_000, smoothing: 0)
    let (canvas, report) = draw(model, 60, 10)
    #expect(report.yRange.contains(30) && report.yRange.contains(-5))
    #expect(
      canvas.text == [
        "  30┤                                          ⡆            ",
        "    │                                          ⡇            ",
        "  20┤                                          ⡇            ",
        "    │                                         ⢰⡇            ",
        "  10┤                                         ⢸⡇            ",
        "    │                                         ⢸⡇            ",
        "   0┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡏⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉●⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉ ",
        "    │                ⠇                                      ",
        "    └┬─────────┬──────────┬──────────┬──────────┬─────────┬ ",
        "     0       200k       400k       600k       800k     1.0M ",
      ])
  }

  @Test func onALogAxisWhatIsNotPositiveIsAGap() {
    var values = wave(100)
    values[20] = 0
    values[60] = -1
    let model = PlotModel(
      series: [PlotSeries(values: SeriesView(values))], xRange: 0...100, yScale: .log, smoothing: 0)
    let (canvas, report) = draw(model, 44, 12)
    #expect(report.nonPositive == 2 && report.nonFinite == 0)
    #expect(
      canvas.text == [
        "    │⠤⢄⡀                                    ",
        "    │  ⠈⠑⠢⢄⣄⣀                               ",
        "    │      ⠈ ⠱⢲⠤⣀                           ",
        "   2┤            ⠹⠒⠤⣀                       ",
        "    │                ⠉⠖⠤⣆⢄                  ",
        "    │                    ⠈⠓⠧⢠⢆⡀             ",
        "   1┤                        ⠈⠋⠱⢣⢴⡄●⢀       ",
        "    │                             ⠘⠱⢺⠞⡄⢠⢀⢀  ",
        "    │                                 ⠘⠹⠋⠏⣶ ",
        "  .5┤                                     ⠘ ",
        "    └┬──────────────────┬─────────────────┬ ",
        "     0                 50               100 ",
      ])
  }

  @Test func curvesKeepTheirColoursAndTheFocusedOneIsOnTop() {
    let focused = PlotSeries(
      values: SeriesView(wave(60)), style: Style(.series1), marker: "●", isFocused: true, showsRaw: true,
      points: [PlotPoint(x: 40, y: 2.5, marker: "◆")])
    let other = PlotSeries(values: SeriesView(wave(100).map { $0 + 0.5 }), style: Style(.series2), marker: "▲")
    let (canvas, report) = draw(PlotModel(series: [focused, other], xRange: 0...100, crosshair: 50), 50, 10)
    #expect(report.crosshairColumn == 27)
    #expect(
      canvas.text == [
        "    │⠒⠢⠤⣀                  ┊                      ",
        "   4┤⠤⠤⣀⡀⠉⠒⠤⣀              ┊                      ",
        "    │ ⠈⠉⠈⠑⠢⢄⡀⠉⠒⠤⣄          ┊                      ",
        "   3┤     ⠒⠡⠈⠑⠒⠤⡀⠉⠑⠢⣀⡀     ┊                      ",
        "    │       ⠈ ⠒⠤⠈⠉⠒⠤⣀⠈◆⠒⠤⢄⣀┊                      ",
        "   2┤            ⠈⠉⢒⠤⠉⠑⠢⠤⣀⡀┊⠑⠒⠤⢄⣀⡀                ",
        "    │                ⠁⠈⠑⠢⠔⠈┊⠒⠢⢤● ⠈⠉⠒⠒⠢⠤⢄▲⣀        ",
        "    │                      ┊⠈⠑⠪⠂          ⠉⠉⠉⠓⠒⠒⠲ ",
        "    └┬───────┬────────┬────────┬────────┬───────┬ ",
        "     0      20       40       60       80     100 ",
      ])
    #expect(
      canvas.styleLetters == [
        "....d2222..................d......................",
        "...dd11112222..............d......................",
        "....d.dd111112222..........d......................",
        "...dd.....dd1111122222.....d......................",
        "....d.......d.dd11111212222d......................",
        "...dd............dddd111111d222222................",
        "....d................ddddd1d1111.222222222........",
        "....d......................ddddd..........2222222.",
        "....ddddddddddddddddddddddddddddddddddddddddddddd.",
        ".....d......dd.......dd.......dd.......dd.....ddd.",
      ])
  }

  @Test func blocksAndASCII() {
    let one = PlotSeries(values: SeriesView(wave(100)))
    #expect(
      draw(PlotModel(series: [one], xRange: 0...100), 40, 8, set: .blocks).canvas.text == [
        "   4┤▄▄▄▖                               ",
        "    │   ▝▀▀▄▄                           ",
        "    │        ▀▀▚▄▄                      ",
        "   2┤            ▝▀▀▚▄▄▄                ",
        "    │                   ▀▀▀▚▄▄▄▄●       ",
        "    │                           ▝▀▀▀▀▀▜ ",
        "    └┬────────────────┬───────────────┬ ",
        "     0               50             100 ",
      ])
    let a = PlotSeries(values: SeriesView(wave(100)), marker: "a")
    let b = PlotSeries(values: SeriesView(wave(100).map { $0 + 1 }), style: Style(.series2), marker: "b")
    #expect(
      draw(PlotModel(series: [a, b], xRange: 0...100), 40, 8, set: .ascii).canvas.text == [
        "    |bbbb                               ",
        "   4+aaabbbbbbb                         ",
        "    |  aaaaaaabbbbbbbbb                 ",
        "   2+         aaaaaaaabbbbbbbbbbbbb     ",
        "    |                aaaaaaaaaaaaa bbbb ",
        "    |                            aaaaaa ",
        "    +---------------------------------- ",
        "     0               50             100 ",
      ])
  }

  @Test func aZoomedLineEntersAndLeaves() {
    let model = PlotModel(series: [PlotSeries(values: SeriesView(wave(100)))], xRange: 20...30, smoothing: 0)
    #expect(
      draw(model, 40, 8).canvas.text == [
        "    │⠢⡀                                 ",
        " 2.8┤ ⠘⢄  ⣀⣀                            ",
        "    │   ⠉⠉  ⠑⠤⡀     ⢀⣀⡀                 ",
        " 2.6┤         ⠈⠒⠒⠉⠉⠉⠁ ⠈⢢                ",
        " 2.4┤                   ⠑⠤⠤⠒⠒⠒⠊⠉●⢄⡀     ",
        "    │                             ⠈⠢⠤⠒⠒ ",
        "    └┬────────────────┬───────────────┬ ",
        "    20               25              30 ",
      ])
  }

  @Test func rawValuesOutsideAreNotedAtTheEdge() {
    let values = SeriesView((0..<100).map { $0 % 20 == 10 ? Float(10) : 1 })
    let series = PlotSeries(values: values, showsRaw: true)
    let (canvas, _) = draw(PlotModel(series: [series], xRange: 0...100, yRange: 0...3), 40, 8)
    #expect(canvas.text[0].count { $0 == "▴" } == 5)
  }

  @Test func smallAndEmptyRectanglesAreHarmless() {
    let model = PlotModel(series: [PlotSeries(values: SeriesView(wave(100)))], xRange: 0...100)
    for width in 0...14 {
      for height in 0...6 {
        var canvas = Canvas(width: 14, height: 6)
        Plot.draw(
          model, in: Rect(x: 0, y: 0, width: width, height: height), on: &canvas, glyphs: .glyphs(for: .braille))
        Plot.draw(model, in: Rect(x: 9, y: 3, width: width, height: height), on: &canvas, glyphs: .glyphs(for: .ascii))
        #expect(canvas.text.count == 6)
      }
    }
    let empty = PlotModel(xRange: 0...400, xUnit: "steps", message: "no run yet: the curve starts at step 1")
    #expect(
      draw(empty, 48, 4).canvas.text == [
        "   1┤ no run yet: the curve starts at step 1    ",
        "   0┤                                           ",
        "    └┬─────────┬──────────┬─────────┬─────────┬ ",
        "     0        100        200          400 steps ",
      ])
  }

  @Test func extremeNumbersAreHarmless() {
    let values: [Float] = [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, -0.0]
    for scale in [AxisScale.linear, .log] {
      for range in [0...5, 0...1e300, -1e300...1e300, 3...3] as [ClosedRange<Double>] {
        let model = PlotModel(
          series: [PlotSeries(values: SeriesView(values), showsRaw: true)], xRange: range, yScale: scale,
          xScale: scale, smoothing: 0.9)
        #expect(draw(model, 30, 9).canvas.height == 9)
      }
    }
  }

  @Test func theLegendShortens() {
    let series = (0..<5).map { slot in
      PlotSeries(
        values: SeriesView([Float(slot) + 0.374]), style: Style(.series(slot)),
        marker: Glyphs.glyphs(for: .braille).marker(slot),
        label: "#\(slot + 1) F")
    }
    let model = PlotModel(series: series)
    func lines(_ columns: Int, _ rows: Int) -> [String] {
      Plot.legend(model, columns: columns, rows: rows, glyphs: .glyphs(for: .braille)).map { $0.map(\.text).joined() }
    }
    func legend(_ columns: Int) -> String { lines(columns, 1).joined(separator: "\n") }
    #expect(legend(100) == "● #1 F 0.374  ▲ #2 F 1.37  ■ #3 F 2.37  ◆ #4 F 3.37  ▼ #5 F 4.37")
    #expect(legend(64) == legend(100))
    #expect(legend(63) == "● #1 F 0.374  ▲ #2 F 1.37  ■ #3 F 2.37  ◆ #4 F 3.37  +1")
    #expect(legend(20) == "● #1 F 0.374  +4")
    #expect(legend(5) == "+5")
    #expect(legend(0) == "")
    // In as few rows as they take.
    #expect(lines(64, 3) == [legend(64)])
    #expect(lines(40, 3) == ["● #1 F 0.374  ▲ #2 F 1.37  ■ #3 F 2.37", "◆ #4 F 3.37  ▼ #5 F 4.37"])
    #expect(lines(14, 3) == ["● #1 F 0.374", "▲ #2 F 1.37", "+3"])
  }

  @Test func columnsKnowTheirSteps() {
    let (_, report) = draw(PlotModel(series: [PlotSeries(values: SeriesView(wave(100)))], xRange: 0...100), 40, 8)
    #expect(report.x(atColumn: 4) == nil)
    #expect(report.x(atColumn: report.area.x).map { abs($0 - 50.0 / 34) < 1e-9 } == true)
    #expect(report.x(atColumn: report.area.right) == nil)
  }
}
