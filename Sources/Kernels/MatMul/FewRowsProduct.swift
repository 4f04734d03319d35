import CPUFeatures
import MicrokernelTable

/// `y = x·Wᵀ (+ u·Bᵀ)` of few rows of x, such as a prompt's, computed as its transpose.
///
/// A weight is larger than the few rows that it is multiplied by. Packed as the right-hand side, it took a tenth of a prompt of 256 tokens and most
/// of a short one. So W's rows, which lie in memory as a tile reads its left-hand side, are that, and x is packed. A shard is a
/// block of W's rows, read from memory once while the panels of x stay in the caches, and the tile's results are turned on
/// their way out. Every result is the same sum in the same order as in ``MatMulCore``, so its bits do not depend on which of the two computes it.
final class FewRowsProduct: ProductCore {
  /// Rows of W in a shard: whole tiles of every instruction set, and whole lines of a row of y.
  private static let blockRows = 48
  /// Rows of x: as many as a part of a training batch has at most, unless one sequence is longer. At 1024 nothing is gained any more, since x
  /// fills the caches.
  private static let rowCounts = 1...768
  private static let wantedShards = 64
  /// Where rows of W must be widened first, by every group of panels anew, which for one panel takes a fifth of what its product takes.
  private static let wantedShardsWidened = 24
  /// Floats of results, at most, that are worth leaving in the caches: 32 MB. Of a chunk of logits, 100 MB, each line that was read only to
  /// be written over was waited for, which took a twenty-fifth of a training step.
  private static let cachedResults = 1 << 23
  /// Panels, at most, for which a block of the weight is streamed: read where it lies, and widened by each of them anew.
  private static let streamedPanels = 4

  private let m: MicrokernelTable
  private let product: MatMulProduct
  private let weight: MatMulTerm
  private let lowRank: MatMulTerm?
  /// Where the panels of x begin in the shared room, and those of u, if they are there.
  private let place: Int
  private let placeOfU: Int?
  private let panels: Int
  private let groupSize: Int
  private let groups: Int
  private let blocks: Int
  /// So few rows that half a panel holds them.
  private let isNarrow: Bool
  /// Where few panels stream the weight.
  private let streams: MicrokernelTable.StreamTiles?
  /// They read bfloat16.
  private let streamsHalf: Bool
  /// How results get to y that are too large for the caches, where rows of y are whole lines.
  private let pastCaches: MicrokernelTable.Turn?

  /// - Parameters:
  ///   - shared: where x is packed
  /// - Returns: nil for a product that is not of this kind.
  init?(_ m: MicrokernelTable, _ product: MatMulProduct, _ shared: inout SharedOperands) {
    guard Self.takes(product), let weight = product.terms.first else { return nil }
    self.m = m
    self.product = product
    self.weight = weight
    lowRank = product.terms.count > 1 ? product.terms[1] : nil
    place = shared.panels(weight, rows: product.rows)
    placeOfU = lowRank.flatMap { shared.panelsOfResult($0.a) }
    isNarrow = product.rows <= m.narrowColumns
    let isLarge = product.rows * product.columns > Self.cachedResults && !product.accumulate
    let isAligned = UInt(bitPattern: product.c.base) % 64 == 0 && product.c.stride % 16 == 0
    pastCaches = isLarge && isAligned ? m.turnPastCaches : nil
    panels = (product.rows + m.tileColumns - 1) / m.tileColumns
    blocks = (product.columns + Self.blockRows - 1) / Self.blockRows
    streamsHalf = weight.isWidened && weight.depth % 2 == 0
    let canStream = weight.arithmetic.element == .float32 && product.scale == 1 && panels <= Self.streamedPanels
    // Of a panel that is half empty the narrow tile has more rows, unless they would have to be widened first.
    streams = canStream && (streamsHalf || !isNarrow) ? m.streamTiles : nil
    let most = weight.isWidened ? Self.wantedShardsWidened : Self.wantedShards
    let wanted = min(most, product.rows * product.columns * weight.steps / MatMulPlan.smallestShard)
    var size = panels
    while blocks * ((panels + size - 1) / size) < wanted, size > 1 { size = (size + 1) / 2 }
    groupSize = size
    groups = (panels + size - 1) / size
  }

  /// x's rows against a weight of at least as many, and perhaps u's against B.
  static func takes(_ product: MatMulProduct) -> Bool {
    guard !product.isTurned, let weight = product.terms.first, weight.role == .weight, weight.bTransposed,
      !weight.aTransposed, weight.depth > 0
    else { return false }
    guard rowCounts.contains(product.rows), product.rows <= product.columns else { return false }
    switch product.terms.count {
    case 1: return true
    case 2:
      let term = product.terms[1]
      guard case .float = term.b else { return false }
      return term.bTransposed && !term.aTransposed && term.role != .weight && term.depth <= MatMulPlan.depthBlock
    default: return false
    }
  }

