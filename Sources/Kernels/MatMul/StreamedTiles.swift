import MicrokernelTable

/// Rows of a weight past up to sixteen rows of x, as tiles: how ``StreamedLinears`` multiplies where there are many sequences.
///
/// x is packed once, by each worker for itself, and stays in the caches while the weight is read in one ascending stream, a few rows ahead of
/// their use. Every sum is ``MatMul``'s, to the bit.
struct StreamedTiles {
  /// Whole tiles: few enough that a shard of few rows has whole blocks.
  static let blockRows = 24

  private let m: MicrokernelTable
  private let tiles: MicrokernelTable.StreamTiles
  private let depth: Int
  /// Rows of x.
  private let rows: Int
  /// `[depth, nr]`
  private let panel: UnsafeMutablePointer<Float>
  /// `[blockRows, nr]`
  private let results: UnsafeMutablePointer<Float>
  /// Rows that no tile can read where they lie, `[blockRows, depth + 16]`.
  private let staged: UnsafeMutablePointer<Float>

  static func floats(depth: Int) -> Int {
    let nr = Microkernel.table.tileColumns
    return (depth + blockRows) * nr + blockRows * (depth + 16)
  }

  /// - Parameter room: for `floats(depth:)`.
  init(_ tiles: MicrokernelTable.StreamTiles, x: Rows, room: UnsafeMutablePointer<Float>) {
    m = Microkernel.table
    self.tiles = tiles
    depth = x.columns
    rows = x.rows
    panel = room
    results = panel + depth * m.tileColumns
    staged = results + Self.blockRows * m.tileColumns
    m.packTransposed(x.base, x.stride, x.rows, depth, panel)
  }

  /// `y = x·Wᵀ`, or `+=`, of some rows of a weight.
  ///
  /// - Parameters:
  ///   - weight: `[count, depth]`, of bfloat16 or floats.
  ///   - y: `[rows, count]`
  func multiply(
    _ weight: UnsafeRawPointer, isHalf: Bool, count: Int, into y: UnsafeMutablePointer<Float>, stride yStride: Int,
    accumulate: Bool
  ) {
    let rowBytes = depth * (isHalf ? 2 : 4)
    for first in stride(from: 0, to: count, by: Self.blockRows) {
      let block = min(Self.blockRows, count - first)
      let source = weight + first * rowBytes
      let target = y + first
      if accumulate { m.turn(target, yStride, rows, block, results, m.tileColumns) }
      if block % tiles.rows == 0, !isHalf || depth % 2 == 0 {
        multiply(source, rowBytes, isHalf: isHalf, block, source + block * rowBytes, rowBytes, accumulate)
      } else {
        stage(source, isHalf: isHalf, block)
        let rows = (block + tiles.rows - 1) / tiles.rows * tiles.rows
        multiply(staged, 4 * (depth + 16), isHalf: false, rows, source + block * rowBytes, rowBytes, accumulate)
      }
      m.turn(results, m.tileColumns, block, rows, target, yStride)
    }
  }

  /// - Parameters:
  ///   - block: rows, whole tiles.
  ///   - next: what is asked for meanwhile, as many rows.
  private func multiply(
    _ source: UnsafeRawPointer, _ rowBytes: Int, isHalf: Bool, _ block: Int, _ next: UnsafeRawPointer,
    _ nextRowBytes: Int, _ accumulate: Bool
  ) {
    let nr = m.tileColumns
    let tile = tiles.tile(isNarrow: rows <= m.narrowColumns, isHalf: isHalf)
    let size = MatMulPlan.blockDepth(depth)
    let bytes = isHalf ? 2 : 4
    // Every four steps of a tile ask for as much of the next rows as these are of these.
    let step = 4 * nextRowBytes * tiles.rows / depth
    var ahead = next
    for k in stride(from: 0, to: depth, by: size) {
      let count = min(size, depth - k)
      for row in stride(from: 0, to: block, by: tiles.rows) {
        tile(
          count, source + row * rowBytes + k * bytes, rowBytes, panel + k * nr, results + row * nr, accumulate || k > 0,
          ahead, step)
        ahead += count / 4 * step
      }
    }
  }

  /// Widened where they are bfloat16, and filled up with zeros.
  private func stage(_ source: UnsafeRawPointer, isHalf: Bool, _ block: Int) {
    let stride = depth + 16
    for row in 0..<block {
      let target = staged + row * stride
      if isHalf {
        m.widen(source.assumingMemoryBound(to: UInt16.self) + row * depth, target, depth)
      } else {
        target.update(from: source.assumingMemoryBound(to: Float.self) + row * depth, count: depth)
      }
    }
    (staged + block * stride).update(repeating: 0, count: (Self.blockRows - block) * stride)
  }
}
