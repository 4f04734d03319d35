import Foundation

/// Numbers in rows and columns as shades: what a heatmap draws.
public struct HeatmapModel: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public var name: String
    /// One a column; nil where there is nothing, infinite where there is no finite number.
    public var values: [Float?]

    public init(name: String, values: [Float?]) {
      self.name = name
      self.values = values
    }

    /// Of what is finite.
    public var sum: Double { values.reduce(0) { $0 + ($1.map { $0.isFinite ? Double($0) : 0 } ?? 0) } }
  }

  public struct Place: Sendable, Hashable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  public var rows: [Row]
  /// The cell that is read.
  public var cursor: Place?
  /// What a column is called: `layer`.
  public var columnName: String
  /// What stands for nil in the legend; nil leaves it out.
  public var absent: String?

  public init(rows: [Row], cursor: Place? = nil, columnName: String = "layer", absent: String? = "no adapter") {
    self.rows = rows
    self.cursor = cursor
    self.columnName = columnName
    self.absent = absent
  }

  public var columns: Int { rows.map(\.values.count).max() ?? 0 }

  /// The smallest finite value above zero.
  var least: Double? {
    rows.lazy.flatMap(\.values).compactMap { $0.flatMap { $0.isFinite && $0 > 0 ? Double($0) : nil } }.min()
  }

  /// The largest finite value and its place.
  public var largest: (value: Double, place: Place)? {
    var best: (value: Double, place: Place)?
    for (row, line) in rows.enumerated() {
      for (column, value) in line.values.enumerated() {
        guard let value, value.isFinite, Double(value) > best?.value ?? 0 else { continue }
        best = (Double(value), Place(row: row, column: column))
      }
    }
    return best
  }
}

/// How much a value is beside the largest: four shades, of which each begins at one part of the one above it. That is a quarter, which of
/// energies is half of the norm: those of a model's layers differ by orders of magnitude, so that equal steps would show one row and nothing
/// else. Where they differ by less the parts are as much larger, so that all four shades are there to be seen.
public struct HeatScale: Sendable, Equatable {
  public static let shades = 4
  static let ratios = 1.3...4.0

  public let top: Double
  private let ratio: Double

  /// - Parameter least: the smallest value above zero; nil, and one a good way under the largest: each shade a quarter.
  public init(top: Double, least: Double? = nil) {
    self.top = top
    // A little more, so that the least itself has a shade.
    let spread = least.map { $0 > 0 && top > 0 ? 1.001 * pow(top / $0, 1 / Double(Self.shades)) : .infinity }
    ratio = min(max(Self.ratios.lowerBound, spread ?? .infinity), Self.ratios.upperBound)
  }

  /// Where a shade (1 the weakest, 4 the strongest) begins.
  public func threshold(_ shade: Int) -> Double { top / pow(ratio, Double(Self.shades - shade + 1)) }

  /// 0 for what is weaker than every shade.
  public func shade(_ value: Double) -> Int {
    guard top > 0, value > 0 else { return 0 }
    return (1...Self.shades).last { value >= threshold($0) } ?? 0
  }

  /// Where a value lies between the weakest shade and the largest value, 0 to 1, on a logarithmic scale.
  public func position(_ value: Double) -> Double {
    guard top > 0, value > 0 else { return 0 }
    return min(max(0, 1 + log(value / top) / (Double(Self.shades) * log(ratio))), 1)
  }
}

/// A heatmap in a rectangle: names, cells, the rows' sums as bars, the columns' numbers, and the legend of the shades.
public enum Heatmap {
  /// What was drawn: for titles and for the mouse.
  public struct Report: Sendable, Equatable {
    /// Columns of the model that share one of the map; each shows their largest.
    public var joined: Int
    /// Where the cells lie.
    public var area: Rect
    /// Characters of each column.
    public var cellWidth: Int
    /// The first row in view.
    public var top: Int

    /// The place in the model under a cell of the canvas; nil outside.
    public func place(x: Int, y: Int, in model: HeatmapModel) -> HeatmapModel.Place? {
      guard area.contains(x: x, y: y), cellWidth > 0 else { return nil }
      let row = top + y - area.y
      let column = (x - area.x) / cellWidth * joined
      guard model.rows.indices.contains(row), column < model.rows[row].values.count else { return nil }
      return HeatmapModel.Place(row: row, column: column)
    }
  }

