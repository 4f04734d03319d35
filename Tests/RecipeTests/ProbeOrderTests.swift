import Foundation
import Recipe
import Testing

/// What follows from a table of energies, by tables that were made for it.
@Suite struct ProbeOrderTests {
  private static let linears = ModelLinears(
    decoder: BlockLinears(
      count: 2,
      shapes: Dictionary(
        uniqueKeysWithValues: LinearModule.split.map { ($0, LinearShape(rows: 8, columns: $0 == .downProj ? 24 : 8)) }))
  )

  /// Energies of each group in each layer: `values(group, layer, batch, start)`, all in the group's first module.
  private func probe(
    batches: Int = 4, starts: Int = 3, costs: ProbeResult.Costs? = nil,
    _ values: (TargetGroup, Int, Int, Int) -> Double
  ) -> ProbeResult {
    let cells = Targets.all.present(in: Self.linears).map { path in
      let isFirst = path.module.group.modules.first == path.module
      return ProbeResult.Cell(
        path: path,
        energies: (0..<batches).map { batch in
          (0..<starts).map { isFirst ? values(path.module.group, path.layer, batch, $0) : 0 }
        }, featureNorm: Double(1 + path.layer), randomNorm: 2)
    }
    return ProbeResult(
      linears: Self.linears, rank: 8, alpha: 16, seed: 0, batches: batches, starts: starts, examples: 8, lossTokens: 80,
      loss: 2, cells: cells, costs: costs)
  }

  private static func interval(_ estimate: Double, _ half: Double) -> Interval {
    Interval(estimate: estimate, low: estimate - half, high: estimate + half)
  }

  private static func cost(_ group: TargetGroup, _ estimate: Double, _ half: Double) -> ProbeResult.Cost {
    ProbeResult.Cost(group: group, overheadPercent: interval(estimate, half))
  }

  private static let costs = ProbeResult.Costs(
    groups: [cost(.qkv, 4, 0.3), cost(.oProj, 2, 0.4), cost(.fc1, 6, 0), cost(.fc2, 3, 0)], all: interval(16.5, 0.5),
    coreShare: 1)

  @Test func energiesAddUpOverModulesAndLayers() throws {
    let energies: [TargetGroup: Double] = [.qkv: 8, .oProj: 4, .fc1: 2, .fc2: 1]
    let probe = probe { group, layer, _, _ in (energies[group] ?? 0) * Double(1 + layer) }
    for set in Targets.fifteen {
      let sum = set.groups.reduce(0.0) { $0 + 3 * (energies[$1] ?? 0) }
      #expect(probe.energy(of: set) == Interval(estimate: sum, low: sum, high: sum), "\(set)")
    }
    #expect(probe.energy(of: try Targets(parsing: "fc2@1")).estimate == 2)
    #expect(probe.energy(of: try Targets(parsing: "o_proj@0+fc2")).estimate == 4 + 3)
    #expect(probe.energy(of: .kProj).estimate == 0)
    #expect(probe.featureScore(of: .oProj) == 3.0 / 4)
  }

  @Test func spreadIsOfBatchesAndOfStarts() {
    // 10 + (−3, −1, 1, 3) by batch + (−1, 0, 1) by start, in one layer.
    let probe = probe { group, layer, batch, start in
      group == .oProj && layer == 0 ? 10 + Double(2 * batch - 3) + Double(start - 1) : 0
    }
    let spread = probe.spread(of: .oProj)
    #expect(spread.mean == 10)
    #expect(abs((spread.overBatches ?? 0) - (20.0 / 3).squareRoot()) < 1e-12)
    #expect(spread.overStarts == 1)
    #expect(abs((spread.standardError ?? 0) - (20.0 / 3 / 4 + 1.0 / 3).squareRoot()) < 1e-12)
    let single = ProbeResult.spread([[4]])
    #expect(single.overBatches == nil && single.overStarts == nil && single.standardError == nil)
  }

