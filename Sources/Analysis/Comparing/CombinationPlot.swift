import Foundation
import Messages
import Recipe
import Synchronization

/// All combinations that were trained on a data set and evaluated alike, summed up for a plot of score against cost. Runs that
/// differ in another setting than the seed are points of their own.
package enum CombinationPlot {
  /// The scored runs of each point: the finished ones, where there are any, else those that were stopped early. Of two runs with the
  /// same plan the newer one counts, since they are not two seeds.
  package static func cells(_ runs: [RunSummary], like: RunSummary) -> [CombinationSummaries.Cell] {
    guard let evaluation = like.plan.baseline else { return [] }
    var known: Set<RunPlan> = []
    let alike = runs.reversed().filter { run in
      (run.state == .done || run.state == .stopped) && run.score != nil && run.plan.baseline == evaluation
        // Of one from which nothing could go there is nothing but its parent to show.
        && (run.plan.pruning == nil || run.pruned?.chosen != nil)
    }
    // One plot has the latencies of one machine.
    let newest = OneMachine(alike).runs
    return Dictionary(grouping: newest, by: \.plan.withoutSeed).values.map { cell in
      let done = cell.filter { $0.state == .done }
      let runs = (done.isEmpty ? cell : done).filter { known.insert($0.plan.deciding).inserted }
      return CombinationSummaries.Cell(runs: runs.sorted(by: CombinationSummaries.bySeed), isPartial: done.isEmpty)
    }
  }

  /// - Parameters:
  ///   - fleets: what is known of fleets, of one machine.
  ///   - parameters: of a run that says nothing of them itself.
  package static func summaries(
    _ cells: [CombinationSummaries.Cell], fleets: [FleetMeasurement] = [], parameters: (RunPlan) -> Int?
  ) -> [CombinationSummary] {
    var summaries = CombinationSummaries.build(cells)
    let cells = Dictionary(uniqueKeysWithValues: cells.map { ($0.runs[0].id, $0) })
    let oProj = p95OverBase(
      cells.values.flatMap(\.runs).filter { $0.plan.targets == .oProj && $0.plan.pruning == nil }.compactMap(
        \.quietLatency))
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
      costs[.fleet] = fleet(cell.runs[0], parameters: costs[.parameters].map { Int($0.value) }, fleets)
      summaries[place].costs = costs
    }
    let pruned = Set(cells.filter { $0.value.isPruned }.keys)
    for axis in CombinationSummary.Axis.allCases { mark(axis, &summaries) { pruned.contains($0.runs[0]) } }
    return summaries
  }

  /// On the front: nothing is at once more accurate and cheaper. May be on it: the engine's resamples say so, or, where there are
  /// none for this cost, the interval of the score reaches the best of what is no dearer.
  ///
  /// - Parameter isPruned: it was made of another point's adapter; the front is one of what was trained.
  private static func mark(
    _ axis: CombinationSummary.Axis, _ summaries: inout [CombinationSummary],
    isPruned: (CombinationSummary) -> Bool
  ) {
    // How many parameters there are does not depend on the machine, and of fleets only quiet measurements count.
    let points = summaries.map { summary -> Front.Point? in
      guard !summary.isPartial, !isPruned(summary), !summary.isBusy || axis == .parameters || axis == .fleet,
        let score = summary.score,
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
      let mayBe = known ?? (score.high >= best)
      summaries[place].costs[axis]?.place = isMember ? .front : mayBe ? .mayBeOnFront : .behind
    }
  }

  /// Measured or predicted; nil where nothing of the run's base was measured.
  private static func fleet(
    _ run: RunSummary, parameters: Int?, _ fleets: [FleetMeasurement]
  ) -> CombinationSummary.Cost? {
    guard let base = run.prepared?.baseFingerprint,
      let overhead = fleets.fleetOverhead(
        run.adaptedTargets, parameters: parameters, on: base, sequences: CombinationSummary.fleetSequences)
    else { return nil }
    var cost = CombinationSummary.Cost(value: overhead.percent, interval: overhead.interval)
    cost.fleet = overhead
    return cost
  }

  /// Mean ratio of TPOT p95 to that of the base beside it; nil without any.
  private static func p95OverBase(_ latencies: [LatencySummary]) -> Double? {
    mean(latencies.filter { $0.baseP95 > 0 }.map { $0.p95 / $0.baseP95 })
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// Sums up a study combination by combination: means over seeds, intervals, and who is on the front how surely.
package enum CombinationSummaries {
  static let resamples = 2000

  /// The runs of one combination, which differ in their seeds only, and what their examples say.
  package struct Cell: Sendable {
    package var runs: [RunSummary]
    package var score: ResampledScore?
    /// A result of what was not trained to its end, which is on no front.
    package var isPartial = false

    /// The adapter was made of another run's.
    var isPruned: Bool { runs[0].plan.pruning != nil }
    var mayBeOnFront: Bool { !isPartial && !isPruned }
  }

  /// - Parameter entries: finished runs of one model, one data set and one group of settings.
  /// - Returns: in order of the hex digit, single projections last.
  package static func build(_ entries: [ScoredRun], seed: UInt64 = 0) -> [CombinationSummary] {
    let cells = Dictionary(grouping: entries, by: \.run.plan.targets).values.map { cell in
      let cell = cell.sorted { bySeed($0.run, $1.run) }
      return Cell(
        runs: cell.map(\.run),
        score: ResampledScore(cell.map(\.examples), seed: seed, run: cell.first?.run.id ?? 0))
    }
    return build(cells, seed: seed)
  }

  static func bySeed(_ a: RunSummary, _ b: RunSummary) -> Bool {
    (a.plan.settings.seed, a.id) < (b.plan.settings.seed, b.id)
  }

  static func build(_ cells: [Cell], seed: UInt64 = 0) -> [CombinationSummary] {
    let cells = cells.sorted { a, b in
      let (first, second) = (a.runs[0], b.runs[0])
      if first.plan.targets == second.plan.targets { return first.id < second.id }
      return Targets.precedes(first.plan.targets, second.plan.targets)
    }
    let spread = SeedSpread(means: cells.compactMap { $0.score?.seedMeans })
    let scores = cells.map { $0.score?.moderated(by: spread) }
    // What was measured on a busy machine is no measurement of the adapter.
    let overheads = cells.map { overhead($0.runs.compactMap { $0.quietLatency?.overheadPercent }) }
    let front = Front.members(
      cells.indices.map { place in
        guard let score = scores[place], let cost = overheads[place], cells[place].mayBeOnFront else { return nil }
        return Front.Point(score: score.interval.estimate, cost: cost.estimate)
      })
    // Combinations that answered the same number of examples draw the same ones, so that they are compared in pairs.
    let replicates = cells.indices.map { place -> [Front.Point] in
      guard let cost = overheads[place], let score = scores[place], cells[place].mayBeOnFront else { return [] }
      return zip(score.means, costs(cost, seed: seed &+ UInt64(place) &+ 1)).map { Front.Point(score: $0, cost: $1) }
    }
    let probabilities = Front.probabilities(replicates)
    return cells.indices.map { place in
      CombinationSummary(
        targets: cells[place].runs[0].adaptedTargets, runs: cells[place].runs.map(\.id),
        trainableParameters: cells[place].runs[0].pruned?.parameters
          ?? cells[place].runs[0].prepared?.trainableParameters,
        score: scores[place]?.interval, overheadPercent: overheads[place], onFront: front[place],
        frontProbability: probabilities[place])
    }
  }

  /// The mean of several measurements of the same thing, whose errors are independent.
  static func overhead(_ intervals: [Interval]) -> Interval? {
    guard !intervals.isEmpty else { return nil }
    let count = Double(intervals.count)
    func root(_ side: (Interval) -> Double) -> Double {
      intervals.reduce(0) { $0 + side($1) * side($1) }.squareRoot() / count
    }
    let mean = intervals.reduce(0) { $0 + $1.estimate } / count
    return Interval(
      estimate: mean, low: mean - root { $0.estimate - $0.low }, high: mean + root { $0.high - $0.estimate })
  }

  /// Normal deviates with the interval's width: 95 % of them fall into it.
  static func costs(_ interval: Interval, seed: UInt64) -> [Double] {
    let deviation = (interval.high - interval.low) / (2 * 1.959964)
    var generator = SplitMix64(seed: seed, stream: 0xC057)
    return (0..<resamples).map { _ in
      // Box and Muller; 1 − u is never 0.
      let radius = (-2 * log(1 - generator.uniform())).squareRoot()
      return interval.estimate + deviation * radius * cos(2 * Double.pi * generator.uniform())
    }
  }
}

/// The mean score of a combination with its interval, and the resampled means from which that was read.
package struct ResampledScore: Sendable {
  package var interval: Interval
  /// Empty where the examples of its seeds are not the same, so that they cannot be resampled.
  package var means: [Double] = []
  private var isShares = false
  /// Of each seed; empty where nothing was resampled.
  package private(set) var seedMeans: [Double] = []
  /// Resampled over examples, or over what they are about, alone.
  private var groupMeans: [Double] = []
  private var seed: UInt64 = 0

  /// - Parameters:
  ///   - seeds: for each seed its examples, the same for all in the same order; nil for others.
  ///   - run: the first of them, which tells what was not seen of it from what was not seen of others.
  package init?(_ seeds: [[ExampleScoreRecord]], seed: UInt64 = 0, run: RunID) {
    let scores = seeds.map { $0.map(\.score) }
    guard
      let parts = HierarchicalBootstrap.Parts(
        scores, seeds.first.flatMap { ExampleGrouping($0.map(\.group)) }, in: 0...1,
        resamples: CombinationSummaries.resamples, seed: seed, own: UInt64(bitPattern: run))
    else { return nil }
    (seedMeans, groupMeans, self.seed) = (parts.seedMeans, parts.groupMeans, seed)
    (interval, means) = (Interval(estimate: 0, low: 0, high: 0), [])
    isShares = scores.allSatisfy { $0.allSatisfy { $0 >= 0 && $0 <= 1 } }
    resample(nil)
  }

  /// With the seeds' part as all results of a plot say that it is.
  func moderated(by spread: SeedSpread?) -> ResampledScore {
    guard seedMeans.count > 1 else { return self }
    var score = self
    score.resample(spread)
    return score
  }

  private mutating func resample(_ spread: SeedSpread?) {
    let parts = HierarchicalBootstrap.Parts(seedMeans: seedMeans, groupMeans: groupMeans, seed: seed)
    means = parts.replicates(spread)
    let sorted = means.sorted()
    interval = Interval(estimate: seedMeans.reduce(0, +) / Double(seedMeans.count), sorted: sorted)
    if isShares { interval = interval.within([]) }
  }

  /// What the runs' own intervals say together. The seeds share their prompts, so that their errors are not independent: the mean
  /// half-width is the safe side.
  package init?(_ intervals: [Interval]) {
    guard !intervals.isEmpty else { return nil }
    func mean(_ value: (Interval) -> Double) -> Double {
      intervals.reduce(0) { $0 + value($1) } / Double(intervals.count)
    }
    interval = Interval(estimate: mean(\.estimate), low: mean(\.low), high: mean(\.high))
  }
}

/// What was resampled for the last plot: with each new run only its own combination is read and resampled anew.
package final class ResampledScores: Sendable {
  private let known = Mutex<[[RunID]: ResampledScore]>([:])

  package init() {}

  package subscript(runs: [RunID]) -> ResampledScore? { known.withLock { $0[runs] } }

  /// Takes the place of all that was known.
  package func keep(_ scores: [[RunID]: ResampledScore]) { known.withLock { $0 = scores } }
}
