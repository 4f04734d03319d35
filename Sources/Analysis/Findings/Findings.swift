import Foundation
import Messages
import Recipe

/// The article's five findings, recomputed. The same code runs on the published table and on a person's study.
package enum Findings {
  /// Differences up to so many points count as none where no test can decide.
  package static let margin = 1.0

  package static func all(_ table: StudyTable, margin: Double = margin) -> [Finding] {
    [
      robustSingleTarget(table), qkvInstability(table, margin: margin), combinationGains(table),
      difficultyAmplifies(table), beatsTheBase(table, margin: margin),
    ]
  }

  static let singles: [Targets] = [.qkv, .oProj, .fc1, .fc2]

  /// 1. How far each single target falls below a data set's best combination, at worst.
  static func robustSingleTarget(_ table: StudyTable) -> Finding {
    struct Row {
      var set: Targets
      var worst: Double
      var dataset: String
      var datasets: Int
    }
    // A data set on which only one combination was run has no best to fall short of.
    let usable = table.datasets.filter { $0.cells.count > 1 }
    let rows = singles.compactMap { set -> Row? in
      let shortfalls = usable.compactMap { dataset -> (Double, String)? in
        guard let cell = dataset.cell(set), let best = dataset.best else { return nil }
        return (best.mean - cell.mean, dataset.name)
      }
      guard let worst = shortfalls.max(by: { $0.0 < $1.0 }) else { return nil }
      return Row(set: set, worst: worst.0, dataset: worst.1, datasets: shortfalls.count)
    }.sorted { $0.worst < $1.worst }
    var finding = Finding(
      number: 1, claim: "o_proj is the most robust single target", verdict: .cannotTell, statement: "",
      figures: rows.map { .init("largest shortfall \($0.set.label)", $0.worst, "points below the data set's best") },
      missing: missing(singles, in: usable))
    guard let first = rows.first, rows.count > 1, rows.contains(where: { $0.set == .oProj }) else {
      finding.statement = "needs o_proj and another single target on the same data sets"
      return finding
    }
    finding.verdict = verdict(robust: first.set, usable, table)
    finding.statement =
      "Largest shortfall from a data set's best combination: "
      + rows.map {
        "\($0.set.label) \(Text.fixed($0.worst, 1)) points (\($0.dataset); "
          + "run on \(Counted.text($0.datasets, "data set")))"
      }.joined(separator: ", ") + ". The most robust single target here is \(first.set.label)."
    return finding
  }

  /// Of a person's own study the test decides: whether o_proj is better than each other single target, or the one that came out more robust
  /// better than it. Without all four there is nothing that it could be the most robust of.
  private static func verdict(robust first: Targets, _ datasets: [StudyDataset], _ table: StudyTable) -> Finding.Verdict
  {
    guard table.origin != .published else { return first == .oProj ? .borneOut : .notBorneOut }
    let rivals = singles.filter { $0 != .oProj }
    let differences = rivals.map { set -> StudyDifference? in
      table.difference(
        datasets.compactMap { dataset in
          guard let mine = dataset.cell(.oProj), let theirs = dataset.cell(set) else { return nil }
          return (mine, theirs)
        })
    }
    guard differences.allSatisfy({ $0 != nil }) else { return .cannotTell }
    let adjusted = Holm.adjusted(differences.map { $0?.pValue })
    let verdicts = zip(differences, adjusted).map { difference, p in
      var difference = difference
      difference?.pValue = p
      return difference?.verdict(margin: margin)
    }
    if first == .oProj { return verdicts.allSatisfy { $0 == .better } ? .borneOut : .cannotTell }
    return zip(rivals, verdicts).contains { $0 == first && $1 == .worse } ? .notBorneOut : .cannotTell
  }

  /// 2. Where qkv alone is below the base.
  static func qkvInstability(_ table: StudyTable, margin: Double) -> Finding {
    var finding = Finding(
      number: 2, claim: "qkv alone is unstable, below the base on some data sets", verdict: .cannotTell, statement: "",
      figures: [], missing: missing([.qkv], in: table.datasets) + missingBase(table))
    let rows = table.datasets.compactMap { dataset -> (dataset: StudyDataset, difference: StudyDifference)? in
      guard let cell = dataset.cell(.qkv), let base = dataset.base,
        let difference = table.difference([(cell, base)])
      else { return nil }
      return (dataset, difference)
    }
    guard !rows.isEmpty else {
      finding.statement = "needs qkv alone and the base's own score on a data set"
      return finding
    }
    let adjusted = Holm.adjusted(rows.map(\.difference.pValue))
    let verdicts = rows.indices.map { place in
      var difference = rows[place].difference
      difference.pValue = adjusted[place]
      return difference.verdict(margin: margin)
    }
    let below = rows.indices.filter { verdicts[$0] == .worse }.map { rows[$0] }
    finding.figures =
      rows.map { .init("qkv over the base on \($0.dataset.name)", $0.difference.points, "points") }
      + [.init("data sets with qkv below the base", Double(below.count), "of \(rows.count)")]
    // That no test shows it below is not that it is above.
    let isAbove = table.origin == .published || verdicts.allSatisfy { $0 == .better }
    finding.verdict = !below.isEmpty ? .borneOut : isAbove ? .notBorneOut : .cannotTell
    let how = table.origin == .published ? "by more than \(Text.fixed(margin, 0)) point" : "significantly (Holm)"
    let count = Counted.text(rows.count, "data set")
    let points = rows.map(\.difference.points)
    let names = Text.list(below.map { "\($0.dataset.name) (\(Text.signed($0.difference.points)) points)" })
    finding.statement =
      below.isEmpty
      ? "qkv alone is not below the base \(how) on any of \(count)"
      : "qkv alone is below the base \(how) on \(names), \(below.count) of \(count)"
    finding.statement += "; over all of them from \(Text.signed(points.min() ?? 0)) to "
    finding.statement += "\(Text.signed(points.max() ?? 0)) points."
    return finding
  }

  /// 3. The best combination of two or more groups against the best single one.
  static func combinationGains(_ table: StudyTable) -> Finding {
    var finding = Finding(
      number: 3, claim: "combinations give modest gains, usually 1 to 3 points over the best single module",
      verdict: .cannotTell, statement: "", figures: [], missing: missing(singles, in: table.datasets))
    let isPublished = table.origin == .published
    // The best single module of some is not the best single module; the article ran some of them.
    let rows = table.datasets.compactMap { dataset -> (name: String, gain: Double, interval: Interval?)? in
      func best(_ isSingle: Bool) -> StudyCell? {
        dataset.cells.filter { $0.targets.isCombination && ($0.targets.groups.count == 1) == isSingle }
          .max { $0.mean < $1.mean }
      }
      guard isPublished || singles.allSatisfy({ dataset.cell($0) != nil }), let single = best(true),
        let several = best(false)
      else { return nil }
      return (dataset.name, several.mean - single.mean, table.difference([(several, single)])?.interval)
    }
    guard !rows.isEmpty else {
      finding.statement = "needs the four single modules and a combination on the same data set"
      return finding
    }
    let gains = rows.map(\.gain).sorted()
    let middle = gains.count / 2
    let median = gains.count % 2 == 1 ? gains[middle] : (gains[middle - 1] + gains[middle]) / 2
    let inside = rows.filter { (0...3.05).contains($0.gain) }
    finding.figures =
      rows.map { .init("gain on \($0.name)", $0.gain, "points over the best single module") }
      + [.init("median gain", median, "points over the best single module")]
    // What an interval leaves open speaks neither for nor against.
    let outside = rows.filter { row in
      row.interval.map { $0.low > 3.05 || $0.high < 0 } ?? !(0...3.05).contains(row.gain)
    }
    finding.verdict =
      outside.count * 2 >= rows.count
      ? .notBorneOut
      : inside.count == rows.count ? .borneOut : inside.count * 2 > rows.count ? .partly : .cannotTell
    let others = rows.filter { !(0...3.05).contains($0.gain) }
    let exceptions = Text.list(others.map { "\($0.name) (\(Text.signed($0.gain)))" })
    finding.statement =
      "Best combination minus best single module: median \(Text.signed(median)) points; between 0 and 3 on "
      + "\(inside.count) of \(Counted.text(rows.count, "data set"))"
    finding.statement += others.isEmpty ? "." : ", not on \(exceptions)."
    return finding
  }

  /// 4. Does a low score of the base go with a large spread over combinations?
  static func difficultyAmplifies(_ table: StudyTable) -> Finding {
    var finding = Finding(
      number: 4, claim: "harder tasks amplify the choice of modules", verdict: .cannotTell, statement: "",
      figures: [], missing: missingBase(table))
    let rows = table.datasets.compactMap { dataset -> (base: Double, spread: Double)? in
      guard let base = dataset.base?.mean, let spread = dataset.spread else { return nil }
      return (base, spread)
    }
    guard let outcome = RankCorrelation.spearman(rows.map(\.base), rows.map(\.spread)) else {
      finding.statement =
        "needs the base's score and two combinations on at least three data sets; here are \(rows.count)"
      finding.missing.append("at least three data sets with two combinations each")
      return finding
    }
    finding.figures = [
      .init("rank correlation", outcome.rho, "Spearman, base score with spread over combinations"),
      .init("data sets", Double(outcome.count), "n"),
      .init("permutation p", outcome.pValue, "two-sided"),
    ]
    // The claim asks for a correlation below 0.
    finding.verdict =
      outcome.pValue < ComparisonBuilder.level
      ? (outcome.rho < 0 ? .borneOut : .notBorneOut)
      : table.origin == .published && abs(outcome.rho) < 0.3 ? .notBorneOut : .cannotTell
    finding.statement =
      "Rank correlation between the base's score and the spread over combinations: \(Text.fixed(outcome.rho)) "
      + "(n = \(outcome.count) data sets, permutation \(Text.probability(outcome.pValue))); the claim needs one "
      + "clearly below 0."
      + (table.origin == .published ? " The article's own table does not bear its claim out." : "")
    return finding
  }

  /// 5. How many combinations beat the base, data set by data set.
  static func beatsTheBase(_ table: StudyTable, margin: Double) -> Finding {
    var finding = Finding(
      number: 5, claim: "LoRA beats the base nearly everywhere; FinCOT is the exception", verdict: .cannotTell,
      statement: "", figures: [], missing: missingBase(table))
    struct Row {
      var name: String
      /// The article's name.
      var original: String?
      var above: [Targets]
      /// Combinations that are better and worse by the test, or by the margin.
      var clear: Int
      var clearlyBelow: Int
      var count: Int
    }
    let rows = table.datasets.compactMap { dataset -> Row? in
      guard let base = dataset.base, !dataset.cells.isEmpty else { return nil }
      let differences = dataset.cells.compactMap { table.difference([($0, base)]) }
      let adjusted = Holm.adjusted(differences.map(\.pValue))
      let verdicts = differences.indices.map { place in
        var difference = differences[place]
        difference.pValue = adjusted[place]
        return difference.verdict(margin: margin)
      }
      return Row(
        name: dataset.name, original: table.origin == .published ? dataset.name : dataset.original,
        above: dataset.cells.filter { $0.mean > base.mean }.map(\.targets),
        clear: verdicts.count { $0 == .better }, clearlyBelow: verdicts.count { $0 == .worse },
        count: dataset.cells.count)
    }
    guard !rows.isEmpty else {
      finding.statement = "needs the base's own score"
      return finding
    }
    finding.figures = rows.map { .init("above the base on \($0.name)", Double($0.above.count), "of \($0.count)") }
    let isPublished = table.origin == .published
    let losing = rows.filter { isPublished ? $0.above.count * 2 < $0.count : $0.clearlyBelow * 2 > $0.count }
    let winning = rows.filter { isPublished ? $0.above.count * 2 >= $0.count : $0.clear * 2 > $0.count }
    if losing.count + winning.count < rows.count {
      finding.verdict = losing.count * 2 > rows.count ? .notBorneOut : .cannotTell
    } else {
      finding.verdict = losing.isEmpty ? .borneOut : losing.count * 2 < rows.count ? .partly : .notBorneOut
      if losing.map(\.original) == ["FinCOT"] { finding.verdict = .borneOut }
    }
    let how = table.origin == .published ? "by more than \(Text.fixed(margin, 0)) point" : "significantly (Holm)"
    let counts = rows.map { "\($0.name) \($0.above.count) of \($0.count) (\($0.clear) \(how))" }
    finding.statement = "Combinations above the base: \(counts.joined(separator: ", "))."
    let exceptions = losing.map { row -> String in
      if row.above.isEmpty { return "\(row.name) (none wins)" }
      return "\(row.name) (only \(Text.list(row.above.map(\.label))) win\(row.above.count == 1 ? "s" : ""))"
    }
    finding.statement +=
      losing.isEmpty
      ? " No data set on which most \(isPublished ? "lose to it" : "are significantly below it")."
      : " Most \(isPublished ? "lose to it" : "are significantly below it") on \(Text.list(exceptions))."
    return finding
  }

  /// One line for each data set that lacks some of these combinations.
  static func missing(_ sets: [Targets], in datasets: [StudyDataset]) -> [String] {
    datasets.compactMap { dataset in
      let absent = sets.filter { dataset.cell($0) == nil }
      return absent.isEmpty ? nil : "\(Text.list(absent.map(\.label))) not run on \(dataset.name)"
    }
  }

  static func missingBase(_ table: StudyTable) -> [String] {
    table.datasets.filter { $0.base == nil }.map { "the base alone was not scored on \($0.name)" }
  }
}

