import MicrokernelTable

/// `c = scale · (first + second)`, or `c += …`: the loop nest under every matrix product.
struct MatMulCore {
  private static let directTiles = 4

  private let m: MicrokernelTable
  private let plan: MatMulPlan
  private let terms: (first: MatMulTerm, second: MatMulTerm?)
  private let c: Rows
  private let scale: Float
  /// The packed panels of a chunk, each as deep as both terms together.
  private let packed: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutablePointer<Float>
  private let depth: Int

  static func run(
    _ w: Worker, _ first: MatMulTerm, _ second: MatMulTerm?, into c: Rows, scale: Float, accumulate: Bool
  ) {
    guard c.rows > 0, c.columns > 0 else {
      w.barrier()
      return
    }
    MatMulCore(w, first, second, c, scale).run(w, accumulate: accumulate)
  }

  private init(_ w: Worker, _ first: MatMulTerm, _ second: MatMulTerm?, _ c: Rows, _ scale: Float) {
    m = Microkernel.table
    depth = first.depth + (second?.depth ?? 0)
    plan = MatMulPlan(m, rows: c.rows, columns: c.columns, depth: depth)
    terms = (first, second)
    self.c = c
    self.scale = scale
    packed = w.sharedScratch(floats: plan.chunk * depth * plan.tileColumns)
    scratch = w.scratch(floats: plan.scratchFloats)
  }

  private func run(_ w: Worker, accumulate: Bool) {
    for start in stride(from: 0, to: plan.panels, by: plan.chunk) {
      let chunk = start..<min(plan.panels, start + plan.chunk)
      let blocks = Self.blocks(terms.first) + (terms.second.map(Self.blocks) ?? 0)
      let direct = isDirect(terms.first) && (terms.second.map(isDirect) ?? true)
      if !(direct && chunk.upperBound * plan.tileColumns <= c.columns) {
        w.claimShards(chunk.count * blocks) { pack(chunk, panel: $0 / blocks, block: $0 % blocks) }
      }
      let groups = (chunk.count + plan.groupSize - 1) / plan.groupSize
      w.claimShards(plan.rowBlocks * groups) { shard in
        let block = shard / groups
        let group = start + shard % groups * plan.groupSize
        multiply(
          block * plan.rowBlock..<min(c.rows, (block + 1) * plan.rowBlock),
          group..<min(chunk.upperBound, group + plan.groupSize), chunk.lowerBound, accumulate)
      }
    }
  }

  /// A few rows do not repay packing what lies in the right order already.
  private func isDirect(_ term: MatMulTerm) -> Bool {
    term.canReadRightDirectly && c.rows <= Self.directTiles * plan.tileRows
  }

  /// Depth is cut into about equal blocks, so that no sliver is left at the end.
  private static func blocks(_ term: MatMulTerm) -> Int {
    (term.depth + MatMulPlan.depthBlock - 1) / MatMulPlan.depthBlock
  }

  /// In whole turns of the tiles' loops, which take eight steps.
  private static func blockDepth(_ term: MatMulTerm) -> Int {
    let blocks = max(1, blocks(term))
    return min(MatMulPlan.depthBlock, (term.depth + 8 * blocks - 1) / (8 * blocks) * 8)
  }

  /// Packs one block of depth, counted over both terms, of one panel.
  private func pack(_ chunk: Range<Int>, panel: Int, block: Int) {
    let firstBlocks = Self.blocks(terms.first)
    let column = (chunk.lowerBound + panel) * plan.tileColumns
    let target = packed + panel * depth * plan.tileColumns
    if block < firstBlocks {
      pack(terms.first, block, column, target)
    } else if let second = terms.second {
      pack(second, block - firstBlocks, column, target + terms.first.depth * plan.tileColumns)
    }
  }

  private func pack(_ term: MatMulTerm, _ block: Int, _ column: Int, _ target: UnsafeMutablePointer<Float>) {
    let columns = min(plan.tileColumns, c.columns - column)
    if isDirect(term), columns == plan.tileColumns { return }
    let size = Self.blockDepth(term)
    term.pack(
      m, column: column, columns: columns, k: block * size, count: min(size, term.depth - block * size),
      panel: target + block * size * plan.tileColumns)
  }

