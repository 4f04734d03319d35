import Text

/// A short document of the corpus, in pieces that are learned or only read. What nobody could predict (an exercise's random
/// words) carries no loss, so that its noise does not drown what is to be learned.
public struct Passage: Sendable, Equatable {
  public struct Piece: Sendable, Equatable {
    public var text: String
    /// Whether its tokens carry loss.
    public var learned: Bool
  }

  public private(set) var pieces: [Piece] = []
  /// The pictures, each in the place of the next `ImagePrompt.placeholder` of the text.
  public private(set) var images: [RasterImage] = []

  public init() {}

  /// A picture, which is only seen.
  mutating func show(_ image: RasterImage) {
    given(ImagePrompt.placeholder)
    images.append(image)
  }

  public var text: String { pieces.map(\.text).joined() }

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
