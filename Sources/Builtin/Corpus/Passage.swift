import Recipe
import Text
import Training

/// A short document of the corpus, in pieces that are learned or only read. What nobody could predict (an exercise's random
/// words) carries no loss, so that its noise does not drown what is to be learned.
package struct Passage: Sendable, Equatable {
  package struct Piece: Sendable, Equatable {
    package var text: String
    /// Whether its tokens carry loss.
    package var learned: Bool
  }

  package private(set) var pieces: [Piece] = []
  /// The pictures, each in the place of the next `ImagePrompt.placeholder` of the text.
  package private(set) var images: [RasterImage] = []

  package init() {}

  /// A picture, which is only seen.
  mutating func show(_ image: RasterImage) {
    given(ImagePrompt.placeholder)
    images.append(image)
  }

  package var text: String { pieces.map(\.text).joined() }

  /// Text that is read only.
  mutating func given(_ text: String) { append(text, learned: false) }

  /// Text that is learned. Start it where a word starts, with the space before it, so that it has the tokens of running text.
  mutating func learn(_ text: String) { append(text, learned: true) }

  mutating func append(_ other: Passage) {
    for piece in other.pieces { append(piece.text, learned: piece.learned) }
    images += other.images
  }

  private mutating func append(_ text: String, learned: Bool) {
    guard !text.isEmpty else { return }
    if let last = pieces.indices.last, pieces[last].learned == learned {
      pieces[last].text += text
    } else {
      pieces.append(Piece(text: text, learned: learned))
    }
  }
}

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
