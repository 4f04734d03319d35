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
  /// Both sides are rounded to bfloat16, and two steps of depth are one of a tile.
  var isPaired = false
  /// Steps that are multiplied at a time where this is a slice: those of the whole sum, so that its bits are the whole's.
  private var sliceBlock: Int?
  /// Where the rounded rows of `a` begin in the room for them.
  var roundedPlace = 0

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
  var steps: Int { isPaired ? (depth + 1) / 2 : depth }

  /// Steps that are multiplied at a time.
  var blockSteps: Int { sliceBlock ?? MatMulPlan.blockDepth(steps) }

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
    if case .float = b { !bTransposed && !isPaired } else { false }
  }

  /// Packs `columns` columns of `op(b)` from `column` on, `count` steps from `step` on.
  @inline(__always)
  func pack(
    _ m: borrowing MicrokernelTable, column: Int, columns: Int, step: Int, count: Int,
    panel: UnsafeMutablePointer<Float>
  ) {
    if isPaired, let pairs = m.pairs {
      let k = 2 * step
      let count = min(2 * count, depth - k)
      switch b {
      case .float(let b):
        (bTransposed ? pairs.packTransposed : pairs.pack)(b + right(column, k), bStride, columns, count, panel)
      case .half(let b):
        (bTransposed ? pairs.packTransposedHalf : pairs.packHalf)(b + right(column, k), bStride, columns, count, panel)
      }
      return
    }
    switch b {
    case .float(let b):
      (bTransposed ? m.packTransposed : m.pack)(b + right(column, step), bStride, columns, count, panel)
    case .half(let b):
      (bTransposed ? m.packTransposedHalf : m.packHalf)(b + right(column, step), bStride, columns, count, panel)
    }
  }

  /// Packs `count` rows of `a`, which is not transposed, from `row` on: as columns of a panel, over the whole depth.
  func packLeft(
    _ m: borrowing MicrokernelTable, row: Int, count: Int, panel: UnsafeMutablePointer<Float>
  ) {
    var pack = m.packTransposed
    if isPaired, let pairs = m.pairs { pack = pairs.packTransposed }
    pack(left(row, 0), aStride, count, depth, panel)
  }

  /// The tile that multiplies it.
  func tile(_ m: borrowing MicrokernelTable, _ kind: MatMulPlan.Tile) -> MicrokernelTable.Tile {
    guard isPaired, let pairs = m.pairs else {
      switch kind {
      case .whole: return aTransposed ? m.tileTransposedA : m.tile
      case .short: return aTransposed ? m.shortTileTransposedA : m.shortTile
      case .narrow: return aTransposed ? m.narrowTileTransposedA : m.narrowTile
      }
    }
    switch kind {
    case .whole: return pairs.tile
    case .short: return pairs.shortTile
    case .narrow: return pairs.narrowTile
    }
  }

  /// Where element `(k, column)` of `op(b)` lies.
  @inline(__always)
  private func right(_ column: Int, _ k: Int) -> Int { bTransposed ? column * bStride + k : k * bStride + column }

  /// Between rounded rows of `a`: lines' worth of pairs and one line more, since rows that a tile reads together would share their
  /// place in the cache at a power of two.
  var roundedStride: Int { (steps + 15) / 16 * 16 + 16 }

  func hasSameLeft(as other: MatMulTerm) -> Bool {
    a == other.a && aStride == other.aStride && depth == other.depth
  }
}

/// How a pass multiplies: by frozen weights, by adapters beside them, and inside attention. Everything else (gradients of adapters, softmax,
/// norms, losses) is FP32 in either case, and so is every sum.
public enum ProductArithmetic: String, Sendable, Codable, CaseIterable {
  /// Both factors in FP32, weights widened.
  case float32
  /// Both factors rounded to bfloat16, to the nearest: about twice as fast where the processor has products of bfloat16 pairs.
  case bfloat16

  /// Whether this machine can, in the instruction set that was chosen.
  public var isAvailable: Bool {
    switch self {
    case .float32: true
    case .bfloat16: Microkernel.table.pairs != nil
    }
  }
}
