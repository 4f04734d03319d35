import Analysis
import Foundation
import Messages
import Recipe
import Testing

@Suite struct PruningTests {
  /// An adapter on o_proj and fc2 of some layers, whose energies grow with the layer, fc2's ten times o_proj's.
  private func places(layers: Int, rank: Int = 4) -> [PruningPlace] {
    (0..<layers).flatMap { layer in
      [(LinearModule.oProj, 1.0), (.downProj, 10.0)].map { module, factor in
        let energy = factor * Double(layer + 1)
        // Each direction has half of what the one before has.
        let directions = (0..<rank).map { energy * pow(0.5, Double($0 + 1)) }
        return PruningPlace(
          path: ModulePath(layer: layer, module: module), rank: rank, parametersPerRank: 20, energy: energy,
          directions: directions)
      }
    }
  }

  private func layers(_ ranks: [ModulePath: Int]) -> Set<Int> { Set(ranks.keys.map(\.layer)) }

  /// These layers are there with both modules.
  private func has(_ layers: ClosedRange<Int>, _ step: PruningSearch.Step) -> Bool {
    layers.allSatisfy { layer in
      [LinearModule.oProj, .downProj].allSatisfy { step.ranks[ModulePath(layer: layer, module: $0)] != nil }
    }
  }

  /// Goes through a search as if what `isBorne` says had been measured.
  private func searched(
    _ places: [PruningPlace], _ way: Pruning.Way, isBorne: (PruningSearch.Step) -> Bool
  ) -> (best: PruningSearch.Step?, looks: [PruningSearch.Step]) {
    var search = PruningSearch(places, way: way)
    var looks: [PruningSearch.Step] = []
    while let step = search.next() {
      looks.append(step)
      #expect(step.parameters == places.parameters(step.ranks) && step.parameters < places.parameters(all(places)))
      #expect(!step.ranks.isEmpty)
      search.take(isBorne: isBorne(step))
    }
    return (search.best, looks)
  }

  private func all(_ places: [PruningPlace]) -> [ModulePath: Int] {
    Dictionary(uniqueKeysWithValues: places.map { ($0.path, $0.rank) })
  }

  @Test func theSmallestPartThatIsBorneIsFound() throws {
    let places = places(layers: 12)
    // What is needed are layers 7 to 11: dropping the first seven, which the energies say too.
    let (best, looks) = searched(places, .layers) { has(7...11, $0) }
    #expect(layers(try #require(best).ranks) == Set(7...11))
    #expect(best?.parameters == 5 * 2 * 4 * 20)
    // Of eleven levels four at most, and then one for each other order.
    #expect(looks.count <= 4 + 3)
    // The first layers alone: only dropping the last ones finds it.
    let first = searched(places, .layers) { has(0...2, $0) }
    #expect(layers(try #require(first.best).ranks) == Set(0...2))
    #expect(first.best?.name == "the last first, 9 of 12 layers dropped")
    // One module of each of the upper layers: only the modules' order finds it.
    let modules = searched(places, .layers) { step in
      (4..<12).allSatisfy { step.ranks[ModulePath(layer: $0, module: .downProj)] != nil }
    }
    #expect(try #require(modules.best).name.hasPrefix("lowest energy first, "))
    #expect(try #require(modules.best).ranks.keys.allSatisfy { $0.module == .downProj })
    #expect(modules.best?.ranks.count == 8)
  }

  @Test func nothingAndEverything() throws {
    let places = places(layers: 5)
    let none = searched(places, .layers) { _ in false }
    #expect(none.best == nil)
    // Every order is tried down to its smallest step.
    #expect(Set(none.looks.map { $0.ranks.count }).contains(8))
    let least = searched(places, .layers) { _ in true }
    #expect(try #require(least.best).ranks.count == 1)
    let one = Array(places.prefix(2))
    #expect(searched(one, .layers) { _ in true }.best?.ranks.count == 1)
    #expect(searched(Array(places.prefix(1)), .layers) { _ in true }.looks.isEmpty)
  }

