import Messages
import Recipe

/// A linear layer that an adapter has something in, and what there is to drop.
package struct PruningPlace: Hashable, Sendable {
  package var path: ModulePath
  package var rank: Int
  /// Input and output features together: what one rank costs.
  package var parametersPerRank: Int
  /// DoRA's magnitudes, which go with the last rank.
  package var fixedParameters: Int
  /// What the adapter changes of the weight, squared.
  package var energy: Double
  /// Squared singular values of s·B·A, the largest first.
  package var directions: [Double]

  package init(
    path: ModulePath, rank: Int, parametersPerRank: Int, fixedParameters: Int = 0, energy: Double, directions: [Double]
  ) {
    self.path = path
    self.rank = rank
    self.parametersPerRank = parametersPerRank
    self.fixedParameters = fixedParameters
    self.energy = energy
    // A rank above the layer's smaller side is filled up with nothing.
    self.directions = Array((directions + Array(repeating: 0, count: max(0, rank - directions.count))).prefix(rank))
  }

  package var parameters: Int { parameters(rank: rank) }

  package func parameters(rank: Int) -> Int { rank > 0 ? rank * parametersPerRank + fixedParameters : 0 }

  /// Of the energy, at a lower rank.
  package func energy(rank: Int) -> Double {
    if rank >= self.rank { return energy }
    let whole = directions.reduce(0, +)
    return whole > 0 ? energy * directions.prefix(max(0, rank)).reduce(0, +) / whole : 0
  }
}

extension [PruningPlace] {
  /// Of an adapter with these ranks; what is not named is absent.
  package func parameters(_ ranks: [ModulePath: Int]) -> Int {
    reduce(0) { $0 + $1.parameters(rank: ranks[$1.path] ?? 0) }
  }

  /// The share of the energy that is left, 0 to 1.
  package func energyShare(_ ranks: [ModulePath: Int]) -> Double {
    let whole = reduce(0) { $0 + $1.energy }
    return whole > 0 ? reduce(0) { $0 + $1.energy(rank: ranks[$1.path] ?? 0) } / whole : 1
  }
}

/// Smaller and smaller parts of an adapter, each a part of the one before.
package struct PruningChain: Sendable {
  /// In what order it drops: `lowest energy first`.
  package let order: String
  /// What it counts: `layers`.
  package let noun: String
  private let places: [PruningPlace]
  /// Ranks that go together, in the order in which they go.
  private let units: [[ModulePath: Int]]

  /// Steps of a longer chain are taken several at a time.
  package static let mostLevels = 64

  init(order: String, noun: String, places: [PruningPlace], units: [[ModulePath: Int]]) {
    self.order = order
    self.noun = noun
    self.places = places
    self.units = units
  }

  /// How many units may be dropped, rising: at least one stays.
  package var levels: [Int] {
    let most = units.count - 1
    guard most > Self.mostLevels else { return most < 1 ? [] : Array(1...most) }
    return (1...Self.mostLevels).map { most * $0 / Self.mostLevels }
  }

  /// The rank of each place that is left.
  package func ranks(dropping count: Int) -> [ModulePath: Int] {
    var ranks = Dictionary(uniqueKeysWithValues: places.map { ($0.path, $0.rank) })
    for unit in units.prefix(count) { for (path, rank) in unit { ranks[path, default: 0] -= rank } }
    return ranks.filter { $0.value > 0 }
  }

  /// `lowest energy first, 12 of 30 layers dropped`
  package func name(dropping count: Int) -> String { "\(order), \(count) of \(units.count) \(noun) dropped" }
}

extension PruningChain {
  /// All orders that a way of pruning tries.
  package static func all(_ places: [PruningPlace], way: Pruning.Way) -> [PruningChain] {
    switch way {
    case .layers:
      let layers = byLayer(places)
      let groups = byGroup(places)
      return [
        whole(leastFirst(layers), "lowest energy first", "layers", places),
        whole(layers.reversed(), "the last first", "layers", places),
        whole(layers, "the first first", "layers", places),
        // Where a layer has several module groups some of them may go.
        groups.count > layers.count ? whole(leastFirst(groups), "lowest energy first", "modules", places) : nil,
      ].compactMap(\.self)
    case .rank: return [directions(places), equalRanks(places)]
    }
  }

