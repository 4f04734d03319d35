extension MicrokernelTable {
  /// Tiles of a weight's rows where they lie, in FP32 or bfloat16, by a packed panel of x's rows.
  ///
  /// A sum is the one that ``MicrokernelTable/tile`` makes of the same values at scale 1, to the bit.
  public struct StreamTiles: Sendable {
    /// Rows of the weight in a tile.
    public var rows: Int

    /// `c[rows, nr] = a·b`, or `+=`: rows of the weight `rowBytes` apart, a panel `b[depth, nr]`, and `c` with rows of `nr`.
    ///
    /// The lines from `ahead` on are asked for meanwhile, `aheadStep` bytes of them for every four steps of depth; nothing need be there.
    public typealias Tile =
      @convention(c) @Sendable (
        _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
        _ ahead: UnsafeRawPointer, _ aheadStep: Int
      ) -> Void
    /// Of floats.
    public var whole: Tile
    /// Of bfloat16; the depth is even.
    public var half: Tile
    /// The same of the panel's first ``MicrokernelTable/narrowColumns`` columns.
    public var narrowWhole: Tile
    public var narrowHalf: Tile

    /// - Parameter isNarrow: of the panel's first columns.
    public func tile(isNarrow: Bool, isHalf: Bool) -> Tile {
      isNarrow ? (isHalf ? narrowHalf : narrowWhole) : (isHalf ? half : whole)
    }

    public init(
      rows: Int, whole: @escaping Tile, half: @escaping Tile, narrowWhole: @escaping Tile, narrowHalf: @escaping Tile
    ) {
      self.rows = rows
      self.whole = whole
      self.half = half
      self.narrowWhole = narrowWhole
      self.narrowHalf = narrowHalf
    }
  }
}
