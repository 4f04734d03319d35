extension MicrokernelTable {
  /// Products of values rounded to bfloat16, summed in FP32. Two steps of depth are one step of a tile: where a float would be
  /// there is a pair of values, the earlier in the lower half; the last one of an odd depth has a zero.
  public struct Pairs: Sendable {
    /// As ``MicrokernelTable/tile``, of `steps` pairs in depth; both sides rounded and packed.
    public var tile: Tile
    public var shortTile: Tile
    public var narrowTile: Tile
    /// Two of ``tile`` one under the other; nil where that is no faster.
    public var tallTile: Tile?
    /// Of a left-hand side stored transposed, `[steps, mr]`, as ``pairRows`` leaves it.
    public var tileTransposedA: Tile
    /// `pairs[rows, ⌈depth / 2⌉] = a[rows, depth]`, rounded to the nearest; may be `a` itself, with its stride.
    public typealias RoundRows =
      @convention(c) @Sendable (
        _ a: Source, _ stride: Int, _ rows: Int, _ depth: Int, _ pairs: Target, _ pairStride: Int
      ) -> Void
    public var roundRows: RoundRows
    /// `pairs[⌈rows / 2⌉, columns] = a[rows, columns]`, rounded: rows `2k` and `2k + 1` together. Whole vectors are written, and read.
    public typealias PairRows =
      @convention(c) @Sendable (
        _ a: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ pairs: Target, _ pairStride: Int
      ) -> Void
    public var pairRows: PairRows
    /// As ``MicrokernelTable/pack`` and its like, rounded, into `⌈depth / 2⌉` steps of pairs.
    public var pack: Pack
    public var packTransposed: Pack
    public var packHalf: PackHalf
    public var packTransposedHalf: PackHalf
    /// Steps of a packed panel that are multiplied at a time, at most, and what their number should be a multiple of; 0 where these tiles ask
    /// for nothing else than those of floats.
    public var depthBlock = 0
    public var depthUnit = 0
    /// As ``MicrokernelTable/peak``.
    public var peak: @convention(c) @Sendable (_ rounds: Int, _ sink: Target) -> Void
    public var peakOperations: Int

    public init(
      tile: @escaping Tile, shortTile: @escaping Tile, narrowTile: @escaping Tile, tileTransposedA: @escaping Tile,
      roundRows: @escaping RoundRows, pairRows: @escaping PairRows, pack: @escaping Pack,
      packTransposed: @escaping Pack, packHalf: @escaping PackHalf,
      packTransposedHalf: @escaping PackHalf,
      peak: @escaping @convention(c) @Sendable (_ rounds: Int, _ sink: Target) -> Void, peakOperations: Int
    ) {
      self.tile = tile
      self.shortTile = shortTile
      self.narrowTile = narrowTile
      self.tileTransposedA = tileTransposedA
      self.roundRows = roundRows
      self.pairRows = pairRows
      self.pack = pack
      self.packTransposed = packTransposed
      self.packHalf = packHalf
      self.packTransposedHalf = packTransposedHalf
      self.peak = peak
      self.peakOperations = peakOperations
    }
  }
}
