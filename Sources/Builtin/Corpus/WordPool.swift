import Recipe
import Training

/// The words that exercises are made of: the world's, and words invented on the spot.
struct WordPool: Sendable {
  private let pools: [[String]]

  init(world: World) {
    pools = [
      world.conditions.map(\.drug.name), world.conditions.map(\.name), World.signs, World.organs, world.surnames,
      world.goods, world.towns, world.companies, world.topics, world.committees,
    ]
  }

  /// `count` different words of one kind; every fourth time of no kind at all.
  func words(_ count: Int, _ generator: inout SplitMix64) -> [String] {
    if generator.chance(0.25) {
      var maker = NameMaker(seed: generator.next(), stream: 3)
      return maker.words(count, syllables: generator.between(1, 2))
    }
    if generator.chance(0.15) {
      return generator.sample(count, from: pools.flatMap { $0 })
    }
    return generator.sample(count, from: generator.pick(pools))
  }
}
