import Terminal
import Testing

@Suite struct ScatterTests {
  func draw(
    _ model: ScatterModel, _ width: Int = 42, _ height: Int = 14, set: Terminal.CharacterSet = .braille
  ) -> (canvas: Canvas, report: ScatterReport) {
    var canvas = Canvas(width: width, height: height)
    let report = Scatter.draw(model, in: canvas.bounds, on: &canvas, glyphs: .glyphs(for: set))
    return (canvas, report)
  }

  func point(_ x: Double, _ y: Double, _ label: String, _ kind: ScatterKind = .mine) -> ScatterPoint {
    ScatterPoint(x: x, y: y, label: label, kind: kind)
  }

  @Test func withoutSetsThereAreAxes() {
    let (canvas, report) = draw(ScatterModel(xUnit: "%", xSigned: true, message: "no set finished yet"), 42, 8)
    #expect(report.outside == 0 && report.hiddenLabels == 0)
    #expect(canvas.text[0] == "100┤ no set finished yet                  ")
    #expect(canvas.text[5].hasPrefix("  0┤"))
    #expect(canvas.text[7].hasPrefix("   +0") && canvas.text[7].contains("+20%"))
  }

  @Test func pointsBarsStaircaseAndTheBaseAtTheEdge() {
    func set(_ x: Double, _ y: Double, _ label: String, _ kind: ScatterKind) -> ScatterPoint {
      ScatterPoint(x: x, y: y, label: label, kind: kind, yInterval: y - 2...y + 2)
    }
    let model = ScatterModel(
      points: [
        set(2, 60, "2", .front), set(6, 66, "C", .front), set(12, 70, "F", .published), set(8, 61, "3", .mine),
        ScatterPoint(x: 0, y: 31.4, label: "", kind: .base),
      ], front: [PlotPoint(x: 2, y: 60), PlotPoint(x: 6, y: 66)], xUnit: "%", xSigned: true)
    let (canvas, report) = draw(model)
    #expect(report.outside == 1 && report.hiddenLabels == 0)
    #expect(canvas.text == scatterGolden)
    #expect(draw(model, set: .ascii).canvas.text.allSatisfy { $0.allSatisfy(\.isASCII) })
  }

  let scatterGolden = [
    " 75┤                                      ",
    "   │                             ⢀        ",
    "   │                             ⢸        ",
    " 70┤                             ○F       ",
    "   │              ⢸              ⠈        ",
    "   │              ◆C⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒ ",
    " 65┤              ⢸                       ",
    "   │    ⢀         ⢸    ⢸                  ",
    " 60┤    ◆2⣀⣀⣀⣀⣀⣀⣀⣀⣸    ●3                 ",
    "   │    ⢸              ⠸                  ",
    "   │    ⠈                                 ",
    " 55┤▾ base 31.4                           ",
    "   └┬───────────┬───────────┬───────────┬ ",
    "   +0          +5          +10       +15% ",
  ]

  @Test func aBarShorterThanItsGlyphIsNotDrawn() {
    let short = ScatterPoint(x: 5, y: 50, label: "1", yInterval: 49.99...50.01)
    let model = ScatterModel(points: [short], xRange: 0...10, yRange: 0...100)
    #expect(
      draw(model).canvas.text.joined().contains { $0.unicodeScalars.contains { (0x2801...0x28ff).contains($0.value) } }
        == false)
  }

  /// Right, left, above, below, the diagonals; then hidden. The selected point's label comes first.
  @Test func labelsFindRoomInOrder() {
    var model = ScatterModel(points: [point(5, 48, "A")], xRange: 0...10, yRange: 0...100)
    let (alone, report) = draw(model)
    let cell = report.cells[0]
    #expect(cell == ScatterReport.Place(x: 22, y: 6))
    #expect(alone[23, 6].character == "A")

    // Three points in a row of cells: the middle one has no room beside it.
    let step = 10.0 / 37
    model.points = [point(5, 48, "A"), point(5 + step, 48, "B"), point(5 - step, 48, "C")]
    let (crowded, three) = draw(model)
    #expect(three.hiddenLabels == 0)
    #expect(crowded[22, 5].character == "A")
    #expect(crowded[24, 6].character == "B")
    #expect(crowded[20, 6].character == "C")
  }

  @Test func labelsWithoutRoomAreCounted() {
    // 3 × 3 cells full of points: the middle has no room.
    let column = 10.0 / 37
    var points: [ScatterPoint] = []
    for dx in -1...1 {
      // The middle of rows 5, 6 and 7 of twelve with four dots each.
      for row in 5...7 {
        let y = 100 * (1 - (4 * Double(row) + 1.5) / 47)
        points.append(point(5 + Double(dx) * column, y, "\(points.count)"))
      }
    }
    var model = ScatterModel(points: points, xRange: 0...10, yRange: 0...100)
    let hidden = draw(model).report.hiddenLabels
    #expect(hidden >= 1)
    // The selected one gets its place before the others, where there is one.
    model.points[0].isSelected = true
    let (canvas, report) = draw(model)
    #expect(report.hiddenLabels >= 1)
    #expect(canvas.text.joined().contains("0"))
  }

  @Test func pointsOfOneCellShowAPlus() {
    let model = ScatterModel(points: [point(5, 48, "A"), point(5.01, 48.1, "B")], xRange: 0...10, yRange: 0...100)
    let (canvas, _) = draw(model)
    #expect(canvas[22, 6].character == "+")
    #expect(canvas[23, 6].character == "A" && canvas[21, 6].character == "B")
  }

  @Test func ellipsesAndNonsenseAreHarmless() {
    let odd = [
      ScatterPoint(x: .nan, y: 3, label: "n"), ScatterPoint(x: 1, y: .infinity, label: "i"),
      ScatterPoint(x: 1, y: 1, label: "e", xInterval: -1e300...1e300, yInterval: -1e300...1e300),
    ]
    for uncertainty in [ScatterModel.Uncertainty.bars, .ellipses, .off] {
      var model = ScatterModel(points: odd, uncertainty: uncertainty)
      #expect(draw(model).canvas.width == 42)
      model.xRange = 0...2
      model.yRange = 0...2
      let (_, report) = draw(model)
      #expect(report.cells[2] != nil && report.cells[0] == nil)
    }
    for size in 0...8 {
      #expect(draw(ScatterModel(points: odd), size, size).canvas.height == size)
    }
  }
}
