import Foundation

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
  static func range(_ values: [Double]) -> ClosedRange<Double>? {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return nil }
    let margin = high > low ? (high - low) / 20 : 1
    return (low - margin)...(high + margin)
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
