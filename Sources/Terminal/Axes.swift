import Foundation

/// How an axis maps values to its length.
public enum AxisScale: String, Sendable, Equatable {
  case linear, log
}

/// Maps values of a range to 0…1 and back, linear or logarithmic. A log axis with a lower end ≤ 0 starts at a small positive value.
struct AxisMap: Sendable, Equatable {
  let scale: AxisScale
  private let low: Double
  private let span: Double

  init(_ range: ClosedRange<Double>, scale: AxisScale) {
    self.scale = scale
    switch scale {
    case .linear:
      low = range.lowerBound
      span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    case .log:
      let top = max(range.upperBound, .leastNormalMagnitude)
      let bottom = range.lowerBound > 0 ? range.lowerBound : min(1, top / 1e4)
      low = Foundation.log(bottom)
      span = max(Foundation.log(top) - low, 1e-12)
    }
  }

  /// nil for what the axis cannot show: not finite, or ≤ 0 on a log axis.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - low) / span
    case .log: return value > 0 ? (Foundation.log(value) - low) / span : nil
    }
  }

  func value(_ position: Double) -> Double {
    let mapped = low + position * span
    return scale == .log ? exp(mapped) : mapped
  }
}

/// A labelled place of an axis.
public struct Tick: Equatable, Sendable {
  public var value: Double
  public var label: String
}

/// Places and labels of axes: steps of 1, 2 or 5 × 10ⁿ, equal decimals, no label twice.
public enum Ticks {
  /// At most `count` ticks of a linear axis, and at least one when the range is not empty.
  public static func linear(_ range: ClosedRange<Double>, atMost count: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, count > 0 else {
      return [Tick(value: range.lowerBound, label: NumberFormat.short(range.lowerBound))]
    }
    var step = niceStep(atLeast: span / Double(max(1, count)))
    var values = multiples(of: step, in: range)
    while values.count > count {
      step = niceStep(atLeast: step * 1.01)
      values = multiples(of: step, in: range)
    }
    return zip(values, labels(values, step: step)).map { Tick(value: $0, label: $1) }
  }

  /// The smallest 1-2-5 × 10ⁿ that is not less than `value`.
  public static func niceStep(atLeast value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    let exponent = log10(value).rounded(.down)
    for factor in [1.0, 2, 5, 10] where factor * pow(10, exponent) >= value * (1 - 1e-9) {
      return factor * pow(10, exponent)
    }
    return pow(10, exponent + 1)
  }

  /// Ticks of a log axis: decades, with 2 and 5 between them when fewer than two decades show; where that leaves fewer than two,
  /// a linear axis' ticks. `distance` gives cells between two values; ticks closer than `apart` are left out.
  public static func log(
    _ range: ClosedRange<Double>, apart: Double, distance: (Double, Double) -> Double
  ) -> [Tick] {
    guard range.lowerBound > 0, range.upperBound > range.lowerBound, range.upperBound.isFinite else { return [] }
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    let decades = log10(range.upperBound / range.lowerBound)
    let inside = { (value: Double) in
      value >= range.lowerBound * (1 - 1e-9) && value <= range.upperBound * (1 + 1e-9)
    }
    var values = (first...last).map { pow(10, Double($0)) }.filter(inside)
    if decades < 2 {
      // Decades first: where they crowd, 2 and 5 give way.
      for exponent in first...last {
        for factor in [2.0, 5] {
          let value = factor * pow(10, Double(exponent))
          if inside(value), !values.contains(where: { abs(distance($0, value)) < apart }) { values.append(value) }
        }
      }
    }
    var kept: [Double] = []
    for value in values.sorted() where kept.last.map({ abs(distance($0, value)) >= apart }) ?? true {
      kept.append(value)
    }
    guard kept.count >= 2 else {
      let cells = abs(distance(range.lowerBound, range.upperBound))
      var ticks: [Tick] = []
      for tick in linear(range, atMost: max(2, Int(cells / max(apart, 1)) + 1)) where tick.value > 0 {
        if ticks.last.map({ abs(distance($0.value, tick.value)) >= apart }) ?? true { ticks.append(tick) }
      }
      return ticks
    }
    return kept.map { Tick(value: $0, label: label($0, step: $0)) }
  }

  /// Multiples of `step` inside the range, ends included.
  static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 10_000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }

  /// Labels with the decimals that the step needs; thousands as k, millions as M when all are large enough.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    values.map { label($0, step: step) }
  }

  private static func label(_ value: Double, step: Double) -> String {
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if step < 0.001 { return NumberFormat.scientific(value, digits: significantDigits(value, step: step)) }
    if magnitude >= 1e6 { return NumberFormat.fixed(value / 1e6, max(1, decimals(step / 1e6))) + "M" }
    if magnitude >= 10_000 { return NumberFormat.fixed(value / 1e3, decimals(step / 1e3)) + "k" }
    return NumberFormat.fixed(value, decimals(step))
  }

  private static func decimals(_ step: Double) -> Int { min(15, max(0, Int((-log10(step) - 1e-9).rounded(.up)))) }

  private static func significantDigits(_ value: Double, step: Double) -> Int {
    let first = (log10(abs(value)) + 1e-9).rounded(.down)
    let last = (log10(step) + 1e-9).rounded(.down)
    return min(15, max(1, Int(first - last) + 1))
  }
}

