import Messages
import Recipe

/// All combinations that were trained on a data set and evaluated alike, summed up for a plot of score against cost. Runs that
/// differ in another setting than the seed are points of their own.
package enum CombinationPlot {
  /// The scored runs of each point: the finished ones, where there are any, else those that were stopped early. Of two runs with the
  /// same plan the newer one counts, since they are not two seeds.
  package static func cells(_ runs: [RunSummary], like: RunSummary) -> [CombinationSummaries.Cell] {
    guard let evaluation = like.plan.baseline else { return [] }
    var known: Set<RunPlan> = []
    let newest = runs.reversed().filter { run in
      (run.state == .done || run.state == .stopped) && run.score != nil && run.plan.baseline == evaluation
    }
    return Dictionary(grouping: newest, by: \.plan.withoutSeed).values.map { cell in
      let done = cell.filter { $0.state == .done }
      let runs = (done.isEmpty ? cell : done).filter { known.insert($0.plan.deciding).inserted }
      return CombinationSummaries.Cell(runs: runs.sorted(by: CombinationSummaries.bySeed), isPartial: done.isEmpty)
    }
  }

  /// - Parameter parameters: of a run that says nothing of them itself.
  package static func summaries(
    _ cells: [CombinationSummaries.Cell], parameters: (RunPlan) -> Int?
  ) -> [CombinationSummary] {
    var summaries = CombinationSummaries.build(cells)
    let cells = Dictionary(uniqueKeysWithValues: cells.map { ($0.runs[0].id, $0) })
    let oProj = p95OverBase(
      cells.values.flatMap(\.runs).filter { $0.plan.targets == .oProj }.compactMap(\.quietLatency))
    for place in summaries.indices {
      guard let cell = cells[summaries[place].runs[0]] else { continue }
      let quiet = cell.runs.compactMap(\.quietLatency)
      // A seed that was measured on a busy machine has a score, but its latency says nothing beside that of others.
      let latencies = quiet.isEmpty ? cell.runs.compactMap(\.latency) : quiet
      summaries[place].isPartial = cell.isPartial
      summaries[place].isBusy = quiet.isEmpty && !latencies.isEmpty
      var costs: [CombinationSummary.Axis: CombinationSummary.Cost] = [:]
      costs[.overhead] = CombinationSummaries.overhead(latencies.map(\.overheadPercent)).map {
        CombinationSummary.Cost(value: $0.estimate, interval: $0)
      }
      costs[.p50] = mean(latencies.map(\.p50)).map { CombinationSummary.Cost(value: $0) }
      costs[.p95] = mean(latencies.map(\.p95)).map { CombinationSummary.Cost(value: $0) }
      costs[.parameters] = (summaries[place].trainableParameters ?? parameters(cell.runs[0].plan)).map {
        CombinationSummary.Cost(value: Double($0))
      }
      if let own = p95OverBase(latencies), let oProj {
        costs[.overOProj] = CombinationSummary.Cost(value: (own / oProj - 1) * 100)
      }
      summaries[place].costs = costs
    }
    for axis in CombinationSummary.Axis.allCases { mark(axis, &summaries) }
    return summaries
  }

  /// On the front: nothing is at once more accurate and cheaper. May be on it: the engine's resamples say so, or, where there are
  /// none for this cost, the interval of the score reaches the best of what is no dearer.
  private static func mark(_ axis: CombinationSummary.Axis, _ summaries: inout [CombinationSummary]) {
    // How many parameters there are does not depend on the machine.
    let points = summaries.map { summary -> Front.Point? in
      guard !summary.isPartial, !summary.isBusy || axis == .parameters, let score = summary.score,
        let cost = summary.costs[axis]
      else { return nil }
      return Front.Point(score: score.estimate, cost: cost.value)
    }
    // Alone nothing is on a front.
    guard summaries.count(where: { $0.costs[axis] != nil }) > 1 else { return }
    let members = Front.members(points)
    for place in summaries.indices {
      guard let point = points[place], let isMember = members[place], let score = summaries[place].score else {
        continue
      }
      let best = points.compactMap { $0 }.filter { $0.cost <= point.cost }.map(\.score).max() ?? point.score
      let known = axis == .overhead ? summaries[place].frontProbability.map { $0 >= 0.05 } : nil
      let mayBe = known ?? (point.score + score.halfWidth >= best)
      summaries[place].costs[axis]?.place = isMember ? .front : mayBe ? .mayBeOnFront : .behind
    }
  }

  /// Mean ratio of TPOT p95 to that of the base beside it; nil without any.
  private static func p95OverBase(_ latencies: [LatencySummary]) -> Double? {
    mean(latencies.filter { $0.baseP95 > 0 }.map { $0.p95 / $0.baseP95 })
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
