import Foundation
import Messages
import Recipe

/// The report's sections in their order, each number with its unit and denominator and the runs that it comes from.
enum ReportSections {
  static let notRun = "not run"
  static let notMeasured = "not measured"

  static func all(_ content: ReportContent) -> [ReportSection] {
    var sections = [head(content), recommendations(content)]
    sections.append(overview(content))
    for dataset in content.table.datasets { sections += self.dataset(dataset, content) }
    sections.append(findings(content))
    sections.append(prose(content))
    sections.append(tradeoffs(content))
    if !content.fleets.isEmpty { sections.append(FleetSection.section(content)) }
    if !content.runs.isEmpty { sections.append(runs(content)) }
    if !content.pruned.isEmpty { sections.append(PrunedSection.section(content)) }
    sections.append(notes(content))
    return sections
  }

  private static func head(_ content: ReportContent) -> ReportSection {
    let table = content.table
    let text =
      content.isPublishedOnly
      ? "Published figures of the article's study (\(table.baseModel)); nothing here was measured by this program."
      : "\(Counted.text(content.runs.count, "finished run")) on the base model \(table.baseModel), "
        + "\(Counted.text(table.datasets.count, "data set")), \(Counted.text(table.combinations.count, "combination")). "
        + "Scores are percent. What is published is marked so."
    return ReportSection(title: "Which modules should carry LoRA adapters?", level: 1, blocks: [.text(text)])
  }

  private static func recommendations(_ content: ReportContent) -> ReportSection {
    var blocks: [ReportSection.Block] = []
    let lists = content.isPublishedOnly ? [content.advice] : [content.advice, content.publishedAdvice]
    for advice in lists {
      blocks.append(
        .table(
          [
            [
              "for", advice.first?.origin == .published ? "published: modules" : "modules", "why", "measured on",
              "to be sure",
            ]
          ]
            + advice.map(row)))
    }
    if !content.adviceByPart.isEmpty {
      blocks.append(.text("By modality, reasoning traces, difficulty and data set:"))
      blocks.append(
        .table(
          [["where", "for", "modules", "why"]]
            + content.adviceByPart.map { [$0.scope, $0.kind.title, $0.targets?.label ?? "none", $0.reason] }))
    }
    return ReportSection(title: "Recommendations", blocks: blocks)
  }

  private static func row(_ advice: Recommendation) -> [String] {
    let runs = advice.runs.isEmpty ? "" : " (\(StudySelection.names(advice.runs)))"
    return [
      "\(advice.kind.title): \(advice.scope)", advice.targets?.label ?? "none", advice.reason,
      advice.measuredOn + runs, advice.missing.joined(separator: "; "),
    ]
  }

  /// Every combination on every data set with means over the data sets, and below it the article's in the same shape.
  private static func overview(_ content: ReportContent) -> ReportSection {
    let published = BigTable(content.published.table)
    var blocks: [ReportSection.Block] = []
    if !content.isPublishedOnly {
      let table = BigTable(content.table)
      blocks += [.rich(table.text()), .text(table.caption(content.table))]
      if let svg = ScatterDrawing.svg(content.table) {
        blocks.append(
          .drawing(
            svg: svg,
            caption:
              "Mean score over the data sets against decoding overhead, 95 % intervals; filled points are on the "
              + "front."))
      }
    }
    blocks += [.published(published.text()), .text(published.caption(content.published.table))]
    return ReportSection(title: "Scores", blocks: blocks)
  }

  static func score(_ cell: StudyCell?) -> String {
    guard let cell else { return notRun }
    guard let interval = cell.interval else { return Text.fixed(cell.mean) }
    return interval.text(digits: 2)
  }

  private static func findings(_ content: ReportContent) -> ReportSection {
    var rows = [["", "the article's finding", "published figures say"]]
    if !content.isPublishedOnly { rows[0].append("this study says") }
    for (own, published) in zip(content.findings, content.publishedFindings) {
      var row = ["\(own.number)", own.claim, "\(published.verdict.rawValue): \(published.statement)"]
      if !content.isPublishedOnly {
        let missing = own.missing.isEmpty ? "" : " Missing: \(own.missing.joined(separator: "; "))."
        let stop = own.statement.hasSuffix(".") ? "" : "."
        row.append("\(own.verdict.rawValue): \(own.statement)\(stop)\(missing)")
      }
      rows.append(row)
    }
    return ReportSection(
      title: "The article's five findings, recomputed",
      blocks: [
        .table(rows),
        .text(
          "No results by example are published, so that only margins decide there. Differences are in points of a score "
            + "in percent."),
      ])
  }

  private static func prose(_ content: ReportContent) -> ReportSection {
    ReportSection(
      title: "Published: the article's prose against its own table",
      blocks: [
        .table(
          [["prose", "table", "agree"]] + content.prose.map { [$0.prose, $0.table, $0.agrees ? "yes" : "no"] })
      ])
  }

