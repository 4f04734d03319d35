import MicrokernelTable

/// `c = scale · (first + second)`, or `c += …`: the loop nest under every matrix product.
enum MatMulCore {
  private static let directTiles = 4

  static func run(
    _ w: Worker, _ first: MatMulTerm, _ second: MatMulTerm?, into c: Rows, scale: Float, accumulate: Bool
  ) {
    let m = Microkernel.table
    let plan = MatMulPlan(m, rows: c.rows, columns: c.columns, depth: first.depth + (second?.depth ?? 0))
    guard c.rows > 0, c.columns > 0 else {
      w.barrier()
      return
    }
    let scratch = w.scratch(floats: plan.scratchFloats)
    w.claimShards(plan.shards) { shard in
      let group = shard % plan.groups
      let block = shard / plan.groups
      let rows = block * plan.rowBlock..<min(c.rows, (block + 1) * plan.rowBlock)
      let panels = group * plan.groupSize..<min(plan.panels, (group + 1) * plan.groupSize)
      var adding = accumulate
      if first.depth == 0, second == nil, !accumulate {
        for row in rows { c.row(row).update(repeating: 0, count: c.columns) }
      }
      multiply(m, plan, first, c, rows, panels, scale, &adding, scratch)
      if let second { multiply(m, plan, second, c, rows, panels, scale, &adding, scratch) }
    }
  }

  private static func multiply(
    _ m: borrowing MicrokernelTable, _ plan: MatMulPlan, _ term: MatMulTerm, _ c: Rows, _ rows: Range<Int>,
    _ panels: Range<Int>, _ scale: Float, _ adding: inout Bool, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let mr = plan.tileRows
    let nr = plan.tileColumns
    let leftTile = scratch + plan.groupSize * MatMulPlan.depthBlock * nr
    let resultTile = leftTile + MatMulPlan.depthBlock * mr
    let tile =
      switch plan.tile {
      case .whole: term.aTransposed ? m.tileTransposedA : m.tile
      case .short: term.aTransposed ? m.shortTileTransposedA : m.shortTile
      case .narrow: term.aTransposed ? m.narrowTileTransposedA : m.narrowTile
      }
    // Equal blocks, so that no sliver is left at the end.
    let depthBlocks = (term.depth + MatMulPlan.depthBlock - 1) / MatMulPlan.depthBlock
    let depthBlock = depthBlocks == 0 ? 0 : (term.depth + depthBlocks - 1) / depthBlocks
    // A few rows do not repay packing what lies in the right order already.
    let direct = term.canReadRightDirectly && rows.count <= directTiles * mr
    var k = 0
    while k < term.depth {
      let depth = min(depthBlock, term.depth - k)
      let panelSize = depth * nr
      for panel in panels where !(direct && c.columns - panel * nr >= nr) {
        term.pack(
          m, column: panel * nr, columns: min(nr, c.columns - panel * nr), k: k, count: depth,
          panel: scratch + (panel - panels.lowerBound) * panelSize)
      }
      var subBlock = rows.lowerBound
      while subBlock < rows.upperBound {
        let end = min(rows.upperBound, subBlock + MatMulPlan.rowTiles * mr)
        // What is left of the rows goes through a tile of its own, padded with zeros.
        let wholeEnd = end - (end - subBlock) % mr
        if wholeEnd < end { gather(term, wholeEnd..<end, k, depth, mr, leftTile) }
        for panel in panels {
          let column = panel * nr
          let wide = c.columns - column >= plan.tileWidth
          var b = UnsafePointer(scratch + (panel - panels.lowerBound) * panelSize)
          var bStride = nr
          if direct, c.columns - column >= nr, case .float(let base) = term.b {
            b = base + k * term.bStride + column
            bStride = term.bStride
          }
          var row = subBlock
          while row < end {
            let whole = row < wholeEnd
            if whole, wide {
              tile(depth, term.left(row, k), term.aStride, b, bStride, c.row(row) + column, c.stride, scale, adding)
            } else {
              let a = whole ? term.left(row, k) : UnsafePointer(leftTile)
              let stride = whole ? term.aStride : (term.aTransposed ? mr : depth)
              tile(depth, a, stride, b, bStride, resultTile, nr, scale, false)
              scatter(
                resultTile, nr, c, row, min(mr, end - row), column, min(nr, c.columns - column), adding)
            }
            row += mr
          }
        }
        subBlock = end
      }
      adding = true
      k += depth
    }
  }

  /// Copies rows of `op(a)` that do not fill a tile, in the same orientation, the missing rows zero.
  private static func gather(
    _ term: MatMulTerm, _ rows: Range<Int>, _ k: Int, _ depth: Int, _ mr: Int, _ target: UnsafeMutablePointer<Float>
  ) {
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

  private static func scatter(
    _ tile: UnsafePointer<Float>, _ nr: Int, _ c: Rows, _ row: Int, _ rows: Int, _ column: Int, _ columns: Int,
    _ adding: Bool
  ) {
    for r in 0..<rows {
      let source = tile + r * nr
      let target = c.row(row + r) + column
      if adding {
        for j in 0..<columns { target[j] += source[j] }
      } else {
        target.update(from: source, count: columns)
      }
    }
  }
}
