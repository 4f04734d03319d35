import Messages
import Recipe

/// A data set's part of the report: its table, and what its runs look like.
extension ReportSections {
  /// What the base scores where it need not know the answers' form, with intervals.
  private static func formatFree(_ scores: FormatFreeScores) -> String {
    func percent(_ interval: Interval) -> String {
      "\(interval.text(scale: 100)) %"
    }
    var parts: [String] = []
    if let few = scores.fewShot {
      let fewer = few.promptsWithFewer > 0 ? " (fewer before \(few.promptsWithFewer))" : ""
      parts.append(
        "with \(Counted.text(few.shots, "example")) before each of \(few.examples) prompts\(fewer) "
          + percent(few.score))
    }
    if let likelihood = scores.likelihood {
      parts.append(
        "by the likelihood of \(Text.fixed(likelihood.options, 1)) options \(percent(likelihood.plain)), per byte "
          + percent(likelihood.perByte) + ExampleGroups.words(likelihood.groups))
    }
    for chance in [scores.chance, scores.constant].compactMap({ $0 }) {
      parts.append("\(chance.kind.rawValue) \(Text.fixed(100 * chance.score, 1)) %")
    }
    return parts.map { ", " + $0 }.joined()
  }

  static func dataset(_ dataset: StudyDataset, _ content: ReportContent) -> [ReportSection] {
    let original = content.original(of: dataset)
    var rows = [
      [
        "targets", "score, %", "over the base, points", "against the best, points", "p (Holm)", "verdict",
        "did not parse, %", "TPOT over the base's, %", "TPOT p50 / p95, ms", "on the front (probability)",
        "parameters", "runs",
      ]
    ]
    if original != nil { rows[0].append("published, %") }
    let best = dataset.best
    let differences = dataset.cells.map { cell in
      best.flatMap { $0.targets == cell.targets ? nil : content.table.difference([(cell, $0)]) }
    }
    let adjusted = Holm.againstBest(differences.map { $0?.pValue }, results: dataset.cells.count)
    for (place, cell) in dataset.cells.enumerated() {
      var difference = differences[place]
      difference?.pValue = adjusted[place]
      var row = [cell.targets.label, score(cell), overBase(cell, dataset.base)]
      row += best == nil ? ["–", "nothing right"] : against(difference, content)
      row.insert(difference?.probability ?? "–", at: 4)
      row.append(cell.parseFailurePercent.map { Text.fixed($0, 1) } ?? "–")
      row += [overhead(cell), times(cell), front(cell)]
      row.append(cell.parameters.map { String($0) } ?? "–")
      row.append(cell.runs.isEmpty ? "published" : StudySelection.names(cell.runs))
      if let original { row.append(score(original.cell(cell.targets))) }
      rows.append(row)
    }
    let seeds = Set(dataset.cells.map(\.seeds.count))
    var about = "\(dataset.modality.rawValue), \(dataset.reasoning ? "with" : "without") reasoning traces; "
    about +=
      "metric \(dataset.metric); n = \(Counted.text(dataset.evaluationExamples, "example"))\(ExampleGroups.words(dataset.groups)). Base alone: "
    if let base = dataset.base {
      about += score(base) + " %"
      if !base.runs.isEmpty { about += " (\(StudySelection.names(base.runs)))" }
      if let lenient = base.lenient { about += ", \(Text.fixed(lenient)) % when the answer may stand anywhere" }
      if let free = base.formatFree { about += Self.formatFree(free) }
    } else {
      about += "not scored"
    }
    about += seeds.max() == 1 ? ". One seed: intervals are over examples only." : "."
    var blocks: [ReportSection.Block] = [.text(about), .table(rows)]
    let absent = Targets.articleNine.filter { dataset.cell($0) == nil }
    if !absent.isEmpty { blocks.append(.text("Of the article's nine, not run: \(Text.list(absent.map(\.label))).")) }
    if let svg = ScatterDrawing.svg(dataset) {
      blocks.append(
        .drawing(
          svg: svg,
          caption: "Score against decoding overhead on \(dataset.name), 95 % intervals; filled points are on the front."
        ))
    }
    blocks += PairSections.blocks(dataset, content)
    let runs = content.runs.filter { $0.plan.data.displayName == dataset.name && $0.losses.count > 0 }
    if let svg = LossDrawing.svg(runs) {
      blocks.append(
        .drawing(svg: svg, caption: "Training loss on \(dataset.name), smoothed (bias-corrected moving average, 0.9)."))
    }
    if let svg = EnergyDrawing.svg(dataset, content.runs) {
      blocks.append(
        .drawing(
          svg: svg,
          caption:
            "Adapter energy on \(dataset.name): how much each layer of a module is changed, the squared Frobenius norm of "
            + "alpha ÷ rank · B·A (alpha ÷ √rank with rsLoRA), at the last step of a combination's first run."))
    }
    blocks += tokenTimes(dataset, content)
    return [ReportSection(title: dataset.name, blocks: blocks)]
  }

