import Kernels
import Recipe

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
      w, norm: block.feedForwardOutputNorm, scale: block.residualScale, x: saved.feedForwardProjected,
      statistics: saved.feedForwardProjectedRMS, dx: dx)
    if block.down.isTrained { forward.activation.forward(w, inputs: inputs, into: wide) }
    backward(w, [block.down], saved: saved, x: wide, into: last == .down ? nil : wide) { _ in dDown }
    if last == .down { return false }

    forward.activation.backward(w, dy: wide, inputs: inputs)
    let normed = workspace.normed.rows(rows, configuration.hiddenSize)
    var x = normed
    if block.gateUp.contains(where: \.isTrained) {
      x = block.postAttentionNorm.input(w, x: middle, room: normed, statistics: saved.middleStatistics.pointer)
    }
    backward(w, block.gateUp, saved: saved, x: x, into: last == .gateUp ? nil : normed) { $0.part(of: inputs) }
    if last == .gateUp { return false }

    block.postAttentionNorm.addGradient(
      w, dy: normed, x: middle, statistics: saved.middleStatistics.pointer, into: dx)
    let dOutput = projected(
      w, norm: block.attentionOutputNorm, scale: block.residualScale, x: saved.attentionProjected,
      statistics: saved.attentionProjectedRMS, dx: dx)
    backward(w, [block.output], saved: saved, x: attention, into: last == .oProj ? nil : dAttention) { _ in dOutput }
    return last != .oProj
  }

  /// - Parameters:
  ///   - input: the block's input.
  ///   - dx: `[T, hidden]`, on entry the gradient of `middle`, on return that of `input`.
  func attention(
    _ w: Worker, block: PassBlock, saved: LayerActivations, input x: Rows, dAttention: Rows, dx: Rows, last: BlockStage?
  ) -> Bool {
    let tokens = x.rows
    let mixed = workspace.dHeads.rows(tokens, block.mixing.inputs)
    if let convolution = block.convolution {
      convolution.backward(
        w, dy: dAttention, inputs: saved.convolved(tokens, block.mixing), positions: forward.batch.positions.pointer,
        into: mixed)
    } else if let delta = block.delta {
      let room = workspace.mixing(tokens, delta.shape)
      delta.backward(
        w, dy: dAttention, o: saved.ungated.rows(tokens, block.mixing.ungated),
        inputs: saved.convolved(tokens, block.mixing), positions: forward.batch.positions.pointer,
        sequenceStarts: forward.batch.sequenceStarts.pointer, sequences: forward.batch.sequences, room: room.rows,
        inverseRMS: room.statistics, into: mixed)
    } else {
      attention(w, block: block, saved: saved, dAttention: dAttention, into: HeadRows(mixed, configuration))
    }
    let normed = workspace.normed.rows(tokens, configuration.hiddenSize)
    var input = normed
    if block.queries.contains(where: \.isTrained) {
      input = block.inputNorm.input(w, x: x, room: normed, statistics: saved.inputStatistics.pointer)
    }
    backward(w, block.queries, saved: saved, x: input, into: last == .qkv ? nil : normed) { $0.part(of: mixed) }
    if last == .qkv { return false }

    block.inputNorm.addGradient(w, dy: normed, x: x, statistics: saved.inputStatistics.pointer, into: dx)
    return true
  }

  /// Gradients of queries, keys and values as they were projected.
  private func attention(
    _ w: Worker, block: PassBlock, saved: LayerActivations, dAttention: Rows, into gradients: HeadRows
  ) {
    let tokens = dAttention.rows
    let heads = saved.heads(tokens, configuration)
    let store = block.gatesAttention ? saved.ungated : saved.attention
    let out = store.rows(tokens, configuration.queryWidth)
    if block.gatesAttention {
      GatedActivation.backward(
        w, kind: .sigmoid, dy: dAttention, gate: heads.gates, up: out, dGate: gradients.gates, dUp: dAttention)
    }
    Attention.backward(
      w, dOut: dAttention, q: heads.q, k: heads.k, v: heads.v,
      out: out, logSumExp: saved.logSumExp.pointer, dQ: gradients.q,
      dK: gradients.k, dV: gradients.v, shape: block.attention,
      sequenceStarts: forward.batch.sequenceStarts.pointer, sequences: forward.batch.sequences)
    if !block.normalizesTurned { forward.turn(w, block: block, heads: gradients, inverse: true) }
    if let queryNorm = block.queryNorm, let keyNorm = block.keyNorm {
      let raw = saved.rawHeads(tokens, configuration)
      let statistics = saved.headStatistics(tokens, configuration)
      queryNorm.backward(
        w, dy: gradients.q, x: raw.q, statistics: statistics.q, into: gradients.q, accumulate: false)
      keyNorm.backward(w, dy: gradients.k, x: raw.k, statistics: statistics.k, into: gradients.k, accumulate: false)
    }
    if block.normalizesTurned { forward.turn(w, block: block, heads: gradients, inverse: true) }
    if block.gatesAttention {
      OutputGate.join(w, gradients.all, heads: configuration.heads, headSize: configuration.headSize)
    }
  }

  /// The gradient of what a half of the block projected, from that of the residual stream, which it is where nothing
  /// normalises or scales between them.
  private func projected(
    _ w: Worker, norm: PassNorm?, scale: Float, x: FloatStore, statistics: FloatStore, dx: Rows
  ) -> Rows {
    guard norm != nil || scale != 1 else { return dx }
    let gradient = workspace.dProjected.rows(dx.rows, configuration.hiddenSize)
    if let norm {
      norm.backward(
        w, dy: dx, x: x.rows(dx.rows, configuration.hiddenSize), statistics: statistics.pointer, into: gradient,
        accumulate: false)
    } else {
      Elementwise.copy(w, from: dx, into: gradient)
    }
    if scale != 1 { Elementwise.scale(w, gradient, scale) }
    return gradient
  }

  /// Gradients of what is trained in layers that share an input, and of that input.
  ///
  /// - Parameters:
  ///   - x: `[R, in]`; not read where no layer is trained.
  ///   - dx: `[R, in]`, may be `x`; nil where nothing further down is trained.
  ///   - dy: `[R, out]` of each.
  private func backward(
    _ w: Worker, _ linears: [PassLinear], saved: LayerActivations, x: Rows, into dx: Rows?, dy: (PassLinear) -> Rows
  ) {
    if let adapted = forward.batch.adaptedRows(of: x.rows), linears.contains(where: { $0.lora != nil }) {
      linears.backward(
        w, dy: dy, x: x, adapted: adapted, u: { saved.u($0, rows: x.rows) },
        v: { room(linears, $0, rows: x.rows) }, into: dx, accumulate: accumulate, dropout: forward.dropout,
        dropped: dropped(rows: x.rows, columns: x.columns), room: workspace)
      return
    }
    if linears.areOnlyProducts(dropout: forward.dropout) {
      linears.backward(
        w, dy: dy, x: x, u: { saved.u($0, rows: x.rows) }, v: { room(linears, $0, rows: x.rows) }, into: dx,
        accumulate: accumulate)
      return
    }
    for linear in linears where linear.isTrained {
      linear.backwardParameters(
        w, dy: dy(linear), x: x, u: saved.u(linear, rows: x.rows), v: room(linears, linear, rows: x.rows),
        z: saved.z(linear, rows: x.rows), accumulate: accumulate, dropout: forward.dropout,
        dropped: dropped(rows: x.rows, columns: x.columns))
    }
    guard let dx else { return }
    for (place, linear) in linears.enumerated() {
      linear.backwardInput(
        w, dy: dy(linear), v: room(linears, linear, rows: dx.rows), z: saved.z(linear, rows: dx.rows), into: dx,
        accumulate: place > 0, dropout: forward.dropout, dropped: dropped(rows: dx.rows, columns: dx.columns))
    }
  }

  /// `[R, rank]` of one of the layers that share an input.
  private func room(_ linears: [PassLinear], _ linear: PassLinear, rows: Int) -> Rows? {
    guard let lora = linear.lora, let place = linears.firstIndex(where: { $0.module == linear.module }) else {
      return nil
    }
    return workspace.v[place].rows(rows, lora.rank)
  }

  private func dropped(rows: Int, columns: Int) -> Rows? {
    forward.dropout == nil ? nil : workspace.dropped.rows(rows, columns)
  }
}

/// The parts of a block in the order in which a backward pass meets them last. What stands in the attention's place has its parts.
enum BlockStage: Int, Comparable {
  case qkv
  case oProj
  case gateUp
  case down

  static func < (left: BlockStage, right: BlockStage) -> Bool { left.rawValue < right.rawValue }

  init(_ module: LinearModule) {
    switch module {
    case .qProj, .kProj, .vProj, .qkvProj, .convInProj, .linearQKVProj, .linearZProj, .linearBProj, .linearAProj:
      self = .qkv
    case .oProj, .convOutProj, .linearOutProj: self = .oProj
    case .gateProj, .upProj, .gateUpProj: self = .gateUp
    case .downProj: self = .down
    }
  }
}
