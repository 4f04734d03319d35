/// The characters of a frame.
public struct FrameGlyphs: Equatable, Sendable {
  public let topLeft: Character
  public let horizontal: Character
  public let topRight: Character
  public let vertical: Character
  public let bottomRight: Character
  public let bottomLeft: Character
  /// Where a horizontal rule meets the frame's left and right side.
  public let joinLeft: Character
  public let joinRight: Character

  /// - Parameters:
  ///   - ring: top left, horizontal, top right, vertical, bottom right, bottom left.
  ///   - joins: left and right.
  init(_ ring: String, _ joins: String) {
    let ring = Array(ring)
    let joins = Array(joins)
    precondition(ring.count == 6 && joins.count == 2, "a frame has six characters and two joins")
    topLeft = ring[0]
    horizontal = ring[1]
    topRight = ring[2]
    vertical = ring[3]
    bottomRight = ring[4]
    bottomLeft = ring[5]
    joinLeft = joins[0]
    joinRight = joins[1]
  }
}
