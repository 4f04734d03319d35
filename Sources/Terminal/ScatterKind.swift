/// Where a point of a scatter plot comes from; decides its glyph and the order in which labels are placed.
public enum ScatterKind: Int, Sendable, Equatable, Comparable {
  case front, maybeFront, mine
  /// Its x was measured on a busy machine: hollow.
  case busy
  case provisional, published, base

  public static func < (left: ScatterKind, right: ScatterKind) -> Bool { left.rawValue < right.rawValue }
}
