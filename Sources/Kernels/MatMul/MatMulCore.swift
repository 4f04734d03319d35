import MicrokernelTable

/// The loop nest under every matrix product: one worker's view of it.
final class MatMulCore: ProductCore {
  private let m: MicrokernelTable
  private let plan: MatMulPlan
  private let product: MatMulProduct
  /// A tile's steps over all terms: panels are so deep.
  private let steps: Int
  /// Every term's right-hand side is read where it lies, in every panel.
  private let isDirect: Bool
  /// Pieces of depth that are packed at a time, over all terms.
  private let pieces: Int

  /// - Parameter shared: where left-hand sides find their staged rows, unless they come late.
  init(_ m: MicrokernelTable, _ product: MatMulProduct, _ shared: inout SharedOperands) {
    self.m = m
    var product = product
    for index in product.terms.indices where product.terms[index].stagesLeft && !product.terms[index].isLate {
      product.terms[index].stagedPlace = shared.stagedRows(product.terms[index], rows: product.rows)
    }
    self.product = product
    steps = product.steps
    plan = MatMulPlan(m, rows: product.rows, columns: product.columns, steps: steps)
    let fewRows = product.rows <= MatMulPlan.fewRows(m)
    isDirect =
      fewRows && product.columns % m.tileColumns == 0 && product.terms.allSatisfy(\.canReadRightDirectly)
    pieces = product.terms.reduce(0) { $0 + MatMulPlan.pieces($1.steps) }
  }

  /// The last part is for rows that are staged late.
  var scratchFloats: Int {
    let stride = product.terms.reduce(0) { max($0, $1.stagesLeft && $1.isLate ? $1.stagedStride : 0) }
    return plan.scratchFloats(turned: product.isTurned) + plan.rowBlock * stride
  }
  /// Of all panels together.
  var packedFloats: Int { isDirect ? 0 : plan.panels * steps * plan.tileColumns }
  var packingShards: Int { isDirect ? 0 : plan.panels * pieces }
  var shards: Int { plan.rowBlocks * plan.groups }

  /// Packs one piece of depth of one panel.
  /// - Parameter packed: room for `packedFloats`, each panel as deep as all terms together.
  func pack(_ shard: Int, into packed: UnsafeMutablePointer<Float>) {
    pack(panel: shard / pieces, piece: shard % pieces, packed + shard / pieces * steps * plan.tileColumns)
  }

  func multiply(
    _ shard: Int, from packed: UnsafeMutablePointer<Float>, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>, workers: Int
  ) {
    let group = shard % plan.groups * plan.groupSize
    multiply(shard / plan.groups, group..<min(plan.panels, group + plan.groupSize), packed, shared, scratch)
  }

  /// Packs and multiplies a chunk of the panels at a time, or a stretch of the depth.
  static func runInChunks(_ w: Worker, _ product: MatMulProduct) {
    let m = Microkernel.table
    if let slices = product.slices(packedFloats: MatMulPlan.chunkFloats, panelColumns: m.tileColumns) {
      for slice in slices { MatMulSchedule.run(w, [[slice]]) }
      return
    }
    var shared = SharedOperands(m)
    MatMulCore(m, product, &shared).runInChunks(w, shared)
  }

  private func runInChunks(_ w: Worker, _ operands: SharedOperands) {
    let scratch = w.scratch(floats: scratchFloats)
    let panelFloats = steps * plan.tileColumns
    let most = max(1, MatMulPlan.chunkFloats / max(1, panelFloats))
    let chunks = (plan.panels + most - 1) / most
    let size = (plan.panels + chunks - 1) / chunks
    let packed = w.sharedScratch(floats: (isDirect ? 0 : size * panelFloats) + operands.floats)
    let shared = packed + (isDirect ? 0 : size * panelFloats)
    for first in stride(from: 0, to: plan.panels, by: size) {
      let count = min(size, plan.panels - first)
      let packing = isDirect ? 0 : count * pieces
      let preparing = first == 0 ? operands.shards : 0
      if packing + preparing > 0 {
        w.claimShards(packing + preparing) { shard in
          if shard < packing {
            pack(panel: first + shard / pieces, piece: shard % pieces, packed + shard / pieces * panelFloats)
          } else {
            operands.prepare(shard - packing, into: shared)
          }
        }
      }
      // The plan's groups are those of all panels: of a chunk alone they would be too few to share out evenly.
      let size = max(1, min(plan.groupSize, count * plan.rowBlocks / MatMulPlan.wantedShards))
      let groups = (count + size - 1) / size
      w.claimShards(plan.rowBlocks * groups) { shard in
        let group = first + shard % groups * size
        multiply(
          shard / groups, group..<min(first + count, group + size), packed - first * panelFloats, shared, scratch)
      }
    }
  }