  /// Draws what there is room for: rows first, then the legend, then the columns' numbers.
  @discardableResult
  public static func draw(_ model: HeatmapModel, in rect: Rect, on canvas: inout Canvas, glyphs: Glyphs) -> Report {
    // Cells come first: names are cut where they would take more than half.
    let longest = model.rows.map { CharacterWidth.columns($0.name) }.max() ?? 0
    let names = min(longest + 1, rect.width / 2)
    let columns = model.columns
    guard rect.height > 0, rect.width > names, columns > 0 else {
      return Report(joined: 1, area: .zero, cellWidth: 1, top: 0)
    }
    let hasLegend = rect.height >= model.rows.count + 1 || rect.height >= 5
    let hasNumbers = rect.height >= model.rows.count + 2
    let (cells, tail) = split(rect.width - names, columns: columns)
    let joined = (columns + cells - 1) / max(1, cells)
    let shown = (columns + joined - 1) / joined
    let cellWidth = max(1, min(3, cells / max(1, shown)))
    let rows = max(1, rect.height - (hasLegend ? 1 : 0) - (hasNumbers ? 1 : 0))
    let cursorRow = model.cursor?.row ?? 0
    let top = max(0, min(cursorRow - rows / 2, model.rows.count - rows))
    let scale = HeatScale(top: model.largest?.value ?? 0, least: model.least)
    let area = Rect(
      x: rect.x + names, y: rect.y, width: shown * cellWidth, height: min(rows, max(0, model.rows.count - top)))
    let most = model.rows.map(\.sum).max() ?? 0
    for (offset, row) in model.rows.dropFirst(top).prefix(area.height).enumerated() {
      let y = rect.y + offset
      if names > 1 {
        let name = row.name.truncated(toColumns: names - 1, ellipsis: glyphs.ellipsis)
        canvas.put(name, endingAt: area.x - 1, y: y, style: .plain)
      }
      for column in 0..<shown {
        // Rows may be of unequal length: the tower's, beside the decoder's.
        guard column * joined < row.values.count else { break }
        let range = column * joined..<min(row.values.count, (column + 1) * joined)
        var cell = cell(row.values[range], scale, glyphs)
        if let cursor = model.cursor, cursor.row == top + offset, range.contains(cursor.column) {
          cell.style.reverse = true
        }
        for x in 0..<cellWidth {
          canvas[area.x + column * cellWidth + x, y] = Cell(character: cell.character, style: cell.style)
        }
      }
      if tail > 0 {
        sum(row.sum, of: most, in: Rect(x: area.right + 1, y: y, width: tail, height: 1), on: &canvas, glyphs)
      }
    }
    if hasNumbers {
      numbers(columns: columns, joined: joined, cellWidth, in: area, y: area.bottom, right: rect.right, on: &canvas)
    }
    if hasLegend {
      let y = rect.y + min(rect.height - 1, area.height + (hasNumbers ? 1 : 0))
      canvas.put(legend(model, scale, columns: rect.width, glyphs: glyphs), x: rect.x, y: y, maxWidth: rect.width)
    }
    return Report(joined: joined, area: area, cellWidth: cellWidth, top: top)
  }

  /// Columns for the cells, and for the sums behind them: these stand there where cells leave room.
  private static func split(_ width: Int, columns: Int) -> (cells: Int, tail: Int) {
    let tail = 20
    guard width - columns > tail else { return (width, 0) }
    let each = min(3, (width - tail - 1) / columns)
    return (each * columns, width - each * columns - 1)
  }

  private static func cell(
    _ values: ArraySlice<Float?>, _ scale: HeatScale, _ glyphs: Glyphs
  ) -> (character: Character, style: Style) {
    let present = values.compactMap { $0 }
    guard let value = present.max() else { return (glyphs.off, .dim) }
    guard value.isFinite else { return ("!", Style(.bad, bold: true)) }
    let shade = scale.shade(Double(value))
    guard shade > 0 else { return (" ", .plain) }
    let ink = Ink.blend(.heatLo, .heatHi, scale.position(Double(value)))
    return (glyphs.shades[shade - 1], Style(foreground: ink, bold: shade == HeatScale.shades))
  }

