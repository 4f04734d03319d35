import MicrokernelTable

/// How a product is cut. Follows from its shape and the instruction set's tile, never from the number of workers.
///
/// The right-hand matrix is packed once, by all workers, a chunk of its panels at a time, into memory that they share. A
/// shard is then a block of rows against a group of panels: its rows stay in the second-level cache while one panel
/// after the other, which stays in the first, is applied to them.
struct MatMulPlan {
  /// A packed panel of this depth is 16 KB on AVX2 and 32 KB on AVX-512.
  static let depthBlock = 256
  /// Packed floats of a chunk, at most: what a third-level cache holds beside the rows.
  static let chunkFloats = 1 << 20
  /// Enough shards that an uneven deal does not matter on many cores, unless they would become tiny.
  static let wantedShards = 32
  /// Multiply-adds worth a shard of their own: about ten microseconds.
  static let smallestShard = 150_000
  /// Row tiles of a shard, and panels that it applies to them, where the product is large enough.
  static let rowTiles = 16
  static let groupSize = 24

  /// Which of the table's tiles: few columns (an adapter's rank) and few rows (its gradient) have their own.
  enum Tile { case whole, short, narrow }

  let tile: Tile
  let tileRows: Int
  /// Columns that a tile writes; panels are `tileColumns` wide in any case.
  let tileWidth: Int
  let tileColumns: Int
  let panels: Int
  /// Panels packed at a time.
  let chunk: Int
  let groupSize: Int
  let rowBlock: Int
  let rowBlocks: Int

  init(_ m: borrowing MicrokernelTable, rows: Int, columns: Int, depth: Int) {
    if columns <= m.narrowColumns {
      tile = .narrow
      tileRows = m.narrowRows
      tileWidth = m.narrowColumns
    } else if rows <= 4 * m.tileRows, Self.roundUp(rows, m.shortRows) < Self.roundUp(rows, m.tileRows) {
      tile = .short
      tileRows = m.shortRows
      tileWidth = m.tileColumns
    } else {
      tile = .whole
      tileRows = m.tileRows
      tileWidth = m.tileColumns
    }
    tileColumns = m.tileColumns
    let panels = (columns + tileColumns - 1) / tileColumns
    self.panels = panels
    let most = max(1, Self.chunkFloats / max(1, depth * tileColumns))
    let chunk = Self.even(panels, (panels + most - 1) / most)
    self.chunk = chunk
    let wanted = max(1, min(Self.wantedShards, rows * columns * max(1, depth) / Self.smallestShard))
    let allTiles = (rows + tileRows - 1) / tileRows
    var tiles = min(Self.rowTiles, allTiles)
    var group = min(Self.groupSize, chunk)
    func shards() -> Int { Self.parts(allTiles, tiles) * Self.parts(panels, group) }
    while shards() < wanted, tiles > 4 { tiles = (tiles + 1) / 2 }
    while shards() < wanted, group > 1 { group = (group + 1) / 2 }
    while shards() < wanted, tiles > 1 { tiles = (tiles + 1) / 2 }
    groupSize = Self.even(chunk, Self.parts(chunk, group))
    rowBlock = Self.even(allTiles, Self.parts(allTiles, tiles)) * tileRows
    rowBlocks = Self.parts(rows, rowBlock)
  }

  private static func roundUp(_ value: Int, _ unit: Int) -> Int { (value + unit - 1) / unit * unit }
  private static func parts(_ count: Int, _ size: Int) -> Int { max(1, (count + size - 1) / max(1, size)) }
  /// The size of each when `count` things are dealt to `parts` evenly.
  private static func even(_ count: Int, _ parts: Int) -> Int { max(1, (count + parts - 1) / max(1, parts)) }

  /// One left-hand tile for what is left of the rows, and one tile of results for what is left of either.
  var scratchFloats: Int { Self.depthBlock * tileRows + tileRows * tileColumns }
}