  private func multiply(_ rows: Range<Int>, _ panels: Range<Int>, _ firstPacked: Int, _ accumulate: Bool) {
    var adding = accumulate
    if depth == 0, !accumulate {
      let columns = panels.lowerBound * plan.tileColumns..<min(c.columns, panels.upperBound * plan.tileColumns)
      for row in rows { (c.row(row) + columns.lowerBound).update(repeating: 0, count: columns.count) }
    }
    let source = packed - firstPacked * depth * plan.tileColumns
    multiply(terms.first, rows, panels, source, &adding)
    if let second = terms.second {
      multiply(second, rows, panels, source + terms.first.depth * plan.tileColumns, &adding)
    }
  }

  /// - Parameter source: where the term's part of panel 0 is, or would be, packed.
  private func multiply(
    _ term: MatMulTerm, _ rows: Range<Int>, _ panels: Range<Int>, _ source: UnsafePointer<Float>,
    _ adding: inout Bool
  ) {
    let mr = plan.tileRows
    let nr = plan.tileColumns
    let leftTile = scratch
    let resultTile = scratch + MatMulPlan.depthBlock * mr
    let tile =
      switch plan.tile {
      case .whole: term.aTransposed ? m.tileTransposedA : m.tile
      case .short: term.aTransposed ? m.shortTileTransposedA : m.shortTile
      case .narrow: term.aTransposed ? m.narrowTileTransposedA : m.narrowTile
      }
    let direct = isDirect(term)
    let size = Self.blockDepth(term)
    // What is left of the rows goes through a tile of its own, padded with zeros.
    let wholeEnd = rows.upperBound - rows.count % mr
    var k = 0
    while k < term.depth {
      let count = min(size, term.depth - k)
      if wholeEnd < rows.upperBound { gather(term, wholeEnd..<rows.upperBound, k, count, leftTile) }
      for panel in panels {
        let column = panel * nr
        let wide = c.columns - column >= plan.tileWidth
        var b = source + panel * depth * nr + k * nr
        var bStride = nr
        if direct, c.columns - column >= nr, case .float(let base) = term.b {
          b = base + k * term.bStride + column
          bStride = term.bStride
        }
        var row = rows.lowerBound
        while row < rows.upperBound {
          let whole = row < wholeEnd
          if whole, wide {
            tile(count, term.left(row, k), term.aStride, b, bStride, c.row(row) + column, c.stride, scale, adding)
          } else {
            let a = whole ? term.left(row, k) : UnsafePointer(leftTile)
            let stride = whole ? term.aStride : (term.aTransposed ? mr : count)
            tile(count, a, stride, b, bStride, resultTile, nr, scale, false)
            scatter(resultTile, row, min(mr, rows.upperBound - row), column, min(nr, c.columns - column), adding)
          }
          row += mr
        }
      }
      adding = true
      k += count
    }
  }

  /// Copies rows of `op(a)` that do not fill a tile, in the same orientation, the missing rows zero.
  private func gather(
    _ term: MatMulTerm, _ rows: Range<Int>, _ k: Int, _ depth: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let mr = plan.tileRows
    if term.aTransposed {
      for step in 0..<depth {
        for r in 0..<mr {
          target[step * mr + r] = r < rows.count ? term.left(rows.lowerBound + r, k + step).pointee : 0
        }
      }
    } else {
      for r in 0..<mr {
        if r < rows.count {
          (target + r * depth).update(from: term.left(rows.lowerBound + r, k), count: depth)
        } else {
          (target + r * depth).update(repeating: 0, count: depth)
        }
      }
    }
  }

  private func scatter(
    _ tile: UnsafePointer<Float>, _ row: Int, _ rows: Int, _ column: Int, _ columns: Int, _ adding: Bool
  ) {
    for r in 0..<rows {
      let source = tile + r * plan.tileColumns
      let target = c.row(row + r) + column
      if adding {
        for j in 0..<columns { target[j] += source[j] }
      } else {
        target.update(from: source, count: columns)
      }
    }
  }
}
