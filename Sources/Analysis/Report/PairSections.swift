import Messages
import Recipe

/// A data set's combinations against each other: who got which example right, and every pair with its test.
enum PairSections {
  static func blocks(_ dataset: StudyDataset, _ content: ReportContent) -> [ReportSection.Block] {
    var blocks: [ReportSection.Block] = []
    if let svg = RightnessDrawing.svg(dataset) {
      let seed = dataset.cells.contains { $0.runs.count > 1 } ? " (its first seed)" : ""
      blocks.append(
        .drawing(
          svg: svg,
          caption:
            "Who got which of the examples of \(dataset.name) right: a column an example, those that more "
            + "combinations have right first, a row a combination\(seed). Full is right, pale right in part."
        ))
    }
    if let table = matrix(dataset, content) {
      blocks.append(
        .text(
          "Every pair, row minus column in points with its 95 % interval; Holm over all pairs of the data set:"
        ))
      blocks.append(.table(table))
    }
    return blocks
  }

  /// Nil where fewer than three combinations have results by example: with two the table above says it all.
  private static func matrix(_ dataset: StudyDataset, _ content: ReportContent) -> [[String]]? {
    let cells = dataset.cells.filter { !$0.outcomes.isEmpty }
    guard cells.count > 2 else { return nil }
    var pairs: [(row: Int, column: Int, difference: StudyDifference)] = []
    for row in cells.indices {
      for column in cells.indices.dropFirst(row + 1) {
        guard let difference = content.table.difference([(cells[row], cells[column])]),
          difference.pValue != nil
        else {
          continue
        }
        pairs.append((row, column, difference))
      }
    }
    let adjusted = Holm.adjusted(pairs.map(\.difference.pValue))
    var table = cells.map { _ in [String](repeating: "–", count: cells.count) }
    for (place, pair) in pairs.enumerated() {
      var difference = pair.difference
      difference.pValue = adjusted[place]
      let verdict = difference.verdict(margin: 0)
      table[pair.row][pair.column] = text(difference, verdict, isReversed: false)
      table[pair.column][pair.row] = text(difference, verdict, isReversed: true)
    }
    return [[""] + cells.map(\.targets.label)]
      + cells.enumerated().map { row, cell in [cell.targets.label] + table[row] }
  }

  private static func text(
    _ difference: StudyDifference, _ verdict: StudyDifference.Verdict, isReversed: Bool
  ) -> String {
    let sign = isReversed ? -1.0 : 1.0
    var text = Text.signed(sign * difference.points)
    if let interval = difference.interval {
      let ends = isReversed ? [-interval.high, -interval.low] : [interval.low, interval.high]
      text += " [\(ends.map { Text.signed($0) }.joined(separator: ", "))]"
    }
    switch verdict {
    case .cannotTell: return text + " can't tell"
    case .better: return text + (isReversed ? " worse" : " better")
    case .worse: return text + (isReversed ? " better" : " worse")
    }
  }
}

/// One row a combination, one column an example that all of them evaluated.
enum RightnessDrawing {
  private static let width = 600.0
  private static let rowHeight = 16.0

  /// Nil unless two combinations have results of the same examples.
  static func svg(_ dataset: StudyDataset) -> String? {
    let members = dataset.cells.compactMap { cell in
      cell.outcomes.first.map { (cell.targets.label, $0) }
    }
    guard members.count > 1 else { return nil }
    struct Key: Hashable {
      var index: Int
      var digest: UInt64
    }
    let byKey = members.map { _, outcomes in
      Dictionary(
        outcomes.map { (Key(index: $0.index, digest: $0.digest), $0) },
        uniquingKeysWith: { first, _ in first })
    }
    let shared = byKey.dropFirst().reduce(Set(byKey[0].keys)) { $0.intersection($1.keys) }
      .sorted { ($0.index, $0.digest) < ($1.index, $1.digest) }
    guard !shared.isEmpty else { return nil }
    let grid = ExampleGrid(
      byKey.map { known in
        shared.map { key in
          known[key].map { ExampleGrid.Mark(score: $0.score, parsed: $0.parsed) } ?? .missing
        }
      }, places: shared.map(\.index))
    let order = grid.examples(.byRight)
    let each = width / Double(order.count)
    var body = ""
    for (row, member) in members.enumerated() {
      let y = PlotFrame.point(Double(row) * rowHeight + 2)
      // Neighbours that are alike are one rectangle: a page of a large study stays small.
      var start = 0
      while start < order.count {
        let mark = grid.marks[row][order[start]]
        var end = start + 1
        while end < order.count, grid.marks[row][order[end]] == mark { end += 1 }
        if let name = name(mark) {
          body += "<rect class=\"\(name)\" x=\"\(hundredths(Double(start) * each))\" y=\"\(y)\" "
          body += "width=\"\(hundredths(Double(end - start) * each))\" height=\"12\"/>"
        }
        start = end
      }
      body +=
        "<text x=\"\(PlotFrame.point(width + 8))\" y=\"\(PlotFrame.point(Double(row) * rowHeight + 12))\">"
      body += "\(HTMLReport.escaped(member.0)) \(grid.rightOfRun[row])</text>"
    }
    let height = PlotFrame.point(Double(members.count) * rowHeight + 22)
    let title = HTMLReport.escaped("Who got which right on \(dataset.name)")
    return "<svg viewBox=\"0 0 760 \(height)\" role=\"img\"><title>\(title)</title>\(body)"
      + "<text x=\"0\" y=\"\(PlotFrame.point(Double(members.count) * rowHeight + 16))\">"
      + "\(order.count) examples: \(HTMLReport.escaped(grid.words))</text></svg>"
  }

  private static func name(_ mark: ExampleGrid.Mark) -> String? {
    switch mark {
    case .right: "hit"
    case .mostly, .half, .little: "part"
    case .wrong, .unread, .missing: nil
    }
  }

  /// Two decimals: a column may be narrower than a tenth.
  private static func hundredths(_ value: Double) -> String {
    let whole = Int((100 * value).rounded())
    let rest = whole % 100
    return "\(whole / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
