import Kernels

/// The backward pass of one block, in the same two halves as `BlockForward`, in opposite order.
///
/// Each half takes `last`: the lowest part that is trained anywhere below. Having done its parameters it returns false, and
/// nothing further down is computed.
struct BlockBackward {
  let forward: BlockForward
  /// Gradients of parameters are added to what is there.
  let accumulate: Bool

  private var configuration: ModelConfiguration { forward.configuration }
  private var workspace: Workspace { forward.workspace }

  /// - Parameters:
  ///   - attention, middle: as `BlockForward.feedForward` had and left them.
  ///   - dx: `[R, hidden]`, on entry the gradient of the block's output, on return that of `middle` before the attention's
  ///     output was added to it.
  ///   - dAttention: `[R, heads·size]`, receives the gradient of `attention`.
  func feedForward(
    _ w: Worker, block: PassBlock, saved: LayerActivations, attention: Rows, middle: Rows, dx: Rows, dAttention: Rows,
    last: BlockStage?
  ) -> Bool {
    let rows = middle.rows
    let inputs = saved.gateUp.rows(rows, configuration.activationInputs)
    let wide = workspace.wide.rows(rows, configuration.intermediateSize)
    let dDown = projected(
      w, norm: block.feedForwardOutputNorm, x: saved.feedForwardProjected, statistics: saved.feedForwardProjectedRMS,
      dx: dx)
    if block.down.isTrained { forward.activation.forward(w, inputs: inputs, into: wide) }
    parameters(w, block.down, 0, saved: saved, dy: dDown, x: wide)
    if last == .down { return false }

    input(w, block.down, 0, saved: saved, dy: dDown, into: wide)
    forward.activation.backward(w, dy: wide, inputs: inputs)
    let normed = workspace.normed.rows(rows, configuration.hiddenSize)
    if block.gateUp.contains(where: \.isTrained) {
      block.postAttentionNorm.forward(w, x: middle, into: normed, statistics: saved.middleStatistics.pointer)
    }
    for (place, linear) in block.gateUp.enumerated() {
      parameters(w, linear, place, saved: saved, dy: linear.part(of: inputs), x: normed)
    }
    if last == .gateUp { return false }

    for (place, linear) in block.gateUp.enumerated() {
      input(w, linear, place, saved: saved, dy: linear.part(of: inputs), into: normed, accumulate: place > 0)
    }
    block.postAttentionNorm.backward(
      w, dy: normed, x: middle, statistics: saved.middleStatistics.pointer, into: dx, accumulate: true)
    let dOutput = projected(
      w, norm: block.attentionOutputNorm, x: saved.attentionProjected, statistics: saved.attentionProjectedRMS, dx: dx)
    parameters(w, block.output, 0, saved: saved, dy: dOutput, x: attention)
    if last == .oProj { return false }

    input(w, block.output, 0, saved: saved, dy: dOutput, into: dAttention)
    return true
  }

  /// - Parameters:
  ///   - input: the block's input.
  ///   - dx: `[T, hidden]`, on entry the gradient of `middle`, on return that of `input`.
  func attention(
    _ w: Worker, block: PassBlock, saved: LayerActivations, input x: Rows, dAttention: Rows, dx: Rows, last: BlockStage?
  ) -> Bool {
    let tokens = x.rows
    let heads = saved.heads(tokens, configuration)
    let gradients = HeadRows(workspace.dHeads.rows(tokens, configuration.qkvWidth), configuration)
    Attention.backward(
      w, dOut: dAttention, q: heads.q, k: heads.k, v: heads.v,
      out: saved.attention.rows(tokens, configuration.queryWidth), logSumExp: saved.logSumExp.pointer, dQ: gradients.q,
      dK: gradients.k, dV: gradients.v, shape: block.attention,
      sequenceStarts: forward.batch.sequenceStarts.pointer, sequences: forward.batch.sequences)
    forward.turn(w, block: block, heads: gradients, inverse: true)
    if let queryNorm = block.queryNorm, let keyNorm = block.keyNorm {
      let raw = saved.rawHeads(tokens, configuration)
      let statistics = saved.headStatistics(tokens, configuration)
      queryNorm.backward(
        w, dy: gradients.q, x: raw.q, statistics: statistics.q, into: gradients.q, accumulate: false)
      keyNorm.backward(w, dy: gradients.k, x: raw.k, statistics: statistics.k, into: gradients.k, accumulate: false)
    }
    let normed = workspace.normed.rows(tokens, configuration.hiddenSize)
    if block.queries.contains(where: \.isTrained) {
      block.inputNorm.forward(w, x: x, into: normed, statistics: saved.inputStatistics.pointer)
    }
    for (place, linear) in block.queries.enumerated() {
      parameters(w, linear, place, saved: saved, dy: linear.part(of: gradients.all), x: normed)
    }
    if last == .qkv { return false }

    for (place, linear) in block.queries.enumerated() {
      self.input(
        w, linear, place, saved: saved, dy: linear.part(of: gradients.all), into: normed, accumulate: place > 0)
    }
    block.inputNorm.backward(
      w, dy: normed, x: x, statistics: saved.inputStatistics.pointer, into: dx, accumulate: true)
    return true
  }

  /// The gradient of what a half of the block projected, from that of the residual stream, which it is where nothing
  /// normalises between them.
  private func projected(_ w: Worker, norm: PassNorm?, x: FloatStore, statistics: FloatStore, dx: Rows) -> Rows {
    guard let norm else { return dx }
    let gradient = workspace.dProjected.rows(dx.rows, configuration.hiddenSize)
    norm.backward(
      w, dy: dx, x: x.rows(dx.rows, configuration.hiddenSize), statistics: statistics.pointer, into: gradient,
      accumulate: false)
    return gradient
  }

  /// - Parameter place: of the layer among those that share its input.
  private func parameters(
    _ w: Worker, _ linear: PassLinear, _ place: Int, saved: LayerActivations, dy: Rows, x: Rows
  ) {
    guard linear.isTrained else { return }
    linear.backwardParameters(
      w, dy: dy, x: x, u: saved.u(linear, rows: dy.rows), v: lowRank(linear, place, rows: dy.rows),
      z: saved.z(linear, rows: dy.rows), accumulate: accumulate, dropout: forward.dropout,
      dropped: dropped(rows: dy.rows, columns: x.columns))
  }

  private func input(
    _ w: Worker, _ linear: PassLinear, _ place: Int, saved: LayerActivations, dy: Rows, into dx: Rows,
    accumulate: Bool = false
  ) {
    linear.backwardInput(
      w, dy: dy, v: lowRank(linear, place, rows: dy.rows), z: saved.z(linear, rows: dy.rows), into: dx,
      accumulate: accumulate, dropout: forward.dropout, dropped: dropped(rows: dy.rows, columns: dx.columns))
  }

  private func lowRank(_ linear: PassLinear, _ place: Int, rows: Int) -> Rows? {
    linear.lora.map { workspace.v[place].rows(rows, $0.rank) }
  }

  private func dropped(rows: Int, columns: Int) -> Rows? {
    forward.dropout == nil ? nil : workspace.dropped.rows(rows, columns)
  }
}
