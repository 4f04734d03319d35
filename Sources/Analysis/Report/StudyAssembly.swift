import Messages
import Recipe

/// The finished runs that make up one study: one base model, and for each data set one group of settings.
package struct StudySelection: Sendable {
  package typealias Filter = StudyRequest.Filter

  /// In order of id.
  package var runs: [RunSummary]
  /// The newest finished evaluation of the base alone that these runs are seen against, by data set.
  package var bases: [DataReference: RunSummary]
  /// Adapters that were pruned from these runs: no runs of the study, since none of them is another seed of anything.
  package var pruned: [RunSummary]
  /// Finished runs that were not taken, with the reason, one line each.
  package var leftOut: [String]

  package init(_ all: [RunSummary], filter: Filter) {
    var leftOut: [String] = []
    func leave(_ runs: [RunSummary], _ reason: String) {
      if !runs.isEmpty { leftOut.append("\(Self.names(runs.map(\.id))): \(reason)") }
    }
    let query = filter.query.map { RunFilter.reading($0).filter }
    let wanted = all.filter { run in
      run.state == .done && run.plan.trains && (filter.model == nil || filter.model == run.plan.model)
        && (filter.data.isEmpty || filter.data.contains(run.plan.data.displayName))
        && (filter.seeds.isEmpty || filter.seeds.contains(run.plan.settings.seed)) && query?.matches(run) != false
    }
    // Two folders of the same name, or one whose weights changed, are two bases.
    struct Base: Hashable {
      var model: ModelReference
      var fingerprint: String?
    }
    let byBase = Dictionary(grouping: wanted) { Base(model: $0.plan.model, fingerprint: $0.prepared?.baseFingerprint) }
    let base = Self.largest(byBase)
    for (other, runs) in byBase where other != base {
      leave(runs, "another base model (\(other.model.displayName)); name one with --model")
    }
    var chosen: [RunSummary] = []
    let ofBase = base.flatMap { byBase[$0] } ?? []
    for (_, ofData) in Dictionary(grouping: ofBase, by: { $0.plan.data }) {
      let groups = Dictionary(grouping: ofData, by: { Self.group($0.plan) })
      let whole = Self.withShared(groups)
      let best = Self.largest(whole)
      let members = Set(best.flatMap { whole[$0] }?.map(\.id) ?? [])
      for (other, own) in groups {
        let runs = other == best ? whole[other] ?? own : own
        if other != best {
          leave(
            runs.filter { !members.contains($0.id) },
            "other settings than most runs on \(other.data.displayName)")
          continue
        }
        // Of two runs with the same plan one counts, the newer, but one that was measured before one that was not: they are not two seeds.
        var cells: Set<RunPlan> = []
        let ordered = runs.sorted { ($0.latency != nil ? 1 : 0, $0.id) > ($1.latency != nil ? 1 : 0, $1.id) }
        let newest = ordered.filter { cells.insert(Self.same($0.plan)).inserted }
        leave(ordered.filter { run in !newest.contains { $0.id == run.id } }, "repeated by another run")
        chosen += newest
      }
    }
    bases = [:]
    for run in chosen where bases[run.plan.data] == nil {
      // A run that is reused for another number of shots has a base with that number: the newest counts.
      bases[run.plan.data] = all.last { other in
        other.state == .done && other.plan.isBaseline && other.plan.withoutShots == run.plan.baseline?.withoutShots
          && other.prepared?.baseFingerprint == run.prepared?.baseFingerprint
      }
    }
    runs = chosen.sorted { $0.id < $1.id }
    let parents = Set(chosen.map(\.id))
    pruned = all.filter { run in
      run.state == .done && run.pruned?.chosen != nil && run.plan.pruning.map { parents.contains($0.parent) } ?? false
    }
    self.leftOut = leftOut.sorted()
  }

  /// What two runs share that are the same training: whether its latency was measured changes none of its scores.
  private static func same(_ plan: RunPlan) -> RunPlan {
    var plan = plan.deciding
    plan.settings.measureLatency = true
    return plan
  }

  /// Everything but targets and seed; measuring the latency or looking at held-out examples changes no score.
  private static func group(_ plan: RunPlan) -> RunPlan {
    var plan = plan.withoutTargets
    plan.settings.measureLatency = true
    plan.settings.evalEvery = 0
    return plan
  }

  /// Each group with the runs of others that it shares: where single module groups have values of their own, a run that trains none of
  /// them is the same run as without these values, and a study takes it from an earlier one.
  private static func withShared(_ groups: [RunPlan: [RunSummary]]) -> [RunPlan: [RunSummary]] {
    guard groups.keys.contains(where: \.settings.hasGroupValues) else { return groups }
    return Dictionary(
      uniqueKeysWithValues: groups.map { key, runs in
        let shared = groups.filter { $0.key != key && $0.key.model == key.model }.flatMap { other, runs in
          runs.filter {
            other.settings.narrowed(to: $0.plan.targets) == key.settings.narrowed(to: $0.plan.targets)
          }
        }
        return (key, runs + shared)
      })
  }

  /// The key with the most runs; of equals the one with the newest run.
  private static func largest<Key: Hashable>(_ groups: [Key: [RunSummary]]) -> Key? {
    groups.max {
      ($0.value.count, $0.value.map(\.id).max() ?? 0) < ($1.value.count, $1.value.map(\.id).max() ?? 0)
    }?.key
  }

  /// `#3 #7`.
  package static func names(_ runs: [RunID]) -> String { runs.sorted().map { "#\($0)" }.joined(separator: " ") }
}

