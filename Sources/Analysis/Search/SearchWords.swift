import Foundation
import Messages
import Recipe

extension Text {
  /// A number as a person writes it: no decimals where it has none.
  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }
}

/// A search's answers and reasons in words.
package enum SearchWords {
  /// A span of time as one number: `40 s`, `12 min`, `3.5 h`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 90 { return "\(Int(max(0, seconds).rounded(.up))) s" }
    if seconds < 5400 { return "\(Int((seconds / 60).rounded(.up))) min" }
    return "\(Text.fixed(seconds / 3600, 1)) h"
  }

  static func name(_ candidate: SearchCandidate) -> String {
    let targets = candidate.targets == .all ? "all four" : candidate.targets.label
    return "\(targets) at \(candidate.learningRate)"
  }

  static func name(_ targets: Targets) -> String { targets == .all ? "all four" : targets.label }

  private static func score(_ named: SearchAnswer.Named) -> String {
    "\(named.score.text()) %, \(Counted.text(named.seeds, "seed"))"
  }

  private static func overhead(_ named: SearchAnswer.Named) -> String {
    named.overhead.map {
      ", " + SearchPrior.words($0.estimate, isPredicted: named.overheadIsPredicted == true)
    } ?? ""
  }

  /// What the answer does not speak of.
  private static func unproven(_ open: [Targets]) -> String {
    guard !open.isEmpty else { return "" }
    let names = open.count <= 4 ? Text.list(open.map(name)) : "\(open.count) combinations"
    return "; nothing is proven against \(names), which left early"
  }

  /// `; o_proj at 0.006`
  static func groupRates(_ rates: ByGroup<Double>) -> String {
    "; " + Text.list(rates.entries.map { "\($0.group.rawValue) at \($0.value)" }) + " where it is adapted"
  }

  /// Of a rate at either end of those that raced: the best one may lie beyond.
  static func end(_ rate: Double, of rates: [Double]) -> String {
    guard let lowest = rates.min(), let highest = rates.max(), lowest < highest else { return "" }
    if rate == highest { return "; \(rate) is the highest rate that raced: a higher one may do better" }
    return rate == lowest ? "; \(rate) is the lowest rate that raced: a lower one may do better" : ""
  }

  /// - Parameters:
  ///   - rivals: who left before the end, where no finalist is left beside it; nil where nobody raced against it.
  ///   - diverged: all of those rivals had, so that no score speaks against them.
  ///   - rates: its own that left behind it by rank.
  static func winner(
    _ best: SearchAnswer.Named, over others: Int, of rivals: String?, diverged: Bool, open: [Targets], rates: [Double]
  ) -> String {
    let beaten =
      others == 0
      ? rivals.map { "\($0) \(diverged ? "diverged" : "left with proof against them")" } ?? "nothing raced against it"
      : "better than \(Counted.text(others, "other finalist")) (p < 0.05, Holm)"
    return "\(name(best.candidate)) wins: \(score(best))\(overhead(best)), \(beaten)\(unproven(open))\(byRank(rates))"
  }

  private static func byRank(_ rates: [Double]) -> String {
    guard !rates.isEmpty else { return "" }
    let names = Text.list(rates.map { "\($0)" })
    return rates.count == 1
      ? "; its rate \(names) left by rank and is not proven worse"
      : "; its rates \(names) left by rank and are not proven worse"
  }

  static func equals(_ equal: [SearchAnswer.Named], margin: Double, open: [Targets]) -> String {
    let names = equal.map { "\(name($0.candidate)) (\(score($0))\(overhead($0)))" }
    return
      "equal within \(Text.number(margin)) points, the cheapest first: \(names.joined(separator: ", "))\(unproven(open))"
  }

  /// - Parameter awaited: whose results are still to come: the first that was scored is not ahead of anybody.
  static func soFar(_ best: SearchAnswer.Named, share: Double, racing: Int, awaited: Int) -> String {
    let others = racing > 1 ? " of \(racing)" : ""
    let place =
      awaited > 0
      ? "the best of \(racing) scored, \(awaited) still to come," : "ahead\(others)"
    return
      "so far \(name(best.candidate)) is \(place) at \(Int((100 * share).rounded())) % of the steps (\(score(best)))"
  }

  /// More than anybody trains for one answer.
  static let mostSeeds = 20

  static func cannotTell(
    _ best: SearchAnswer.Named, rivals: [SearchCandidate], cost: SearchAnswer.Cost?, open: [Targets],
    rates: [Double] = []
  ) -> String {
    if !rates.isEmpty { return "\(name(best.candidate)) is ahead: \(score(best))\(overhead(best))\(byRank(rates))" }
    let lead = "can't tell yet: \(name(best.candidate)) leads with \(score(best))\(overhead(best))"
    guard !rivals.isEmpty else { return lead + unproven(open) }
    let from = Text.list(rivals.map(name))
    guard let cost else {
      return
        "\(lead); if the gap stays what it is, not even \(mostSeeds) seeds would tell it from \(from)\(unproven(open))"
    }
    var needs: [String] = []
    if cost.seeds > 0 { needs.append(Counted.text(cost.seeds, "more seed")) }
    if let examples = cost.examples { needs.append("\(examples) independent tuning examples in all") }
    return
      "\(lead); to tell it from \(from) would take \(Text.list(needs)) if the gap stays what it is, "
      + "about \(duration(cost.seconds))\(unproven(open))"
  }

  /// Not one tuning example was right.
  /// - Parameters:
  ///   - scored: candidates with results.
  ///   - diverged: others did, so that the rate may be what was wrong.
  static func nothingRight(_ best: SearchAnswer.Named, of scored: Int, diverged: Bool) -> String {
    let who = scored == 1 ? "\(name(best.candidate)), all that is left," : "all \(scored) that are left"
    let advice =
      diverged
      ? "others diverged, so a lower rate may do"
      : "read what they wrote: the answer's form, the rate or too few steps may be why"
    return "can't tell: \(who) got no tuning example right (\(score(best))\(overhead(best))); \(advice)"
  }

  /// Nothing was scored: `withdrawn` of them a person took out, the others diverged.
  static func noneLeft(_ candidates: Int, withdrawn: Int) -> String {
    let others = candidates > withdrawn ? ", \(candidates - withdrawn) diverged" : ""
    return "nothing was scored: \(withdrawn) of \(Counted.text(candidates, "candidate")) taken out by a person\(others)"
  }

  /// All that a heat had kept are gone.
  /// - Parameter raceSeed: of their whole runs, where a further seed ended them; nil in the race.
  static func allThatWentOn(
    diverged: [SearchCandidate], withdrawn: [SearchCandidate], raceSeed: UInt64?, open: [Targets]
  ) -> String {
    var parts: [String] = []
    if !diverged.isEmpty { parts.append("\(Text.list(diverged.map(name))) diverged") }
    if !withdrawn.isEmpty { parts.append("\(Text.list(withdrawn.map(name))) taken out by a person") }
    let seeds = raceSeed.map { " with a further seed, whole with seed \($0)" } ?? ""
    return "nothing can be named of those that went on: \(parts.joined(separator: ", "))\(seeds)\(unproven(open))"
  }

  static func allDiverged(_ candidates: [SearchCandidate]) -> String {
    let rates = Set(candidates.map(\.learningRate)).sorted()
    let lowest = rates.first.map { "below \($0)" } ?? "lower"
    return
      "all \(Counted.text(candidates.count, "candidate")) diverged at every rate (\(rates.map { "\($0)" }.joined(separator: ", "))): "
      + "a rate \(lowest) may do"
  }
}