  var shards: Int { blocks * groups }
  private var leftFloats: Int { Self.blockRows * (weight.steps + 16) }
  /// A panel of u, and rows of B.
  private var lowRankFloats: Int {
    lowRank.map { $0.steps * m.tileColumns + Self.blockRows * ($0.steps + 16) } ?? 0
  }
  var scratchFloats: Int { leftFloats + lowRankFloats + Self.blockRows * m.tileColumns }

  func multiply(
    _ shard: Int, from packed: UnsafeMutablePointer<Float>, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>, workers: Int
  ) {
    let block = shard / groups
    let rows = block * Self.blockRows..<min(product.columns, (block + 1) * Self.blockRows)
    let group = shard % groups * groupSize..<min(panels, (shard % groups + 1) * groupSize)
    // Whole tiles of rows: what is missing of the last one must not be read behind the weight.
    let isWhole = rows.count % tileRows == 0
    let streams = streamsHalf && rows.count % (self.streams?.rows ?? 1) != 0 ? nil : self.streams
    let source = streams == nil || !streamsHalf ? nil : whereItLies(rows)
    let left = source == nil ? left(weight, rows, isWhole, scratch) : (UnsafePointer(scratch), stride: 0)
    let results = scratch + leftFloats
    let panelOfU = results + Self.blockRows * m.tileColumns
    let lowRankRows = lowRank.map { self.left($0, rows, isWhole, panelOfU + $0.steps * m.tileColumns) }
    let next = block + (groups == 1 ? workers : 1)
    let turn = pastCaches ?? m.turn
    for panel in group {
      if let streams {
        stream(
          streams, rows, source ?? (UnsafeRawPointer(left.0), 4 * left.stride), isHalf: source != nil, panel, shared,
          results, next: next, asksForResults: pastCaches == nil)
      } else {
        multiply(rows, left, panel, shared, results, next: next, asksForResults: pastCaches == nil)
      }
      if let lowRank, let lowRankRows { addLowRank(lowRank, rows, lowRankRows, panel, shared, panelOfU, results) }
      let first = panel * m.tileColumns
      let y = product.c.row(first) + rows.lowerBound
      turn(
        results, m.tileColumns, rows.count, min(m.tileColumns, product.rows - first), y, product.c.stride)
    }
    // Before the barrier tells others that they are there.
    if pastCaches != nil { lorascope_fence_stores() }
  }

  private var tileRows: Int { isNarrow ? m.narrowRows : m.tileRows }

  /// - Parameters:
  ///   - next: the block whose rows are asked for meanwhile, a few lines before each tile: all at once, the tiles would wait.
  ///   - asksForResults: the same of the lines that results will go to, where they are in some cache.
  private func multiply(
    _ rows: Range<Int>, _ left: (UnsafePointer<Float>, stride: Int), _ panel: Int,
    _ shared: UnsafeMutablePointer<Float>, _ results: UnsafeMutablePointer<Float>, next: Int, asksForResults: Bool
  ) {
    let nr = m.tileColumns
    let tile = weight.tile(m, isNarrow ? .narrow : .whole)
    let tallTile = isNarrow ? nil : weight.arithmetic.tallTile
    let columns = UnsafePointer(shared + place + panel * nr * weight.steps)
    var adding = begin(rows, panel, results)
    let size = weight.blockSteps
    let tiles = (weight.steps + size - 1) / size * ((rows.count + tileRows - 1) / tileRows)
    var ahead = panel * tiles
    for k in stride(from: 0, to: weight.steps, by: size) {
      let count = min(size, weight.steps - k)
      var row = 0
      while row < rows.count {
        let isTall = tallTile != nil && row + 2 * tileRows <= rows.count
        for _ in 0..<(isTall ? 2 : 1) {
          askForRows(of: next, part: ahead, of: panels * tiles)
          if asksForResults { askForResults(rows, panel, part: ahead - panel * tiles, of: tiles) }
          ahead += 1
        }
        (isTall ? tallTile ?? tile : tile)(
          count, left.0 + row * left.stride + k, left.stride, columns + k * nr, nr, results + row * nr, nr,
          product.scale, adding)
        row += isTall ? 2 * tileRows : tileRows
      }
      adding = true
    }
  }

  /// The same by the tiles that ask for the next rows themselves.
  private func stream(
    _ streams: MicrokernelTable.StreamTiles, _ rows: Range<Int>, _ left: (base: UnsafeRawPointer, rowBytes: Int),
    isHalf: Bool, _ panel: Int, _ shared: UnsafeMutablePointer<Float>, _ results: UnsafeMutablePointer<Float>,
    next: Int, asksForResults: Bool
  ) {
    let nr = m.tileColumns
    let tile = streams.tile(isNarrow: isNarrow, isHalf: isHalf)
    let columns = UnsafePointer(shared + place + panel * nr * weight.steps)
    var adding = begin(rows, panel, results)
    let size = weight.blockSteps
    let rowTiles = (rows.count + streams.rows - 1) / streams.rows
    let tiles = (weight.steps + size - 1) / size * rowTiles
    let nextRows = whereItLies(min(next, blocks - 1) * Self.blockRows..<product.columns)
    // Each panel asks for its share of the next block.
    let share = next < blocks ? Self.blockRows * nextRows.rowBytes / panels : 0
    let step = share / max(1, rowTiles * weight.steps / 4)
    var ahead = nextRows.base + panel * share
    var part = 0
    for k in stride(from: 0, to: weight.steps, by: size) {
      let count = min(size, weight.steps - k)
      for row in stride(from: 0, to: rows.count, by: streams.rows) {
        if asksForResults { askForResults(rows, panel, part: part, of: tiles) }
        part += 1
        tile(
          count, left.base + row * left.rowBytes + k * (isHalf ? 2 : 4), left.rowBytes, columns + k * nr,
          results + row * nr, adding, ahead, step)
        ahead += count / 4 * step
      }
      adding = true
    }
  }

