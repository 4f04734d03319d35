/// One column of one row. A cell holds one Unicode scalar; a character of two columns fills the next cell with `continuation`.
public struct Cell: Equatable, Hashable, Sendable {
  public var scalar: Unicode.Scalar
  public var style: Style

  /// The right half of a character of two columns.
  public static let continuation: Unicode.Scalar = "\0"
  public static let blank = Cell(scalar: " ", style: .plain)

  public init(scalar: Unicode.Scalar, style: Style = .plain) {
    self.scalar = scalar
    self.style = style
  }

  /// Of a character of several scalars only the first is kept.
  public init(character: Character, style: Style = .plain) {
    self.init(scalar: character.unicodeScalars.first ?? " ", style: style)
  }

  public var character: Character { Character(scalar) }
}