/// Where the article's prose states a figure: what its own table gives instead.
package struct ProseCheck: Hashable, Codable, Sendable {
  package var prose: String
  package var table: String
  package var agrees: Bool

  /// - Parameter study: the published one.
  package static func all(_ study: PublishedStudy) -> [ProseCheck] {
    let table = study.table
    var checks: [ProseCheck] = []
    let pair: Targets = [.oProj, .fc2]
    func add(_ prose: String, _ text: String, _ agrees: Bool) {
      checks.append(ProseCheck(prose: prose, table: text, agrees: agrees))
    }
    if let hearing = table.datasets.first(where: { $0.name == "CoCoHD" }), let base = hearing.base?.mean,
      let both = hearing.cell(pair)?.mean, let single = hearing.cell(.oProj)?.mean
    {
      add(
        "CoCoHD: o_proj+fc2 is 15 points over the base, o_proj 3",
        "\(Text.signed(both - base)) and \(Text.signed(single - base)) points",
        abs(both - base - 15) < 1 && abs(single - base - 3) < 1)
    }
    let differences = table.datasets.compactMap { dataset -> (name: String, points: Double)? in
      guard let both = dataset.cell(pair)?.mean, let single = dataset.cell(.oProj)?.mean else { return nil }
      return (dataset.name, both - single)
    }
    add(
      "o_proj+fc2 improves on o_proj by 2 to 12 % across benchmarks",
      differences.map { "\($0.name) \(Text.signed($0.points))" }.joined(separator: ", ") + " points",
      differences.allSatisfy { (2...12).contains($0.points) })
    if let single = CombinationMeans.mean(.oProj, table.datasets),
      let both = CombinationMeans.mean(pair, table.datasets)
    {
      add(
        "o_proj is within 2 % of o_proj+fc2 on average",
        "means \(Text.fixed(single)) and \(Text.fixed(both)): \(Text.fixed(both - single)) points, "
          + "\(Text.fixed(100 * (both - single) / both, 1)) % of o_proj+fc2's", both - single < 2)
    }
    if let fast = study.latencyP95[.oProj], let slow = study.latencyP95[pair], let lower = study.advantageOfOProj {
      add(
        "o_proj has 22.6 % lower latency",
        "TPOT p95 \(Text.fixed(fast, 3)) and \(Text.fixed(slow, 3)) ms: \(Text.fixed(lower, 1)) % "
          + "lower than o_proj+fc2, which is \(Text.fixed(100 * (slow - fast) / fast, 1)) % higher than o_proj",
        abs(lower - 22.6) < 0.05)
    }
    return checks
  }
}

/// Numbers as the findings, the recommendations and the report write them.
enum Text {
  static func fixed(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
  static func signed(_ value: Double, _ digits: Int = 2) -> String { String(format: "%+.\(digits)f", value) }
  static func probability(_ value: Double) -> String {
    value < 0.001 ? "p < 0.001" : "p = " + String(format: "%.3f", value)
  }
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }
}