  /// - Parameter place: of the packed panel.
  private func pack(panel: Int, piece: Int, _ place: UnsafeMutablePointer<Float>) {
    let column = panel * plan.tileColumns
    let columns = min(plan.tileColumns, product.columns - column)
    var target = place
    var piece = piece
    for term in product.terms {
      let own = MatMulPlan.pieces(term.steps)
      if piece < own {
        let step = piece * MatMulPlan.packedDepth
        term.pack(
          column: column, columns: columns, step: step, count: min(MatMulPlan.packedDepth, term.steps - step),
          panel: target + step * plan.tileColumns)
        return
      }
      piece -= own
      target += term.steps * plan.tileColumns
    }
  }

  /// - Parameter source: where panel 0 is, or would be, packed.
  private func multiply(
    _ rowBlock: Int, _ panels: Range<Int>, _ source: UnsafeMutablePointer<Float>,
    _ shared: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = rowBlock * plan.rowBlock..<min(product.rows, (rowBlock + 1) * plan.rowBlock)
    if product.isTurned {
      multiplyTurned(rows, panels, source, scratch)
      return
    }
    let c = product.c
    var adding = product.accumulate
    let start = panels.lowerBound * plan.tileColumns
    let count = min(c.columns, panels.upperBound * plan.tileColumns) - start
    if let base = product.base {
      // Added by the tiles instead, it would be read in pieces of two lines, which takes longer.
      for row in rows { (c.row(row) + start).update(from: base.row(row) + start, count: count) }
      adding = true
    } else if steps == 0, !adding {
      for row in rows { (c.row(row) + start).update(repeating: 0, count: count) }
    }
    var place = source
    for term in product.terms {
      multiply(term, rows, panels, place, shared, scratch, &adding)
      place += term.steps * plan.tileColumns
    }
  }

  /// Where a panel of a term's right-hand side lies, from `k` on.
  @inline(__always)
  private func right(
    _ term: MatMulTerm, _ panel: Int, _ k: Int, _ source: UnsafeMutablePointer<Float>
  ) -> (UnsafePointer<Float>, stride: Int) {
    if isDirect, case .float(let base) = term.b {
      return (base + k * term.bStride + panel * plan.tileColumns, term.bStride)
    }
    return (UnsafePointer(source + panel * steps * plan.tileColumns + k * plan.tileColumns), plan.tileColumns)
  }

  /// A term's left-hand side as tiles read it.
  private struct Left {
    /// Element `(0, 0)`, or where it would be.
    let base: UnsafePointer<Float>
    /// Between rows, and between steps.
    let rowStride: Int
    let stepStride: Int
    /// As a tile takes it.
    let stride: Int
    /// Rows of zeros follow, up to a whole tile.
    let isPadded: Bool

    @inline(__always)
    subscript(row: Int, k: Int) -> UnsafePointer<Float> { base + row * rowStride + k * stepStride }
  }

  /// Where it lies, or where its staged rows do. What is late, and as narrow as an adapter, each shard stages for itself.
  private func left(
    _ term: MatMulTerm, _ rows: Range<Int>, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) -> Left {
    guard term.stagesLeft else {
      return Left(
        base: term.a, rowStride: term.aTransposed ? 1 : term.aStride, stepStride: term.aTransposed ? term.aStride : 1,
        stride: term.aStride, isPadded: false)
    }
    let stride = term.stagedStride
    var base = shared + term.stagedPlace
    if term.isLate {
      let place = scratch + plan.scratchFloats(turned: false)
      term.arithmetic.stage(
        term.left(rows.lowerBound, 0), term.aStride, rows: rows.count, depth: term.depth, into: place, stride: stride,
        padded: plan.rowBlock)
      base = place - rows.lowerBound * stride
    }
    return Left(base: UnsafePointer(base), rowStride: stride, stepStride: 1, stride: stride, isPadded: true)
  }

