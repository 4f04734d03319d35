import MicrokernelTable

/// How a pass multiplies: by frozen weights, by adapters beside them, and inside attention. Everything else (gradients of adapters, softmax,
/// norms, losses) is FP32 in either case, and so is every sum.
public enum ProductArithmetic: String, Sendable, Codable, CaseIterable {
  /// Both factors in FP32, weights widened.
  case float32
  /// Both factors rounded to bfloat16, to the nearest: about twice as fast where the processor has products of bfloat16 pairs.
  case bfloat16

  /// Whether this machine can, in the instruction set that was chosen.
  public var isAvailable: Bool { self == .float32 || Arithmetic.bfloat16 != nil }

  /// FP32's where this machine cannot.
  var value: Arithmetic { self == .float32 ? .float32 : Arithmetic.bfloat16 ?? .float32 }
}

/// What packs and multiplies in one ``ProductArithmetic``, and how factors lie between the two.
///
/// In FP32 they are floats, and a tile may read them where they are. In bfloat16 a pair of values lies in the place of a float, two steps
/// of depth in one step of a tile, the earlier in the lower half; the last one of an odd depth has a zero.
struct Arithmetic: Sendable {
  typealias StageRows = MicrokernelTable.Pairs.RoundRows
  typealias StageHalfRows =
    @convention(c) @Sendable (
      _ source: UnsafePointer<UInt16>, _ stride: Int, _ rows: Int, _ depth: Int, _ target: UnsafeMutablePointer<Float>,
      _ targetStride: Int
    ) -> Void

  /// What tiles read: of memory that holds this already, nothing need be staged.
  let element: WeightElement
  /// Base-2 logarithm of the depth that a tile's step takes: 0, or 1 in pairs.
  let stepShift: Int

  let tile: MicrokernelTable.Tile
  let shortTile: MicrokernelTable.Tile
  let narrowTile: MicrokernelTable.Tile
  /// Two of ``tile`` one under the other; nil where that is no faster.
  let tallTile: MicrokernelTable.Tile?
  /// Of a left-hand side stored transposed, `[steps, mr]`.
  let tileTransposedA: MicrokernelTable.Tile

  /// Panels of a right-hand side, `[steps, nr]`, as ``MicrokernelTable/pack`` describes them.
  let pack: MicrokernelTable.Pack
  let packTransposed: MicrokernelTable.Pack
  let packHalf: MicrokernelTable.PackHalf
  let packTransposedHalf: MicrokernelTable.PackHalf

  /// `target[rows, steps]` = `source[rows, depth]`, as a tile reads its left-hand side.
  let stageRows: StageRows
  let stageHalfRows: StageHalfRows
  /// The same of floats where they lie; nil where these are what tiles read.
  let roundRows: StageRows?
  /// `target[⌈rows / 2⌉, columns]`, a left-hand side stored transposed, rows `2k` and `2k + 1` together; nil likewise.
  let pairRows: MicrokernelTable.Pairs.PairRows?

  /// Steps that are multiplied at a time, at most, and what their number should be a multiple of.
  let depthBlock: Int
  let depthUnit: Int

  /// As ``MicrokernelTable/peak``.
  let peak: @convention(c) @Sendable (_ rounds: Int, _ sink: UnsafeMutablePointer<Float>) -> Void
  let peakOperations: Int

  /// Depth that a tile's step takes.
  var stepDepth: Int { 1 &<< stepShift }
  /// A tile's steps to a depth.
  func steps(_ depth: Int) -> Int { (depth + stepDepth - 1) &>> stepShift }

  /// Steps of a sum that are multiplied at a time.
  func blockSteps(_ steps: Int) -> Int { MatMulPlan.blockDepth(steps, most: depthBlock, unit: depthUnit) }

  /// Between staged rows of a left-hand side: lines' worth of steps and one line more, since rows that a tile reads together would share
  /// their place in the cache at a power of two.
  func stagedStride(_ depth: Int) -> Int { (steps(depth) + 15) / 16 * 16 + 16 }

  /// Rows as a tile's left-hand side, `targetStride` apart, and rows of zeros up to `padded`, which a tile reads beyond the last.
  func stage(
    _ source: UnsafePointer<Float>, _ stride: Int, rows: Int, depth: Int, into target: UnsafeMutablePointer<Float>,
    stride targetStride: Int, padded: Int
  ) {
    stageRows(source, stride, rows, depth, target, targetStride)
    (target + rows * targetStride).update(repeating: 0, count: (padded - rows) * targetStride)
  }

  static let float32 = {
    let m = Microkernel.table
    return Arithmetic(
      element: .float32, stepShift: 0, tile: m.tile, shortTile: m.shortTile, narrowTile: m.narrowTile,
      tallTile: nil, tileTransposedA: m.tileTransposedA, pack: m.pack, packTransposed: m.packTransposed,
      packHalf: m.packHalf,
      packTransposedHalf: m.packTransposedHalf,
      stageRows: { source, stride, rows, depth, target, targetStride in
        for row in 0..<rows { (target + row * targetStride).update(from: source + row * stride, count: depth) }
      },
      stageHalfRows: { source, stride, rows, depth, target, targetStride in
        for row in 0..<rows { Microkernel.table.widen(source + row * stride, target + row * targetStride, depth) }
      },
      roundRows: nil, pairRows: nil, depthBlock: MatMulPlan.depthBlock, depthUnit: MatMulPlan.depthUnit, peak: m.peak,
      peakOperations: m.peakOperations)
  }()

  /// nil where this machine has no products of pairs.
  static let bfloat16 = Microkernel.table.pairs.map { pairs in
    Arithmetic(
      element: .bfloat16, stepShift: 1, tile: pairs.tile, shortTile: pairs.shortTile, narrowTile: pairs.narrowTile,
      tallTile: pairs.tallTile, tileTransposedA: pairs.tileTransposedA, pack: pairs.pack,
      packTransposed: pairs.packTransposed,
      packHalf: pairs.packHalf, packTransposedHalf: pairs.packTransposedHalf, stageRows: pairs.roundRows,
      stageHalfRows: { source, stride, rows, depth, target, targetStride in
        // Neighbours are pairs already.
        for row in 0..<rows {
          let place = target + row * targetStride
          place[(depth + 1) / 2 - 1] = 0
          UnsafeMutableRawPointer(place).copyMemory(from: source + row * stride, byteCount: 2 * depth)
        }
      },
      roundRows: pairs.roundRows, pairRows: pairs.pairRows,
      depthBlock: pairs.depthBlock == 0 ? MatMulPlan.depthBlock : min(pairs.depthBlock, MatMulPlan.depthBlock),
      depthUnit: pairs.depthUnit == 0 ? MatMulPlan.depthUnit : pairs.depthUnit, peak: pairs.peak,
      peakOperations: pairs.peakOperations)
  }
}
