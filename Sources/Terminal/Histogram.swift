import Foundation

/// How often values fall into equal parts of a range: what a histogram draws. Counted once, finely; drawing joins neighbours.
public struct HistogramCounts: Sendable, Equatable {
  static let bins = 240

  public let range: ClosedRange<Double>
  /// Values in each part of the range.
  public let counts: [Int]
  /// Values below and above it.
  public let below: Int
  public let above: Int

  /// - Parameter values: what is not finite is left out.
  public init(_ values: [Double], in range: ClosedRange<Double>) {
    var counts = [Int](repeating: 0, count: Self.bins)
    var (below, above) = (0, 0)
    let width = range.upperBound - range.lowerBound
    for value in values where value.isFinite {
      if value < range.lowerBound {
        below += 1
      } else if value > range.upperBound {
        above += 1
      } else {
        let place = width > 0 ? (value - range.lowerBound) / width * Double(Self.bins) : 0
        counts[min(Self.bins - 1, Int(place))] += 1
      }
    }
    self.range = range
    self.counts = counts
    self.below = below
    self.above = above
  }

  public var total: Int { counts.reduce(below + above, +) }

  /// The counts in so many columns.
  public func joined(columns: Int) -> [Int] {
    guard columns > 0 else { return [] }
    var sums = [Int](repeating: 0, count: columns)
    for (bin, count) in counts.enumerated() { sums[bin * columns / counts.count] += count }
    return sums
  }
}

/// Histograms over one axis, each in a strip of its own, one above the other.
public struct HistogramModel: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public var counts: HistogramCounts
    public var style: Style
    /// At the strip's upper right: whose it is, with its percentiles.
    public var label: String
    /// Where a line stands, such as the median.
    public var mark: Double?

    public init(counts: HistogramCounts, style: Style, label: String, mark: Double? = nil) {
      self.counts = counts
      self.style = style
      self.label = label
      self.mark = mark
    }
  }

  public var groups: [Group]
  public var range: ClosedRange<Double>
  public var unit: String

  public init(groups: [Group], range: ClosedRange<Double>, unit: String) {
    self.groups = groups
    self.range = range
    self.unit = unit
  }
}

public enum Histogram {
  /// Draws into the inside of a pane; strips are as high as each other, and so is what their highest column stands for: a share of the
  /// group's values.
  public static func draw(_ model: HistogramModel, in rect: Rect, on canvas: inout Canvas, glyphs: Glyphs) {
    guard !model.groups.isEmpty, let frame = PlotFrame(rect, labelWidth: 0, set: glyphs.set, xAxis: rect.height >= 4)
    else { return }
    let map = AxisMap(model.range, scale: .linear)
    let ticks = Ticks.linear(model.range, atMost: max(2, frame.area.width / 10))
    frame.draw(
      xTicks: ticks.compactMap { tick in map.position(tick.value).map { ($0, tick.label) } }, yTicks: [],
      unit: model.unit, on: &canvas, glyphs: glyphs, style: .dim)
    let columns = frame.area.width
    let shares = model.groups.map { group in
      group.counts.joined(columns: columns).map { Double($0) / Double(max(1, group.counts.total)) }
    }
    let most = shares.joined().max() ?? 0
    let each = max(1, frame.area.height / model.groups.count)
    for (index, group) in model.groups.enumerated() where (index + 1) * each <= frame.area.height {
      let strip = Rect(x: frame.area.x, y: frame.area.y + index * each, width: columns, height: each)
      bars(shares[index], most: most, style: group.style, in: strip, on: &canvas, glyphs)
      if let mark = group.mark, let position = map.position(mark), position >= 0, position <= 1 {
        let x = frame.column(position)
        for y in strip.y..<strip.bottom where canvas[x, y].character == " " {
          canvas[x, y] = Cell(character: glyphs.crosshair, style: .dim)
        }
      }
      // The tail is at the right, where there is least.
      let width = CharacterWidth.columns(group.label)
      if width < strip.width { canvas.put(group.label, x: strip.right - width, y: strip.y, style: .plain) }
      edges(group.counts, in: strip, on: &canvas, glyphs)
    }
  }

  private static func bars(
    _ shares: [Double], most: Double, style: Style, in strip: Rect, on canvas: inout Canvas, _ glyphs: Glyphs
  ) {
    guard most > 0 else { return }
    let steps = glyphs.heights.count
    for (column, share) in shares.enumerated() where share > 0 {
      let units = max(1, Int((share / most * Double(strip.height * steps)).rounded()))
      for row in 0..<strip.height {
        let left = units - row * steps
        guard left > 0 else { break }
        canvas[strip.x + column, strip.bottom - 1 - row] = Cell(
          character: left >= steps ? glyphs.barFull : glyphs.heights[left - 1], style: style)
      }
    }
  }

  /// How many lie outside the axis: they are not drawn as if they lay at its ends.
  private static func edges(_ counts: HistogramCounts, in strip: Rect, on canvas: inout Canvas, _ glyphs: Glyphs) {
    guard strip.height >= 3 else { return }
    if counts.above > 0 {
      canvas.put("\(counts.above) \(glyphs.right)", endingAt: strip.right, y: strip.y + 1, style: .dim)
    }
    if counts.below > 0 { canvas.put("\(glyphs.left) \(counts.below)", x: strip.x, y: strip.y + 1, style: .dim) }
  }
}