  /// Where rows of W are, and bytes between them.
  private func whereItLies(_ rows: Range<Int>) -> (base: UnsafeRawPointer, rowBytes: Int) {
    switch weight.b {
    case .float(let base): (UnsafeRawPointer(base + rows.lowerBound * weight.bStride), 4 * weight.bStride)
    case .half(let base): (UnsafeRawPointer(base + rows.lowerBound * weight.bStride), 2 * weight.bStride)
    }
  }

  /// What results are added to; whether there is something.
  private func begin(_ rows: Range<Int>, _ panel: Int, _ results: UnsafeMutablePointer<Float>) -> Bool {
    guard let addend = product.base ?? (product.accumulate ? product.c : nil) else { return false }
    let first = panel * m.tileColumns
    m.turn(
      addend.row(first) + rows.lowerBound, addend.stride, min(m.tileColumns, product.rows - first), rows.count, results,
      m.tileColumns)
    return true
  }

  /// Rows of W or B where they lie, if that is as tiles read them, or staged and filled up with zeros in scratch memory.
  private func left(
    _ term: MatMulTerm, _ rows: Range<Int>, _ isWhole: Bool, _ scratch: UnsafeMutablePointer<Float>
  ) -> (UnsafePointer<Float>, stride: Int) {
    let own = term.steps + 16
    let (depth, stride) = (term.depth, term.bStride)
    let arithmetic = term.arithmetic
    switch term.b {
    case .float(let base):
      let source = base + rows.lowerBound * stride
      if arithmetic.element == .float32, isWhole { return (source, stride) }
      arithmetic.stageRows(source, stride, rows.count, depth, scratch, own)
    case .half(let base):
      let source = base + rows.lowerBound * stride
      // Neighbours are pairs already.
      if arithmetic.element == .bfloat16, isWhole, stride % 2 == 0, depth % 2 == 0 {
        return (UnsafeRawPointer(source).assumingMemoryBound(to: Float.self), stride / 2)
      }
      arithmetic.stageHalfRows(source, stride, rows.count, depth, scratch, own)
    }
    for row in rows.count..<Self.blockRows { (scratch + row * own).update(repeating: 0, count: own) }
    return (UnsafePointer(scratch), own)
  }

  /// u's panels are there, where ``FewRowsAdapter`` computed it; else each shard packs its few values itself.
  private func addLowRank(
    _ term: MatMulTerm, _ rows: Range<Int>, _ left: (UnsafePointer<Float>, stride: Int), _ panel: Int,
    _ shared: UnsafeMutablePointer<Float>, _ panelOfU: UnsafeMutablePointer<Float>,
    _ results: UnsafeMutablePointer<Float>
  ) {
    let nr = m.tileColumns
    let first = panel * nr
    var columns = UnsafePointer(panelOfU)
    if let placeOfU {
      columns = UnsafePointer(shared + placeOfU + panel * nr * term.steps)
    } else {
      term.packLeft(row: first, count: min(nr, product.rows - first), panel: panelOfU)
    }
    let tile = term.tile(m, isNarrow ? .narrow : .whole)
    for row in stride(from: 0, to: rows.count, by: tileRows) {
      tile(
        term.steps, left.0 + row * left.stride, left.stride, columns, nr, results + row * nr, nr, product.scale, true)
    }
  }

  /// Asks for a part of the lines that a panel's results go to.
  private func askForResults(_ columns: Range<Int>, _ panel: Int, part: Int, of parts: Int) {
    let first = panel * m.tileColumns
    let count = min(m.tileColumns, product.rows - first)
    let share = (count + parts - 1) / parts
    for row in part * share..<max(part * share, min(count, (part + 1) * share)) {
      let y = product.c.row(first + row)
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 16) {
        lorascope_prefetch_own(y + column)
      }
    }
  }

  /// Asks for a part of a block's rows of W, into the second-level cache.
  private func askForRows(of block: Int, part: Int, of parts: Int) {
    guard block < blocks else { return }
    let rows = block * Self.blockRows..<min(product.columns, (block + 1) * Self.blockRows)
    let (base, rowBytes) = whereItLies(rows)
    let count = rows.count * rowBytes
    let share = (count / parts + 64) / 64 * 64
    for line in stride(from: part * share, to: min(count, (part + 1) * share), by: 64) {
      lorascope_prefetch_far(base + line)
    }
  }
}
