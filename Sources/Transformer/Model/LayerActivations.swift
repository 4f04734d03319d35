import Kernels

/// What the forward pass of one block leaves for its backward pass. What is cheap to compute again is not here: the
/// normalised inputs and the product of gate and up.
final class LayerActivations: Sendable {
  /// `[T, hidden]` the residual stream before the block.
  let input = FloatStore()
  /// `[T]` 1/RMS of `input`.
  let inputInverseRMS = FloatStore()
  /// `[T, heads·size]`, `[T, kvHeads·size]` twice; q and k after rotary embedding.
  let q = FloatStore()
  let k = FloatStore()
  let v = FloatStore()
  /// `[T, heads·size]` the heads' outputs.
  let attention = FloatStore()
  /// `[T·heads]` log-sum-exp of the attention scores.
  let logSumExp = FloatStore()
  /// `[N, heads·size]` in the top block: the rows of `attention` that go on.
  let attentionHead = FloatStore()
  /// `[T, hidden]` the residual stream between attention and feed-forward layer; `[N, hidden]` in the top block.
  let middle = FloatStore()
  let middleInverseRMS = FloatStore()
  /// `[T, intermediate]`; the backward pass turns both into their gradients in place.
  let gate = FloatStore()
  let up = FloatStore()
  /// `[T, rank]` for each adapted linear, in canonical order: s·drop(x)·Aᵀ.
  private let lowRank = LinearModule.allCases.map { _ in FloatStore() }

  func u(_ module: LinearModule, rows: Int, of linear: PassLinear) -> Rows? {
    linear.lora.map { lowRank[module.index].rows(rows, $0.rank) }
  }

  /// - Parameters:
  ///   - tokens: T.
  ///   - feedForwardRows: rows of everything after the attention.
  ///   - gathered: rows of `attentionHead`, 0 where nothing is gathered.
  ///   - ranks: the largest rank of each module, in canonical order; 0 where there is no adapter.
  func reserve(
    configuration: ModelConfiguration, tokens: Int, feedForwardRows: Int, middleRows: Int, gathered: Int, ranks: [Int],
    training: Bool
  ) {
    input.reserve(tokens, configuration.hiddenSize)
    inputInverseRMS.reserve(tokens, 1)
    q.reserve(tokens, configuration.queryWidth)
    k.reserve(tokens, configuration.kvWidth)
    v.reserve(tokens, configuration.kvWidth)
    attention.reserve(tokens, configuration.queryWidth)
    if training { logSumExp.reserve(tokens, configuration.heads) }
    attentionHead.reserve(gathered, configuration.queryWidth)
    middle.reserve(middleRows, configuration.hiddenSize)
    middleInverseRMS.reserve(feedForwardRows, 1)
    gate.reserve(feedForwardRows, configuration.intermediateSize)
    up.reserve(feedForwardRows, configuration.intermediateSize)
    for (store, rank) in zip(lowRank, ranks) where rank > 0 { store.reserve(tokens, rank) }
  }

  var byteCount: Int {
    let stores = [
      input, inputInverseRMS, q, k, v, attention, logSumExp, attentionHead, middle, middleInverseRMS, gate, up,
    ]
    return (stores + lowRank).reduce(0) { $0 + $1.byteCount }
  }
}