  /// - Parameter source: where the term's part of panel 0 is, or would be, packed.
  private func multiply(
    _ term: MatMulTerm, _ rows: Range<Int>, _ panels: Range<Int>, _ source: UnsafeMutablePointer<Float>,
    _ shared: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ adding: inout Bool
  ) {
    let c = product.c
    let mr = plan.tileRows
    let nr = plan.tileColumns
    let leftTile = scratch
    let resultTile = scratch + MatMulPlan.depthBlock * mr
    let tile = term.tile(m, plan.tile)
    let tallTile = plan.tile == .whole && !term.aTransposed ? term.arithmetic.tallTile : nil
    let left = left(term, rows, shared, scratch)
    let size = term.blockSteps
    // What is left of the rows goes through a tile of its own, padded with zeros.
    let wholeEnd = rows.upperBound - rows.count % mr
    let gathers = wholeEnd < rows.upperBound && !left.isPadded
    var k = 0
    while k < term.steps {
      let count = min(size, term.steps - k)
      if gathers { gather(term, wholeEnd..<rows.upperBound, k, count, leftTile) }
      for panel in panels {
        let column = panel * nr
        let (b, bStride) = right(term, panel, k, source)
        var row = rows.lowerBound
        if c.columns - column >= plan.tileWidth {
          // Nearly all tiles; nothing is decided between them.
          var a = left[row, k]
          var target = c.row(row) + column
          if let tallTile {
            while row + 2 * mr <= wholeEnd {
              tallTile(count, a, left.stride, b, bStride, target, c.stride, product.scale, adding)
              a += 2 * mr * left.rowStride
              target += 2 * mr * c.stride
              row += 2 * mr
            }
          }
          while row < wholeEnd {
            tile(count, a, left.stride, b, bStride, target, c.stride, product.scale, adding)
            a += mr * left.rowStride
            target += mr * c.stride
            row += mr
          }
        }
        while row < rows.upperBound {
          // The tile adds in any case, so that a result's bits do not depend on where in a tile it lies.
          let part = (
            row: row, rows: min(mr, rows.upperBound - row), column: column, columns: min(nr, c.columns - column)
          )
          if adding { copyResults(part, into: resultTile) }
          if gathers, row >= wholeEnd {
            tile(
              count, leftTile, term.aTransposed ? mr : count, b, bStride, resultTile, nr, product.scale, adding)
          } else {
            tile(count, left[row, k], left.stride, b, bStride, resultTile, nr, product.scale, adding)
          }
          for r in 0..<part.rows { (c.row(row + r) + column).update(from: resultTile + r * nr, count: part.columns) }
          row += mr
        }
      }
      adding = true
      k += count
    }
  }

  /// The results of a panel are summed in scratch memory, few rows as they are, and turned on their way out.
  private func multiplyTurned(
    _ rows: Range<Int>, _ panels: Range<Int>, _ source: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let c = product.c
    let mr = plan.tileRows
    let nr = plan.tileColumns
    let leftTile = scratch
    let results = scratch + MatMulPlan.depthBlock * mr
    for panel in panels {
      var place = source
      var adding = false
      for term in product.terms {
        let size = term.blockSteps
        let tile = term.tile(m, plan.tile)
        for k in stride(from: 0, to: term.steps, by: size) {
          let count = min(size, term.steps - k)
          let (b, bStride) = right(term, panel, k, place)
          for row in stride(from: rows.lowerBound, to: rows.upperBound, by: mr) {
            let target = results + (row - rows.lowerBound) * nr
            if row + mr <= rows.upperBound {
              tile(count, term.left(row, k), term.aStride, b, bStride, target, nr, product.scale, adding)
            } else {
              gather(term, row..<rows.upperBound, k, count, leftTile)
              tile(
                count, leftTile, term.aTransposed ? mr : count, b, bStride, target, nr, product.scale, adding)
            }
          }
          adding = true
        }
        place += term.steps * nr
      }
      for column in panel * nr..<min(product.columns, (panel + 1) * nr) {
        let target = c.row(column)
        let result = results + column - panel * nr
        for row in rows {
          let value = adding ? result[(row - rows.lowerBound) * nr] : 0
          target[row] = product.accumulate ? target[row] + value : value
        }
      }
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

  private func copyResults(
    _ part: (row: Int, rows: Int, column: Int, columns: Int), into tile: UnsafeMutablePointer<Float>
  ) {
    for r in 0..<part.rows {
      (tile + r * plan.tileColumns).update(from: product.c.row(part.row + r) + part.column, count: part.columns)
    }
  }
}
