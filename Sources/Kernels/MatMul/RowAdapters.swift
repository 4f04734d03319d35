import MicrokernelTable

/// Neighbouring rows of an input whose sequences have the same adapter.
public struct AdapterRows: Sendable, Equatable {
  public var rows: Range<Int>
  /// Its place in a list of adapters.
  public var adapter: Int

  public init(rows: Range<Int>, adapter: Int) {
    self.rows = rows
    self.adapter = adapter
  }
}

/// One adapter's A and B of layers that share an input, packed once as tiles read them: for steps of few rows that have different adapters.
///
/// The matrices are copied, the scale multiplied into A, so that training may go on meanwhile.
public final class AdapterPanels: Sendable {
  /// Some columns of all A together, which are side by side as u's are.
  private struct Panel {
    var place: Int
    var columns: Range<Int>
    /// Half as wide, where that holds them.
    var isNarrow: Bool
  }

  private struct Part {
    /// First column of its coefficients in u, and of its output in what all parts share.
    var coefficient: Int
    var column: Int
    var rank: Int
    var outputs: Int
    /// Of its panels.
    var place: Int
  }

  /// Panels of B that are a shard.
  private static let panelsOfShard = 16

  private let depth: Int
  private let arithmetic: Arithmetic
  private let panels: [Panel]
  private let parts: [Part]
  private let blocks: [(part: Int, panels: Range<Int>)]
  /// `[steps, width]` of each panel of A.
  private let a: FloatBuffer
  /// `[steps, tile's columns]` of each panel of each Bᵀ.
  private let b: FloatBuffer

  /// - Parameters:
  ///   - parts: with the same columns; those without an adapter get nothing added.
  ///   - arithmetic: in which the weights are multiplied that the adapter goes with.
  /// - Returns: nil where no part has an adapter.
  public init?(_ parts: [StreamedLinear], arithmetic: ProductArithmetic) {
    guard parts.contains(where: { $0.adapter != nil }) else { return nil }
    let m = Microkernel.table
    let own = arithmetic.value
    let nr = m.tileColumns
    let depth = parts[0].weight.columns
    var rows: [Float] = []
    var found: [Part] = []
    var blocks: [(part: Int, panels: Range<Int>)] = []
    var floatsOfB = 0
    for part in parts {
      guard let adapter = part.adapter else { continue }
      let outputs = part.weight.rows
      let count = (outputs + nr - 1) / nr
      blocks += stride(from: 0, to: count, by: Self.panelsOfShard).map {
        (found.count, $0..<min(count, $0 + Self.panelsOfShard))
      }
      found.append(
        Part(
          coefficient: rows.count / depth, column: part.column, rank: adapter.rank, outputs: outputs, place: floatsOfB))
      floatsOfB += count * own.steps(adapter.rank) * nr
      rows += adapter.a.array.map { $0 * adapter.scale }
    }
    let rank = rows.count / max(1, depth)
    let steps = own.steps(depth)
    // Tiles of pairs know panels of the whole width only.
    let narrow = own.element == .float32 ? m.narrowColumns : 0
    var panels: [Panel] = []
    var floatsOfA = 0
    for first in stride(from: 0, to: rank, by: nr) {
      let columns = first..<min(rank, first + nr)
      panels.append(Panel(place: floatsOfA, columns: columns, isNarrow: columns.count <= narrow))
      floatsOfA += steps * (columns.count <= narrow ? narrow : nr)
    }
    a = FloatBuffer(count: floatsOfA)
    b = FloatBuffer(count: floatsOfB)
    let source = FloatBuffer(rows)
    let room = FloatBuffer(count: steps * nr)
    for panel in panels {
      own.packTransposed(
        source.pointer + panel.columns.lowerBound * depth, depth, panel.columns.count, depth, room.pointer)
      let width = panel.isNarrow ? narrow : nr
      for step in 0..<steps {
        (a.pointer + panel.place + step * width).update(from: room.pointer + step * nr, count: width)
      }
    }
    for (part, adapter) in zip(found, parts.compactMap(\.adapter)) {
      for first in stride(from: 0, to: part.outputs, by: nr) {
        own.packTransposed(
          adapter.b.pointer + first * part.rank, part.rank, min(nr, part.outputs - first), part.rank,
          b.pointer + part.place + first * own.steps(part.rank))
      }
    }
    self.depth = depth
    self.arithmetic = own
    self.panels = panels
    self.parts = found
    self.blocks = blocks
  }

  /// Floats that a layer's A and B take at most, each padded to whole panels.
  public static func floats(rank: Int, inputs: Int, outputs: Int) -> Int {
    let m = Microkernel.table
    func padded(_ count: Int) -> Int { (count + m.tileColumns - 1) / m.tileColumns * m.tileColumns }
    return (rank <= m.narrowColumns ? m.narrowColumns : padded(rank)) * inputs + rank * padded(outputs)
  }

  fileprivate var projections: Int { panels.count }
  fileprivate var additions: Int { blocks.count }

  /// Rows of a left-hand side that one tile takes, as it reads them.
  private struct Left {
    let rows: Range<Int>
    let base: UnsafePointer<Float>
    let stride: Int
    let kind: MatMulPlan.Tile
    let tileRows: Int
  }

  /// Room for the rows of a tile and for its results.
  fileprivate var scratchFloats: Int {
    let m = Microkernel.table
    let most = max(m.tileRows, m.narrowRows)
    let deepest = parts.reduce(depth) { max($0, $1.rank) }
    return most * (arithmetic.stagedStride(deepest) + m.tileColumns)
  }

