import Kernels

/// The parts of a block in the order in which a backward pass meets them last.
enum BlockStage: Int, Comparable {
  case qkv
  case oProj
  case gateUp
  case down

  static func < (left: BlockStage, right: BlockStage) -> Bool { left.rawValue < right.rawValue }

  init(_ module: LinearModule) {
    switch module {
    case .qProj, .kProj, .vProj: self = .qkv
    case .oProj: self = .oProj
    case .gateProj, .upProj: self = .gateUp
    case .downProj: self = .down
    }
  }
}

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
  ///   - dx: `[R, hidden]`, on entry the gradient of the block's output, on return that of `middle` before `o_proj` added to it.
  ///   - dAttention: `[R, heads·size]`, receives the gradient of `attention`.
  func feedForward(
    _ w: Worker, block: PassBlock, saved: LayerActivations, attention: Rows, middle: Rows, dx: Rows, dAttention: Rows,
    last: BlockStage?
  ) -> Bool {
    let rows = middle.rows
    let gate = saved.gate.rows(rows, configuration.intermediateSize)
    let up = saved.up.rows(rows, configuration.intermediateSize)
    let wide = workspace.wide.rows(rows, configuration.intermediateSize)
    if block[.downProj].isTrained { SwiGLU.forward(w, gate: gate, up: up, into: wide) }
    parameters(w, .downProj, 0, block: block, saved: saved, dy: dx, x: wide)
    if last == .down { return false }

    input(w, .downProj, 0, block: block, dy: dx, into: wide)
    SwiGLU.backward(w, dy: wide, gate: gate, up: up, dGate: gate, dUp: up)
    let normed = workspace.normed.rows(rows, configuration.hiddenSize)
    if block[.gateProj].isTrained || block[.upProj].isTrained {
      RMSNorm.forward(
        w, x: middle, weight: block.postAttentionNorm.pointer, epsilon: configuration.rmsNormEpsilon, into: normed,
        inverseRMS: saved.middleInverseRMS.pointer)
    }
    parameters(w, .gateProj, 0, block: block, saved: saved, dy: gate, x: normed)
    parameters(w, .upProj, 1, block: block, saved: saved, dy: up, x: normed)
    if last == .gateUp { return false }

    input(w, .gateProj, 0, block: block, dy: gate, into: normed)
    input(w, .upProj, 1, block: block, dy: up, into: normed, accumulate: true)
    RMSNorm.backward(
      w, dy: normed, x: middle, weight: block.postAttentionNorm.pointer, inverseRMS: saved.middleInverseRMS.pointer,
      into: dx, accumulate: true, dWeight: block.postAttentionNormGradient?.pointer)
    parameters(w, .oProj, 0, block: block, saved: saved, dy: dx, x: attention)
    if last == .oProj { return false }

    input(w, .oProj, 0, block: block, dy: dx, into: dAttention)
    return true
  }

  /// - Parameters:
  ///   - input: the block's input.
  ///   - dx: `[T, hidden]`, on entry the gradient of `middle`, on return that of `input`.
  func attention(
    _ w: Worker, block: PassBlock, saved: LayerActivations, input x: Rows, dAttention: Rows, dx: Rows, last: BlockStage?
  ) -> Bool {
    let tokens = x.rows
    let q = saved.q.rows(tokens, configuration.queryWidth)
    let k = saved.k.rows(tokens, configuration.kvWidth)
    let v = saved.v.rows(tokens, configuration.kvWidth)
    let dQ = workspace.dQ.rows(tokens, configuration.queryWidth)
    let dK = workspace.dK.rows(tokens, configuration.kvWidth)
    let dV = workspace.dV.rows(tokens, configuration.kvWidth)
    Attention.backward(
      w, dOut: dAttention, q: q, k: k, v: v, out: saved.attention.rows(tokens, configuration.queryWidth),
      logSumExp: saved.logSumExp.pointer, dQ: dQ, dK: dK, dV: dV, shape: forward.shape,
      sequenceStarts: forward.batch.sequenceStarts.pointer, sequences: forward.batch.sequences)
    for rotated in [dQ, dK] {
      RoPE.apply(
        w, x: rotated, headSize: configuration.headSize, positions: forward.batch.positions.pointer,
        table: forward.rope, inverse: true)
    }
    let normed = workspace.normed.rows(tokens, configuration.hiddenSize)
    if block[.qProj].isTrained || block[.kProj].isTrained || block[.vProj].isTrained {
      RMSNorm.forward(
        w, x: x, weight: block.inputNorm.pointer, epsilon: configuration.rmsNormEpsilon, into: normed,
        inverseRMS: saved.inputInverseRMS.pointer)
    }
    parameters(w, .qProj, 0, block: block, saved: saved, dy: dQ, x: normed)
    parameters(w, .kProj, 1, block: block, saved: saved, dy: dK, x: normed)
    parameters(w, .vProj, 2, block: block, saved: saved, dy: dV, x: normed)
    if last == .qkv { return false }

    input(w, .qProj, 0, block: block, dy: dQ, into: normed)
    input(w, .kProj, 1, block: block, dy: dK, into: normed, accumulate: true)
    input(w, .vProj, 2, block: block, dy: dV, into: normed, accumulate: true)
    RMSNorm.backward(
      w, dy: normed, x: x, weight: block.inputNorm.pointer, inverseRMS: saved.inputInverseRMS.pointer, into: dx,
      accumulate: true, dWeight: block.inputNormGradient?.pointer)
    return true
  }

  private func parameters(
    _ w: Worker, _ module: LinearModule, _ place: Int, block: PassBlock, saved: LayerActivations, dy: Rows, x: Rows
  ) {
    let linear = block[module]
    guard linear.isTrained else { return }
    linear.backwardParameters(
      w, dy: dy, x: x, u: saved.u(module, rows: dy.rows, of: linear), v: lowRank(linear, place, rows: dy.rows),
      accumulate: accumulate, dropout: forward.dropout, dropped: dropped(rows: dy.rows, columns: x.columns))
  }

  private func input(
    _ w: Worker, _ module: LinearModule, _ place: Int, block: PassBlock, dy: Rows, into dx: Rows,
    accumulate: Bool = false
  ) {
    let linear = block[module]
    linear.backwardInput(
      w, dy: dy, v: lowRank(linear, place, rows: dy.rows), into: dx, accumulate: accumulate, dropout: forward.dropout,
      dropped: dropped(rows: dy.rows, columns: dx.columns))
  }

  private func lowRank(_ linear: PassLinear, _ place: Int, rows: Int) -> Rows? {
    linear.lora.map { workspace.v[place].rows(rows, $0.rank) }
  }

  private func dropped(rows: Int, columns: Int) -> Rows? {
    forward.dropout == nil ? nil : workspace.dropped.rows(rows, columns)
  }
}
