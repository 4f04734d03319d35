import Foundation
import Messages
import Recipe

/// `sweep --dry-run --json`: what would be run, and how long it would take.
struct SweepPlanReport: Encodable {
  struct Cell: Encodable {
    var data: String
    var targets: String
    var rank: Int
    /// Absent where all groups have the one rank.
    var rankByGroup: ByGroup<Int>?
    var adapterParameters: Int
    var have: Int
    var wanted: Int
    var estimatedSeconds: Double?
  }

  struct Way: Encodable {
    var data: String
    var jobs: Int
    var tokensPerSecondInTurn: Double?
    var tokensPerSecondAtOnce: Double?
    var atOnce: Int?
  }

  var runsToDo: Int
  var runsBegun: Int
  var estimatedSeconds: Double?
  var cells: [Cell]
  var ways: [Way]

  init(_ plan: SweepPlan, _ estimate: SweepEstimate) {
    runsToDo = estimate.runsToDo
    runsBegun = estimate.runsBegun
    estimatedSeconds = estimate.secondsTotal
    cells = estimate.items.map {
      Cell(
        data: $0.data.displayName, targets: $0.targets.label, rank: $0.rank,
        rankByGroup: $0.rankByGroup.isEmpty ? nil : $0.rankByGroup, adapterParameters: $0.parameters, have: $0.have,
        wanted: $0.wanted, estimatedSeconds: $0.secondsPerRun)
    }
    ways = estimate.ways.map {
      Way(
        data: $0.data.displayName, jobs: $0.jobs, tokensPerSecondInTurn: $0.tokensPerSecondInTurn,
        tokensPerSecondAtOnce: $0.tokensPerSecondAtOnce, atOnce: $0.atOnce)
    }
  }
}

/// A plan in plain lines, before its first run.
enum SweepText {
  static func lines(_ plan: SweepPlan, _ estimate: SweepEstimate) -> [String] {
    let wanted = estimate.items.reduce(0) { $0 + $1.wanted }
    var lines = [
      "\(parts(plan)) × \(Counted.text(plan.combinations.count, "combination")) × "
        + "\(Counted.text(plan.seeds.count, "seed")) = \(Counted.text(wanted, "run")), "
        + "\(wanted - estimate.runsToDo - estimate.runsBegun) finished already"
        + (estimate.runsBegun > 0 ? ", \(estimate.runsBegun) left by an earlier start" : "")
    ]
    if let budget = plan.parameterBudget {
      let first = estimate.items.filter { $0.data == plan.parts.first?.data }
      lines.append("ranks chosen for about \(budget) parameters each:")
      lines += first.map { "  \($0.targets.label): rank \(ranks($0)), \($0.parameters) parameters" }
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
        ? "from \(Counted.text(estimate.basedOnRuns, "finished run")) and measured speeds" : "from measured speeds"
      lines.append("estimated time \(ProgressLine.duration(seconds)) (\(basis)\(estimate.certainty))")
    }
    return lines
  }

  /// `2 data sets`, or `2 data sets × 3 variants`.
  private static func parts(_ plan: SweepPlan) -> String {
    let sets = Set(plan.parts.map(\.data)).count
    let text = Counted.text(sets, "data set")
    return plan.parts.count > sets ? "\(text) × \(Counted.text(plan.parts.count / max(1, sets), "variant"))" : text
  }

  private static func ranks(_ item: SweepEstimate.Item) -> String {
    ([String(item.rank)] + (item.rankByGroup.isEmpty ? [] : [item.rankByGroup.description])).joined(separator: ",")
  }
}