  /// The rows of `x` tile by tile, where they lie or staged in `room`.
  private func forEachTile(
    of x: Rows, isNarrow: Bool = false, _ room: UnsafeMutablePointer<Float>, _ body: (Left) -> Void
  ) {
    let m = Microkernel.table
    var row = 0
    while row < x.rows {
      let kind: MatMulPlan.Tile = isNarrow ? .narrow : x.rows - row <= m.shortRows ? .short : .whole
      let tileRows = isNarrow ? m.narrowRows : kind == .short ? m.shortRows : m.tileRows
      let count = min(tileRows, x.rows - row)
      var base = UnsafePointer(x.row(row))
      // One row may stand for all of a tile's.
      var stride = count == 1 ? 0 : x.stride
      if arithmetic.element != .float32 || (count > 1 && count < tileRows) {
        stride = arithmetic.stagedStride(x.columns)
        arithmetic.stage(
          base, x.stride, rows: count, depth: x.columns, into: room, stride: stride, padded: tileRows)
        base = UnsafePointer(room)
      }
      body(Left(rows: row..<row + count, base: base, stride: stride, kind: kind, tileRows: tileRows))
      row += count
    }
  }

  private func tile(_ m: borrowing MicrokernelTable, _ kind: MatMulPlan.Tile) -> MicrokernelTable.Tile {
    switch kind {
    case .whole: arithmetic.tile
    case .short: arithmetic.shortTile
    case .narrow: arithmetic.narrowTile
    }
  }

  /// A panel's columns of `u = x·(s·A)ᵀ`.
  fileprivate func project(_ index: Int, x: Rows, into u: Rows, _ scratch: UnsafeMutablePointer<Float>) {
    let m = Microkernel.table
    let nr = m.tileColumns
    let panel = panels[index]
    let width = panel.isNarrow ? m.narrowColumns : nr
    let steps = arithmetic.steps(depth)
    let size = arithmetic.blockSteps(steps)
    let staged = scratch + max(m.tileRows, m.narrowRows) * nr
    forEachTile(of: x, isNarrow: panel.isNarrow, staged) { left in
      let tile = tile(m, left.kind)
      for k in stride(from: 0, to: steps, by: size) {
        tile(
          min(size, steps - k), left.base + k, left.stride, a.pointer + panel.place + k * width, width, scratch, nr, 1,
          k > 0)
      }
      for (place, row) in left.rows.enumerated() {
        (u.row(row) + panel.columns.lowerBound).update(from: scratch + place * nr, count: panel.columns.count)
      }
    }
  }

  /// `y += u·Bᵀ` of some columns.
  fileprivate func add(_ index: Int, u: Rows, into y: Rows, _ scratch: UnsafeMutablePointer<Float>) {
    let m = Microkernel.table
    let nr = m.tileColumns
    let part = parts[blocks[index].part]
    let steps = arithmetic.steps(part.rank)
    let size = arithmetic.blockSteps(steps)
    let staged = scratch + max(m.tileRows, m.narrowRows) * nr
    forEachTile(of: u.columns(from: part.coefficient, count: part.rank), staged) { left in
      let tile = tile(m, left.kind)
      for panel in blocks[index].panels {
        let count = min(nr, part.outputs - panel * nr)
        let column = part.column + panel * nr
        for k in stride(from: 0, to: steps, by: size) {
          let right = b.pointer + part.place + (panel * steps + k) * nr
          if left.rows.count == left.tileRows, count == nr {
            tile(
              min(size, steps - k), left.base + k, left.stride, right, nr, y.row(left.rows.lowerBound) + column,
              y.stride, 1, true)
            continue
          }
          tile(min(size, steps - k), left.base + k, left.stride, right, nr, scratch, nr, 1, false)
          for (place, row) in left.rows.enumerated() {
            m.addScaled(1, scratch + place * nr, y.row(row) + column, count)
          }
        }
      }
    }
  }
}

extension AdapterPanels {
  /// `y += (x·(s·A)ᵀ)·Bᵀ` of the rows that have an adapter, each with its own: the same bits as where ``MatMul`` computes an adapter's part beside
  /// the weight's. Called by every worker; ends with a barrier.
  ///
  /// - Parameters:
  ///   - groups: rows of x; neighbours, none twice
  ///   - adapters: nil for one that adds nothing here
  ///   - x: `[n, in]`
  ///   - u: `[n, ≥ rank]` room
  ///   - y: `[n, out]`, as wide as all parts together
  public static func add(
    _ w: Worker, _ groups: [AdapterRows], of adapters: [AdapterPanels?], x: Rows, u: Rows, into y: Rows
  ) {
    var own: [(rows: Range<Int>, panels: AdapterPanels)] = []
    for group in groups {
      if let panels = adapters[group.adapter], !group.rows.isEmpty { own.append((group.rows, panels)) }
    }
    guard !own.isEmpty else { return }
    let scratch = w.scratch(floats: own.reduce(0) { max($0, $1.panels.scratchFloats) })
    func rows(_ matrix: Rows, _ range: Range<Int>) -> Rows {
      matrix.rows(from: range.lowerBound, count: range.count)
    }
    w.claimShards(own.reduce(0) { $0 + $1.panels.projections }) { shard in
      var shard = shard
      for (range, panels) in own {
        if shard < panels.projections {
          return panels.project(shard, x: rows(x, range), into: rows(u, range), scratch)
        }
        shard -= panels.projections
      }
    }
    w.claimShards(own.reduce(0) { $0 + $1.panels.additions }) { shard in
      var shard = shard
      for (range, panels) in own {
        if shard < panels.additions { return panels.add(shard, u: rows(u, range), into: rows(y, range), scratch) }
        shard -= panels.additions
      }
    }
  }
}