  @Test func ranksGoByWhatTheyChange() throws {
    let places = places(layers: 3)
    let chains = PruningChain.all(places, way: .rank)
    #expect(chains.count == 2)
    // Each step is a part of the one before, one rank smaller, and costs no more energy than any other rank would.
    var before = all(places)
    for level in 1..<24 {
      let ranks = chains[0].ranks(dropping: level)
      #expect(before.values.reduce(0, +) - ranks.values.reduce(0, +) == 1)
      let gone = try #require(before.first { ranks[$0.key, default: 0] < $0.value })
      let place = try #require(places.first { $0.path == gone.key })
      let lost = place.directions[gone.value - 1]
      for other in places { if let rank = before[other.path] { #expect(lost <= other.directions[rank - 1]) } }
      before = ranks
    }
    #expect(chains[1].ranks(dropping: 3).values.allSatisfy { $0 == 1 } && chains[1].levels == [1, 2, 3])
    // Unlike ranks are lowered from the top.
    var uneven = places
    uneven[0] = PruningPlace(
      path: uneven[0].path, rank: 2, parametersPerRank: 20, energy: 1, directions: [0.9, 0.1])
    let even = PruningChain.all(uneven, way: .rank)[1]
    #expect(even.ranks(dropping: 2).values.allSatisfy { $0 == 2 })
    let best = searched(places, .rank) { step in places.energyShare(step.ranks) > 0.9 }.best
    #expect(places.energyShare(try #require(best).ranks) > 0.9)
    #expect(try #require(best).parameters < places.parameters(all(places)) / 2)
  }

  @Test func longChainsTakeSeveralStepsAtATime() {
    let chain = PruningChain.all(places(layers: 100, rank: 16), way: .rank)[0]
    #expect(chain.levels.count == PruningChain.mostLevels && chain.levels == chain.levels.sorted())
    #expect(chain.levels.last == 100 * 2 * 16 - 1)
    #expect(chain.ranks(dropping: 100 * 2 * 16 - 1).values.reduce(0, +) == 1)
  }

  @Test func baselinesAreNoLarger() {
    let places = places(layers: 10)
    let limit = 3 * 2 * 4 * 20
    let last = PruningChain.baseline(.last, places, parameters: limit + 5, seed: 1)
    #expect(layers(last.ranks) == [7, 8, 9] && last.name == "the last 3 of 10 layers")
    let random = (0..<20).map { PruningChain.baseline(.random, places, parameters: limit, seed: $0) }
    #expect(random.allSatisfy { layers($0.ranks).count == 3 && places.parameters($0.ranks) == limit })
    #expect(Set(random.map { layers($0.ranks) }).count > 10)
    #expect(layers(random[4].ranks) == layers(PruningChain.baseline(.random, places, parameters: limit, seed: 4).ranks))
    // There is always a layer.
    #expect(layers(PruningChain.baseline(.last, places, parameters: 1, seed: 0).ranks) == [9])
    // Layers at random are not those that were chosen: of two layers it is the other one.
    let two = self.places(layers: 2)
    for seed in 0..<8 {
      let one = PruningChain.baseline(.last, two, parameters: 160, seed: 0).ranks
      let other = PruningChain.baseline(.random, two, parameters: 160, seed: UInt64(seed), besides: one)
      #expect(layers(other.ranks) == [0])
    }
  }

  @Test func aLossIsNoSmallerThanTheExamplesCanShow() throws {
    func scores(_ values: [Double], groups: [String?]? = nil) -> PruningScores {
      PruningScores(scores: values, groups: groups ?? values.map { _ in nil })
    }
    let whole = (0..<100).map { $0 % 4 == 0 ? 0.0 : 1 }
    let same = try #require(PairedLoss(of: scores(whole), against: scores(whole)))
    #expect(same.difference.estimate == 0 && same.pValue == 1)
    // Both sides together: 1 − 0.05^(1/100).
    #expect(abs(same.difference.low + 2.9513) < 1e-4 && abs(same.difference.high - 2.9513) < 1e-4)
    // 1 − 0.025^(1/100): the exact binomial bound for none of a hundred (Clopper and Pearson 1934).
    #expect(abs(same.bound - 3.6217) < 1e-4)
    #expect(same.isBorne(within: 4) && !same.isBorne(within: 3))
    // Ten of a hundred are lost, none is gained.
    var fewer = whole
    for index in (1..<100).filter({ whole[$0] == 1 }).prefix(10) { fewer[index] = 0 }
    let loss = try #require(PairedLoss(of: scores(fewer), against: scores(whole)))
    #expect(loss.difference.estimate == -10 && loss.bound >= -loss.difference.low && loss.bound > 10)
    #expect(abs(loss.bound - 100 * PairedShare.upperBound(lost: 10, gained: 0, of: 100)) < 1e-9)
    #expect(abs(loss.pValue - 2 * pow(0.5, 10)) < 1e-9 && loss.isSignificant && !loss.isBorne(within: 50))
    // Two of a hundred are none by the test, and still may be more than two points.
    var two = whole
    for index in (1..<100).filter({ whole[$0] == 1 }).prefix(2) { two[index] = 0 }
    let little = try #require(PairedLoss(of: scores(two), against: scores(whole)))
    #expect(!little.isSignificant && little.bound >= 3.6 && !little.isBorne(within: 3) && little.isBorne(within: 8))
    #expect(PairedLoss(of: scores([]), against: scores([])) == nil)
  }

  @Test func examplesAboutTheSameThingAreWorthLess() throws {
    // Ten groups of ten that are wholly right or wrong are ten examples.
    let names = (0..<100).map { "g\($0 / 10)" as String? }
    let alike = (0..<100).map { Double($0 / 10 % 2) }
    let grouping = try #require(ExampleGrouping(names))
    #expect(PairedLoss.effectiveCount(alike, grouping) == 10)
    // What varies within groups as it does between them is worth nearly as many as there are.
    let mixed = (0..<100).map { Double(($0 * 37 + $0 / 7) % 5 == 0 ? 0 : 1) }
    #expect(PairedLoss.effectiveCount(mixed, grouping) > 60)
    #expect(PairedLoss.effectiveCount(mixed, nil) == 100)
    #expect(PairedLoss.effectiveCount([Double](repeating: 1, count: 100), grouping) == 10)
    #expect(PairedLoss.effectiveCount(alike, ExampleGrouping((0..<100).map { _ in "one" })) == 1)
    let loss = try #require(
      PairedLoss(of: PruningScores(scores: alike, groups: names), against: PruningScores(scores: alike, groups: names)))
    #expect(loss.bound > 30 && loss.groups == 10)
  }

  @Test func wordsAreNoStrongerThanTheTest() throws {
    func loss(_ low: Double, p: Double) -> PairedLoss {
      PairedLoss(
        difference: Interval(estimate: -1, low: low, high: 0.5), bound: -low, pValue: p, pIsBound: false,
        test: "exact McNemar", examples: 200, groups: nil)
    }
    func result(_ confirmed: PairedLoss?) -> PrunedAdapter {
      var result = PrunedAdapter(
        parent: 3, way: .layers, tolerance: 3, kept: .oProj, ranks: 4...4, parameters: 10, parentParameters: 40,
        places: 2, parentPlaces: 8, energy: 0.9, candidates: [], chosen: nil, isCut: false)
      result.confirmed = confirmed
      return result
    }
    #expect(PruningWords.confirmation(result(loss(-2.5, p: 0.3))).hasSuffix(": confirmed"))
    #expect(PruningWords.confirmation(result(loss(-2.5, p: 0.01))).contains("NOT confirmed"))
    #expect(PruningWords.confirmation(result(loss(-4, p: 0.3))).contains("can't tell at n = 200"))
    #expect(PruningWords.confirmation(result(nil)).hasPrefix("not confirmed"))
    #expect(PruningWords.choice(result(nil)).hasPrefix("nothing of run 3's adapter can go"))
  }
}
