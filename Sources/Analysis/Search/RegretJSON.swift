import Messages
import Recipe

/// The regret tables as one JSON object: a line a method and budget, and what the rows cannot show.
package struct RegretJSON: Encodable {
  struct Row: Encodable {
    var choice: String
    /// Percent; null for no budget.
    var latencyBudget: Double?
    var choices: Int
    var meanPoints: Double
    var worstPoints: Double
    var bestOrEqual: Double
    /// Null where the rows took no time.
    var timeShare: Double?
  }

  var bases: [String]
  var tasks: Int
  var rows: [Row] = []
  var answers: [String: Int]
  var missingResults: Int
  var gaps: [String]

  package init(_ regret: Regret) {
    bases = regret.bases
    tasks = regret.tasks
    answers = Dictionary(regret.kinds.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
    missingResults = regret.missing
    gaps = regret.gaps
    for method in RegretPage.methods(regret) {
      for budget in Regret.budgets {
        guard let summary = regret.summary(method, budget: budget) else { continue }
        rows.append(
          Row(
            choice: RegretPage.name(method), latencyBudget: budget, choices: summary.choices,
            meanPoints: summary.mean, worstPoints: summary.worst, bestOrEqual: summary.asGood, timeShare: summary.time))
      }
    }
  }
}
