import Foundation
import Messages
import Recipe

/// The page that says what the search loses against knowing everything, beside simpler ways of choosing.
package enum RegretPage {
  package static let begin = "<!-- lorascope regret: begin -->"
  package static let end = "<!-- lorascope regret: end -->"

  /// What the search is measured against: points and a share of the exhaustive study's time.
  static let goal = (mean: 1.0, worst: 3.0, time: 0.15)
  /// Fewer tasks than this order methods by chance.
  static let fewestTasks = 4

  package static func markdown(_ regret: Regret, fixedElsewhere: FixedElsewhere? = nil) -> String {
    MarkdownReport.text(head(regret))
      + sections(regret, fixedElsewhere).map { "\n" + MarkdownReport.text([$0]) }.joined()
  }

  private static func head(_ regret: Regret) -> [ReportSection.Block] {
    var blocks: [ReportSection.Block] = [
      .text("What the table holds. A task that lacks combinations, or has none at a common rate, counts in no figure."),
      .rich(coverageTable(regret)),
    ]
    let partial = regret.coverage.filter { $0.use != .nothing && !$0.partialRates.isEmpty }
    if !partial.isEmpty {
      let words = partial.map { "\(Text.list($0.partialRates.map { "\($0)" })) of \($0.place)" }
      blocks.append(.text("Rates that not all combinations were run at are left out: \(Text.list(words))."))
    }
    return blocks
  }

  private static func coverageTable(_ regret: Regret) -> [[String]] {
    [["task", "combinations", "rates, with the seed that races", "seeds at own rate", "counts for"]]
      + regret.coverage.map {
        [
          $0.place, $0.combinationWords, "\($0.rateWords) (seed \($0.racingSeed))", $0.seedWords, $0.useWords,
        ]
      }
  }

  private static func sections(_ regret: Regret, _ fixed: FixedElsewhere?) -> [ReportSection] {
    var sections: [ReportSection] = []
    if !regret.otherSeeds.isEmpty {
      sections.append(
        ReportSection(
          title: "Judged by seeds that the choice has not seen", level: 3, blocks: blocks(regret.otherSeeds)))
    }
    if !regret.sameSeed.isEmpty {
      sections.append(ReportSection(title: "Of one seed", level: 3, blocks: blocks(regret.sameSeed)))
    }
    if let fixed {
      sections.append(
        ReportSection(title: "Parameters fixed on the other tasks", level: 3, blocks: FixedElsewherePage.blocks(fixed)))
    }
    let lines = caveats(regret) + regret.gaps
    if !lines.isEmpty {
      sections.append(ReportSection(title: "What these rows cannot show", level: 3, blocks: [.list(lines)]))
    }
    return sections
  }

  private static func blocks(_ table: RegretTable) -> [ReportSection.Block] {
    let methods = Self.methods(table)
    var blocks: [ReportSection.Block] = [.text(lead(table)), .rich(figures(table, methods))]
    if table.bases.count > 1 { blocks.append(.rich(basesTable(table, methods))) }
    blocks.append(.text(table.use == .otherSeeds ? verdict(table) : sameSeedVerdict(table)))
    if let line = sharing(table) { blocks.append(.text(line)) }
    if !table.kinds.isEmpty { blocks.append(.text(answers(table))) }
    return blocks
  }

  private static func lead(_ table: RegretTable) -> String {
    let tasks =
      "\(Counted.text(table.tasks, "task")) on \(Counted.text(table.bases.count, "base")) (\(Text.list(table.bases)))"
    let judged =
      table.use == .otherSeeds
      ? "A choice's own seeds are left out of the means that it is judged by."
      : "There are no other seeds to judge by: choices are judged by the evaluation split of the same runs whose tuning split they "
        + "may have seen, so that a run's luck counts for them, and the best of all runs is ahead by luck too."
    return
      "Points behind the best mean of the table among the combinations that fit the TPOT budget: mean, the worst in brackets, and the "
      + "number of tasks behind them; \(tasks). \(judged) The search sees the tuning split alone. All but \"rates raced\" have each "
      + "combination's best rate given to them. Time: share of \(Regret.studySeeds) seeds of all combinations at known rates, evaluation and TPOT included."
  }

  // MARK: Tables

  /// Those with choices: the search first, then constants, the best of them by mean first, then the other ways.
  static func methods(_ table: RegretTable) -> [RegretTable.Method] {
    func mean(_ targets: Targets) -> Double { table.summary(.constant(targets))?.mean ?? .infinity }
    let constants = table.constants.sorted { mean($0) != mean($1) ? mean($0) < mean($1) : Targets.precedes($0, $1) }
    let all: [RegretTable.Method] =
      [.search, .searchWithRates, .searchShared, .dearest, .probe, .halving, .fullSeed, .random]
      + constants.map { .constant($0) }
    return all.filter { !(table.choices[$0] ?? []).isEmpty }
  }

  static func name(_ method: RegretTable.Method) -> String {
    switch method {
    case .search: "search, rates known"
    case .searchWithRates: "search, rates raced"
    case .searchShared: "search, sharing heats"
    case .constant(let targets): "always \(SearchWords.name(targets))"
    case .dearest: "the dearest that fits"
    case .random: "any that fits"
    case .halving: "halving on loss"
    case .probe: "probe alone"
    case .fullSeed: "one whole seed of all"
    }
  }

  private static func figures(_ table: RegretTable, _ methods: [RegretTable.Method]) -> [[String]] {
    let budgets = table.budgets
    let head =
      ["choice"] + budgets.map { $0.map { "≤ \(Text.number($0)) %" } ?? "no budget" }
      + (budgets.count > 1 ? ["all"] : []) + ["choices", "judged by", "not told from the best", "time"]
    return [head]
      + methods.map { method in
        let all = table.summary(method)
        return [name(method)] + budgets.map { points(table.summary(method, budget: $0)) }
          + (budgets.count > 1 ? [points(all)] : [])
          + [all.map { "\($0.choices)" } ?? "–", all.map(seeds) ?? "–", percent(all?.asGood), percent(all?.time)]
      }
  }

  private static func basesTable(_ table: RegretTable, _ methods: [RegretTable.Method]) -> [[String]] {
    [["choice, by base"] + table.bases]
      + methods.map { method in [name(method)] + table.bases.map { points(table.summary(method, base: $0)) } }
  }

  /// `0.6 (4.1), 7 tasks`
  static func points(_ summary: RegretTable.Summary?) -> String {
    summary.map {
      "\(Text.fixed($0.mean, 1)) (\(Text.fixed($0.worst, 1))), \(Counted.text($0.tasks, "task"))"
    } ?? "–"
  }

  private static func seeds(_ summary: RegretTable.Summary) -> String {
    let range = summary.seeds
    return range.count == 1
      ? Counted.text(range.lowerBound, "seed") : "\(range.lowerBound) to \(range.upperBound) seeds"
  }

  static func percent(_ share: Double?) -> String { share.map { "\(Text.fixed(100 * $0, 0)) %" } ?? "–" }

  // MARK: Words

  private static func verdict(_ table: RegretTable) -> String {
    guard let search = table.summary(.search) else { return "No search could be replayed from these rows." }
    let worst = goal.worst + table.widest
    let isReached =
      search.mean <= goal.mean && search.worst <= worst
      && search.time.map { $0 <= goal.time } == true
    return
      "Goal: mean at most \(Text.fixed(goal.mean, 1)), worst at most \(Text.number(goal.worst)) beyond the table's own interval "
      + "(± \(Text.fixed(table.widest, 1))), at \(percent(goal.time)) of the time at most. \(isReached ? "Reached" : "Not reached"): "
      + "\(figures(search)). \(beside(table, search))"
  }

  /// No goal is reached by it: what one seed shows is less.
  private static func sameSeedVerdict(_ table: RegretTable) -> String {
    guard let search = table.summary(.searchWithRates) ?? table.summary(.search) else {
      return "No search could be replayed from these rows."
    }
    return
      "The race alone, without confirming seeds: \(figures(search)). The best run's own interval is ± \(Text.fixed(table.widest, 1)) points. "
      + "Whether the goal is reached is not told by one seed. \(beside(table, search))"
  }

  private static func figures(_ search: RegretTable.Summary) -> String {
    "mean \(Text.fixed(search.mean, 2)) points, worst \(Text.fixed(search.worst, 1)), at \(percent(search.time)) of the time"
  }

  private static func beside(_ table: RegretTable, _ search: RegretTable.Summary) -> String {
    let everywhere = table.summary(.random)?.choices ?? 0
    let rivals = table.constants.filter { targets in
      // A constant is compared where it fits: on the same budgets and tasks.
      guard let constant = table.summary(.constant(targets)) else { return false }
      return constant.choices >= everywhere && constant.mean <= search.mean
    }
    return rivals.isEmpty
      ? "No constant that fits every budget here is as good."
      : "No more points behind on these tasks, at the price of one run: "
        + "\(Text.list(rivals.map { "always \(SearchWords.name($0))" }))."
  }

  /// What races on the other tasks are worth to a search.
  private static func sharing(_ table: RegretTable) -> String? {
    guard let shared = table.summary(.searchShared),
      let alone = table.summary(.searchWithRates) ?? table.summary(.search), shared.choices == alone.choices
    else { return nil }
    let helps = shared.mean <= alone.mean + 0.05 && (shared.time ?? .infinity) < (alone.time ?? 0)
    return
      "\"Sharing heats\" knows how the first heats on all other tasks of the base ended, which orders the shortlist and, from "
      + "\(SharedHeats.setsToShorten) of them on, shortens it to \(SharedHeats.shortened): \(figures(shared)); without: \(figures(alone)). "
      + (helps ? "Here it took less time and was no more points behind." : "Here it does not help.")
  }

  private static func answers(_ table: RegretTable) -> String {
    let total = table.kinds.values.reduce(0, +)
    func count(_ kind: SearchAnswer.Kind) -> Int { table.kinds[kind] ?? 0 }
    let winners = [RegretTable.Method.search, .searchWithRates].flatMap { table.choices[$0] ?? [] }.filter {
      $0.kind == .winner
    }
    let right = winners.count { $0.asGood == 1 }
    return
      "Of \(total) searches \(count(.winner)) named a winner (\(right) of \(winners.count) the best or not told from it), "
      + "\(count(.equals)) named equals, \(count(.cannotTell)) could not tell and took the one that led, \(count(.none)) named nothing."
  }

  private static func caveats(_ regret: Regret) -> [String] {
    var lines: [String] = []
    let tables = [regret.otherSeeds, regret.sameSeed].filter { !$0.isEmpty }
    for table in tables where table.tasks < fewestTasks {
      let which = tables.count > 1 ? (table.use == .otherSeeds ? " with several seeds" : " with one seed") : ""
      lines.append(
        "\(Counted.text(table.tasks, "task"))\(which): too few to say which way of choosing is better; \(fewestTasks) are the least"
      )
    }
    for coverage in regret.coverage where coverage.use == .nothing {
      lines.append("\(coverage.place): \(lack(coverage))")
    }
    if Set(regret.coverage.map(\.base)).count == 1 {
      lines.append("one base: where a constant wins here, it need not on another")
    }
    for table in tables {
      guard table.choices[.search] != nil else { continue }
      if table.choices[.searchWithRates] == nil {
        lines.append("no seed was run at several rates for all combinations, so no search that races rates is here")
      }
      if table.choices[.probe] == nil {
        lines.append(
          "no gradient energy in the rows: the shortlist is every combination that fits, and \"probe alone\" is missing"
        )
      }
      if table.missing > 0 {
        lines.append(
          "\(table.missing) further seeds that searches asked for were not run at the rate that they had taken; such searches ended there"
        )
      }
    }
    return lines.reduce(into: []) { known, line in if !known.contains(line) { known.append(line) } }
  }

  private static func lack(_ coverage: TaskCoverage) -> String {
    if !coverage.isWhole {
      return "\(coverage.combinationWords) combinations are there, and the others may be the best"
    }
    if coverage.judged < 2 { return "\(Counted.text(coverage.judged, "combination")) with a run that was evaluated" }
    return "no seed with which every combination was evaluated at its own rate (\(coverage.seedWords))"
  }
}
