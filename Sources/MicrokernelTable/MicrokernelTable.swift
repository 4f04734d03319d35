/// The inner loops of one instruction set, as C function pointers, and the tile that they work in.
///
/// C functions over raw pointers, because nothing that depends on a vector type's width may cross from one build of
/// the microkernels to another. All counts are in elements; no pointer needs to be aligned; nothing outside the counts
/// is read or written.
public struct MicrokernelTable: Sendable {
  public typealias Source = UnsafePointer<Float>
  public typealias Target = UnsafeMutablePointer<Float>
  public typealias Half = UnsafePointer<UInt16>

  // MARK: Matrix products

  /// Rows (mr) and columns (nr) of a tile: what fits the registers.
  public var tileRows: Int
  public var tileColumns: Int

  /// `c[mr, nr] = scale · a[mr, depth]·b[depth, nr]`, or `+=`.
  ///
  /// `a` is row-major with `aStride`; in the second form it is stored transposed, `[depth, mr]`. `b` is `[depth, nr]`
  /// with `bStride`.
  public typealias Tile =
    @convention(c) @Sendable (
      _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
      _ scale: Float, _ accumulate: Bool
    ) -> Void
  public var tile: Tile
  public var tileTransposedA: Tile
  /// The same with fewer rows, for products of few rows.
  public var shortRows: Int
  public var shortTile: Tile
  public var shortTileTransposedA: Tile
  /// The same with more rows and half the columns, the first of the panel's, for products of few columns.
  public var narrowRows: Int
  public var narrowColumns: Int
  public var narrowTile: Tile
  public var narrowTileTransposedA: Tile
  /// Four rows and twice the columns; nil where so many sums do not fit the registers.
  public var flatTile: Tile?
  public static let flatRows = 4
  public var flatColumns: Int { 2 * tileColumns }

  /// `panel[depth, nr] = b` for `columns ≤ nr` columns, the others zero. The transposed forms read a `[columns, depth]`
  /// source, the plain ones `[depth, columns]`; both row-major with `stride`.
  public typealias Pack =
    @convention(c) @Sendable (_ b: Source, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) -> Void
  public typealias PackHalf =
    @convention(c) @Sendable (_ b: Half, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) -> Void
  public var pack: Pack
  public var packTransposed: Pack
  public var packHalf: PackHalf
  public var packTransposedHalf: PackHalf
  /// `target = source`, widened.
  public var widen: @convention(c) @Sendable (_ source: Half, _ target: Target, _ count: Int) -> Void
  /// `target[columns, rows]` = the transpose of `source[rows, columns]`.
  public typealias Turn =
    @convention(c) @Sendable (
      _ source: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ target: Target, _ targetStride: Int
    ) -> Void
  public var turn: Turn
  /// The same, written past the caches, for what is too large to be found there when it is read; nil where the instruction set
  /// cannot write a whole line at once. The target and its stride are aligned to lines, and others see it after
  /// `lorascope_fence_stores`.
  public var turnPastCaches: Turn?
  /// What multiplies in bfloat16, where the instruction set can.
  public var pairs: Pairs?
  /// The same by a processor's tile registers (AMX); nil where the build has none.
  public var matrixPairs: Pairs?
  /// What streams a weight past many rows of x; nil where that was not measured.
  public var streamTiles: StreamTiles?

  /// `y[i · yStride + r] (+)= Σ x[i]·w[r]` for `xRows` rows of `x` (`xStride` apart) and `wRows` rows of `w`, all of
  /// length `depth`.
  public typealias DotRows =
    @convention(c) @Sendable (
      _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Source, _ wStride: Int, _ wRows: Int,
      _ y: Target, _ yStride: Int, _ accumulate: Bool
    ) -> Void
  public typealias DotRowsHalf =
    @convention(c) @Sendable (
      _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Half, _ wStride: Int, _ wRows: Int,
      _ y: Target, _ yStride: Int, _ accumulate: Bool
    ) -> Void
  public var dotRows: DotRows
  /// `x` lies in the order of ``splitPairs``.
  public var dotRowsHalf: DotRowsHalf
  /// `y` = `x` in the order that ``dotRowsHalf`` wants, which depends on the vector; a multiple of 32 values is written.
  public var splitPairs: @convention(c) @Sendable (_ x: Source, _ y: Target, _ count: Int) -> Void
  /// `y[r] += Σ u[i] · b[r, i]` for `rows` rows; `b` in panels of sixteen rows, `[rank, 16]` each.
  public var addLowRank:
    @convention(c) @Sendable (_ rank: Int, _ u: Source, _ b: Source, _ rows: Int, _ y: Target) -> Void
  /// The same where `b` is bfloat16.
  public var addLowRankHalf:
    @convention(c) @Sendable (_ rank: Int, _ u: Source, _ b: Half, _ rows: Int, _ y: Target) -> Void

