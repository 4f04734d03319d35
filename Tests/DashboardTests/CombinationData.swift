import Dashboard
import Messages

/// What the engine would say of a snapshot's combinations, each of them one run.
enum CombinationData {
  static func summaries(_ request: CombinationsRequest, _ snapshot: Snapshot) -> [CombinationSummary] {
    let runs = snapshot.runs.filter {
      ($0.state == .done || $0.state == .stopped) && $0.score != nil && $0.plan.baseline == request.evaluation
    }
    let oProj = runs.first { $0.plan.targets == .oProj }?.latency.map { $0.p95 / $0.baseP95 }
    var summaries = runs.map { run in
      var summary = CombinationSummary(
        targets: run.plan.targets, runs: [run.id], trainableParameters: run.prepared?.trainableParameters,
        score: run.score?.score, overheadPercent: run.quietLatency?.overheadPercent, onFront: nil, frontProbability: nil
      )
      summary.isPartial = run.state == .stopped
      summary.isBusy = run.latency?.isBusy == true
      summary.costs[.parameters] = run.prepared.map { .init(value: Double($0.trainableParameters)) }
      if let latency = run.latency {
        summary.costs[.overhead] = .init(value: latency.overheadPercent.estimate, interval: latency.overheadPercent)
        summary.costs[.p50] = .init(value: latency.p50)
        summary.costs[.p95] = .init(value: latency.p95)
        summary.costs[.overOProj] = oProj.map { .init(value: (latency.p95 / latency.baseP95 / $0 - 1) * 100) }
      }
      return summary
    }
    for axis in CombinationSummary.Axis.allCases {
      let points = summaries.map { summary -> (score: Double, cost: Double)? in
        guard !summary.isPartial, !summary.isBusy, let score = summary.score, let cost = summary.costs[axis] else {
          return nil
        }
        return (score.estimate, cost.value)
      }
      for (place, point) in points.enumerated() {
        guard let point else { continue }
        let isBeaten = points.contains { other in
          other.map { $0.score >= point.score && $0.cost <= point.cost && $0 != point } ?? false
        }
        if !isBeaten { summaries[place].costs[axis]?.place = .front }
      }
    }
    return summaries
  }
}
