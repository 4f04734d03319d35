import Foundation
import Messages
import Recipe

/// Axes of a drawing: where a value lies, ticks in steps of 1, 2 or 5, and the frame.
struct PlotFrame {
  let width = 760.0
  let height = 360.0
  let left = 56.0
  let right = 150.0
  let top = 12.0
  let bottom = 40.0
  var x: ClosedRange<Double>
  var y: ClosedRange<Double>

  func px(_ value: Double) -> Double {
    left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * (width - left - right)
  }

  func py(_ value: Double) -> Double {
    top + (y.upperBound - value) / (y.upperBound - y.lowerBound) * (height - top - bottom)
  }

  /// One decimal; a formatter would take most of the time of a large report.
  static func point(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "0.0" }
    let tenths = Int((10 * abs(value)).rounded(.toNearestOrEven))
    return "\(value < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
  }

  /// The range of these values, widened by a twentieth at either end, by one where they are all equal; nil for none.
  ///
  /// - Parameter limits: what there can be; an axis that goes on beyond it promises what no value can keep. Intervals may.
  static func range(
    _ values: [Double], within limits: ClosedRange<Double> = -.infinity ... .infinity
  ) -> ClosedRange<Double>? {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return nil }
    let margin = high > low ? (high - low) / 20 : 1
    let clamp = { (value: Double) in min(max(value, limits.lowerBound), limits.upperBound) }
    let range = clamp(low - margin)...clamp(high + margin)
    return range.lowerBound < range.upperBound ? range : (low - margin)...(high + margin)
  }

  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let span = range.upperBound - range.lowerBound
    let power = pow(10, floor(log10(span / 5)))
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? power * 10
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard last >= first else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// Room for the longest of some names beside a drawing, in the page's letters of 11 pixels, which are about six wide.
  static func room(for names: [String], most: Double) -> Double {
    min(most, 6.5 * Double(names.map(\.count).max() ?? 0) + 8)
  }

  static func label(_ value: Double) -> String {
    let text = String(format: "%.4g", value)
    return text == "-0" ? "0" : text
  }

  func svg(xTitle: String, yTitle: String, title: String, _ body: String) -> String {
    var text =
      "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\"><title>\(HTMLReport.escaped(title))</title>"
    for tick in Self.ticks(y) {
      let place = Self.point(py(tick))
      text += "<path class=\"grid\" d=\"M\(Self.point(left)) \(place)H\(Self.point(width - right))\"/>"
      text +=
        "<text x=\"\(Self.point(left - 6))\" y=\"\(place)\" text-anchor=\"end\" dy=\"4\">\(Self.label(tick))</text>"
    }
    for tick in Self.ticks(x) {
      let place = Self.point(px(tick))
      text += "<path class=\"axis\" d=\"M\(place) \(Self.point(height - bottom))v4\"/>"
      text +=
        "<text x=\"\(place)\" y=\"\(Self.point(height - bottom + 17))\" text-anchor=\"middle\">\(Self.label(tick))</text>"
    }
    text += "<path class=\"axis\" d=\"M\(Self.point(left)) \(Self.point(top))V\(Self.point(height - bottom))"
    text += "H\(Self.point(width - right))\"/>"
    text +=
      "<text x=\"\(Self.point((left + width - right) / 2))\" y=\"\(Self.point(height - 6))\" text-anchor=\"middle\">"
    text += "\(HTMLReport.escaped(xTitle))</text>"
    let middle = Self.point((top + height - bottom) / 2)
    text +=
      "<text transform=\"translate(14 \(middle)) rotate(-90)\" text-anchor=\"middle\">\(HTMLReport.escaped(yTitle))</text>"
    return text + body + "</svg>"
  }

  /// Places for labels at least `gap` apart, as near as may be to where they are wanted, in the given order.
  static func spread(_ wanted: [Double], gap: Double, in range: ClosedRange<Double>) -> [Double] {
    let order = wanted.indices.sorted { wanted[$0] < wanted[$1] }
    var places = wanted
    var floor = range.lowerBound
    for index in order {
      places[index] = max(wanted[index], floor)
      floor = places[index] + gap
    }
    var ceiling = range.upperBound
    for index in order.reversed() {
      places[index] = min(places[index], ceiling)
      ceiling = places[index] - gap
    }
    return places
  }
}

/// Smoothed training losses of the runs on one data set, one colour and dash for each combination.
enum LossDrawing {
  /// Most points that a curve is drawn with, and all curves of a drawing together: thousands of runs share the drawing's width.
  static let buckets = 2000
  private static let bucketsOfAll = 100_000
  private static let leastBuckets = 100

