import Kernels

/// The forward pass of one block in two halves, between which the top block drops the rows that nobody wants.
///
/// Formulas: Llama as in transformers' `LlamaDecoderLayer` (RMSNorm, rotary embedding of the rotate-half kind, grouped-query
/// attention, SwiGLU).
struct BlockForward {
  let configuration: ModelConfiguration
  let rope: RoPETable
  let batch: PackedBatch
  let workspace: Workspace
  let dropout: DropoutPlan?
  /// Log-sum-exps are kept.
  let training: Bool

  var shape: AttentionShape {
    AttentionShape(
      heads: configuration.heads, kvHeads: configuration.kvHeads, headSize: configuration.headSize,
      scale: 1 / Float(configuration.headSize).squareRoot())
  }

  /// From `input` `[T, hidden]` to `saved.attention`; q, k and v stay in `saved`.
  func attention(_ w: Worker, block: PassBlock, saved: LayerActivations, input: Rows) {
    let tokens = batch.tokenCount
    let normed = workspace.normed.rows(tokens, configuration.hiddenSize)
    RMSNorm.forward(
      w, x: input, weight: block.inputNorm.pointer, epsilon: configuration.rmsNormEpsilon, into: normed,
      inverseRMS: saved.inputInverseRMS.pointer)
    let q = saved.q.rows(tokens, configuration.queryWidth)
    let k = saved.k.rows(tokens, configuration.kvWidth)
    let v = saved.v.rows(tokens, configuration.kvWidth)
    linear(w, .qProj, block: block, saved: saved, x: normed, into: q)
    linear(w, .kProj, block: block, saved: saved, x: normed, into: k)
    linear(w, .vProj, block: block, saved: saved, x: normed, into: v)
    for rotated in [q, k] {
      RoPE.apply(
        w, x: rotated, headSize: configuration.headSize, positions: batch.positions.pointer, table: rope,
        inverse: false)
    }
    Attention.forward(
      w, q: q, k: k, v: v, into: saved.attention.rows(tokens, configuration.queryWidth),
      logSumExp: training ? saved.logSumExp.pointer : nil, shape: shape,
      sequenceStarts: batch.sequenceStarts.pointer, sequences: batch.sequences)
  }

  /// Adds the attention's and then the feed-forward layer's contribution.
  ///
  /// - Parameters:
  ///   - attention: `[R, heads·size]`, R = T or, in the top block, the head rows.
  ///   - middle: `[R, hidden]`, on entry the block's input.
  ///   - output: `[R, hidden]`; may be `middle` itself where no backward pass needs that.
  func feedForward(
    _ w: Worker, block: PassBlock, saved: LayerActivations, attention: Rows, middle: Rows, output: Rows
  ) {
    let rows = middle.rows
    linear(w, .oProj, block: block, saved: saved, x: attention, into: middle, accumulate: true)
    let normed = workspace.normed.rows(rows, configuration.hiddenSize)
    RMSNorm.forward(
      w, x: middle, weight: block.postAttentionNorm.pointer, epsilon: configuration.rmsNormEpsilon, into: normed,
      inverseRMS: saved.middleInverseRMS.pointer)
    let gate = saved.gate.rows(rows, configuration.intermediateSize)
    let up = saved.up.rows(rows, configuration.intermediateSize)
    linear(w, .gateProj, block: block, saved: saved, x: normed, into: gate)
    linear(w, .upProj, block: block, saved: saved, x: normed, into: up)
    let wide = workspace.wide.rows(rows, configuration.intermediateSize)
    SwiGLU.forward(w, gate: gate, up: up, into: wide)
    if output.base != middle.base { Elementwise.copy(w, from: middle, into: output) }
    linear(w, .downProj, block: block, saved: saved, x: wide, into: output, accumulate: true)
  }

  private func linear(
    _ w: Worker, _ module: LinearModule, block: PassBlock, saved: LayerActivations, x: Rows, into y: Rows,
    accumulate: Bool = false
  ) {
    let linear = block[module]
    linear.forward(
      w, x: x, into: y, accumulate: accumulate, u: saved.u(module, rows: x.rows, of: linear), dropout: dropout,
      dropped: dropout == nil ? nil : workspace.dropped.rows(x.rows, x.columns))
  }
}
