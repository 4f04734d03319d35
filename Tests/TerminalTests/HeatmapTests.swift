import Terminal
import Testing

@Suite struct HeatmapTests {
  private let model = HeatmapModel(rows: [
    HeatmapModel.Row(name: "q", values: [1, 0.26, 0.24, 0]),
    HeatmapModel.Row(name: "down", values: [nil, 0.0626, .infinity, 0.0001]),
  ])

  private func draw(
    _ model: HeatmapModel, _ width: Int, _ height: Int, _ set: CharacterSet = .braille
  ) -> (text: [String], report: Heatmap.Report) {
    var canvas = Canvas(width: width, height: height)
    let report = Heatmap.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: set))
    return (canvas.text, report)
  }

  @Test func eachShadeBeginsAtAQuarterOfTheOneAbove() {
    let scale = HeatScale(top: 1)
    #expect([1, 0.25, 0.24, 0.0625, 0.06, 0.016, 0.0039, 0].map(scale.shade) == [4, 4, 3, 3, 2, 2, 0, 0])
    #expect(scale.threshold(4) == 0.25 && scale.threshold(1) == 1.0 / 256)
    #expect(HeatScale(top: 0).shade(1) == 0 && scale.position(1) == 1 && scale.position(1e-9) == 0)
  }

  /// Layers that differ by little are four shades all the same, and equal ones one.
  @Test func shadesSpreadOverWhatIsThere() {
    let narrow = HeatScale(top: 1, least: 0.4)
    #expect([1, 0.8, 0.7, 0.5, 0.4].map(narrow.shade) == [4, 4, 3, 2, 1])
    #expect([1, 0.9].map(HeatScale(top: 1, least: 0.9).shade) == [4, 4])
    let wide = HeatScale(top: 1, least: 1e-9)
    #expect(wide == HeatScale(top: 1) && wide.threshold(4) == 0.25)
  }

  /// A layer without an adapter, one that changes nothing and one that is no number are told apart, with and without colours.
  @Test func cells() {
    let (text, report) = draw(model, 10, 4)
    #expect(report.cellWidth == 1 && report.joined == 1)
    #expect(text[0].hasPrefix("   q ██▓ ") && text[1].hasPrefix("down ·▓! "))
    let ascii = draw(model, 10, 4, .ascii).text
    #expect(ascii[0].hasPrefix("   q @@# ") && ascii[1].hasPrefix("down -#! "))
  }

  /// A tower has fewer blocks than its decoder.
  @Test func rowsOfUnequalLengthEndWhereTheyEnd() {
    let model = HeatmapModel(rows: [
      HeatmapModel.Row(name: "q", values: Array(repeating: 1, count: 34)),
      HeatmapModel.Row(name: "v", values: Array(repeating: 1, count: 27)),
    ])
    for width in 3...40 {
      let (text, report) = draw(model, width, 4)
      #expect(text[0].count { $0 == "█" } == (34 + report.joined - 1) / report.joined * report.cellWidth)
      #expect(text[1].count { $0 == "█" } == (27 + report.joined - 1) / report.joined * report.cellWidth)
    }
  }

  @Test func neighboursShareAColumnByTheirLargest() {
    let model = HeatmapModel(rows: [
      HeatmapModel.Row(name: "q", values: [1, 0.26, 0.24, 0]),
      HeatmapModel.Row(name: "d", values: [nil, 0.0626, .infinity, 0.0001]),
    ])
    let (text, report) = draw(model, 4, 4)
    #expect(report.joined == 2)
    #expect(text[0].hasPrefix("q █▓") && text[1].hasPrefix("d ▓!"))
    #expect(report.place(x: 3, y: 1, in: model) == HeatmapModel.Place(row: 1, column: 2))
    #expect(report.place(x: 1, y: 1, in: model) == nil)
  }

  /// A legend's number is whole or not there.
  @Test func legendAtEveryWidth() {
    let glyphs = Glyphs.glyphs(for: .braille)
    for width in 1...90 {
      let legend = Heatmap.legend(model, HeatScale(top: 1), columns: width, glyphs: glyphs).map(\.text).joined()
      #expect(CharacterWidth.columns(legend) <= width)
      #expect(["", "0.25"].contains { legend.isEmpty ? $0.isEmpty : legend.contains($0) }, "\(legend)")
    }
    let whole = Heatmap.legend(model, HeatScale(top: 1), columns: 90, glyphs: glyphs).map(\.text).joined()
    #expect(whole.contains("· no adapter") && whole.contains("most 1.00 q 0"))
  }

  @Test func theCellThatIsRead() {
    var other = model
    other.cursor = HeatmapModel.Place(row: 1, column: 0)
    #expect(draw(other, 40, 4).text[3].contains("down layer 0: no adapter"))
    other.cursor = HeatmapModel.Place(row: 0, column: 1)
    let line = draw(other, 60, 4).text[3]
    #expect(line.contains("q layer 1: 0.260") && line.contains("% of all"))
  }

  /// Rows that do not fit scroll with the cursor.
  @Test func rowsScroll() {
    let many = HeatmapModel(
      rows: (0..<9).map { HeatmapModel.Row(name: "m\($0)", values: [Float($0)]) },
      cursor: HeatmapModel.Place(row: 8, column: 0))
    let (text, report) = draw(many, 30, 4)
    #expect(report.top > 0 && text.contains { $0.contains("m8") } && !text.contains { $0.contains("m0") })
  }

  @Test func nothingLeavesTheRectangle() {
    for width in 0..<24 {
      for height in 0..<6 {
        var canvas = Canvas(width: 30, height: 8)
        let rect = Rect(x: 3, y: 1, width: width, height: height)
        Heatmap.draw(model, in: rect, on: &canvas, glyphs: .glyphs(for: .braille))
        for y in 0..<8 {
          for x in 0..<30 where !rect.contains(x: x, y: y) {
            #expect(canvas[x, y].character == " ", "\(width)×\(height): \(x), \(y)")
          }
        }
      }
    }
  }
}

