import Foundation
import Messages
import Recipe

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
    guard let y = PlotFrame.range(curves.flatMap { $0.points.map(\.loss) }), let last = steps.max() else { return nil }
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

  /// Eight colours serve for fifteen combinations: the second eight are dashed.
  private static func dash(_ series: Int) -> String { series < 8 ? "" : " stroke-dasharray=\"5 3\"" }

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
