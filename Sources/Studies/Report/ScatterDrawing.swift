import Messages

/// Score against decoding overhead, with intervals both ways and the front as a staircase.
enum ScatterDrawing {
  /// Nil without two measured combinations.
  static func svg(_ dataset: StudyDataset) -> String? {
    let points = dataset.cells.compactMap { cell in cell.overheadPercent.map { (cell: cell, cost: $0) } }
    guard points.count > 1 else { return nil }
    let bars = points.map {
      $0.cell.interval ?? Interval(estimate: $0.cell.mean, low: $0.cell.mean, high: $0.cell.mean)
    }
    guard let x = PlotFrame.range(points.flatMap { [$0.cost.low, $0.cost.high] } + [0]),
      let y = PlotFrame.range(bars.flatMap { [$0.low, $0.high] })
    else { return nil }
    let frame = PlotFrame(x: x, y: y)
    let point = PlotFrame.point
    var body = ""
    let front = points.filter { $0.cell.onFront == true }.sorted { $0.cost.estimate < $1.cost.estimate }
    if let first = front.first {
      body += "<path class=\"stair\" d=\"M\(point(frame.px(first.cost.estimate))) \(point(frame.py(first.cell.mean)))"
      for next in front.dropFirst() {
        body += "H\(point(frame.px(next.cost.estimate)))V\(point(frame.py(next.cell.mean)))"
      }
      body += "\"/>"
    }
    let labels = PlotFrame.spread(
      points.map { frame.py($0.cell.mean) }, gap: 13, in: frame.top...(frame.height - frame.bottom))
    for (place, item) in points.enumerated() {
      let px = point(frame.px(item.cost.estimate))
      let py = point(frame.py(item.cell.mean))
      body += "<g><title>\(HTMLReport.escaped(describe(item.cell, item.cost)))</title>"
      body += "<path class=\"bar\" d=\"M\(point(frame.px(item.cost.low))) \(py)H\(point(frame.px(item.cost.high)))"
      body += "M\(px) \(point(frame.py(bars[place].low)))V\(point(frame.py(bars[place].high)))\"/>"
      body +=
        "<circle class=\"\(item.cell.onFront == true ? "front" : "other")\" cx=\"\(px)\" cy=\"\(py)\" r=\"4\"/></g>"
      body += "<path class=\"grid\" d=\"M\(px) \(py)L\(point(frame.width - frame.right)) \(point(labels[place]))\"/>"
      body += "<text x=\"\(point(frame.width - frame.right + 4))\" y=\"\(point(labels[place]))\" dy=\"4\">"
      body += "\(HTMLReport.escaped(item.cell.targets.label))</text>"
    }
    return frame.svg(
      xTitle: "TPOT over the base's, %", yTitle: "score, %", title: "Score against overhead on \(dataset.name)", body)
  }

  private static func describe(_ cell: StudyCell, _ cost: Interval) -> String {
    "\(cell.targets.label): \(ReportSections.score(cell)) %, "
      + "\(Text.signed(cost.estimate, 1)) ± \(Text.fixed(cost.halfWidth, 1)) % TPOT, \(StudySelection.names(cell.runs))"
  }
}
