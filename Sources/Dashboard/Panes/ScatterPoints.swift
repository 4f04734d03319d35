import Messages
import Recipe
import Terminal

/// One point for each set of modules (and settings): means over its seeds, with intervals, and who is on the front.
package struct ScatterPoints: Sendable {
  package struct Point: Sendable, Equatable {
    package var targets: TargetSet
    package var runs: [RunID]
    /// Mean score, percent.
    package var accuracy: Double
    package var accuracyHalfWidth: Double
    /// Mean of each x axis.
    package var overhead: Interval
    package var p50: Double
    package var p95: Double
    /// TPOT p95 over that of o_proj, percent, each against the base that was measured beside it; nil without a run of o_proj.
    package var overOProj: Double?
    package var parameters: Int
    /// Stopped early: a partial result never is on the front.
    package var isPartial: Bool
    /// Measured on a busy machine only: it is shown, and never on the front.
    package var isBusy = false
    package var isOnFront = false
    package var mayBeOnFront = false
    /// The engine's share of resamples in which it is on the front of score and overhead.
    package var frontProbability: Double?

    package var label: String { targets.hexDigit.map(String.init) ?? "~" }

    package func x(_ axis: ScatterView.XAxis) -> Double {
      switch axis {
      case .overhead: overhead.estimate
      case .p50: p50
      case .p95: p95
      case .parameters: Double(parameters) / 1000
      case .overOProj: overOProj ?? .nan
      }
    }
  }

  /// In the order of x.
  ///
  /// All of them were evaluated alike: scores on the tuning split, or on other examples, are another plot.
  package var points: [Point]
  /// The unadapted base: percent, when a run of the present model and data has no targets and a score.
  package var base: Double?
  package var baseP50: Double?
  /// The split on which these points were evaluated; nil is the evaluation split.
  package var split: RunSettings.EvaluationSplit?

  package init(_ state: DashboardState) {
    let model = state.snapshot.model?.reference
    let data = state.snapshot.data?.reference
    let axis = state.scatter.x
    var groups: [RunPlan: [RunSummary]] = [:]
    var baseP50: Double?
    let measured = state.snapshot.runs.filter { run in
      run.plan.model == model && run.plan.data == data && (run.state == .done || run.state == .stopped)
        && run.score != nil && !run.plan.isBaseline && run.latency != nil
    }
    let evaluation = Self.evaluation(of: measured, state)
    for run in measured where run.plan.baseline == evaluation {
      groups[run.plan.withoutSeed, default: []].append(run)
    }
    split = evaluation?.settings.evaluationSplit
    let oProj = Self.p95OverBase(groups.values.joined().filter { $0.plan.targets == .oProj }.compactMap(\.quietLatency))
    var points: [Point] = groups.values.compactMap { runs in
      let scores = runs.compactMap(\.score?.score)
      // A seed that was measured on a busy machine has a score, but its latency says nothing beside that of others.
      let quiet = runs.compactMap(\.quietLatency)
      let latencies = quiet.isEmpty ? runs.compactMap(\.latency) : quiet
      guard let first = runs.first, !scores.isEmpty, !latencies.isEmpty else { return nil }
      let n = Double(scores.count)
      let m = Double(latencies.count)
      // Until the engine has answered: seeds share their prompts, so that their intervals are not independent, and the mean
      // half-width is the safe side.
      return Point(
        targets: first.plan.targets, runs: runs.map(\.id), accuracy: scores.map(\.estimate).reduce(0, +) / n * 100,
        accuracyHalfWidth: scores.map(\.halfWidth).reduce(0, +) / n * 100, overhead: Self.mean(latencies),
        p50: latencies.map(\.p50).reduce(0, +) / m, p95: latencies.map(\.p95).reduce(0, +) / m,
        overOProj: Self.p95OverBase(latencies).flatMap { own in oProj.map { (own / $0 - 1) * 100 } },
        parameters: first.prepared?.trainableParameters
          ?? state.snapshot.model?.adapterParameters(first.plan) ?? 0,
        isPartial: runs.allSatisfy { $0.state == .stopped }, isBusy: quiet.isEmpty)
    }
    baseP50 =
      groups.values.joined().filter { $0.quietLatency != nil }
      .max { ($0.finished ?? 0) < ($1.finished ?? 0) }?.latency?.baseP50
    if axis == .overOProj { points.removeAll { $0.overOProj == nil } }
    points.sort { a, b in
      let (xa, xb) = (a.x(axis), b.x(axis))
      return xa != xb ? xa < xb : a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.runs[0] < b.runs[0]
    }
    Self.take(state.combinations.summaries, into: &points)
    Self.markFront(&points, axis)
    self.points = points
    base = state.baseRun?.score.map { $0.score.estimate * 100 }
    self.baseP50 = baseP50
  }

  /// The way of evaluating whose points are shown, by the base's evaluation that goes with it: that of the present setup where there are
  /// such runs, else that of the newest run.
  private static func evaluation(of runs: [RunSummary], _ state: DashboardState) -> RunPlan? {
    let own = state.setup.plan(
      seed: 0, model: state.snapshot.model?.reference, data: state.snapshot.data?.reference)?.baseline
    if let own, runs.contains(where: { $0.plan.baseline == own }) { return own }
    return runs.max { ($0.finished ?? 0) < ($1.finished ?? 0) }?.plan.baseline
  }

  /// Mean ratio of TPOT p95 to that of the base beside it; nil without any.
  private static func p95OverBase(_ latencies: [LatencySummary]) -> Double? {
    let ratios = latencies.filter { $0.baseP95 > 0 }.map { $0.p95 / $0.baseP95 }
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }

  private static func mean(_ latencies: [LatencySummary]) -> Interval {
    let n = Double(latencies.count)
    let all = latencies.map(\.overheadPercent)
    return Interval(
      estimate: all.map(\.estimate).reduce(0, +) / n, low: all.map(\.low).reduce(0, +) / n,
      high: all.map(\.high).reduce(0, +) / n)
  }

  /// The engine's intervals come from resampling seeds, then examples; they take the place of the first guess.
  private static func take(_ summaries: [CombinationSummary], into points: inout [Point]) {
    for summary in summaries {
      guard
        let index = points.firstIndex(where: {
          $0.targets == summary.targets && Set($0.runs).isSuperset(of: summary.runs)
        })
      else { continue }
      if let score = summary.score {
        points[index].accuracy = score.estimate * 100
        points[index].accuracyHalfWidth = score.halfWidth * 100
      }
      if let overhead = summary.overheadPercent { points[index].overhead = overhead }
      points[index].frontProbability = summary.frontProbability
    }
  }

  /// On the front: nothing is at once more accurate and faster. May be on it: the accuracy interval reaches the front.
  private static func markFront(_ points: inout [Point], _ axis: ScatterView.XAxis) {
    guard points.count > 1 else { return }
    var best = -Double.infinity
    // How many parameters there are does not depend on the machine.
    let usesLatency = axis != .parameters
    for index in points.indices where !points[index].isPartial && !(usesLatency && points[index].isBusy) {
      if points[index].accuracy > best {
        best = points[index].accuracy
        points[index].isOnFront = true
      } else {
        let point = points[index]
        let known = axis == .overhead ? point.frontProbability.map { $0 >= 0.05 } : nil
        points[index].mayBeOnFront = known ?? (point.accuracy + point.accuracyHalfWidth >= best)
      }
    }
  }
}