@Suite struct SmallFigureTests {
  private let glyphs = Glyphs.glyphs(for: .braille)

  @Test func sparklinesFallWithTheLoss() {
    #expect(Sparkline.text([8, 4, 2, 1], columns: 4, isLog: true, glyphs: glyphs) == "█▆▃▁")
    #expect(Sparkline.text([1, 1, 1], columns: 8, glyphs: glyphs) == "▁▁▁")
    #expect(Sparkline.text([4, .nan, 1], columns: 3, glyphs: glyphs) == "█ ▁")
    #expect(Sparkline.text([.nan, .nan], columns: 9, glyphs: glyphs) == "✗✗")
    #expect(Sparkline.text([], columns: 4, glyphs: glyphs).isEmpty)
    #expect(Sparkline.text((0..<1000).map { Float($0) }, columns: 12, glyphs: glyphs).count == 12)
    let ascii = Sparkline.text([8, 4, 2, 1], columns: 4, isLog: true, glyphs: .glyphs(for: .ascii))
    #expect(ascii.allSatisfy(\.isASCII) && ascii.count == 4)
  }

  @Test func countsLoseNothing() {
    let counts = HistogramCounts([-1, 0, 0.5, 1, 1, 7, .nan], in: 0...1)
    #expect(counts.below == 1 && counts.above == 1 && counts.total == 6)
    for columns in 1...50 { #expect(counts.joined(columns: columns).reduce(0, +) == 4) }
    #expect(counts.joined(columns: 2) == [1, 3])
    #expect(HistogramCounts([3, 3], in: 3...3).total == 2)
  }

  @Test func histogramsStayInTheirRectangle() {
    let counts = HistogramCounts((0..<100).map { Double($0 % 10) }, in: 0...9)
    for width in 0..<30 {
      for height in 0..<9 {
        var canvas = Canvas(width: 34, height: 12)
        let rect = Rect(x: 2, y: 1, width: width, height: height)
        let group = HistogramModel.Group(counts: counts, style: .plain, label: "base", mark: 4)
        Histogram.draw(
          HistogramModel(groups: [group, group], range: 0...9, unit: "ms"), in: rect, on: &canvas, glyphs: glyphs)
        for y in 0..<12 {
          for x in 0..<34 where !rect.contains(x: x, y: y) { #expect(canvas[x, y].character == " ") }
        }
      }
    }
  }

  /// Curves over time: a step's place is what `positions` say, and zooming in by it takes those steps.
  @Test func curvesOverOtherAxes() {
    let positions = SeriesView([10, 20, 40, 80].map { Float($0) })
    var canvas = Canvas(width: 40, height: 12)
    let values: [Float] = [4, 3, .nan, 1]
    var series = PlotSeries(values: SeriesView(values), positions: positions)
    func nonFinite(_ range: ClosedRange<Double>) -> Int {
      Plot.draw(
        PlotModel(series: [series], xRange: range, smoothing: 0), in: canvas.bounds, on: &canvas, glyphs: glyphs
      ).nonFinite
    }
    #expect(nonFinite(0...80) == 1 && nonFinite(30...50) == 1 && nonFinite(0...39) == 0 && nonFinite(41...80) == 0)
    series.positionFactor = 0.5
    #expect(nonFinite(0...19) == 0 && nonFinite(15...25) == 1)
    #expect(positions.firstIndices(reaching: [0, 10, 11, 80, 81]) == [0, 0, 1, 3, 4])
    #expect(positions.firstIndices(beyond: [9, 10, 80]) == [0, 1, 4])
  }
}
