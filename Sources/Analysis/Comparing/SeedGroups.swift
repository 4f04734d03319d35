import Messages
import Recipe

/// Compared runs that differ in nothing but the seed, taken together: what their combination does, whichever seed it is trained with.
enum SeedGroups {
  /// One group for each combination, in the order of its first run; empty where no two runs are of one.
  ///
  /// Intervals of scores are over seeds and examples, differences are paired by example, and by seed where both groups have it. Of two
  /// runs with the same seed the newer one counts: they are not two seeds.
  static func groups(
    _ entries: [ComparisonBuilder.Entry], baseline: RunID, seed: UInt64 = 0
  ) -> [Comparison.Group] {
    struct Kind: Hashable {
      var plan: RunPlan
      var fingerprint: String?
    }
    var order: [Kind] = []
    var members: [Kind: [Int]] = [:]
    for (place, entry) in entries.enumerated() {
      let kind = Kind(plan: entry.run.plan.withoutSeed, fingerprint: entry.run.prepared?.baseFingerprint)
      if members[kind] == nil { order.append(kind) }
      members[kind, default: []].append(place)
    }
    let groups = order.map { bySeed(members[$0] ?? [], entries) }
    guard groups.contains(where: { $0.count > 1 }) else { return [] }
    let cells = groups.map { cell($0.map { entries[$0] }) }
    let first =
      groups.firstIndex { $0.contains { entries[$0].run.id == baseline } }
      ?? order.firstIndex { members[$0]?.contains { entries[$0].run.id == baseline } == true }
    let differences = cells.indices.map { place in
      first.flatMap { $0 == place ? nil : StudyDifference([(cells[place], cells[$0])], seed: seed) }
    }
    let adjusted = Holm.adjusted(differences.map { $0?.pValue })
    return groups.indices.map { place in
      var group = Comparison.Group(rows: groups[place])
      group.score = HierarchicalBootstrap.mean(
        cells[place].outcomes.map { $0.map(\.score) },
        ExampleGrouping(cells[place].outcomes.first?.map(\.group) ?? []), seed: seed)
      group.overheadPercent = CombinationSummaries.overhead(
        groups[place].compactMap { entries[$0].run.quietLatency?.overheadPercent })
      guard let difference = differences[place], let p = adjusted[place] else {
        group.verdict = place == first ? .baseline : .notComparable
        return group
      }
      group.difference = difference.interval
      group.pValue = p
      group.pIsBound = difference.pIsBound
      group.test = difference.test
      group.examples = difference.pairs
      group.verdict =
        p >= ComparisonBuilder.level || difference.points == 0
        ? .cannotTell : difference.points > 0 ? .better : .worse
      return group
    }
  }

  private static func bySeed(_ places: [Int], _ entries: [ComparisonBuilder.Entry]) -> [Int] {
    var newest: [UInt64: Int] = [:]
    for place in places {
      let seed = entries[place].run.plan.settings.seed
      if let known = newest[seed], entries[known].run.id > entries[place].run.id { continue }
      newest[seed] = place
    }
    return newest.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func cell(_ entries: [ComparisonBuilder.Entry]) -> StudyCell {
    let scored = entries.filter { !$0.examples.isEmpty }
    let means = scored.map { entry in
      100 * entry.examples.reduce(0) { $0 + $1.score } / Double(entry.examples.count)
    }
    var cell = StudyCell(
      targets: entries.first?.run.plan.targets ?? [], mean: means.reduce(0, +) / Double(max(1, means.count)))
    cell.runs = scored.map(\.run.id)
    cell.seeds = scored.map(\.run.plan.settings.seed)
    cell.outcomes = scored.map { $0.examples.map { ExampleScoreRecord($0) } }
    return cell
  }
}
