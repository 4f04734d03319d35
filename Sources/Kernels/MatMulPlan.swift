import MicrokernelTable

/// How a product is cut. Follows from its shape and the instruction set's tile, never from the number of workers.
///
/// A shard is a block of rows against a group of column panels. It packs its panels, `depthBlock` deep, into its worker's
/// scratch memory, and walks the rows in sub-blocks that stay in the second-level cache while one panel after
/// the other, which stays in the first, is applied to them.
struct MatMulPlan {
  static let depthBlock = 256
  /// Enough shards that an uneven deal does not matter, unless they would become tiny.
  static let wantedShards = 12
  /// Multiply-adds worth a shard of their own: about ten microseconds.
  static let smallestShard = 150_000
  /// Row tiles of a sub-block.
  static let rowTiles = 16
  static let largestGroup = 6

  /// Which of the table's tiles: few columns (an adapter's rank) and few rows (its gradient) have their own.
  enum Tile { case whole, short, narrow }

  let tile: Tile
  let tileRows: Int
  /// Columns that a tile writes; panels are `tileColumns` wide in any case.
  let tileWidth: Int
  let tileColumns: Int
  let panels: Int
  let groupSize: Int
  let groups: Int
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
    let wanted = max(1, min(Self.wantedShards, rows * columns * max(1, depth) / Self.smallestShard))
    // Whole columns first, since every block of rows packs its panels again.
    let group = max(1, min(Self.largestGroup, (panels + wanted - 1) / wanted))
    let groups = max(1, (panels + group - 1) / group)
    groupSize = max(1, (panels + groups - 1) / groups)
    self.groups = max(1, (panels + groupSize - 1) / groupSize)
    let rowTiles = max(1, (rows + tileRows - 1) / tileRows)
    let blocks = max((wanted + groups - 1) / groups, (rows + 1535) / 1536)
    let tilesEach = max(1, (rowTiles + blocks - 1) / blocks)
    rowBlock = tilesEach * tileRows
    rowBlocks = max(1, (rows + rowBlock - 1) / rowBlock)
  }

  private static func roundUp(_ value: Int, _ unit: Int) -> Int { (value + unit - 1) / unit * unit }

  var shards: Int { rowBlocks * groups }

  /// Panels, one left-hand tile for what is left of the rows, and one tile of results for what is left of either.
  var scratchFloats: Int {
    groupSize * Self.depthBlock * tileColumns + Self.depthBlock * tileRows + tileRows * tileColumns
  }
}
