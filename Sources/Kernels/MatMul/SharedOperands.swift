import MicrokernelTable

/// What several products of a schedule read, prepared once for all of them by all workers: left-hand sides staged as rows or packed as
/// panels, and adapters' rows; and panels that one product leaves to another.
///
/// Rounded by each shard for itself, they took a fifth of a training step: a shard's few panels are soon multiplied.
struct SharedOperands {
  private enum Form {
    /// Rows as a tile's left-hand side, ``MatMulTerm/stagedStride`` apart.
    case rows
    /// `[⌈rows / nr⌉, steps, nr]`, of the transpose.
    case panels
  }

  private struct Operand {
    let term: MatMulTerm
    let rows: Int
    let form: Form
    let place: Int
  }

  /// Rows of a shard that stages them.
  private static let shardRows = 24
  private let tileColumns: Int
  private var operands: [Operand] = []
  private var results: [(base: UnsafePointer<Float>, place: Int)] = []
  /// Room that all of them take.
  private(set) var floats = 0

  init(_ m: borrowing MicrokernelTable) { tileColumns = m.tileColumns }

  /// Where the staged rows of a term's left-hand side will lie, from the beginning of the room on.
  mutating func stagedRows(_ term: MatMulTerm, rows: Int) -> Int { place(term, rows, .rows) }

  /// Where the rows of a term's right-hand side `b`, stored `[rows, depth]`, will lie.
  mutating func rows(of term: MatMulTerm, _ b: UnsafePointer<Float>, rows: Int) -> Int {
    var term = term
    term.a = b
    term.aStride = term.bStride
    return place(term, rows, .rows)
  }

  /// Where its panels will lie.
  mutating func panels(_ term: MatMulTerm, rows: Int) -> Int { place(term, rows, .panels) }

  /// Where an earlier product leaves the panels of its result `c`, whole ones, `[⌈rows / nr⌉, columns, nr]` of its transpose.
  mutating func addPanelsOfResult(_ c: Rows, in arithmetic: Arithmetic) -> Int {
    results.append((UnsafePointer(c.base), floats))
    floats += (c.rows + tileColumns - 1) / tileColumns * tileColumns * arithmetic.steps(c.columns)
    return results[results.count - 1].place
  }

  /// The same, for who reads them; nil where no product leaves them.
  func panelsOfResult(_ base: UnsafePointer<Float>) -> Int? { results.last { $0.base == base }?.place }

  private mutating func place(_ term: MatMulTerm, _ rows: Int, _ form: Form) -> Int {
    let known = operands.first { $0.form == form && $0.rows == rows && $0.term.hasSameLeft(as: term) }
    if let known { return known.place }
    let operand = Operand(term: term, rows: rows, form: form, place: floats)
    operands.append(operand)
    switch form {
    case .rows: floats += shards(operand) * Self.shardRows * term.stagedStride
    case .panels: floats += shards(operand) * tileColumns * term.steps
    }
    return operand.place
  }

  var shards: Int { operands.reduce(0) { $0 + shards($1) } }

  private func shards(_ operand: Operand) -> Int {
    let rows = operand.form == .panels ? tileColumns : Self.shardRows
    return (operand.rows + rows - 1) / rows
  }

  /// - Parameter room: for `floats`.
  func prepare(_ shard: Int, into room: UnsafeMutablePointer<Float>) {
    var shard = shard
    for operand in operands {
      let own = shards(operand)
      if shard < own {
        switch operand.form {
        case .rows: stageRows(operand, shard * Self.shardRows, room + operand.place)
        case .panels: pack(operand, shard, room + operand.place)
        }
        return
      }
      shard -= own
    }
  }

  private func stageRows(_ operand: Operand, _ first: Int, _ place: UnsafeMutablePointer<Float>) {
    let term = operand.term
    let stride = term.stagedStride
    term.arithmetic.stage(
      term.left(first, 0), term.aStride, rows: min(Self.shardRows, operand.rows - first), depth: term.depth,
      into: place + first * stride, stride: stride, padded: Self.shardRows)
  }

  private func pack(_ operand: Operand, _ panel: Int, _ place: UnsafeMutablePointer<Float>) {
    let term = operand.term
    let first = panel * tileColumns
    term.packLeft(row: first, count: min(tileColumns, operand.rows - first), panel: place + first * term.steps)
  }
}