  /// Histograms of single tokens, of each combination's first run that was measured.
  private static func tokenTimes(_ dataset: StudyDataset, _ content: ReportContent) -> [ReportSection.Block] {
    guard let times = dataset.cells.flatMap(\.runs).lazy.compactMap({ content.tokenTimes[$0] }).first else { return [] }
    let svg = TokenTimesDrawing.svg(times, title: "Time of single tokens on \(dataset.name)") { run in
      dataset.cells.first { $0.runs.contains(run) }.map { "\($0.targets.label) #\(run)" }
    }
    guard let svg else { return [] }
    let outside = times.members.reduce(0) { $0 + $1.below + $1.above }
    let all = times.members.reduce(0) { $0 + $1.tokens }
    return [
      .drawing(
        svg: svg,
        caption: "Time of single decoded tokens at batch 1, interleaved with the base, each to its own peak"
          + (outside > 0 ? "; \(outside) of \(all) tokens lie outside." : "."))
    ]
  }

  private static func overBase(_ cell: StudyCell, _ base: StudyCell?) -> String {
    guard let base else { return "base not scored" }
    return Text.signed(cell.mean - base.mean)
  }

  /// The difference from the best with its interval, and what may be said of it.
  private static func against(_ difference: StudyDifference?, _ content: ReportContent) -> [String] {
    guard let difference else { return ["best", "best"] }
    var text = Text.signed(difference.points)
    if let interval = difference.interval { text += " [\(Text.signed(interval.low)), \(Text.signed(interval.high))]" }
    return [text, verdict(difference, content)]
  }

  private static func overhead(_ cell: StudyCell) -> String {
    if let overhead = cell.overheadPercent {
      return overhead.text(signed: true)
    }
    guard let busy = cell.busyOverheadPercent else { return notMeasured }
    return "~\(busy.text(signed: true)) !"
  }

  private static func times(_ cell: StudyCell) -> String {
    guard let p50 = cell.p50, let p95 = cell.p95 else { return notMeasured }
    return Text.fixed(p50, 3) + " / " + Text.fixed(p95, 3)
  }

  private static func front(_ cell: StudyCell) -> String {
    guard let onFront = cell.onFront else { return "–" }
    let word = onFront ? "yes" : "no"
    guard let probability = cell.frontProbability else { return word }
    return "\(word) (\(Text.fixed(probability)))"
  }

  private static func verdict(_ difference: StudyDifference, _ content: ReportContent) -> String {
    switch difference.verdict(margin: 1) {
    case .better: "better"
    case .worse: content.isPublishedOnly ? "worse by more than 1 point" : "worse"
    case .cannotTell:
      difference.pValue == nil ? "within 1 point" : "can't tell at n = \(difference.pairs)"
    }
  }
}
