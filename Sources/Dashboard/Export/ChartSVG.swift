import Foundation
import Terminal

/// Writes a chart as SVG: 960 × 540, on white, with colours that are safe for all kinds of colour vision, markers beside them, and
/// nothing that a browser would load or run.
package struct ChartSVG {
  private static let size = (width: 960.0, height: 540.0)
  private static let margin = (left: 78.0, right: 24.0, top: 64.0, bottom: 58.0)
  /// Of the theme Okabe-Ito Light.
  static let colors = ["#000000", "#af7100", "#0687ba", "#718458", "#144e43", "#592da9", "#861c00", "#561863"]
  private static let ink = "#1a1a1a"
  private static let dim = "#595959"
  /// Buckets along x: in each the first, least, greatest and last value are kept, so that no spike is lost.
  private static let buckets = 2000

  private let chart: ChartDrawing
  private let x: Axis
  private let y: Axis
  private let smoothed: [SeriesView]

  /// One axis: from values to the drawing's units.
  private struct Axis {
    var range: ClosedRange<Double>
    var scale: AxisScale
    var start: Double
    var end: Double

    func place(_ value: Double) -> Double? {
      guard value.isFinite else { return nil }
      let position: Double
      if scale == .log {
        guard value > 0, range.lowerBound > 0 else { return nil }
        position = log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
      } else {
        position = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      }
      return start + position * (end - start)
    }

    var ticks: [Tick] {
      if scale == .log {
        let span = log(range.upperBound / range.lowerBound)
        return Ticks.log(range, apart: 1) { a, b in log(b / a) / span * 12 }
      }
      return Ticks.linear(range, atMost: 8)
    }
  }

  private init(_ chart: ChartDrawing) {
    self.chart = chart
    smoothed = chart.curves.map { $0.values.smoothed(beta: $0.smoothing, scale: chart.yScale) }
    let xRange = Self.xRange(chart)
    x = Axis(
      range: xRange, scale: chart.xScale, start: Self.margin.left, end: Self.size.width - Self.margin.right)
    y = Axis(
      range: Self.yRange(chart, smoothed, xRange), scale: chart.yScale, start: Self.size.height - Self.margin.bottom,
      end: Self.margin.top)
  }

  package static func text(_ chart: ChartDrawing) -> String { ChartSVG(chart).drawing }

  // MARK: Ranges

  private static func xRange(_ chart: ChartDrawing) -> ClosedRange<Double> {
    var range =
      chart.xRange ?? around(chart.points.flatMap { [$0.x, $0.xInterval?.lowerBound, $0.xInterval?.upperBound] })
    if chart.xScale == .log, range.lowerBound <= 0 {
      let high = max(range.upperBound, 1e-9)
      range = min(1, high / 10)...high
    }
    return range.lowerBound < range.upperBound ? range : range.lowerBound...range.lowerBound + 1
  }

  private static func yRange(
    _ chart: ChartDrawing, _ smoothed: [SeriesView], _ xRange: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    var values: [Double?] = chart.points.flatMap { [$0.y, $0.yInterval?.lowerBound, $0.yInterval?.upperBound] }
    for (curve, view) in zip(chart.curves, smoothed) {
      let bucket = view.bucket(curve.indices(in: xRange))
      values += [Double(bucket.minimum), Double(bucket.maximum)]
      if chart.yScale == .log, !(bucket.minimum > 0) {
        // What is not positive is a gap; the least that is drawn is looked for among the rest.
        let positive = view.values(0..<view.count).filter { $0.isFinite && $0 > 0 }.min()
        values = values.filter { ($0 ?? 1) > 0 } + [positive.map(Double.init)]
      }
    }
    if chart.yScale == .log {
      let positive = values.compactMap { $0 }.filter { $0.isFinite && $0 > 0 }
      guard let low = positive.min(), let high = positive.max() else { return 0.1...10 }
      return low / 1.1...high * 1.1
    }
    var range = around(values)
    if let limits = chart.yLimits {
      range = max(limits.lowerBound, range.lowerBound)...min(limits.upperBound, range.upperBound)
      if range.lowerBound >= range.upperBound { range = limits }
    }
    return range
  }

  /// The finite ones among values with 5 % at either side.
  private static func around(_ values: [Double?]) -> ClosedRange<Double> {
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return 0...1 }
    let span = high - low
    let pad = span > 0 ? span * 0.05 : max(abs(high) * 0.05, 0.5)
    return low - pad...high + pad
  }

  // MARK: Drawing

  private var drawing: String {
    let (width, height) = (Int(Self.size.width), Int(Self.size.height))
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img" \
      font-family="system-ui, sans-serif" font-size="13">
      <title>\(Self.escaped(chart.title))</title>
      <rect width="\(width)" height="\(height)" fill="#ffffff"/>
      <text x="\(Self.f(Self.margin.left))" y="26" font-size="17" font-weight="600" fill="\(Self.ink)">\(Self.escaped(chart.title))</text>
      <text x="\(Self.f(Self.size.width - Self.margin.right))" y="26" text-anchor="end" fill="\(Self.dim)">\(Self.escaped(chart.subtitle))</text>

      """
    svg += grid + curves + points + legend
    return svg + "</svg>\n"
  }

  private var grid: String {
    var svg = ""
    for tick in y.ticks {
      guard let place = y.place(tick.value) else { continue }
      svg += """
        <line x1="\(Self.f(x.start))" y1="\(Self.f(place))" x2="\(Self.f(x.end))" y2="\(Self.f(place))" stroke="#e2e2e2"/>
        <text x="\(Self.f(x.start - 8))" y="\(Self.f(place + 4))" text-anchor="end" fill="\(Self.dim)">\(Self.escaped(tick.label))</text>

        """
    }
    for tick in x.ticks {
      guard let place = x.place(tick.value) else { continue }
      svg += """
        <line x1="\(Self.f(place))" y1="\(Self.f(y.start))" x2="\(Self.f(place))" y2="\(Self.f(y.start + 5))" stroke="\(Self.dim)"/>
        <text x="\(Self.f(place))" y="\(Self.f(y.start + 20))" text-anchor="middle" fill="\(Self.dim)">\(Self.escaped(tick.label))</text>

        """
    }
    let middle = Self.f((y.start + y.end) / 2)
    svg += """
      <path d="M\(Self.f(x.start)) \(Self.f(y.end))V\(Self.f(y.start))H\(Self.f(x.end))" fill="none" stroke="\(Self.dim)"/>
      <text x="\(Self.f((x.start + x.end) / 2))" y="\(Self.f(Self.size.height - 14))" text-anchor="middle" \
      fill="\(Self.ink)">\(Self.escaped(chart.xTitle))</text>
      <text x="18" y="\(middle)" text-anchor="middle" transform="rotate(-90 18 \(middle))" \
      fill="\(Self.ink)">\(Self.escaped(chart.yTitle))</text>

      """
    return svg
  }

  private var curves: String {
    zip(chart.curves, smoothed).map { curve, view in
      "<path d=\"\(path(curve, view))\" fill=\"none\" stroke=\"\(Self.color(curve.slot))\" stroke-width=\"1.8\" "
        + "stroke-linejoin=\"round\"/>\n"
    }.joined()
  }

  /// The curve inside the axes: a gap where a value is not finite, or not positive on a logarithmic axis.
  private func path(_ curve: ChartDrawing.Curve, _ view: SeriesView) -> String {
    let all = curve.indices(in: x.range)
    var path = ""
    var isDown = false
    func add(_ index: Int, _ value: Float) {
      guard let px = x.place(curve.x(index)), let py = y.place(Double(value)) else {
        isDown = false
        return
      }
      let inside = min(max(py, Self.margin.top - 4), Self.size.height - Self.margin.bottom + 4)
      path += "\(isDown ? "L" : "M")\(Self.f(px)) \(Self.f(inside))"
      isDown = true
    }
    guard all.count > Self.buckets else {
      for (offset, value) in view.values(all).enumerated() { add(all.lowerBound + offset, value) }
      return path
    }
    for bucket in 0..<Self.buckets {
      let start = all.lowerBound + all.count * bucket / Self.buckets
      let end = all.lowerBound + all.count * (bucket + 1) / Self.buckets
      let values = view.bucket(start..<end)
      if values.nonFinite > 0 { isDown = false }
      guard values.finite > 0 else { continue }
      for value in [values.first, values.minimum, values.maximum, values.last] where value.isFinite {
        add(start, value)
      }
    }
    return path
  }

  private var points: String {
    var svg = ""
    let front = chart.points.filter(\.isOnFront).sorted { $0.x < $1.x }
    if front.count > 1 {
      var path = ""
      var before: Double?
      for point in front {
        guard let px = x.place(point.x), let py = y.place(point.y) else { continue }
        path += before.map { "L\(Self.f(px)) \(Self.f($0))L" } ?? "M"
        path += "\(Self.f(px)) \(Self.f(py))"
        before = py
      }
      svg += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(Self.dim)\" stroke-dasharray=\"5 4\"/>\n"
    }
    for point in chart.points {
      guard let px = x.place(point.x), let py = y.place(point.y) else { continue }
      let color = point.isOnFront ? Self.colors[5] : Self.colors[2]
      func bar(_ x1: Double?, _ y1: Double?, _ x2: Double?, _ y2: Double?) {
        guard let x1, let y1, let x2, let y2 else { return }
        svg +=
          "<line x1=\"\(Self.f(x1))\" y1=\"\(Self.f(y1))\" x2=\"\(Self.f(x2))\" y2=\"\(Self.f(y2))\" "
          + "stroke=\"\(color)\" stroke-opacity=\"0.55\" stroke-width=\"1.5\"/>\n"
      }
      if let interval = point.xInterval { bar(x.place(interval.lowerBound), py, x.place(interval.upperBound), py) }
      if let interval = point.yInterval {
        bar(
          px, y.place(max(interval.lowerBound, y.range.lowerBound)), px,
          y.place(min(interval.upperBound, y.range.upperBound)))
      }
      let fill = point.isProvisional ? "#ffffff" : color
      svg += """
        <circle cx="\(Self.f(px))" cy="\(Self.f(py))" r="5" fill="\(fill)" stroke="\(color)" stroke-width="1.5"/>
        <text x="\(Self.f(px + 8))" y="\(Self.f(py - 7))" fill="\(Self.ink)">\(Self.escaped(point.name))</text>

        """
    }
    return svg
  }

  private var legend: String {
    var svg = ""
    var left = x.start
    for curve in chart.curves {
      svg += """
        <line x1="\(Self.f(left))" y1="44" x2="\(Self.f(left + 22))" y2="44" stroke="\(Self.color(curve.slot))" stroke-width="3"/>
        <text x="\(Self.f(left + 28))" y="48" fill="\(Self.ink)">\(Self.escaped(curve.name))</text>

        """
      // About the width of the text; a legend that would leave the picture ends.
      left += 46 + 7.2 * Double(CharacterWidth.columns(curve.name))
      if left > x.end - 60 { break }
    }
    return svg
  }

  private static func color(_ slot: Int) -> String { colors[((slot % colors.count) + colors.count) % colors.count] }

  /// A coordinate with one decimal; what is not finite never gets here.
  private static func f(_ value: Double) -> String { NumberFormat.fixed(value, 1) }

  /// Text for XML: signs of its own mean themselves, controls, which XML forbids, are blanks.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.properties.generalCategory == .control || scalar.value & 0xFFFE == 0xFFFE: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
