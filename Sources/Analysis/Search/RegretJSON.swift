import Messages
import Recipe

/// The regret tables as one JSON object: what is there of each task, a line a method and budget, and what the rows cannot show.
package struct RegretJSON: Encodable {
  struct Task: Encodable {
    var task: String
    var base: String
    var combinations: Int
    var combinationsWanted: Int
    /// Of the racing seed, by rate; and by seed at each combination's own rate.
    var rates: [String: Int]
    var seeds: [String: Int]
    /// `nothing`, `sameSeed` or `otherSeeds`
    var countsFor: String
  }

  struct Row: Encodable {
    var choice: String
    /// `sameSeed` or `otherSeeds`
    var judgedBy: String
    /// Percent; null for no budget.
    var latencyBudget: Double?
    var choices: Int
    var tasks: Int
    /// Seeds of the means that judge, fewest and most over tasks.
    var seeds: [Int]
    var meanPoints: Double
    var worstPoints: Double
    var bestOrEqual: Double
    /// Null where the rows took no time.
    var timeShare: Double?
  }

  struct Fixed: Encodable {
    var task: String
    var heats: [Double]
    var shortlist: Int
    var places: [Int]
    var meanPoints: Double
    var worstPoints: Double
    var timeShare: Double?
  }

  var tasks: [Task]
  var rows: [Row] = []
  /// Absent where it was not asked for.
  var fixedElsewhere: [Fixed]?
  var answers: [String: Int] = [:]
  var missingResults: Int
  var gaps: [String]

  package init(_ regret: Regret, fixedElsewhere: FixedElsewhere? = nil) {
    tasks = regret.coverage.map { coverage in
      Task(
        task: coverage.task, base: coverage.base, combinations: coverage.combinations,
        combinationsWanted: coverage.wanted,
        rates: Dictionary(coverage.rates.map { ("\($0.value)", $0.combinations) }) { first, _ in first },
        seeds: Dictionary(coverage.seeds.map { ("\($0.value)", $0.combinations) }) { first, _ in first },
        countsFor: coverage.use.rawValue)
    }
    missingResults = regret.otherSeeds.missing + regret.sameSeed.missing
    gaps = regret.gaps
    for table in [regret.otherSeeds, regret.sameSeed] {
      for (kind, count) in table.kinds { answers[kind.rawValue, default: 0] += count }
      for method in RegretPage.methods(table) {
        for budget in table.budgets {
          guard let summary = table.summary(method, budget: budget) else { continue }
          rows.append(
            Row(
              choice: RegretPage.name(method), judgedBy: table.use.rawValue, latencyBudget: budget,
              choices: summary.choices, tasks: summary.tasks,
              seeds: [summary.seeds.lowerBound, summary.seeds.upperBound], meanPoints: summary.mean,
              worstPoints: summary.worst, bestOrEqual: summary.asGood, timeShare: summary.time))
        }
      }
    }
    self.fixedElsewhere = fixedElsewhere?.rows.map { row in
      Fixed(
        task: row.task, heats: row.setting.heats, shortlist: row.setting.shortlist, places: row.setting.places,
        meanPoints: row.here.mean, worstPoints: row.here.worst, timeShare: row.here.time)
    }
  }
}