  /// A bar and the number.
  private static func sum(_ sum: Double, of most: Double, in rect: Rect, on canvas: inout Canvas, _ glyphs: Glyphs) {
    let number = NumberFormat.short(sum)
    let bar = rect.width - 9
    if bar >= 4, most > 0 {
      canvas.put(
        Bar.text(sum / most, columns: min(bar, 24), glyphs: glyphs), x: rect.x, y: rect.y,
        style: Style(foreground: .blend(.heatLo, .heatHi, 0.6)))
    }
    canvas.put(number, endingAt: min(rect.right, rect.x + min(bar, 24) + 9), y: rect.y, style: .plain)
  }

  private static func numbers(
    columns: Int, joined: Int, _ cellWidth: Int, in area: Rect, y: Int, right: Int, on canvas: inout Canvas
  ) {
    var free = area.x
    let last = columns - 1
    let lastX = area.x + last / joined * cellWidth
    let lastLabel = "\(last)"
    for column in 0..<columns where column % joined == 0 {
      let x = area.x + column / joined * cellWidth
      let label = "\(column)"
      guard column % max(1, columns > 12 ? 4 * joined : 1) == 0, x >= free, x + label.count < lastX || column == 0
      else {
        continue
      }
      canvas.put(label, x: x, y: y, style: .dim, maxWidth: right - x)
      free = x + label.count + 1
    }
    if last > 0, lastX >= free, lastX + lastLabel.count <= right {
      canvas.put(lastLabel, x: lastX, y: y, style: .dim)
    }
  }

  /// Whole parts only, the strongest shade first: where it begins, for numbers are never cut. Or what is under the cursor.
  public static func legend(_ model: HeatmapModel, _ scale: HeatScale, columns: Int, glyphs: Glyphs) -> [Span] {
    var spans: [Span] = []
    var left = columns
    func add(_ parts: [Span]) -> Bool {
      let width = parts.reduce(0) { $0 + CharacterWidth.columns($1.text) } + (spans.isEmpty ? 0 : 1)
      guard width <= left else { return false }
      left -= width
      if !spans.isEmpty { spans.append(Span(" ")) }
      spans += parts
      return true
    }
    if let cursor = model.cursor, model.rows.indices.contains(cursor.row) {
      let row = model.rows[cursor.row]
      let value = row.values.indices.contains(cursor.column) ? row.values[cursor.column] : nil
      let text = value.map { NumberFormat.short(Double($0)) } ?? model.absent ?? "nothing"
      _ = add([
        Span("\(row.name) \(model.columnName) \(cursor.column):", .dim), Span(" " + text, Style(.fg, bold: true)),
      ])
      let all = model.rows.reduce(0) { $0 + $1.sum }
      if let value, value.isFinite, all > 0 {
        _ = add([Span(NumberFormat.fixed(Double(value) / all * 100, 1) + " % of all", .dim)])
      }
      return spans
    }
    guard let largest = model.largest else { return spans }
    for shade in stride(from: HeatScale.shades, through: 1, by: -1) {
      let value = scale.threshold(shade)
      let ink = Ink.blend(.heatLo, .heatHi, scale.position(value * 2))
      let from = shade == HeatScale.shades ? "from " : ""
      guard
        add([
          Span(String(glyphs.shades[shade - 1]), Style(foreground: ink, bold: shade == HeatScale.shades)),
          Span(" \(from)\(NumberFormat.short(value, digits: 2))", .dim),
        ])
      else { break }
    }
    if let absent = model.absent, model.rows.contains(where: { $0.values.contains { $0 == nil } }) {
      _ = add([Span("\(glyphs.off) \(absent)", .dim)])
    }
    let place = "\(model.rows[largest.place.row].name) \(largest.place.column)"
    _ = add([Span("most \(NumberFormat.short(largest.value)) \(place)", .dim)])
    return spans
  }
}
