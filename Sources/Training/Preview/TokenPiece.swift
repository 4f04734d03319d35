/// A token as a person reads it; the many tokens of an image are one piece, `[image 8×8]`.
public struct TokenPiece: Sendable, Equatable {
  public let id: Int32
  /// A character that is cut over several tokens stands whole with the first of them, and the others have no text.
  public let text: String
  /// Whether it carries loss.
  public let isTrained: Bool

  public init(id: Int32, text: String, isTrained: Bool) {
    self.id = id
    self.text = text
    self.isTrained = isTrained
  }
}
