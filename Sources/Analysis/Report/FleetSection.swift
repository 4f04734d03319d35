import Messages
import Recipe

/// The report's section about many adapters in one batch.
enum FleetSection {
  static func section(_ content: ReportContent) -> ReportSection {
    let all = content.fleets.sorted { one, other in
      let (a, b) = (one.key, other.key)
      if a.machine != b.machine { return a.machine < b.machine }
      if a.targets != b.targets { return Targets.precedes(a.targets, b.targets) }
      if a.parameters != b.parameters { return a.parameters < b.parameters }
      if a.run != b.run { return (a.run ?? 0) < (b.run ?? 0) }
      if a.type != b.type { return a.type.rawValue > b.type.rawValue }
      return a.mix != b.mix ? a.mix.rawValue < b.mix.rawValue : a.sequences < b.sequences
    }
    let rows = all.map { measurement in
      let key = measurement.key
      return [
        key.targets.label + (key.useDoRA ? ", DoRA" : "") + (key.run.map { " (#\($0))" } ?? ""), "\(key.parameters)",
      ] + FleetTable.row(measurement.latency) + ["\(key.machine), \(Counted.text(key.threads, "thread"))"]
    }
    let head = ["targets", "parameters"] + FleetTable.head + ["machine"]
    var blocks: [ReportSection.Block] = [
      .text(
        "Time per output token of a batch whose sequences have adapters, unmerged, over the same batch without; each weight is read once "
          + "for the batch, and each adapter once for the sequences that have it. 95 % intervals are over interleaved rounds; ~ and !: "
          + "measured while other programs had the cores."),
      .table([head] + rows),
    ]
    let sums = additivity(all)
    if !sums.isEmpty { blocks.append(.list(sums)) }
    if let wanted = content.published.advantageOfOProj {
      let advantages = FleetAdvantage.all(all)
      blocks.append(.text(FleetAdvantageWords.sentence(advantages, wanted: wanted)))
      if !advantages.isEmpty {
        blocks.append(
          .table([FleetAdvantageWords.head] + advantages.map { FleetAdvantageWords.row($0, wanted: wanted) }))
      }
    }
    let merged = all.compactMap { measurement in
      FleetTable.merged(measurement.latency).map { "\(measurement.key.targets.label): \($0)." }
    }
    if !merged.isEmpty { blocks.append(.list(merged)) }
    return ReportSection(title: "Latency of a fleet", blocks: blocks)
  }

  /// How far a combination is from the sum of its groups, where all of these were measured: what predictions from groups are worth.
  static func additivity(_ all: [FleetMeasurement]) -> [String] {
    let quiet = all.filter { $0.key.mix == .distinct && !$0.key.useDoRA && !$0.latency.isBusy }
    let places = Dictionary(grouping: quiet) {
      "\($0.key.machine) \($0.key.threads) \($0.key.sequences) \($0.key.type.rawValue)"
    }
    var worst: [Int: (points: Double, targets: Targets, count: Int)] = [:]
    for measurements in places.values {
      for one in measurements where one.key.targets.isCombination && one.key.targets.groups.count > 1 {
        let parts = one.key.targets.groups.compactMap { group in measurements.last { $0.key.targets == group.set } }
        guard parts.count == one.key.targets.groups.count,
          parts.reduce(0, { $0 + $1.key.parameters }) == one.key.parameters
        else { continue }
        let sum = parts.reduce(0) { $0 + $1.latency.overheadPercent.estimate }
        let off = one.latency.overheadPercent.estimate - sum
        let known = worst[one.key.sequences]
        let isWorse = known.map { abs(off) > abs($0.points) } ?? true
        worst[one.key.sequences] = (
          isWorse ? off : known?.points ?? off, isWorse ? one.key.targets : known?.targets ?? one.key.targets,
          (known?.count ?? 0) + 1
        )
      }
    }
    return worst.sorted { $0.key < $1.key }.map { sequences, found in
      "\(Counted.text(sequences, "adapter")): of \(Counted.text(found.count, "combination")), \(found.targets.label) is furthest from the sum "
        + "of its groups, \(Text.signed(found.points, 1)) points."
    }
  }
}