  /// Nil without a finite loss.
  static func svg(_ runs: [RunSummary]) -> String? {
    let share = max(leastBuckets, min(buckets, bucketsOfAll / max(1, runs.count)))
    let curves = runs.map { (run: $0, points: thinned(smoothed($0.losses.values(0..<$0.losses.count)), to: share)) }
    let steps = curves.flatMap { $0.points.map(\.step) }
    guard let y = PlotFrame.range(curves.flatMap { $0.points.map(\.loss) }, within: 0 ... .infinity),
      let last = steps.max()
    else { return nil }
    let frame = PlotFrame(x: 0...max(1, last), y: y)
    let point = PlotFrame.point
    var sets: [Targets] = []
    for curve in curves where !sets.contains(curve.run.plan.targets) { sets.append(curve.run.plan.targets) }
    sets.sort(by: Targets.precedes)
    var body = ""
    for curve in curves {
      let series = sets.firstIndex(of: curve.run.plan.targets) ?? 0
      body += "<path class=\"line c\(series % 8)\"\(dash(series)) d=\""
      var previous: Double?
      for item in curve.points {
        guard item.loss.isFinite else {
          // A bad number is a gap.
          previous = nil
          continue
        }
        body += "\(previous == nil ? "M" : "L")\(point(frame.px(item.step))) \(point(frame.py(item.loss)))"
        previous = item.step
      }
      let name = "#\(curve.run.id) \(curve.run.plan.targets.label), seed \(curve.run.plan.settings.seed)"
      body += "\"><title>\(HTMLReport.escaped(name))</title></path>"
    }
    let ends = sets.map { set -> Double in
      let values = curves.filter { $0.run.plan.targets == set }.compactMap { $0.points.last { $0.loss.isFinite }?.loss }
      return values.isEmpty ? y.lowerBound : values.reduce(0, +) / Double(values.count)
    }
    let labels = PlotFrame.spread(ends.map(frame.py), gap: 13, in: frame.top...(frame.height - frame.bottom))
    for (series, set) in sets.enumerated() {
      let ids = curves.filter { $0.run.plan.targets == set }.map(\.run.id)
      body += "<text class=\"name c\(series % 8)\" x=\"\(point(frame.width - frame.right + 4))\" "
      body +=
        "y=\"\(point(labels[series]))\" dy=\"4\">\(HTMLReport.escaped(set.label)) \(StudySelection.names(ids))</text>"
    }
    return frame.svg(xTitle: "step", yTitle: "loss, nats a token", title: "Training loss", body)
  }

  /// Eight colours serve for fifteen combinations: the second eight are dashed, and further eights otherwise.
  private static func dash(_ series: Int) -> String {
    series < 8 ? "" : " stroke-dasharray=\"\(["5 3", "2 3", "8 3 2 3"][(series / 8 - 1) % 3])\""
  }

  /// Bias-corrected exponential moving average; what is not finite stays so and leaves the mean as it is.
  static func smoothed(_ losses: [Float], beta: Double = 0.9) -> [Double] {
    var mean = 0.0
    var weight = 1.0
    return losses.map { loss in
      guard loss.isFinite else { return .nan }
      mean = beta * mean + (1 - beta) * Double(loss)
      weight *= beta
      return mean / (1 - weight)
    }
  }

  /// Of each bucket the first, the least, the largest and the last value, so that no extreme is lost (M4).
  static func thinned(_ values: [Double], to buckets: Int = buckets) -> [(step: Double, loss: Double)] {
    let size = max(1, (values.count + buckets - 1) / buckets)
    guard size > 1 else { return values.enumerated().map { (Double($0.offset + 1), $0.element) } }
    return stride(from: 0, to: values.count, by: size).flatMap { start -> [(step: Double, loss: Double)] in
      let bucket = start..<min(start + size, values.count)
      let finite = bucket.filter { values[$0].isFinite }
      let extremes = [finite.min { values[$0] < values[$1] }, finite.max { values[$0] < values[$1] }].compactMap { $0 }
      return Set([bucket.lowerBound, bucket.upperBound - 1] + extremes).sorted().map { (Double($0 + 1), values[$0]) }
    }
  }
}

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
      let y = PlotFrame.range(points.flatMap { [$0.score.low, $0.score.high] }, within: 0...100)
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
      let ends = [item.score.low, item.score.high].map { point(frame.py(min(max($0, y.lowerBound), y.upperBound))) }
      body += "M\(px) \(ends[0])V\(ends[1])\"/>"
      body += "<circle class=\"\(item.isOnFront ? "front" : "other")\" cx=\"\(px)\" cy=\"\(py)\" r=\"4\"/></g>"
      body += "<path class=\"grid\" d=\"M\(px) \(py)L\(point(frame.width - frame.right)) \(point(labels[place]))\"/>"
      body += "<text x=\"\(point(frame.width - frame.right + 4))\" y=\"\(point(labels[place]))\" dy=\"4\">"
      body += "\(HTMLReport.escaped(item.targets.label))</text>"
    }
    return frame.svg(xTitle: "TPOT over the base's, %", yTitle: "score, %", title: title, body)
  }

  private static func describe(_ item: Point) -> String {
    let text = "\(item.targets.label): \(item.score.text(digits: 2)) %, \(item.cost.text(signed: true)) % TPOT"
    return item.runs.isEmpty ? text : text + ", \(StudySelection.names(item.runs))"
  }
}