  @Test func overheadsAddUpWithTheirDoubts() throws {
    let probe = probe(costs: Self.costs) { _, _, _, _ in 1 }
    let one = try #require(probe.overhead(of: .qkv))
    #expect(one.estimate == 4 && abs(one.halfWidth - 0.3) < 1e-12)
    // √(0.3² + 0.4² + (1.5 / 3)²): the four add up to 15 and were measured as 16.5.
    let two = try #require(probe.overhead(of: [.qkv, .oProj]))
    #expect(two.estimate == 6 && abs(two.halfWidth - 0.5.squareRoot()) < 1e-12)
    #expect(probe.additivityError == 1.5)
    // What was measured needs no sum.
    #expect(probe.overhead(of: .all) == Self.costs.all)
    let half = try #require(probe.overhead(of: try Targets(parsing: "fc2@1")))
    #expect(half.estimate == 1.5)
    let part = try #require(probe.overhead(of: .qProj))
    #expect(abs(part.estimate - 4.0 / 3) < 1e-12)
    #expect(self.probe { _, _, _, _ in 1 }.overhead(of: .qkv) == nil)
  }

  /// Richer sets are before their parts, always; what only noise sets apart is not told.
  @Test func tellsOnlyWhatTheTableTells() {
    let order = ProbeOrder(
      probe { group, _, batch, start in
        switch group {
        case .qkv: 100
        case .oProj: 10 + Double(batch % 2)
        case .fc1: 10.5 + Double(start % 2) - Double(batch % 2) / 4
        case .fc2: 1
        case .conv, .linear: 0
        }
      })
    #expect(order.entries.map(\.targets).first == .all)
    let places = Dictionary(uniqueKeysWithValues: order.entries.enumerated().map { ($1.targets, $0) })
    for set in Targets.fifteen {
      for part in Targets.fifteen where part != set && set.contains(part) {
        guard let here = places[set], let there = places[part] else { continue }
        #expect(here < there && order.probabilities[here][there] == 1)
      }
    }
    let doubtful = order.entries.first { $0.targets == .oProj }
    #expect(doubtful?.notTold == [.fc1])
    #expect(order.undecided.contains { Set([$0.0, $0.1]) == [.oProj, .fc1] })
    #expect(order.entries.first { $0.targets == .fc2 }?.notTold == [])
    #expect(order.entries.last?.beforeNext == nil)
  }

  /// One measurement has no spread: every draw would be the same, and would tell every pair.
  @Test(arguments: [(1, 1, "one batch and one start"), (1, 3, "one batch"), (4, 1, "one start"), (2, 2, nil)])
  func oneOfAKindTellsNothing(_ batches: Int, _ starts: Int, _ lone: String?) {
    let probe = probe(batches: batches, starts: starts) { group, _, batch, start in
      Double(10 * group.bit + batch + start)
    }
    #expect(probe.loneMeasurement == lone)
    let order = ProbeOrder(probe)
    let isTold = lone == nil
    #expect(order.entries.allSatisfy { ($0.energy.standardError != nil) == isTold })
    #expect(order.entries.contains { $0.beforeNext != nil } == isTold && order.probabilities.isEmpty != isTold)
    #expect((order.undecided.count == 15 * 14 / 2) != isTold)
  }

  @Test func equalsAreNotTold() {
    let order = ProbeOrder(probe { _, _, _, _ in 1 })
    let single = order.entries.filter { $0.targets.groups.count == 1 }
    #expect(single.count == 4)
    #expect(single.allSatisfy { $0.notTold.count == 3 })
  }

  @Test func sameDrawsForTheSameProbe() {
    func order() -> ProbeOrder {
      ProbeOrder(probe { group, layer, batch, start in Double((group.bit * 7 + layer * 3 + batch * 5 + start) % 11) })
    }
    #expect(order() == order())
  }
}
