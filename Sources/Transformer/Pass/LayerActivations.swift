import Kernels
import Recipe

/// What the forward pass of one block leaves for its backward pass. What is cheap to compute again is not here: the
/// normalised inputs and the activation's output.
final class LayerActivations: Sendable {
  /// `[T, hidden]` the residual stream before the block.
  let input = FloatStore()
  /// `[T]` 1/RMS of `input`, or `[T, 2]` mean and 1/deviation.
  let inputStatistics = FloatStore()
  /// `[T, (heads + 2·kvHeads)·size]` queries, keys and values, normalised and turned; `[T, 3·hidden]` what a short convolution mixes; what
  /// linear attention does.
  private let queriesKeysValues = FloatStore()
  /// `[T, (heads + kvHeads)·size]` queries and keys before their norm, and 1/RMS of each head, where there is one.
  private let rawQueriesKeys = FloatStore()
  private let headRMS = FloatStore()
  /// `[T, heads·size]` the heads' outputs, or `[T, hidden]` the convolution's.
  let attention = FloatStore()
  /// `[T, heads·size]` the same before its gate, where there is one, and `[T, valueWidth]` what linear attention gives before norm and gate.
  let ungated = FloatStore()
  /// `[T·heads]` log-sum-exp of the attention scores.
  let logSumExp = FloatStore()
  /// `[N, heads·size]` in the top block: the rows of `attention` that go on.
  let attentionHead = FloatStore()
  /// `[T, hidden]` the two halves' outputs before their norm, and 1/RMS of each row, where there is one.
  let attentionProjected = FloatStore()
  let attentionProjectedRMS = FloatStore()
  let feedForwardProjected = FloatStore()
  let feedForwardProjectedRMS = FloatStore()
  /// `[T, hidden]` the residual stream between attention and feed-forward layer; `[N, hidden]` in the top block.
  let middle = FloatStore()
  let middleStatistics = FloatStore()
  /// `[T, 2·intermediate]` what goes into the activation; the backward pass turns it into its gradient in place.
  let gateUp = FloatStore()
  /// `[T, rank]` for each adapted linear, in canonical order: s·drop(x)·Aᵀ.
  private let lowRank = LinearModule.allCases.map { _ in FloatStore() }

  /// `[T, out]` for each linear with DoRA: what its magnitudes multiply.
  private let products = LinearModule.allCases.map { _ in FloatStore() }

  func z(_ linear: PassLinear, rows: Int) -> Rows? {
    linear.hasDoRA ? products[linear.module.index].rows(rows, linear.weight.rows) : nil
  }

  func u(_ linear: PassLinear, rows: Int) -> Rows? {
    linear.largestRank > 0 ? lowRank[linear.module.index].rows(rows, linear.largestRank) : nil
  }

  func heads(_ tokens: Int, _ configuration: ModelConfiguration) -> HeadRows {
    HeadRows(queriesKeysValues.rows(tokens, configuration.qkvWidth), configuration)
  }

  /// `[T, 3·hidden]` B, C and x of a short convolution; queries, keys, values, z, b and a of linear attention.
  func convolved(_ tokens: Int, _ mixing: Mixing) -> Rows { queriesKeysValues.rows(tokens, mixing.inputs) }

  /// Queries and keys before their norm; the values' columns are not there.
  func rawHeads(_ tokens: Int, _ configuration: ModelConfiguration) -> HeadRows {
    let width = configuration.queryWidth + configuration.kvWidth
    return HeadRows(rawQueriesKeys.rows(tokens, width), configuration)
  }

  /// `[T · heads]` and `[T · kvHeads]` 1/RMS.
  func headStatistics(
    _ tokens: Int, _ configuration: ModelConfiguration
  ) -> (q: UnsafeMutablePointer<Float>, k: UnsafeMutablePointer<Float>) {
    (headRMS.pointer, headRMS.pointer + tokens * configuration.heads)
  }

  /// - Parameters:
  ///   - layers: those that use this room, one after the other; nil for all.
  ///   - tokens: T.
  ///   - feedForwardRows: rows of everything after the attention.
  ///   - gathered: rows of `attentionHead`, 0 where nothing is gathered.
  ///   - ranks: the largest rank of each module, in canonical order; 0 where there is no adapter.
  ///   - products: `PassLinear.products`.
  func reserve(
    configuration: ModelConfiguration, layers: ClosedRange<Int>? = nil, tokens: Int, feedForwardRows: Int,
    middleRows: Int, gathered: Int, ranks: [Int],
    products widths: [Int], training: Bool
  ) {
    let hidden = configuration.hiddenSize
    let statistics = PassNorm.statistics(configuration)
    let mixing = layers.map { configuration.mixing(of: $0) } ?? configuration.mixing
    input.reserve(tokens, hidden)
    inputStatistics.reserve(tokens, statistics)
    queriesKeysValues.reserve(tokens, mixing.inputs)
    if configuration.block.normalizesQueriesAndKeys, training, mixing.attends {
      rawQueriesKeys.reserve(tokens, configuration.queryWidth + configuration.kvWidth)
      headRMS.reserve(tokens, configuration.heads + configuration.kvHeads)
    }
    attention.reserve(tokens, mixing.outputs)
    if training { ungated.reserve(tokens, mixing.ungated) }
    if training, mixing.attends { logSumExp.reserve(tokens, configuration.heads) }
    attentionHead.reserve(gathered, mixing.outputs)
    if configuration.block.normalizesOutputs {
      for store in [attentionProjected, feedForwardProjected] { store.reserve(feedForwardRows, hidden) }
      for store in [attentionProjectedRMS, feedForwardProjectedRMS] { store.reserve(feedForwardRows, 1) }
    }
    middle.reserve(middleRows, hidden)
    middleStatistics.reserve(feedForwardRows, statistics)
    gateUp.reserve(feedForwardRows, configuration.activationInputs)
    for (store, rank) in zip(lowRank, ranks) where rank > 0 { store.reserve(tokens, rank) }
    for (store, width) in zip(products, widths) where width > 0 { store.reserve(tokens, width) }
  }

  var byteCount: Int {
    let stores = [
      input, inputStatistics, queriesKeysValues, rawQueriesKeys, headRMS, attention, ungated, logSumExp, attentionHead,
      attentionProjected, attentionProjectedRMS, feedForwardProjected, feedForwardProjectedRMS, middle,
      middleStatistics, gateUp,
    ]
    return (stores + lowRank + products).reduce(0) { $0 + $1.byteCount }
  }
}

/// Queries, keys and values side by side in one matrix `[T, (heads + 2·kvHeads)·size]`, and behind them gates where there are some; or
/// queries and keys alone.
struct HeadRows {
  let all: Rows
  private let queries: Int
  private let keys: Int

  init(_ all: Rows, _ configuration: ModelConfiguration) {
    self.all = all
    queries = configuration.queryWidth
    keys = configuration.kvWidth
  }

  var q: Rows { all.columns(from: 0, count: queries) }
  var k: Rows { all.columns(from: queries, count: keys) }
  var v: Rows { all.columns(from: queries + keys, count: keys) }
  var gates: Rows { all.columns(from: queries + 2 * keys, count: queries) }
  /// Queries and keys: what is normalised and turned.
  var turned: Rows { all.columns(from: 0, count: queries + keys) }
}
