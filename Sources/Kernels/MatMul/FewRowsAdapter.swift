import MicrokernelTable

/// `u = s·x·Aᵀ` of few rows of x, computed as its transpose, as ``FewRowsProduct`` computes the products of the same x by weights.
///
/// x is packed already, and the tile's results are nearly what that product wants of u: they are left to it as panels, which every block of the
/// weight's rows packed again. With the results' many rows as the tile's rows, a rank of 16 filled half of its columns.
final class FewRowsAdapter: ProductCore {
  private let m: MicrokernelTable
  private let product: MatMulProduct
  private let term: MatMulTerm
  /// Where the panels of x, the rows of A and the panels of u begin in the shared room.
  private let place: Int
  private let placeOfA: Int
  private let placeOfU: Int
  private let rank: Int
  private let panels: Int
  private let groupSize: Int
  private let tile: MicrokernelTable.Tile
  private let tileRows: Int

  /// - Parameters:
  ///   - others: products of the same schedule
  /// - Returns: nil for a product that is not of this kind, or whose x is not packed for others.
  init?(
    _ m: MicrokernelTable, _ product: MatMulProduct, beside others: some Sequence<MatMulProduct>,
    _ shared: inout SharedOperands
  ) {
    guard let term = product.terms.first, product.terms.count == 1, term.role == .adapter, !term.isLate,
      term.bTransposed, case .float(let a) = term.b, product.base == nil, !product.accumulate, !product.isTurned,
      term.depth > 0,
      product.columns <= MatMulPlan.depthBlock,
      others.contains(where: { other in
        FewRowsProduct.takes(other) && other.rows == product.rows && other.terms[0].hasSameLeft(as: term)
      })
    else { return nil }
    self.m = m
    self.product = product
    self.term = term
    rank = product.columns
    place = shared.panels(term, rows: product.rows)
    placeOfA = shared.rows(of: term, a, rows: rank)
    placeOfU = shared.addPanelsOfResult(product.c, in: term.arithmetic)
    panels = (product.rows + m.tileColumns - 1) / m.tileColumns
    let wanted = max(1, product.rows * rank * term.steps / MatMulPlan.smallestShard)
    groupSize = max(1, (panels + wanted - 1) / wanted)
    let isShort = MatMulPlan.shortTileFits(m, rows: rank)
    tileRows = isShort ? m.shortRows : m.tileRows
    tile = term.tile(m, isShort ? .short : .whole)
  }

  var shards: Int { (panels + groupSize - 1) / groupSize }
  var scratchFloats: Int { (rank + tileRows - 1) / tileRows * tileRows * m.tileColumns }

  func multiply(
    _ shard: Int, from packed: UnsafeMutablePointer<Float>, _ shared: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>, workers: Int
  ) {
    let nr = m.tileColumns
    let size = term.blockSteps
    let stride = term.stagedStride
    for panel in shard * groupSize..<min(panels, (shard + 1) * groupSize) {
      let x = UnsafePointer(shared + place + panel * nr * term.steps)
      for k in Swift.stride(from: 0, to: term.steps, by: size) {
        for row in Swift.stride(from: 0, to: rank, by: tileRows) {
          tile(
            min(size, term.steps - k), UnsafePointer(shared + placeOfA + row * stride + k), stride, x + k * nr, nr,
            scratch + row * nr, nr, product.scale, k > 0)
        }
      }
      let first = panel * nr
      let count = min(nr, product.rows - first)
      m.turn(scratch, nr, rank, count, product.c.row(first), product.c.stride)
      term.arithmetic.pack(scratch, nr, nr, rank, shared + placeOfU + panel * nr * term.arithmetic.steps(rank))
    }
  }
}