/// Where the unit of an axis stands, for every chart: on the screen behind the last number, `20.6 ms` or `+15%`, and the quantity alone is
/// named; in files, whose numbers are bare, behind the quantity, `TPOT p50, ms`.
public enum AxisUnit {
  /// The last label of an axis. A percent sign is part of its number.
  public static func label(_ number: String, _ unit: String) -> String {
    unit.isEmpty || unit == "%" ? number + unit : "\(number) \(unit)"
  }

  /// The title of an axis or a column in a file.
  public static func title(_ quantity: String, _ unit: String) -> String {
    unit.isEmpty ? quantity : "\(quantity), \(unit)"
  }
}

/// The axes of a chart in a rectangle: where labels, axis lines and the plotted area lie.
struct PlotFrame {
  let rect: Rect
  let area: Rect
  let labelWidth: Int
  /// Dots a cell has above each other: labels and markers stand in the cell that holds their dot.
  private let dots: Int

  /// One column at the right and the two rows of the x axis are kept free; nil when nothing useful fits.
  init?(_ rect: Rect, labelWidth: Int, set: CharacterSet, xAxis: Bool = true) {
    let area = rect.inset(left: labelWidth + 1, top: 0, right: 1, bottom: xAxis ? 2 : 0)
    guard area.width >= 4, area.height >= 1 else { return nil }
    self.rect = rect
    self.area = area
    self.labelWidth = labelWidth
    dots = BitGrid.dotsY(set)
  }

  /// Rows between labels: wide on tall charts, any on tiny ones.
  static func rowsApart(_ height: Int) -> Int { height >= 9 ? 3 : height >= 4 ? 2 : 1 }

  func row(_ position: Double) -> Int {
    let dot = Int(((1 - position) * Double(area.height * dots - 1)).rounded())
    return area.y + min(area.height - 1, max(0, dot / dots))
  }

  func column(_ position: Double) -> Int {
    area.x + min(area.width - 1, max(0, Int(position * Double(area.width))))
  }

  /// Axis lines, ticks and labels.
  /// - Parameter unit: of the x axis; its last label carries it.
  func draw(
    xTicks: [(position: Double, label: String)], yTicks: [(position: Double, label: String)], unit: String,
    on canvas: inout Canvas, glyphs: Glyphs, style: Style
  ) {
    let axis = area.x - 1
    for y in area.y..<area.bottom { canvas[axis, y] = Cell(character: glyphs.axisVertical, style: style) }
    for tick in yTicks {
      let y = row(tick.position)
      canvas[axis, y] = Cell(character: glyphs.axisTick, style: style)
      // In a plot that is too narrow for it a label would stand over what is beside the plot.
      guard CharacterWidth.columns(tick.label) <= axis - rect.x else { continue }
      canvas.put(tick.label, endingAt: axis, y: y, style: style)
    }
    guard area.bottom + 1 < rect.bottom + 1, rect.bottom - area.bottom >= 2 else { return }
    canvas[axis, area.bottom] = Cell(character: glyphs.axisCorner, style: style)
    for x in area.x..<area.right { canvas[x, area.bottom] = Cell(character: glyphs.axisHorizontal, style: style) }
    // The last label carries the unit and has its place before the others.
    var last: (start: Int, label: String)?
    if let tick = xTicks.last {
      let label = AxisUnit.label(tick.label, unit)
      last = (start(of: label, at: column(tick.position)), label)
    }
    var free = rect.x
    for (index, tick) in xTicks.enumerated() {
      let x = column(tick.position)
      canvas[x, area.bottom] = Cell(character: glyphs.axisBottomTick, style: style)
      if index == xTicks.count - 1 { break }
      let start = start(of: tick.label, at: x)
      let end = start + CharacterWidth.columns(tick.label)
      guard start >= free, end < last?.start ?? rect.right else { continue }
      canvas.put(tick.label, x: start, y: area.bottom + 1, style: style)
      free = end + 1
    }
    if let last, last.start >= rect.x { canvas.put(last.label, x: last.start, y: area.bottom + 1, style: style) }
  }

  /// Centred under its tick, inside the rectangle.
  private func start(of label: String, at column: Int) -> Int {
    let width = CharacterWidth.columns(label)
    return max(rect.x, min(column - width / 2, rect.right - 1 - width))
  }
}
