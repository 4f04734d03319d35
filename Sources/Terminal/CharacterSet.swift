/// The ladder of characters: what a terminal can show decides how plots, bars and frames are drawn.
public enum CharacterSet: String, CaseIterable, Sendable {
  case braille, blocks, ascii
}
