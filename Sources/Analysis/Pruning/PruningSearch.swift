import Messages
import Recipe

/// Looks for the smallest part of an adapter whose loss is borne: a value that says what is scored next and takes what came of it.
///
/// In each order of dropping the boundary is bisected, as if a part of what is not borne were not borne either. What one order has found
/// the next one must undercut, so that it is tried just below that first and left alone if that is not borne.
package struct PruningSearch: Sendable {
  /// A part that is to be scored.
  package struct Step: Hashable, Sendable {
    package var name: String
    package var ranks: [ModulePath: Int]
    package var parameters: Int
  }

  private let chains: [PruningChain]
  private let places: [PruningPlace]
  private var chain = 0
  private var levels: [Int] = []
  /// The last level that was borne and the first that was not, as far as is known.
  private var low = -1
  private var high = -1
  /// The level that is being scored.
  private var asked: Int?
  private var isOpening = false
  private var hasBegun = false
  /// The smallest part that was borne so far.
  package private(set) var best: Step?

  package init(_ places: [PruningPlace], way: Pruning.Way) {
    self.places = places
    chains = PruningChain.all(places, way: way)
  }

  /// Nil when there is nothing left to ask.
  package mutating func next() -> Step? {
    while chain < chains.count {
      if !hasBegun { begin() }
      if high - low > 1 { return ask() }
      chain += 1
      hasBegun = false
    }
    return nil
  }

  /// What was asked for last is borne, or it is not.
  package mutating func take(isBorne: Bool) {
    guard let level = asked else { return }
    asked = nil
    if isBorne {
      low = level
      best = step(level)
    } else {
      // What must be undercut is not: this order has nothing smaller.
      high = isOpening ? low + 1 : level
    }
    isOpening = false
  }

  private mutating func begin() {
    hasBegun = true
    levels = chains[chain].levels
    isOpening = best != nil
    let limit = best?.parameters ?? .max
    low = (levels.indices.first { step($0).parameters < limit } ?? levels.count) - 1
    high = levels.count
  }

  private mutating func ask() -> Step {
    let level = isOpening ? low + 1 : low + (high - low) / 2
    asked = level
    return step(level)
  }

  private func step(_ level: Int) -> Step {
    let ranks = chains[chain].ranks(dropping: levels[level])
    return Step(
      name: chains[chain].name(dropping: levels[level]), ranks: ranks, parameters: places.parameters(ranks))
  }
}
