import MicrokernelTable

/// One addend `op(a)·op(b)` of a product: where its elements lie.
struct MatMulTerm {
  /// The right-hand matrix, as a weight or an activation lies in memory.
  enum Right {
    case float(UnsafePointer<Float>)
    case half(UnsafePointer<UInt16>)
  }

  var depth: Int
  var a: UnsafePointer<Float>
  var aStride: Int
  /// `a` is stored `[depth, rows]`.
  var aTransposed: Bool
  var b: Right
  var bStride: Int
  /// `b` is stored `[columns, depth]`.
  var bTransposed: Bool
  enum Role {
    /// `b` is a frozen weight.
    case weight
    /// `b` belongs to an adapter, whose products go with the weight's.
    case adapter
    case other
  }

  var role = Role.other
  /// `a` comes from an earlier stage.
  var isLate = false
  /// In which both sides are multiplied.
  var arithmetic = Arithmetic.float32
  /// Steps that are multiplied at a time where this is a slice: those of the whole sum, so that its bits are the whole's.
  private var sliceBlock: Int?
  /// Where the staged rows of `a` begin in the room for them.
  var stagedPlace = 0

  init(a: Rows, aTransposed: Bool, b: Rows, bTransposed: Bool) {
    depth = aTransposed ? a.rows : a.columns
    self.a = UnsafePointer(a.base)
    aStride = a.stride
    self.aTransposed = aTransposed
    self.b = .float(b.base)
    bStride = b.stride
    self.bTransposed = bTransposed
  }

  /// `u·Bᵀ`, where an earlier stage may compute u.
  init(_ lowRank: LowRankTerm) {
    self.init(a: lowRank.u, aTransposed: false, b: lowRank.b, bTransposed: true)
    role = .adapter
    isLate = true
  }

  /// `v·A`, likewise.
  init(_ lowRank: LowRankInput) {
    self.init(a: lowRank.v, aTransposed: false, b: lowRank.a, bTransposed: false)
    role = .adapter
    isLate = true
  }

  init(a: Rows, weight: WeightMatrix, transposed: Bool) {
    depth = a.columns
    self.a = UnsafePointer(a.base)
    aStride = a.stride
    aTransposed = false
    switch weight.element {
    case .float32: b = .float(weight.base.assumingMemoryBound(to: Float.self))
    case .bfloat16: b = .half(weight.base.assumingMemoryBound(to: UInt16.self))
    }
    bStride = weight.columns
    bTransposed = transposed
    role = .weight
  }

  /// A tile's steps, which are what panels are packed of.
  var steps: Int { arithmetic.steps(depth) }

  /// Steps that are multiplied at a time.
  var blockSteps: Int { sliceBlock ?? arithmetic.blockSteps(steps) }

  /// The part of the sum over `range` of the depth, which begins with a whole block.
  func slice(_ range: Range<Int>) -> MatMulTerm {
    var slice = self
    slice.sliceBlock = blockSteps
    slice.depth = range.count
    slice.a = left(0, range.lowerBound)
    let offset = bTransposed ? range.lowerBound : range.lowerBound * bStride
    switch b {
    case .float(let b): slice.b = .float(b + offset)
    case .half(let b): slice.b = .half(b + offset)
    }
    return slice
  }

  /// Element `(row, k)` of `op(a)`.
  @inline(__always)
  func left(_ row: Int, _ k: Int) -> UnsafePointer<Float> {
    aTransposed ? a + k * aStride + row : a + row * aStride + k
  }

  /// Rows of `op(b)` lie in FP32 as a tile reads them.
  var canReadRightDirectly: Bool {
    if case .float = b { !bTransposed && arithmetic.element == .float32 } else { false }
  }

  /// `b` is bfloat16, and multiplied in FP32.
  var isWidened: Bool {
    if case .half = b { arithmetic.element == .float32 } else { false }
  }

  /// Rows of `op(a)` are staged, since tiles do not read floats.
  var stagesLeft: Bool { arithmetic.element != .float32 }

  /// Packs `columns` columns of `op(b)` from `column` on, `count` steps from `step` on.
  @inline(__always)
  func pack(
    column: Int, columns: Int, step: Int, count: Int, panel: UnsafeMutablePointer<Float>
  ) {
    let k = step * arithmetic.stepDepth
    let depth = min(count * arithmetic.stepDepth, depth - k)
    switch b {
    case .float(let b):
      let pack = bTransposed ? arithmetic.packTransposed : arithmetic.pack
      pack(b + right(column, k), bStride, columns, depth, panel)
    case .half(let b):
      let pack = bTransposed ? arithmetic.packTransposedHalf : arithmetic.packHalf
      pack(b + right(column, k), bStride, columns, depth, panel)
    }
  }

  /// Packs `count` rows of `a`, which is not transposed, from `row` on: as columns of a panel, over the whole depth.
  func packLeft(row: Int, count: Int, panel: UnsafeMutablePointer<Float>) {
    arithmetic.packTransposed(left(row, 0), aStride, count, depth, panel)
  }

  /// The tile that multiplies it. A transposed left-hand side is never multiplied but in FP32.
  func tile(_ m: borrowing MicrokernelTable, _ kind: MatMulPlan.Tile) -> MicrokernelTable.Tile {
    switch kind {
    case .whole: aTransposed ? arithmetic.tileTransposedA : arithmetic.tile
    case .short: aTransposed ? m.shortTileTransposedA : arithmetic.shortTile
    case .narrow: aTransposed ? m.narrowTileTransposedA : arithmetic.narrowTile
    }
  }

  /// Where element `(k, column)` of `op(b)` lies.
  @inline(__always)
  private func right(_ column: Int, _ k: Int) -> Int { bTransposed ? column * bStride + k : k * bStride + column }

  /// Between staged rows of `a`.
  var stagedStride: Int { arithmetic.stagedStride(depth) }

  /// What was prepared of the other's left-hand side serves this term, too.
  func hasSameLeft(as other: MatMulTerm) -> Bool {
    a == other.a && aStride == other.aStride && depth == other.depth && arithmetic.element == other.arithmetic.element
  }
}
