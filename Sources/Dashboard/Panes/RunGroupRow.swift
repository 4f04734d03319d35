import Messages
import Recipe
import Terminal

/// The row of a group: what its runs have in common, how many they are, and what they say together over their seeds.
enum RunGroupRow {
  static func draw(
    _ index: Int, _ rows: RunRows, _ state: DashboardState, in table: Rect, y: Int, on canvas: inout Canvas
  ) {
    let group = rows.groups[index]
    let glyphs = state.glyphs
    let isCursor = state.runs.group == group.title
    let isShaded = isCursor && state.focusedPane == .runs
    func shade(_ style: Style) -> Style { isShaded ? style.selected : style }
    if isShaded { canvas.fill(Rect(x: table.x, y: y, width: table.width, height: 1), " ", Style.plain.selected) }
    if isCursor {
      canvas.put(String(glyphs.pointer), x: table.x, y: y, style: shade(Style(isShaded ? .focus : .dim)))
    }
    canvas.put(String(group.isFolded ? glyphs.right : glyphs.down), x: table.x + 2, y: y, style: shade(Style(.key)))
    let parts = parts(group, index, rows, state)
    let needed = parts.reduce(0) { $0 + CharacterWidth.columns($1) + 3 }
    let room = table.width - 5
    let width = max(
      min(CharacterWidth.columns(group.title), 12), min(room - needed, CharacterWidth.columns(group.title)))
    let title = group.title.shortened(toColumns: width, ellipsis: glyphs.ellipsis)
    var x = table.x + 4
    x += canvas.put(title, x: x, y: y, style: shade(Style(.title, bold: true)), maxWidth: table.right - x)
    // Whole parts only: half a number is another number.
    for part in parts {
      guard x + 3 + CharacterWidth.columns(part) <= table.right else { break }
      x += 3
      x += canvas.put(part, x: x, y: y, style: shade(.plain))
    }
  }

  /// `48 runs`, `69.6±2.1 % over 3 seeds × 15`, `ovh +7.1±0.8 %`.
  private static func parts(_ group: RunGroup, _ index: Int, _ rows: RunRows, _ state: DashboardState) -> [String] {
    let glyphs = state.glyphs
    var parts = [Counted.text(group.members.count, "run")]
    // What was answered of other runs is no answer here.
    guard let summary = state.groupSummaries[group.members.map { rows.runs[$0].id }.sorted()] else { return parts }
    if let score = summary.score {
      let mean = text(score, scale: 100, signed: false, glyphs)
      let setups = score.setups < summary.setups ? "\(score.setups) of \(summary.setups)" : "\(score.setups)"
      let over = Counted.text(score.seeds, "seed") + (summary.setups > 1 ? " \(glyphs.times) \(setups) setups" : "")
      parts.append("\(mean) % over \(over)")
    } else if summary.scored > 0 {
      parts.append("no setup has a score of every seed")
    }
    if let overhead = summary.overheadPercent {
      parts.append("ovh \(text(overhead, scale: 1, signed: true, glyphs)) %")
    }
    return parts
  }

  private static func text(_ mean: RunGroupSummary.Mean, scale: Double, signed: Bool, _ glyphs: Glyphs) -> String {
    guard let interval = mean.interval else { return NumberFormat.fixed(mean.value * scale, 1, signed: signed) }
    return Figure.interval(interval, scale: scale, signed: signed, glyphs: glyphs)
  }
}
