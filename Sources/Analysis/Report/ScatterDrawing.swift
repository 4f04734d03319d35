import Messages
import Recipe

/// Score against decoding overhead, with intervals both ways and the front as a staircase.
enum ScatterDrawing {
  private struct Point {
    var targets: Targets
    var score: Interval
    var cost: Interval
    var isOnFront: Bool
    var runs: [RunID]
  }

  /// One data set; nil without two measured combinations.
  static func svg(_ dataset: StudyDataset) -> String? {
    svg(
      dataset.cells.compactMap { cell in
        cell.overheadPercent.map {
          Point(
            targets: cell.targets,
            score: cell.interval ?? Interval(estimate: cell.mean, low: cell.mean, high: cell.mean),
            cost: $0, isOnFront: cell.onFront == true, runs: cell.runs)
        }
      }, title: "Score against overhead on \(dataset.name)")
  }

  /// Means over the data sets; nil with one data set only.
  static func svg(_ table: StudyTable) -> String? {
    guard table.datasets.count > 1 else { return nil }
    return svg(
      CombinationMeans.rows(table).compactMap { row in
        guard let cost = row.cost, cost.unit == .overheadPercent, let interval = cost.interval else { return nil }
        return Point(
          targets: row.targets, score: row.interval ?? Interval(estimate: row.mean, low: row.mean, high: row.mean),
          cost: interval, isOnFront: row.onFront == true, runs: [])
      }, title: "Mean score against overhead")
  }

  private static func svg(_ points: [Point], title: String) -> String? {
    guard points.count > 1, let x = PlotFrame.range(points.flatMap { [$0.cost.low, $0.cost.high] } + [0]),
      let y = PlotFrame.range(points.flatMap { [$0.score.low, $0.score.high] })
    else { return nil }
    let frame = PlotFrame(x: x, y: y)
    let point = PlotFrame.point
    var body = ""
    let front = points.filter(\.isOnFront).sorted { $0.cost.estimate < $1.cost.estimate }
    if let first = front.first {
      body +=
        "<path class=\"stair\" d=\"M\(point(frame.px(first.cost.estimate))) \(point(frame.py(first.score.estimate)))"
      for next in front.dropFirst() {
        body += "H\(point(frame.px(next.cost.estimate)))V\(point(frame.py(next.score.estimate)))"
      }
      body += "\"/>"
    }
    let labels = PlotFrame.spread(
      points.map { frame.py($0.score.estimate) }, gap: 13, in: frame.top...(frame.height - frame.bottom))
    for (place, item) in points.enumerated() {
      let px = point(frame.px(item.cost.estimate))
      let py = point(frame.py(item.score.estimate))
      body += "<g><title>\(HTMLReport.escaped(describe(item)))</title>"
      body += "<path class=\"bar\" d=\"M\(point(frame.px(item.cost.low))) \(py)H\(point(frame.px(item.cost.high)))"
      body += "M\(px) \(point(frame.py(item.score.low)))V\(point(frame.py(item.score.high)))\"/>"
      body += "<circle class=\"\(item.isOnFront ? "front" : "other")\" cx=\"\(px)\" cy=\"\(py)\" r=\"4\"/></g>"
      body += "<path class=\"grid\" d=\"M\(px) \(py)L\(point(frame.width - frame.right)) \(point(labels[place]))\"/>"
      body += "<text x=\"\(point(frame.width - frame.right + 4))\" y=\"\(point(labels[place]))\" dy=\"4\">"
      body += "\(HTMLReport.escaped(item.targets.label))</text>"
    }
    return frame.svg(xTitle: "TPOT over the base's, %", yTitle: "score, %", title: title, body)
  }

  private static func describe(_ item: Point) -> String {
    var text = "\(item.targets.label): \(Text.fixed(item.score.estimate)) ± \(Text.fixed(item.score.halfWidth)) %, "
    text += "\(Text.signed(item.cost.estimate, 1)) ± \(Text.fixed(item.cost.halfWidth, 1)) % TPOT"
    return item.runs.isEmpty ? text : text + ", \(StudySelection.names(item.runs))"
  }
}
