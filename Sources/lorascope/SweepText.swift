import Messages

/// A plan in plain lines, before its first run.
enum SweepText {
  static func lines(_ plan: SweepPlan, _ estimate: SweepEstimate) -> [String] {
    let wanted = estimate.items.reduce(0) { $0 + $1.wanted }
    var lines = [
      "\(count(plan.parts.count, "data set")) × \(count(plan.combinations.count, "combination")) × "
        + "\(count(plan.seeds.count, "seed")) = \(wanted) runs, "
        + "\(wanted - estimate.runsToDo - estimate.runsBegun) finished already"
        + (estimate.runsBegun > 0 ? ", \(estimate.runsBegun) left by an earlier start" : "")
    ]
    if let budget = plan.parameterBudget {
      let first = estimate.items.filter { $0.data == plan.parts.first?.data }
      lines.append("ranks chosen for about \(budget) parameters each:")
      lines += first.map { "  \($0.targets.label): rank \($0.rank), \($0.parameters) parameters" }
    }
    for way in estimate.ways {
      guard let alone = way.tokensPerSecondInTurn else { continue }
      var text = "\(way.data.displayName): \(Int(alone)) tok/s one after another"
      if let together = way.tokensPerSecondAtOnce, let atOnce = way.atOnce {
        text += ", \(Int(together)) with \(atOnce) at once"
      }
      lines.append("\(text): \(way.jobs == 1 ? "one after another" : "\(way.jobs) at once")")
    }
    if let seconds = estimate.secondsTotal, estimate.runsToDo > 0 || seconds > 0 {
      let basis =
        estimate.basedOnRuns > 0
        ? "from \(count(estimate.basedOnRuns, "finished run")) and measured speeds" : "from measured speeds"
      lines.append("estimated time \(ProgressLine.duration(seconds)) (\(basis))")
    }
    return lines
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
