import Messages
import Recipe

/// A study's big table, in the shape of the article's: data sets by the base and the combinations, with means over the data sets.
package struct BigTable: Sendable {
  /// Two results on the same examples, the first of them chosen by what was measured: hence Holm's correction.
  package struct Contrast: Sendable {
    package var first: Targets
    /// Nil for the base.
    package var second: Targets?
    package var difference: StudyDifference
  }

  package struct Row: Sendable {
    package var name: String
    /// The data set itself; nil for means.
    package var dataset: StudyDataset?
    /// Percent, of the base alone.
    package var base: Double?
    /// Percent with its interval, where it was run.
    package var scores: [Targets: Interval]
    package var best: Targets?
    /// The best combination over the base; p is corrected over all combinations against the base.
    package var overBase: Contrast?
    /// The best over the worst; p is corrected over all combinations against the best.
    package var overWorst: Contrast?
  }

  package var origin: StudyOrigin
  /// Columns: the article's nine, and what else was run.
  package var sets: [Targets]
  package var rows: [Row]

  package init(_ table: StudyTable) {
    origin = table.origin
    sets = Targets.articleNine + table.combinations.filter { !Targets.articleNine.contains($0) }
    rows = table.datasets.map { Self.row($0, table) }
    let groups: [(name: String, datasets: [StudyDataset])] = [
      ("mean, text", table.datasets.filter { $0.modality == .text }),
      ("mean, image", table.datasets.filter { $0.modality == .image }), ("mean, all", table.datasets),
    ]
    for (place, group) in groups.enumerated() where group.datasets.count > 1 {
      // A part that is the whole would be the same line twice.
      if place < 2, group.datasets.count == table.datasets.count { continue }
      rows.append(Self.mean(group.name, group.datasets, table))
    }
  }

  private static func row(_ dataset: StudyDataset, _ table: StudyTable) -> Row {
    var row = Row(
      name: dataset.name, dataset: dataset, base: dataset.base?.mean,
      scores: Dictionary(
        dataset.cells.map { ($0.targets, $0.interval ?? Interval(estimate: $0.mean, low: $0.mean, high: $0.mean)) }
      ) { first, _ in first })
    guard let best = dataset.best else { return row }
    row.best = best.targets
    if let base = dataset.base {
      row.overBase = contrast(best, nil, dataset.cells.map { ($0, base) }, table)
    }
    if let worst = dataset.worst, worst.targets != best.targets {
      let others = dataset.cells.filter { $0.targets != best.targets }
      row.overWorst = contrast(best, worst, others.map { (best, $0) }, table, isOfBest: true)
    }
    return row
  }

  /// The contrast of two cells, with the p-value that Holm's correction leaves: over all of `pairs`, or over all pairs that there are
  /// where these are the ones of the best.
  private static func contrast(
    _ first: StudyCell, _ second: StudyCell?, _ pairs: [(first: StudyCell, second: StudyCell)], _ table: StudyTable,
    isOfBest: Bool = false
  ) -> Contrast? {
    let differences = pairs.map { table.difference([$0]) }
    let values = differences.map { $0?.pValue }
    let adjusted = isOfBest ? Holm.againstBest(values, results: pairs.count + 1) : Holm.adjusted(values)
    let place = pairs.firstIndex {
      $0.first.targets == first.targets && (second == nil || $0.second.targets == second?.targets)
    }
    guard let place, var difference = differences[place] else { return nil }
    difference.pValue = adjusted[place]
    return Contrast(first: first.targets, second: second?.targets, difference: difference)
  }

  private static func mean(_ name: String, _ datasets: [StudyDataset], _ table: StudyTable) -> Row {
    let means = CombinationMeans.rows(table, over: datasets)
    return Row(
      name: name, dataset: nil, base: CombinationMeans.base(datasets),
      scores: Dictionary(
        means.map { ($0.targets, $0.interval ?? Interval(estimate: $0.mean, low: $0.mean, high: $0.mean)) }
      ) { first, _ in first }, best: means.filter { $0.mean > 0 }.max { $0.mean < $1.mean }?.targets)
  }

  // MARK: Text

  /// The first row is the head.
  package func text() -> [[String]] {
    let isMeasured = origin == .measured
    // As many decimals as the article gives.
    let digits = isMeasured ? 1 : 2
    // What the base scores where it need not know the answers' form, where that is known of a data set.
    let free = rows.compactMap { $0.dataset?.base?.formatFree }
    typealias Column = (name: String, value: (FormatFreeScores) -> Double?)
    let known: [Column] = [
      (name: "base, few-shot", value: { $0.fewShot?.score.estimate }),
      (name: "base, likelihood", value: { $0.likelihood?.plain.estimate }),
      (name: "chance", value: { $0.chance?.score }),
      (name: "one answer for all", value: { $0.constant?.score }),
    ]
    let columns = known.filter { column in free.contains { column.value($0) != nil } }
    var head = ["data set", "base"] + columns.map(\.name) + sets.map { $0 == .all ? "all four" : $0.label }
    if isMeasured { head += ["best − base, points (p)", "best − worst, points (p)"] }
    return [head]
      + rows.map { row in
        var cells = [row.dataset.map { "\(row.name) (\($0.modality.rawValue))" } ?? row.name]
        cells.append(row.base.map { Text.fixed($0, digits) } ?? "–")
        cells += columns.map { column in
          row.dataset?.base?.formatFree.flatMap(column.value).map { Text.fixed(100 * $0, digits) } ?? "–"
        }
        cells += sets.map { set in
          guard let score = row.scores[set] else { return "–" }
          let text = score.text(digits: digits)
          return set == row.best ? "**\(text)**" : text
        }
        if isMeasured { cells += [Self.words(row.overBase), Self.words(row.overWorst)] }
        return cells
      }
  }

  private static func words(_ contrast: Contrast?) -> String {
    guard let contrast else { return "–" }
    let p = contrast.difference.probability.map { " (\($0))" } ?? ""
    return Text.signed(contrast.difference.points, 1) + p
  }

  /// What holds for all of the table, in one paragraph.
  func caption(_ table: StudyTable) -> String {
    guard origin == .measured else {
      return
        "Published: \(table.baseModel) on the original data sets, percent. Another base model and other data: the order "
        + "compares, the numbers do not."
    }
    let seeds = table.datasets.flatMap(\.cells).map(\.seeds.count)
    let range = seeds.min() == seeds.max() ? "\(seeds.max() ?? 0)" : "\(seeds.min() ?? 0) to \(seeds.max() ?? 0)"
    let examples = table.datasets.map(\.evaluationExamples)
    let counts =
      examples.min() == examples.max() ? "\(examples.max() ?? 0)" : "\(examples.min() ?? 0) to \(examples.max() ?? 0)"
    return
      "Base \(table.baseModel), percent, mean of \(range) \(Counted.plural("seed", seeds.max() ?? 0)) with half of the 95 % interval; "
      + "\(counts) evaluation examples. Bold: the best of a line. p is corrected by Holm over the combinations of a line "
      + "(against the base, against the best)."
  }
}