  private static func tradeoffs(_ content: ReportContent) -> ReportSection {
    let rows = content.tradeoffs.map { row -> [String] in
      var latency = row.expectedLatency
      if let range = row.expectedOverhead {
        latency += " (+\(Text.fixed(range.lowerBound, 0)) to +\(Text.fixed(range.upperBound, 0)) %)"
      }
      var measured = notMeasured
      if let overhead = row.measuredOverhead {
        measured = "\(Text.signed(overhead.estimate, 1)) % "
        measured += "(\(Text.signed(overhead.low, 1)) to \(Text.signed(overhead.high, 1)))"
      }
      var mean = notRun
      if let score = row.measuredMean { mean = "\(Text.fixed(score)) % over \(Counted.text(row.datasets, "data set"))" }
      return [row.targets.label, row.expectedAccuracy, latency, measured, row.verdict.rawValue, mean]
    }
    return ReportSection(
      title: "Published expectations against measured overheads",
      blocks: [
        .table(
          [["targets", "expected accuracy", "expected latency", "TPOT over the base's", "verdict", "mean score"]] + rows
        )
      ])
  }

  private static func runs(_ content: ReportContent) -> ReportSection {
    let rows = content.runs.map { run -> [String] in
      let s = run.plan.settings.narrowed(to: run.plan.targets)
      var row = ["#\(run.id)", run.plan.data.displayName, run.plan.targets.label, String(s.seed)]
      row.append(run.score.map { Text.fixed(100 * $0.score.estimate) } ?? "–")
      row.append(
        run.latency.map { latency in
          let text = Text.signed(latency.overheadPercent.estimate, 1)
          guard latency.isBusy, let share = latency.coreShare else { return text }
          return "~\(text) ! (busy: \(CoreUse.takenPercent(share)) % taken)"
        } ?? notMeasured)
      row.append(run.losses.last.map { Text.fixed(Double($0), 4) } ?? "–")
      row.append(String(run.totalSteps))
      var settings = "r \(s.rank), α \(s.alphaText(of: run.plan.targets) { Text.fixed($0, 0) }), lr \(s.learningRate), "
      settings += "\(s.schedule.rawValue), batch \(s.batchSize)"
      settings +=
        "\(s.useRSLoRA ? ", rsLoRA" : "")\(s.useDoRA ? ", DoRA" : "")\(s.promptOnly ? ", prompt-only" : "")\(s.useBF16 ? ", bf16" : "")"
      // What a study split among groups is no value of the run's own.
      for field in SettingField.all
      where field.isByGroup && field.decides.contains(.training) && field.value(s) != nil {
        settings += ", \(field.name) \(field.text(s))"
      }
      if s.evaluatesInBF16 { settings += ", scored in bf16" }
      row.append(settings)
      row.append(run.prepared?.instructionSet ?? "–")
      return row
    }
    let head = [
      "run", "data", "targets", "seed", "score, %", "TPOT over the base's, %", "last loss", "steps", "settings",
      "instruction set",
    ]
    var blocks: [ReportSection.Block] = [.table([head] + rows)]
    if let note = OneMachine(content.runs).note {
      blocks.append(.text(note.prefix(1).uppercased() + note.dropFirst() + "; no figure of this report has theirs."))
    }
    if !content.leftOut.isEmpty {
      blocks += [.text("Finished runs that are not part of this study:"), .list(content.leftOut)]
    }
    return ReportSection(title: "Runs", blocks: blocks)
  }

  private static func notes(_ content: ReportContent) -> ReportSection {
    ReportSection(
      title: "How to read it",
      blocks: [
        .list([
          "Score: greedy generation on the evaluation split, unmerged adapter, strict parser; ± is half of a 95 % "
            + "interval, ≤ and ≥ the other end of one that begins at the score itself (none or all right: the exact binomial bound): a bootstrap over examples, or over what they are about where they say so (\"over 36 conditions\"), and "
            + "Student's t over seeds where there are several, whose variance all combinations of a data set decide together.",
          "Differences of scores are in points; overheads are percent of the base's time per output token (TPOT), measured "
            + "interleaved with the base at batch 1.",
          "Tests: of one seed a permutation of what examples are about, or exact McNemar for right and wrong where they say "
            + "nothing; the paired bootstrap otherwise; Holm's correction within a table. p ≤ is the least that so many resamples "
            + "can show. \"can't tell\" means that the test does not separate the two.",
          "The probability of being on the front is the share of resamples in which nothing is both more accurate and "
            + "faster.",
          "~ and !: TPOT was measured while other programs had more than \(CoreUse.takenPercent(CoreUse.quietShare)) % of the "
            + "cores. Such a figure takes no part in fronts, findings and recommendations; `lorascope latency --busy` measures "
            + "it again.",
          "Recommendations hold for this base model and these data sets.",
        ])
      ])
  }
}
