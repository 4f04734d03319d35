import MicrokernelTable

/// How a product is cut. Follows from its shape and the instruction set's tile, never from the number of workers.
///
/// The right-hand matrix is packed once, by all workers, a chunk of its panels at a time, into memory that they share. A
/// shard is then a block of rows against a group of panels: its rows stay in the second-level cache while one panel
/// after the other, which stays in the first as far as it fits, is applied to them. (``FewRowsProduct`` goes the other way round.)
struct MatMulPlan {
  /// Steps of a packed panel that are multiplied at a time, at most: 24 KB on AVX2, and on AVX-512 48 KB, all of Zen 5's first-level
  /// cache. A panel then comes from the second level in part, in order, at two lines to twelve cycles; with 256 steps, 576 made three blocks
  /// instead of two, and reading and writing the results once more cost a hundredth.
  static let depthBlock = 384
  /// A turn of the tiles' loops, which take eight steps on AVX2.
  static let depthUnit = 8
  /// What is packed at a time: long enough that rows' beginnings, which are waited for, are few.
  static let packedDepth = 1024
  /// Packed floats of a chunk, at most: what a third-level cache holds beside the rows.
  static let chunkFloats = 1 << 21
  /// Enough shards that an uneven deal does not matter on many cores, unless they would become tiny: with two workers, half
  /// a shard is what one of them waits in the mean.
  static let wantedShards = 96
  /// Multiply-adds worth a shard of their own: eight to fifteen microseconds.
  static let smallestShard = 1_000_000
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
  let groupSize: Int
  let groups: Int
  let rowBlock: Int
  let rowBlocks: Int

  init(_ m: borrowing MicrokernelTable, rows: Int, columns: Int, steps: Int) {
    if columns <= m.narrowColumns {
      tile = .narrow
      tileRows = m.narrowRows
      tileWidth = m.narrowColumns
    } else if rows <= Self.fewRows(m), Self.shortTileFits(m, rows: rows) {
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
    let wanted = max(1, min(Self.wantedShards, rows * columns * max(1, steps) / Self.smallestShard))
    let allTiles = (rows + tileRows - 1) / tileRows
    var tiles = min(Self.rowTiles, allTiles)
    var group = min(Self.groupSize, panels)
    func shards() -> Int { Self.parts(allTiles, tiles) * Self.parts(panels, group) }
    while shards() < wanted, group > 6 { group = (group + 1) / 2 }
    while shards() < wanted, tiles > 8 { tiles = (tiles + 1) / 2 }
    while shards() < wanted, group > 1 { group = (group + 1) / 2 }
    while shards() < wanted, tiles > 1 { tiles = (tiles + 1) / 2 }
    groupSize = Self.even(panels, Self.parts(panels, group))
    groups = Self.parts(panels, groupSize)
    rowBlock = Self.even(allTiles, Self.parts(allTiles, tiles)) * tileRows
    rowBlocks = Self.parts(rows, rowBlock)
  }

  /// So few rows that it does not pay to pack what lies in the right order already.
  static func fewRows(_ m: borrowing MicrokernelTable) -> Int { 4 * m.tileRows }

  /// Fewer rows are wasted with tiles of few.
  static func shortTileFits(_ m: borrowing MicrokernelTable, rows: Int) -> Bool {
    roundUp(rows, m.shortRows) < roundUp(rows, m.tileRows)
  }

  static func pieces(_ steps: Int) -> Int { (steps + packedDepth - 1) / packedDepth }

  /// Depth is cut into about equal blocks, so that no sliver is left at the end, in whole turns of the tiles' loops.
  ///
  /// - Parameters:
  ///   - most: steps of a block; no more than ``depthBlock``.
  ///   - unit: steps of a turn.
  static func blockDepth(_ steps: Int, most: Int = depthBlock, unit: Int = depthUnit) -> Int {
    let blocks = max(1, (steps + most - 1) / most)
    return max(unit, min(most, (steps + unit * blocks - 1) / (unit * blocks) * unit))
  }

  private static func roundUp(_ value: Int, _ unit: Int) -> Int { (value + unit - 1) / unit * unit }
  private static func parts(_ count: Int, _ size: Int) -> Int { max(1, (count + size - 1) / max(1, size)) }
  /// The size of each when `count` things are dealt to `parts` evenly.
  private static func even(_ count: Int, _ parts: Int) -> Int { max(1, (count + parts - 1) / max(1, parts)) }

  /// One left-hand tile for what is left of the rows, and one tile of results for what is left of either, or for each of the
  /// rows' tiles where results are turned.
  func scratchFloats(turned: Bool) -> Int {
    Self.depthBlock * tileRows + (turned ? Self.roundUp(rowBlock, tileRows) : tileRows) * tileColumns
  }
}