/// Puts a selection of runs into the shape from which findings and recommendations are drawn.
package enum StudyAssembly {
  /// - Parameters:
  ///   - scores: of each run's evaluated examples, those of the base's evaluations too.
  ///   - published: says which stand-in asks for images, or shows reasoning traces.
  package static func table(
    _ selection: StudySelection, scores: [RunID: [ExampleScoreRecord]], published: PublishedStudy
  ) -> StudyTable {
    // Combinations stand beside each other, so that all of their latencies have to be of one machine.
    let runs = OneMachine(selection.runs).runs
    var order: [DataReference] = []
    for run in runs where !order.contains(run.plan.data) { order.append(run.plan.data) }
    // The article's order, own data after it in the order of the runs.
    let places = order.map { reference in
      published.datasets.firstIndex { $0.stands(for: reference) } ?? published.datasets.count
    }
    order = order.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { order[$0] }
    let datasets = order.map { reference -> StudyDataset in
      let entries = runs.filter { $0.plan.data == reference }
        .map { ScoredRun(run: $0, examples: scores[$0.id] ?? []) }
      let base = selection.bases[reference].flatMap { run in
        scores[run.id].flatMap { $0.isEmpty ? nil : cell(base: $0, run: run) }
      }
      return dataset(reference, entries, base: base, published: published)
    }
    var overheads: [Targets: [Interval]] = [:]
    for cell in datasets.flatMap(\.cells) {
      if let interval = cell.overheadPercent { overheads[cell.targets, default: []].append(interval) }
    }
    return StudyTable(
      origin: .measured, baseModel: runs.first?.plan.model.displayName ?? "", datasets: datasets,
      costs: overheads.compactMapValues { intervals in
        CombinationSummaries.overhead(intervals).map {
          StudyCost(unit: .overheadPercent, value: $0.estimate, interval: $0)
        }
      })
  }

  private static func dataset(
    _ reference: DataReference, _ entries: [ScoredRun], base: StudyCell?,
    published: PublishedStudy
  ) -> StudyDataset {
    let original = published.datasets.first { $0.stands(for: reference) }
    let scored = entries.filter { !$0.examples.isEmpty }
    var dataset = StudyDataset(
      name: reference.displayName, modality: original?.modality ?? .text, reasoning: original?.reasoning ?? false,
      metric: entries.compactMap(\.run.score?.metric).first ?? "",
      evaluationExamples: entries.map(\.examples.count).max() ?? 0,
      base: base,
      cells: CombinationSummaries.build(scored).compactMap { summary in
        cell(summary, scored.filter { summary.runs.contains($0.run.id) })
      })
    dataset.original = original?.name
    dataset.groups = entries.compactMap(\.run.score?.groups).first
    return dataset
  }

  private static func cell(base outcomes: [ExampleScoreRecord], run: RunSummary) -> StudyCell {
    let scores = outcomes.map(\.score)
    var cell = StudyCell(
      targets: [], mean: 100 * scores.reduce(0, +) / Double(scores.count),
      interval: HierarchicalBootstrap.mean([scores], ExampleGrouping(outcomes.map(\.group))).map(percent))
    cell.runs = [run.id]
    cell.formatFree = run.score?.formatFree
    cell.outcomes = [outcomes]
    cell.parseFailurePercent = 100 * Double(outcomes.filter { !$0.parsed }.count) / Double(outcomes.count)
    cell.lenient = 100 * outcomes.map(\.lenient).reduce(0, +) / Double(outcomes.count)
    return cell
  }

  private static func cell(_ summary: CombinationSummary, _ entries: [ScoredRun]) -> StudyCell? {
    let entries = entries.sorted {
      ($0.run.plan.settings.seed, $0.run.id) < ($1.run.plan.settings.seed, $1.run.id)
    }
    let means = entries.map { $0.examples.reduce(0) { $0 + $1.score } / Double($0.examples.count) }
    guard let first = entries.first, !means.isEmpty else { return nil }
    var cell = StudyCell(
      targets: summary.targets, mean: 100 * (summary.score?.estimate ?? average(means)),
      interval: summary.score.map(percent))
    cell.runs = entries.map(\.run.id)
    cell.seeds = entries.map(\.run.plan.settings.seed)
    cell.outcomes = entries.map(\.examples)
    let scores = entries.compactMap(\.run.score)
    if !scores.isEmpty {
      cell.parseFailurePercent = 100 * average(scores.map(\.parseFailureRate))
      cell.lenient = 100 * average(scores.map(\.lenient))
    }
    let latencies = entries.compactMap(\.run.quietLatency)
    if !latencies.isEmpty {
      cell.p50 = average(latencies.map(\.p50))
      cell.p95 = average(latencies.map(\.p95))
    }
    cell.overheadPercent = summary.overheadPercent
    if cell.overheadPercent == nil {
      cell.busyOverheadPercent = CombinationSummaries.overhead(entries.compactMap { $0.run.latency?.overheadPercent })
    }
    cell.parameters = first.run.prepared?.trainableParameters
    cell.onFront = summary.onFront
    cell.frontProbability = summary.frontProbability
    return cell
  }

  private static func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  private static func percent(_ interval: Interval) -> Interval {
    Interval(estimate: 100 * interval.estimate, low: 100 * interval.low, high: 100 * interval.high)
  }
}
