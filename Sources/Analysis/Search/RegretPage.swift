import Foundation
import Messages
import Recipe

/// The page that says what the search loses against knowing everything, beside simpler ways of choosing.
package enum RegretPage {
  package static let begin = "<!-- lorascope regret: begin -->"
  package static let end = "<!-- lorascope regret: end -->"

  /// What the issue of the search set itself.
  static let goal = (mean: 1.0, worst: 3.0, time: 0.15)
  /// Fewer tasks than this order methods by chance.
  static let fewestTasks = 4

  package static func markdown(_ regret: Regret) -> String { MarkdownReport.text(blocks(regret)) }

  static func blocks(_ regret: Regret) -> [ReportSection.Block] {
    var blocks: [ReportSection.Block] = [.text(head(regret))]
    let methods = Self.methods(regret)
    if !methods.isEmpty {
      blocks.append(.rich(table(regret, methods)))
      if regret.bases.count > 1 { blocks.append(.rich(basesTable(regret, methods))) }
      blocks.append(.text(verdict(regret)))
      blocks.append(.text(answers(regret)))
    }
    let gaps = caveats(regret) + regret.gaps
    if !gaps.isEmpty {
      blocks.append(.text("What these rows cannot show:"))
      blocks.append(.list(gaps))
    }
    return blocks
  }

  private static func head(_ regret: Regret) -> String {
    let tasks =
      "\(Text.plural(regret.tasks, "task")) on \(Text.plural(regret.bases.count, "base")) (\(Text.list(regret.bases)))"
    return
      "Points behind the best mean of the table among the combinations that fit the TPOT budget: mean, and the worst in brackets; "
      + "\(tasks). A choice's own seeds are left out of the means that it is judged by. The search sees the tuning split alone, with its "
      + "own defaults, which were fixed on generated tables. Time: share of \(Regret.studySeeds) seeds of all combinations at known rates, "
      + "evaluation and TPOT included."
  }

  // MARK: Tables

  /// Those with choices: the search first, then constants, the best of them by mean first, then the other ways.
  static func methods(_ regret: Regret) -> [Regret.Method] {
    func mean(_ targets: Targets) -> Double { regret.summary(.constant(targets))?.mean ?? .infinity }
    let constants = regret.constants.sorted { mean($0) != mean($1) ? mean($0) < mean($1) : Targets.precedes($0, $1) }
    let all: [Regret.Method] =
      [.search, .searchWithRates, .dearest, .probe, .halving, .fullSeed, .random] + constants.map { .constant($0) }
    return all.filter { !(regret.choices[$0] ?? []).isEmpty }
  }

  static func name(_ method: Regret.Method) -> String {
    switch method {
    case .search: "search, rates known"
    case .searchWithRates: "search, rates raced"
    case .constant(let targets): "always \(SearchWords.name(targets))"
    case .dearest: "the dearest that fits"
    case .random: "any that fits"
    case .halving: "halving on loss"
    case .probe: "probe alone"
    case .fullSeed: "one whole seed of all"
    }
  }

  private static func table(_ regret: Regret, _ methods: [Regret.Method]) -> [[String]] {
    let budgets = Regret.budgets.filter { budget in methods.contains { regret.summary($0, budget: budget) != nil } }
    let head =
      ["choice"] + budgets.map { $0.map { "≤ \(Text.number($0)) %" } ?? "no budget" }
      + ["all", "choices", "best or equal", "time"]
    return [head]
      + methods.map { method in
        let all = regret.summary(method)
        return [name(method)] + budgets.map { points(regret.summary(method, budget: $0)) } + [
          points(all), all.map { "\($0.choices)" } ?? "–", percent(all?.asGood),
          percent(all?.time),
        ]
      }
  }

  private static func basesTable(_ regret: Regret, _ methods: [Regret.Method]) -> [[String]] {
    [["choice, by base"] + regret.bases]
      + methods.map { method in [name(method)] + regret.bases.map { points(regret.summary(method, base: $0)) } }
  }

  private static func points(_ summary: Regret.Summary?) -> String {
    summary.map { "\(Text.fixed($0.mean, 1)) (\(Text.fixed($0.worst, 1)))" } ?? "–"
  }

  private static func percent(_ share: Double?) -> String { share.map { "\(Text.fixed(100 * $0, 0)) %" } ?? "–" }

  // MARK: Words

  private static func verdict(_ regret: Regret) -> String {
    guard let search = regret.summary(.search) else { return "No search could be replayed from these rows." }
    let worst = goal.worst + regret.widest
    let isReached =
      search.mean <= goal.mean && search.worst <= worst
      && search.time.map { $0 <= goal.time } == true
    let figures =
      "mean \(Text.fixed(search.mean, 2)) points, worst \(Text.fixed(search.worst, 1)), at \(percent(search.time)) of the time"
    let rivals = regret.constants.filter { targets in
      // A constant is compared where it fits: on the same budgets and tasks.
      guard let constant = regret.summary(.constant(targets)) else { return false }
      return constant.choices >= choicesOfOneMethod(regret) && constant.mean <= search.mean
    }
    let beside =
      rivals.isEmpty
      ? "No constant that fits every budget here is as good."
      : "As good, at the price of one run: \(Text.list(rivals.map { "always \(SearchWords.name($0))" }))."
    return
      "Goal: mean at most \(Text.fixed(goal.mean, 1)), worst at most \(Text.number(goal.worst)) beyond the table's own interval "
      + "(± \(Text.fixed(regret.widest, 1))), at \(percent(goal.time)) of the time at most. \(isReached ? "Reached" : "Not reached"): "
      + "\(figures). \(beside)"
  }

  /// Tasks times budgets at which something fits.
  private static func choicesOfOneMethod(_ regret: Regret) -> Int { regret.choices[.random]?.count ?? 0 }

  private static func answers(_ regret: Regret) -> String {
    let total = regret.kinds.values.reduce(0, +)
    guard total > 0 else { return "" }
    func count(_ kind: SearchAnswer.Kind) -> Int { regret.kinds[kind] ?? 0 }
    let winners = [Regret.Method.search, .searchWithRates].flatMap { regret.choices[$0] ?? [] }.filter {
      $0.kind == .winner
    }
    let right = winners.count { $0.asGood == 1 }
    return
      "Of \(total) searches \(count(.winner)) named a winner (\(right) of \(winners.count) the best or not told from it), "
      + "\(count(.equals)) named equals, \(count(.cannotTell)) could not tell and took the one that led, \(count(.none)) named nothing."
  }

  private static func caveats(_ regret: Regret) -> [String] {
    var lines: [String] = []
    if regret.tasks < fewestTasks {
      lines.append(
        "\(Text.plural(regret.tasks, "task")): too few to say which way of choosing is better; \(fewestTasks) are the least"
      )
    }
    if regret.bases.count == 1 {
      lines.append("one base: where a constant wins here, it need not on another")
    }
    if regret.choices[.search] != nil, regret.choices[.searchWithRates] == nil {
      lines.append("no seed was run at several rates for all combinations, so no search that races rates is here")
    }
    if regret.choices[.search] != nil, regret.choices[.probe] == nil {
      lines.append(
        "no gradient energy in the rows: the shortlist is every combination that fits, and \"probe alone\" is missing")
    }
    if regret.missing > 0 {
      lines.append(
        "\(regret.missing) further seeds that searches asked for were not run at the rate that they had taken; such searches ended there"
      )
    }
    return lines
  }
}
