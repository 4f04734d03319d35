import Foundation
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// Looks at a base on a data set: gradients, features, and the TPOT of fresh adapters. Nothing is stored. Nothing else may compute
/// meanwhile. Blocks: only for a thread of its own.
package struct BaseProbe {
  /// TPOT to about half a point: what is added up over groups need not be known better.
  private static let latency = LatencyOptions(
    promptLength: 32, tokensPerBlock: 8, minimumRounds: leastRounds, timeCap: 3600, targetHalfWidth: 0.5)
  /// Measured however long they take: from one or two there would be no interval.
  private static let leastRounds = 4
  /// After so many seconds no further round begins.
  package static let latencySeconds = 15.0

  private let request: ProbeRequest
  private let bases: BaseCache
  private let team: WorkerTeam
  private let latencySeconds: Double
  private let progress: (ProbeProgress) -> Bool

  init(
    _ request: ProbeRequest, bases: BaseCache, team: WorkerTeam, latencySeconds: Double = Self.latencySeconds,
    progress: @escaping (ProbeProgress) -> Bool
  ) {
    self.request = request
    self.latencySeconds = latencySeconds
    self.bases = bases
    self.team = team
    self.progress = progress
  }

  /// For a verb that has no engine.
  ///
  /// - Parameter progress: called between passes; false ends it.
  /// - Returns: nil if it was ended.
  /// - Throws: what reading model and data and `Probe.run` throw, one line each.
  package static func run(
    _ request: ProbeRequest, team: WorkerTeam, progress: @escaping (ProbeProgress) -> Bool
  ) throws -> ProbeResult? {
    try BaseProbe(request, bases: BaseCache(), team: team, progress: progress).run()
  }

  func run() throws -> ProbeResult? {
    guard progress(ProbeProgress(phase: .reading, fraction: 0)) else { return nil }
    let options = TrainingOptions(request.settings, threads: team.threads)
    try options.validate()
    let base = try bases.base(request.model)
    let positions = base.model.configuration.maxPositions
    guard options.sequenceLength <= positions else {
      throw Refusal(
        "sequence length \(options.sequenceLength) exceeds the \(positions) positions of the model \(base.summary.name); lower it with "
          + "--sequence-length", exitStatus: 65)
    }
    guard progress(ProbeProgress(phase: .reading, fraction: 0.5)) else { return nil }
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let dataset = try base.tokenising(request.settings).tokenize(
      data.training, sequenceLength: options.sequenceLength, source: data.source)
    var amount = Probe.Options(batches: request.batches, starts: request.starts)
    if !request.measuresFeatures { amount.featureBatches = 0 }
    let probe = Probe(base: base.model, settings: options, options: amount, team: team)
    let looked = try probe.run(dataset.examples, source: data.source) { state in
      progress(ProbeProgress(phase: .gradients, fraction: Double(state.done) / Double(max(1, state.total))))
    }
    guard var result = looked else { return nil }
    result.notes = base.notices + result.notes
    guard request.measuresLatency else { return result }
    guard let costs = try request.fleet.map({ try fleetCosts($0, base.model, options) }) ?? costs(base.model, options)
    else { return nil }
    result.costs = costs
    return result
  }

  /// The same of batches with an adapter for each sequence. Each set by itself: all of their adapters together would take the memory of five
  /// fleets.
  private func fleetCosts(_ sequences: Int, _ base: BaseModel, _ options: TrainingOptions) throws -> ProbeResult.Costs?
  {
    let linears = base.configuration.linears
    let sets = linears.groups.map(\.set) + [linears.all]
    var found: [FleetLatency] = []
    for (place, targets) in sets.enumerated() {
      let specification = try options.specification(targets: targets, in: base.configuration)
      var fleet = FleetLatencyOptions(
        latency: Self.latency.fitting(positions: base.configuration.maxPositions), sequences: [sequences])
      // Rounds that there have to be are always measured.
      fleet.latency.timeCap = latencySeconds / Double(sets.count)
      var wasEnded = false
      let measured = try FleetTiming.measure(
        base: base, adapters: try FleetAdapters.random(fleet.adaptersNeeded, specification, of: base), options: fleet,
        team: team
      ) { state in
        let done = min(1, state.seconds / max(state.timeCap, 1e-9))
        wasEnded = !progress(
          ProbeProgress(phase: .latency, fraction: (Double(place) + done) / Double(sets.count)))
        return !wasEnded
      }
      guard !wasEnded, let one = measured?.first else { return nil }
      found.append(one)
    }
    return ProbeResult.Costs(
      groups: zip(linears.groups, found).map {
        ProbeResult.Cost(group: $0, overheadPercent: $1.overheadPercent)
      }, all: found[sets.count - 1].overheadPercent, coreShare: found.map(\.coreShare).min() ?? 1)
  }

  private func costs(_ base: BaseModel, _ options: TrainingOptions) throws -> ProbeResult.Costs? {
    let linears = base.configuration.linears
    let sets = linears.groups.map(\.set) + [linears.all]
    let adapters = try sets.map { targets in
      let specification = try options.specification(targets: targets, in: base.configuration)
      return (name: targets.label, adapter: try LoRAAdapter(specification: specification, base: base, seed: 0))
    }
    var wasEnded = false
    let result = try Latency.measure(
      base: base, adapters: adapters, options: Self.latency.fitting(positions: base.configuration.maxPositions),
      team: team
    ) { state in
      // What takes longest of it: the rounds that there must be, or the time.
      let done = min(Double(state.round) / Double(Self.leastRounds), state.seconds / latencySeconds)
      wasEnded = !progress(ProbeProgress(phase: .latency, fraction: min(1, done)))
      return !wasEnded && done < 1
    }
    guard !wasEnded, let result, let all = result.adapters.last else { return nil }
    return ProbeResult.Costs(
      groups: zip(linears.groups, result.adapters).map {
        ProbeResult.Cost(group: $0, overheadPercent: $1.overheadPercent)
      }, all: all.overheadPercent, coreShare: result.coreShare)
  }
}
