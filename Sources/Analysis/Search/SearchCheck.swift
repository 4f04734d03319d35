import Foundation
import Messages
import Recipe

/// What can be said of a plan before anything is trained.
extension SearchPlan {
  /// Share of the examples on which two good combinations differ, as this program's studies show it: between close ones a tenth to a
  /// third. What a number of examples can tell is reckoned with this.
  static let usualDiscordance = 0.3
  /// Below this power of telling, in points, a search would be a coin toss with a bill.
  static let coarsest = 20.0

  /// Points that a paired comparison of two runs on so many independent examples tells with 80 % power at the 5 % level, two-sided, if
  /// another seed would give the same: 100 (z₀.₉₇₅ + z₀.₈) √(discordance / n). No number of seeds tells less.
  package static func tellable(examples: Int) -> Double {
    guard examples > 0 else { return .infinity }
    return 100 * (1.96 + 0.842) * (usualDiscordance / Double(examples)).squareRoot()
  }

  /// Independent examples that tell a difference of `points`.
  package static func examplesNeeded(toTell points: Double) -> Int {
    let ratio = 100 * (1.96 + 0.842) / points
    return Int((usualDiscordance * ratio * ratio).rounded(.up))
  }

  /// Things asked about, at least: the spread of fewer says nothing.
  static let leastGroups = 4

  /// One sentence about what the tuning split can tell, for what is said before the start: by the tests of an answer, with the race's seed
  /// alone and with all of them. Where examples repeat what they are about, it lies between that of so many examples and that of so many
  /// things, by how much answers about one thing go together.
  ///
  /// - Parameter seeds: that the finalists may get, the race's among them.
  package static func power(examples: Int, groups: Int?, seeds: Int) -> String {
    func told(_ count: Int, _ seeds: Int, looks: Int) -> Int {
      let pair = SeedsAndExamples(usualOf: seeds, examples: max(1, count), discordance: usualDiscordance)
      return Int(min(100, pair.tellable(level: 0.05 / Double(looks))).rounded(.up))
    }
    func words(_ count: Int) -> String {
      let one = "\(told(count, 1, looks: seeds)) points with one seed"
      return seeds > 1 ? "\(one) and \(told(count, seeds, looks: seeds)) with \(seeds)" : one
    }
    let usual = "where seeds move scores by \(Text.number(SeedsAndExamples.usualSeedSpread)) points, as usual"
    let most = "tell differences of about \(words(examples))"
    guard let groups, groups < examples else { return "\(Counted.text(examples, "tuning example")) \(most), \(usual)" }
    return
      "\(Counted.text(examples, "tuning example")) about \(Counted.text(groups, "thing")) \(most) (\(words(groups)) if "
      + "answers about one thing are all right or all wrong), \(usual)"
  }

  /// Combinations that enter the first heat, at most.
  package var mostEntrants: Int {
    awaitsLook ? min(shortlist, combinations.count) : Shortlist(self).entrants.count
  }

  /// - Throws: `Refusal` with status 64 for a plan that contradicts itself, 65 for data that cannot decide.
  package func check() throws(Refusal) {
    func refuse(_ line: String) -> Refusal { Refusal("search: \(line)", exitStatus: 64) }
    guard !combinations.isEmpty else { throw refuse("no combination to choose from") }
    guard Set(combinations.map(\.targets)).count == combinations.count else {
      throw refuse("a combination is named twice")
    }
    for prior in combinations {
      let rates = rates(of: prior.targets)
      guard !rates.isEmpty, rates.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw refuse("\(prior.targets.label) needs learning rates above 0")
      }
    }
    guard heats.last == 1, heats.allSatisfy({ $0 > 0 }), zip(heats, heats.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw refuse("heats must rise from above 0 to 1, not \(heats.map(Text.number).joined(separator: ", "))")
    }
    guard shortlist > 0, finalists > 0, (places ?? []).allSatisfy({ $0 > 0 }) else {
      throw refuse("shortlist, places and finalists must be 1 or more")
    }
    guard leaveLevel > 0, leaveLevel < 1, margin > 0, margin.isFinite else {
      throw refuse("the level of leaving must be between 0 and 1, the margin above 0")
    }
    guard !confirmSeeds.contains(seed), Set(confirmSeeds).count == confirmSeeds.count else {
      throw refuse("the confirming seeds must differ from the race's seed (\(seed)) and from each other")
    }
    if let secondsBudget, !(secondsBudget > 0) { throw refuse("the budget of time must be above 0") }
    if let latencyBudget, Shortlist(self).fitting.isEmpty {
      let priced = combinations.filter { $0.overhead?.estimate.isFinite == true }
      let cheapest = priced.min { SearchPrior.isCheaper($0, $1) }
      let least = cheapest.map { prior in
        ": \(SearchWords.name(prior.targets)) costs least, \(prior.overheadWords ?? "")"
      }
      throw Refusal(
        "search: nothing fits a latency budget of \(Text.number(latencyBudget)) %\(fleetWords)\(least ?? "")",
        exitStatus: 65)
    }
    let tellable = Self.tellable(examples: tuningExamples)
    guard tellable <= Self.coarsest else {
      let points = tuningExamples > 0 ? ": only differences above \(Int(min(100, tellable))) points could be told" : ""
      throw Refusal(
        "search: \(tuningExamples) tuning examples are too few to decide\(points); "
          + "\(Self.examplesNeeded(toTell: Self.coarsest)) are the least, \(Self.examplesNeeded(toTell: 10)) tell 10 points",
        exitStatus: 65)
    }
    if let tuningGroups, tuningGroups < Self.leastGroups {
      throw Refusal(
        "search: the \(tuningExamples) tuning examples are about \(Counted.text(tuningGroups, "thing")), too few to decide; "
          + "\(Self.leastGroups) are the least", exitStatus: 65)
    }
  }
}
