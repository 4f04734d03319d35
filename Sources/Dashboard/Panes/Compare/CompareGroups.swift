import Messages
import Recipe
import Terminal

/// The compared runs with the seeds of a combination together: one row a combination, means with their intervals.
enum CompareGroups {
  private struct Column {
    var title: String
    var isRight = true
    var text: (Comparison.Group) -> (String, Style)
  }

  /// Why the results cannot be shown so; nil where they can.
  static func whyNot(_ state: DashboardState) -> String? {
    guard let comparison = state.compare.comparison else { return "nothing is compared yet" }
    return comparison.groups.isEmpty
      ? "no combination is here with two seeds: mark a run of another seed (r in Runs trains one)" : nil
  }

  static func draw(_ comparison: Comparison, _ state: DashboardState, in inner: Rect, on canvas: inout Canvas) {
    let groups = comparison.groups
    let columns = columns(comparison, state)
    let texts = groups.map { group in columns.map { $0.text(group) } }
    var chosen: [(place: Int, width: Int)] = []
    var left = inner.width
    for (place, column) in columns.enumerated() {
      let widest = texts.map { CharacterWidth.columns($0[place].0) }.max() ?? 0
      let width = max(widest, CharacterWidth.columns(column.title))
      // A column takes the width that its figures need, or goes; names are cut.
      let fitted = place == 0 ? min(width, max(12, inner.width / 3)) : width
      guard fitted <= left else { continue }
      chosen.append((place, fitted))
      left -= fitted + 2
    }
    let about = Wrap.lines(words(comparison), columns: inner.width)
    let rows = max(1, min(groups.count, inner.height - 1 - min(about.count, 2)))
    var x = inner.x
    for (place, width) in chosen {
      canvas.put(
        columns[place].title.padded(toColumns: width, right: columns[place].isRight), x: x, y: inner.y, style: .dim)
      for row in 0..<rows {
        let (text, style) = texts[row][place]
        canvas.put(
          text.padded(toColumns: width, right: columns[place].isRight, ellipsis: state.glyphs.ellipsis), x: x,
          y: inner.y + 1 + row, style: style)
      }
      x += width + 2
    }
    let y = inner.y + 1 + rows
    for (index, line) in about.enumerated() where y + index < inner.bottom {
      let isCut = y + index == inner.bottom - 1 && index < about.count - 1
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x, y: y + index, style: .dim)
    }
  }

  private static func words(_ comparison: Comparison) -> String {
    let one = comparison.groups.count { $0.rows.count == 1 }
    return
      "Means over seeds, 95 % intervals over seeds and examples; differences are paired by example, and by seed where "
      + "both have it; Holm over \(max(0, comparison.groups.count - 1))."
      + (one > 0 ? " Of one seed the interval is over examples only." : "")
  }

  private static func columns(_ comparison: Comparison, _ state: DashboardState) -> [Column] {
    let glyphs = state.glyphs
    let dash = String(glyphs.dash)
    func run(_ group: Comparison.Group) -> RunSummary? {
      group.rows.first.flatMap { comparison.rows.indices.contains($0) ? comparison.rows[$0].run : nil }
    }
    func members(_ group: Comparison.Group) -> [RunSummary] {
      group.rows.compactMap { comparison.rows.indices.contains($0) ? comparison.rows[$0].run : nil }
    }
    func figure(_ interval: Interval?, _ factor: Double = 1, signed: Bool = false) -> String {
      guard let interval else { return dash }
      return Figure.interval(interval, scale: factor, signed: signed, space: " ", glyphs: glyphs)
    }
    return [
      Column(title: "combination", isRight: false) { group in
        (run(group).map { state.name($0.plan.targets, columns: 40) } ?? "", .plain)
      },
      Column(title: "runs", isRight: false) { group in
        (members(group).map { "#\($0.id)" }.joined(separator: " "), .dim)
      },
      Column(title: "seeds") { group in ("\(group.rows.count)", .plain) },
      Column(title: "score %") { group in (figure(group.score, 100), .plain) },
      Column(title: "vs \(comparison.baselineGroup.map { "#\($0)" } ?? "baseline")") { group in
        switch group.verdict {
        case .baseline: return ("base", .dim)
        case .better: return ("\(figure(group.difference, signed: true)) \(glyphs.better)", Style(.ok))
        case .worse: return ("\(figure(group.difference, signed: true)) \(glyphs.worse)", Style(.bad))
        case .cannotTell: return ("\(figure(group.difference, signed: true))  ", .plain)
        case .notComparable: return (dash, .dim)
        }
      },
      Column(title: "verdict", isRight: false) { group in
        switch group.verdict {
        case .better: return ("better", Style(.ok))
        case .worse: return ("worse", Style(.bad))
        case .cannotTell: return ("can't tell", .plain)
        case .baseline: return ("baseline", .dim)
        case .notComparable: return ("not comparable", Style(.warn))
        }
      },
      Column(title: "p (Holm)") { group in
        group.pValue.map { ((group.pIsBound ? glyphs.atMost : "") + NumberFormat.short($0, digits: 2), .plain) }
          ?? (dash, .dim)
      },
      Column(title: "overhead %") { group in (figure(group.overheadPercent, signed: true), .plain) },
    ]
  }
}

extension Comparison {
  /// The number of the first run of the baseline's group.
  fileprivate var baselineGroup: RunID? {
    groups.first { $0.verdict == .baseline }?.rows.first.flatMap { rows.indices.contains($0) ? rows[$0].run.id : nil }
  }
}