  /// What a choice is set against: whole layers, as many as have no more parameters than it has, and at least one.
  ///
  /// - Parameter chosen: the choice itself, which layers at random are not: set against itself it would be no better than chance.
  package static func baseline(
    _ kind: Pruning.Baseline, _ places: [PruningPlace], parameters most: Int, seed: UInt64,
    besides chosen: [ModulePath: Int] = [:]
  ) -> (name: String, ranks: [ModulePath: Int]) {
    guard kind == .random else { return baseline(byLayer(places), kind, places, parameters: most) }
    var generator = SplitMix64(seed: seed, stream: 0x70_72_75_6E)
    var drawn = baseline(byLayer(places), kind, places, parameters: most)
    // Where all other sets are drawn as rarely, there may be none.
    for _ in 0..<64 {
      var layers = byLayer(places)
      for place in layers.indices.dropLast() { layers.swapAt(place, place + generator.below(layers.count - place)) }
      drawn = baseline(layers, kind, places, parameters: most)
      if drawn.ranks.filter({ $0.value > 0 }) != chosen.filter({ $0.value > 0 }) { break }
    }
    return drawn
  }

  private static func baseline(
    _ layers: [[PruningPlace]], _ kind: Pruning.Baseline, _ places: [PruningPlace], parameters most: Int
  ) -> (name: String, ranks: [ModulePath: Int]) {
    let chain = whole(layers, "", "layers", places)
    var dropped = 0
    while dropped < layers.count - 1, places.parameters(chain.ranks(dropping: dropped)) > most { dropped += 1 }
    let kept = layers.count - dropped
    let name =
      kind == .last ? "the last \(kept) of \(layers.count) layers" : "\(kept) of \(layers.count) layers at random"
    return (name, chain.ranks(dropping: dropped))
  }

  private static func whole(
    _ units: [[PruningPlace]], _ order: String, _ noun: String, _ places: [PruningPlace]
  ) -> PruningChain {
    PruningChain(
      order: order, noun: noun, places: places,
      units: units.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.path, $0.rank) }) })
  }

  /// Those that change least for what they cost.
  private static func leastFirst(_ units: [[PruningPlace]]) -> [[PruningPlace]] {
    let densities = units.map { unit in
      unit.reduce(0) { $0 + $1.energy } / Double(max(1, unit.reduce(0) { $0 + $1.parameters }))
    }
    return units.indices.sorted { (densities[$0], $0) < (densities[$1], $1) }.map { units[$0] }
  }

  /// In path order: a vision tower's layers come after the decoder's.
  private static func byLayer(_ places: [PruningPlace]) -> [[PruningPlace]] {
    parts(places) { ModulePath(layer: $0.layer, module: .oProj, isVision: $0.isVision) }
  }

  /// The modules of one group of one layer.
  private static func byGroup(_ places: [PruningPlace]) -> [[PruningPlace]] {
    parts(places) {
      ModulePath(layer: $0.layer, module: $0.module.group.modules.first ?? $0.module, isVision: $0.isVision)
    }
  }

  private static func parts(
    _ places: [PruningPlace], _ key: (ModulePath) -> ModulePath
  ) -> [[PruningPlace]] {
    Dictionary(grouping: places) { key($0.path) }.sorted { $0.key < $1.key }.map { part in
      part.value.sorted { $0.path < $1.path }
    }
  }

  /// One direction after the other, of all places together, by what it changes for what it costs.
  private static func directions(_ places: [PruningPlace]) -> PruningChain {
    let all = places.flatMap { place in
      place.directions.indices.map { index in
        (path: place.path, index: index, density: place.directions[index] / Double(max(1, place.parametersPerRank)))
      }
    }
    // Of a place the smallest goes first, of equals the last.
    let sorted = all.sorted {
      $0.density != $1.density
        ? $0.density < $1.density : $0.path != $1.path ? $0.path < $1.path : $0.index > $1.index
    }
    return PruningChain(order: "lowest energy first", noun: "ranks", places: places, units: sorted.map { [$0.path: 1] })
  }

  /// The same highest rank everywhere, lower and lower.
  private static func equalRanks(_ places: [PruningPlace]) -> PruningChain {
    let most = places.map(\.rank).max() ?? 0
    let units = (0..<most).map { step in
      Dictionary(uniqueKeysWithValues: places.filter { $0.rank >= most - step }.map { ($0.path, 1) })
    }
    return PruningChain(order: "the same rank everywhere", noun: "ranks", places: places, units: units)
  }
}