  // MARK: Rows

  /// `Σ x·y`
  public var dot: @convention(c) @Sendable (_ x: Source, _ y: Source, _ count: Int) -> Float
  /// `y += factor · x`
  public var addScaled: @convention(c) @Sendable (_ factor: Float, _ x: Source, _ y: Target, _ count: Int) -> Void
  /// `x *= factor`
  public var scale: @convention(c) @Sendable (_ factor: Float, _ x: Target, _ count: Int) -> Void
  /// The largest value; −∞ of none.
  public var maximum: @convention(c) @Sendable (_ x: Source, _ count: Int) -> Float
  /// `y = e^(scale·x − shift)`, and their sum. `y` may be `x`. The cache lines of the `count` values at `ahead` are asked
  /// for on the way.
  public typealias Exponentials =
    @convention(c) @Sendable (
      _ x: Source, _ y: Target, _ count: Int, _ scale: Float, _ shift: Float, _ ahead: Source?
    ) -> Float
  public var exponentials: Exponentials
  /// `Σ e^(x − shift)`, nothing written.
  public var sumOfExponentials: @convention(c) @Sendable (_ x: Source, _ count: Int, _ shift: Float) -> Float
  /// `out = f(x) · up`, or `f(x)` alone; kind 0 is SiLU, 1 GELU by its tanh approximation, 2 GELU, 3 the logistic function.
  public typealias Activation =
    @convention(c) @Sendable (_ kind: Int, _ x: Source, _ up: Source?, _ out: Target, _ count: Int) -> Void
  public var activation: Activation
  /// `dx = dy · up · f′(x)` and `dUp = dy · f(x)`; without `up`, `dx = dy · f′(x)`.
  public typealias ActivationGradient =
    @convention(c) @Sendable (
      _ kind: Int, _ dy: Source, _ x: Source, _ up: Source?, _ dx: Target, _ dUp: Target?, _ count: Int
    ) -> Void
  public var activationGradient: ActivationGradient
  /// `x = cap · tanh(scale · x / cap)`
  public var softCap: @convention(c) @Sendable (_ x: Target, _ count: Int, _ scale: Float, _ cap: Float) -> Void
  /// `dx *= 1 − (capped / cap)²`
  public var softCapGradient:
    @convention(c) @Sendable (_ capped: Source, _ dx: Target, _ count: Int, _ cap: Float) -> Void
  /// `y = x · factor · (weight + offset)`
  public var scaleByWeight:
    @convention(c) @Sendable (
      _ x: Source, _ weight: Source, _ offset: Float, _ factor: Float, _ y: Target, _ count: Int
    ) -> Void
  /// RMSNorm's `dx = inverse · (dy·w − x · inverse² · mean(dy·w·x))` with `w = weight + offset`, or `+=`.
  public typealias RMSNormGradient =
    @convention(c) @Sendable (
      _ dy: Source, _ x: Source, _ weight: Source, _ offset: Float, _ inverse: Float, _ dx: Target, _ count: Int,
      _ accumulate: Bool
    ) -> Void
  public var rmsNormGradient: RMSNormGradient
  /// The mean and the variance of `x`, both of all `count` values.
  public var moments: @convention(c) @Sendable (_ x: Source, _ count: Int, _ result: Target) -> Void
  /// `y = (x − mean) · factor · weight + bias`
  public typealias Normalise =
    @convention(c) @Sendable (
      _ x: Source, _ weight: Source, _ bias: Source, _ mean: Float, _ factor: Float, _ y: Target, _ count: Int
    ) -> Void
  public var normalise: Normalise
  /// LayerNorm's `dx = inverse · (g − mean(g) − n · mean(g·n))` with `g = dy·weight`, `n = (x − mean)·inverse`, or `+=`.
  public typealias LayerNormGradient =
    @convention(c) @Sendable (
      _ dy: Source, _ x: Source, _ weight: Source, _ mean: Float, _ inverse: Float, _ dx: Target, _ count: Int,
      _ accumulate: Bool
    ) -> Void
  public var layerNormGradient: LayerNormGradient
  /// `low, high = low·cos − sign·high·sin, high·cos + sign·low·sin`
  public var rotate:
    @convention(c) @Sendable (
      _ low: Target, _ high: Target, _ cosine: Source, _ sine: Source, _ sign: Float, _ count: Int
    ) -> Void
  /// `y = gate ⊙ Σ_k taps_k ⊙ (a_k ⊙ b_k)` over `lags` rows, of which `a_k` and `b_k` lie `k` strides from `a` and `b`, and `taps_k`
  /// `count` values from the next; `a_k` alone without `b`.
  public typealias GatedConvolution =
    @convention(c) @Sendable (
      _ a: Source, _ aStride: Int, _ b: Source?, _ bStride: Int, _ taps: Source, _ lags: Int, _ gate: Source,
      _ y: Target, _ count: Int
    ) -> Void
  public var gatedConvolution: GatedConvolution
  /// A step of the gated delta rule on a panel `[keys, 16]` of a head's state P, of which `columns` are in use and the others zeros:
  /// `memory = Pᵀk`, `delta = β(v − α·memory)`, `next = α·P + k·deltaᵀ`, and where it is wanted `out = nextᵀq`. `next` may be `state`;
  /// `memory` and `delta` are of sixteen values.
  public typealias DeltaStep =
    @convention(c) @Sendable (
      _ keys: Int, _ state: Source, _ next: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source?,
      _ v: Source, _ columns: Int, _ memory: Target, _ delta: Target, _ out: Target?
    ) -> Void
  public var deltaStep: DeltaStep
  /// Its gradient: `gradient` is that of `next`, and becomes that of `state`. `dQ` and `dK` `[keys]` and `scalars` (dα, dβ) are added to,
  /// `dV` `[columns]` is written.
  public typealias DeltaGradient =
    @convention(c) @Sendable (
      _ keys: Int, _ state: Source, _ gradient: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source,
      _ v: Source, _ columns: Int, _ memory: Source, _ delta: Source, _ dOut: Source, _ dQ: Target, _ dK: Target,
      _ dV: Target, _ scalars: Target
    ) -> Void
  public var deltaGradient: DeltaGradient
  /// A step of attention's running softmax on `rows` rows of raw scores, `stride` apart, of which row `r` sees columns
  /// `max(0, hidden + r)..<min(seen + r, limit)`.
  ///
  /// Scores become `e^(scale·s − top)`, and zero from there to `width`; `tops` and `totals` are brought up to date, and
  /// `corrections` are what earlier sums must be multiplied by. Whole vectors are written, so `stride` leaves room.
  public typealias SoftmaxRows =
    @convention(c) @Sendable (
      _ scores: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int, _ width: Int,
      _ scale: Float, _ tops: Target, _ totals: Target, _ corrections: Target
    ) -> Void
  public var softmaxRows: SoftmaxRows
  /// Attention's `p = e^(scale·s − logSumExp)` in the place of the scores `s`, and `p · (dp − delta)` in the place of
  /// the probabilities' gradients `dp`; rows and mask as in ``softmaxRows``.
  ///
  /// Unless `inverseCap` is zero, `s` is soft-capped: `p = e^(s − logSumExp)`, and the gradient has the factor
  /// `1 − (s · inverseCap)²`.
  public typealias AttentionGradientRows =
    @convention(c) @Sendable (
      _ scores: Target, _ dp: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int,
      _ width: Int, _ scale: Float, _ inverseCap: Float, _ logSumExp: Source, _ logSumExpStride: Int,
      _ deltas: Source
    ) -> Void
  public var attentionGradientRows: AttentionGradientRows
  /// One AdamW step. `numbers`: β1, β2, decay factor, step size, 1/√(second correction), ε, gradient factor.
  public var adamW:
    @convention(c) @Sendable (
      _ parameters: Target, _ gradients: Source, _ first: Target, _ second: Target, _ count: Int, _ numbers: Source
    ) -> Void

  // MARK: Limits

  /// `rounds` rounds of independent multiply-adds in registers, ``peakOperations`` FLOPs each.
  public var peak: @convention(c) @Sendable (_ rounds: Int, _ sink: Target) -> Void
  public var peakOperations: Int
  /// Reads `count` values; returns something of them all.
  public var read: @convention(c) @Sendable (_ x: Source, _ count: Int) -> Float

  public init(
    tileRows: Int,
    tileColumns: Int,
    tile: @escaping Tile,
    tileTransposedA: @escaping Tile,
    shortRows: Int,
    shortTile: @escaping Tile,
    shortTileTransposedA: @escaping Tile,
    narrowRows: Int,
    narrowColumns: Int,
    narrowTile: @escaping Tile,
    narrowTileTransposedA: @escaping Tile,
    flatTile: Tile?,
    pack: @escaping Pack,
    packTransposed: @escaping Pack,
    packHalf: @escaping PackHalf,
    packTransposedHalf: @escaping PackHalf,
    widen: @escaping @convention(c) @Sendable (_ source: Half, _ target: Target, _ count: Int) -> Void,
    turn: @escaping Turn,
    turnPastCaches: Turn?,
    pairs: Pairs?,
    matrixPairs: Pairs?,
    streamTiles: StreamTiles?,
    dotRows: @escaping DotRows,
    dotRowsHalf: @escaping DotRowsHalf,
    splitPairs: @escaping @convention(c) @Sendable (_ x: Source, _ y: Target, _ count: Int) -> Void,
    addLowRank:
      @escaping @convention(c) @Sendable (_ rank: Int, _ u: Source, _ b: Source, _ rows: Int, _ y: Target) -> Void,
    addLowRankHalf:
      @escaping @convention(c) @Sendable (_ rank: Int, _ u: Source, _ b: Half, _ rows: Int, _ y: Target) -> Void,
    dot: @escaping @convention(c) @Sendable (_ x: Source, _ y: Source, _ count: Int) -> Float,
    addScaled: @escaping @convention(c) @Sendable (_ factor: Float, _ x: Source, _ y: Target, _ count: Int) -> Void,
    scale: @escaping @convention(c) @Sendable (_ factor: Float, _ x: Target, _ count: Int) -> Void,
    maximum: @escaping @convention(c) @Sendable (_ x: Source, _ count: Int) -> Float,
    exponentials: @escaping Exponentials,
    sumOfExponentials: @escaping @convention(c) @Sendable (_ x: Source, _ count: Int, _ shift: Float) -> Float,
    activation: @escaping Activation,
    activationGradient: @escaping ActivationGradient,
    softCap: @escaping @convention(c) @Sendable (_ x: Target, _ count: Int, _ scale: Float, _ cap: Float) -> Void,
    softCapGradient:
      @escaping @convention(c) @Sendable (_ capped: Source, _ dx: Target, _ count: Int, _ cap: Float) -> Void,
    scaleByWeight:
      @escaping @convention(c) @Sendable (
        _ x: Source, _ weight: Source, _ offset: Float, _ factor: Float, _ y: Target, _ count: Int
      ) -> Void,
    rmsNormGradient: @escaping RMSNormGradient,
    moments: @escaping @convention(c) @Sendable (_ x: Source, _ count: Int, _ result: Target) -> Void,
    normalise: @escaping Normalise,
    layerNormGradient: @escaping LayerNormGradient,
    rotate:
      @escaping @convention(c) @Sendable (
        _ low: Target, _ high: Target, _ cosine: Source, _ sine: Source, _ sign: Float, _ count: Int
      ) -> Void,
    gatedConvolution: @escaping GatedConvolution,
    deltaStep: @escaping DeltaStep,
    deltaGradient: @escaping DeltaGradient,
    softmaxRows: @escaping SoftmaxRows,
    attentionGradientRows: @escaping AttentionGradientRows,
    adamW:
      @escaping @convention(c) @Sendable (
        _ parameters: Target, _ gradients: Source, _ first: Target, _ second: Target, _ count: Int, _ numbers: Source
      ) -> Void,
    peak: @escaping @convention(c) @Sendable (_ rounds: Int, _ sink: Target) -> Void,
    peakOperations: Int,
    read: @escaping @convention(c) @Sendable (_ x: Source, _ count: Int) -> Float
  ) {
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.tile = tile
    self.tileTransposedA = tileTransposedA
    self.shortRows = shortRows
    self.shortTile = shortTile
    self.shortTileTransposedA = shortTileTransposedA
    self.narrowRows = narrowRows
    self.narrowColumns = narrowColumns
    self.narrowTile = narrowTile
    self.narrowTileTransposedA = narrowTileTransposedA
    self.flatTile = flatTile
    self.pack = pack
    self.packTransposed = packTransposed
    self.packHalf = packHalf
    self.packTransposedHalf = packTransposedHalf
    self.widen = widen
    self.turn = turn
    self.turnPastCaches = turnPastCaches
    self.pairs = pairs
    self.matrixPairs = matrixPairs
    self.streamTiles = streamTiles
    self.dotRows = dotRows
    self.dotRowsHalf = dotRowsHalf
    self.splitPairs = splitPairs
    self.addLowRank = addLowRank
    self.addLowRankHalf = addLowRankHalf
    self.dot = dot
    self.addScaled = addScaled
    self.scale = scale
    self.maximum = maximum
    self.exponentials = exponentials
    self.sumOfExponentials = sumOfExponentials
    self.activation = activation
    self.activationGradient = activationGradient
    self.softCap = softCap
    self.softCapGradient = softCapGradient
    self.scaleByWeight = scaleByWeight
    self.rmsNormGradient = rmsNormGradient
    self.moments = moments
    self.normalise = normalise
    self.layerNormGradient = layerNormGradient
    self.rotate = rotate
    self.gatedConvolution = gatedConvolution
    self.deltaStep = deltaStep
    self.deltaGradient = deltaGradient
    self.softmaxRows = softmaxRows
    self.attentionGradientRows = attentionGradientRows
    self.adamW = adamW
    self.peak = peak
    self.peakOperations = peakOperations
    self.read = read
  }
}
