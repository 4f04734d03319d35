import Kernels

/// The forward pass of one block in two halves, between which the top block drops the rows that nobody wants.
///
/// What a block consists of is data (`BlockDescription`). Formulas: as in transformers' `modeling_*` files of the families that
/// `HuggingFace.ConfigurationReader` knows.
struct BlockForward {
  let configuration: ModelConfiguration
  let activation: FeedForwardActivation
  /// One for each of `configuration.rotary`.
  let rotary: [RoPETable]
  let batch: PackedBatch
  let workspace: Workspace
  let dropout: DropoutPlan?
  /// What only a backward pass needs is kept.
  let training: Bool
  /// Is shown each layer's input `[R, in]` before it is multiplied; called by every worker, and ends with a barrier.
  var onInput: ((_ w: Worker, _ linear: PassLinear, _ x: Rows) -> Void)?

  init(
    configuration: ModelConfiguration, rotary: [RoPETable], batch: PackedBatch, workspace: Workspace,
    dropout: DropoutPlan?, training: Bool
  ) {
    self.configuration = configuration
    activation = FeedForwardActivation(configuration)
    self.rotary = rotary
    self.batch = batch
    self.workspace = workspace
    self.dropout = dropout
    self.training = training
  }

  /// From `input` `[T, hidden]` to `saved.attention`, through attention or what stands in its place; queries, keys and values stay in
  /// `saved`.
  func attention(_ w: Worker, block: PassBlock, saved: LayerActivations, input: Rows) {
    if let convolution = block.convolution {
      let inputs = projectMixed(w, block: block, saved: saved, input: input)
      convolution.forward(
        w, inputs: inputs, positions: batch.positions.pointer,
        into: saved.attention.rows(batch.tokenCount, block.mixing.outputs))
      return
    }
    let output = saved.attention.rows(batch.tokenCount, block.mixing.outputs)
    // A backward pass needs what was gated.
    let ungated = training && block.mixing.ungated > 0 ? saved.ungated.rows(output.rows, output.columns) : output
    if let delta = block.delta {
      let inputs = projectMixed(w, block: block, saved: saved, input: input)
      delta.forward(
        w, inputs: inputs, positions: batch.positions.pointer, sequenceStarts: batch.sequenceStarts.pointer,
        sequences: batch.sequences, room: workspace.mixing(inputs.rows, delta.shape).rows, into: ungated)
      delta.finish(w, ungated, inputs: inputs, into: output)
      return
    }
    let heads = project(w, block: block, saved: saved, input: input)
    Attention.forward(
      w, q: heads.q, k: heads.k, v: heads.v, into: ungated,
      logSumExp: training ? saved.logSumExp.pointer : nil, shape: block.attention,
      sequenceStarts: batch.sequenceStarts.pointer, sequences: batch.sequences)
    gate(w, block, ungated, by: heads.gates, into: output)
  }

  /// The gate of attention's output, where there is one.
  func gate(_ w: Worker, _ block: PassBlock, _ attention: Rows, by gates: Rows, into output: Rows) {
    guard block.gatesAttention else { return }
    GatedActivation.forward(w, kind: .sigmoid, gate: gates, up: attention, into: output)
  }

  /// What a short convolution or linear attention mixes of `input` `[T, hidden]`, in `saved`.
  func projectMixed(_ w: Worker, block: PassBlock, saved: LayerActivations, input: Rows) -> Rows {
    let normed = block.inputNorm.input(
      w, x: input, room: workspace.normed.rows(batch.tokenCount, configuration.hiddenSize),
      statistics: saved.inputStatistics.pointer)
    let inputs = saved.convolved(batch.tokenCount, block.mixing)
    run(w, block.queries, saved: saved, x: normed) { $0.part(of: inputs) }
    return inputs
  }

  /// Queries, keys and values of `input` `[T, hidden]`, normalised and turned, in `saved`.
  func project(_ w: Worker, block: PassBlock, saved: LayerActivations, input: Rows) -> HeadRows {
    let tokens = batch.tokenCount
    let normed = block.inputNorm.input(
      w, x: input, room: workspace.normed.rows(tokens, configuration.hiddenSize),
      statistics: saved.inputStatistics.pointer)
    let heads = saved.heads(tokens, configuration)
    run(w, block.queries, saved: saved, x: normed) { $0.part(of: heads.all) }
    if block.gatesAttention {
      OutputGate.separate(w, heads.all, heads: configuration.heads, headSize: configuration.headSize)
    }
    if block.normalizesTurned { turn(w, block: block, heads: heads, inverse: false) }
    if let queryNorm = block.queryNorm, let keyNorm = block.keyNorm {
      var raw = heads
      if training {
        raw = saved.rawHeads(tokens, configuration)
        Elementwise.copy(w, from: heads.turned, into: raw.turned)
      }
      let statistics = saved.headStatistics(tokens, configuration)
      queryNorm.forward(w, x: raw.q, into: heads.q, statistics: training ? statistics.q : nil)
      keyNorm.forward(w, x: raw.k, into: heads.k, statistics: training ? statistics.k : nil)
    }
    if !block.normalizesTurned { turn(w, block: block, heads: heads, inverse: false) }
    return heads
  }

  /// The same without queries; what is `[T, heads·size]` of the result is not written.
  ///
  /// - Parameter queries: `[N, heads·size]`, receives the head rows' queries; nil where nobody attends.
  func projectKeys(
    _ w: Worker, block: PassBlock, saved: LayerActivations, input: Rows, queries: Rows?
  ) -> HeadRows {
    guard !block.gatesAttention, block.queries.allSatisfy({ $0.module != .qkvProj }) else {
      let heads = project(w, block: block, saved: saved, input: input)
      if let queries { RowSelection.gather(w, from: heads.q, rows: batch.headRows.pointer, into: queries) }
      return heads
    }
    let normed = block.inputNorm.input(
      w, x: input, room: workspace.normed.rows(batch.tokenCount, configuration.hiddenSize),
      statistics: saved.inputStatistics.pointer)
    let heads = saved.heads(batch.tokenCount, configuration)
    run(w, block.queries.filter { $0.module != .qProj }, saved: saved, x: normed) { $0.part(of: heads.all) }
    normaliseAndTurn(w, block: block, norm: block.keyNorm, heads.k, positions: batch.positions.pointer)
    guard let queries else { return heads }
    // Free until the residual stream's head rows are gathered.
    let wanted = saved.middle.rows(queries.rows, configuration.hiddenSize)
    RowSelection.gather(w, from: normed, rows: batch.headRows.pointer, into: wanted)
    run(w, block.queries.filter { $0.module == .qProj }, saved: saved, x: wanted) { _ in queries }
    normaliseAndTurn(w, block: block, norm: block.queryNorm, queries, positions: batch.headPositions.pointer)
    return heads
  }

  /// Queries or keys alone, of which no backward pass wants what they were.
  private func normaliseAndTurn(
    _ w: Worker, block: PassBlock, norm: PassNorm?, _ x: Rows, positions: UnsafePointer<Int32>
  ) {
    if block.normalizesTurned { turn(w, block: block, x, positions: positions) }
    norm?.forward(w, x: x, into: x, statistics: nil)
    if !block.normalizesTurned { turn(w, block: block, x, positions: positions) }
  }

  /// Rotary position embedding of queries and keys, or of their gradients the other way round.
  func turn(_ w: Worker, block: PassBlock, heads: HeadRows, inverse: Bool) {
    turn(w, block: block, heads.turned, positions: batch.positions.pointer, inverse: inverse)
  }

  private func turn(
    _ w: Worker, block: PassBlock, _ x: Rows, positions: UnsafePointer<Int32>, inverse: Bool = false
  ) {
    guard let index = block.rotary else { return }
    RoPE.apply(
      w, x: x, headSize: configuration.headSize, positions: positions, table: rotary[index], inverse: inverse)
  }

  /// Adds the attention's and then the feed-forward layer's contribution.
  ///
  /// - Parameters:
  ///   - attention: `[R, heads·size]`, R = T or, in the top block, the head rows.
  ///   - input: `[R, hidden]` the block's input; nil where `middle` holds it.
  ///   - middle: `[R, hidden]`, receives the sum of both.
  ///   - output: `[R, hidden]`; may be `middle` itself where no backward pass needs that.
  func feedForward(
    _ w: Worker, block: PassBlock, saved: LayerActivations, attention: Rows, input: Rows? = nil, middle: Rows,
    output: Rows
  ) {
    let rows = middle.rows
    add(
      w, block.output, norm: block.attentionOutputNorm, scale: block.residualScale, saved: saved,
      projected: saved.attentionProjected,
      statistics: saved.attentionProjectedRMS, x: attention, to: input ?? middle, into: middle)
    let normed = block.postAttentionNorm.input(
      w, x: middle, room: workspace.normed.rows(rows, configuration.hiddenSize),
      statistics: saved.middleStatistics.pointer)
    let inputs = saved.gateUp.rows(rows, configuration.activationInputs)
    run(w, block.gateUp, saved: saved, x: normed) { $0.part(of: inputs) }
    let wide = workspace.wide.rows(rows, configuration.intermediateSize)
    activation.forward(w, inputs: inputs, into: wide)
    add(
      w, block.down, norm: block.feedForwardOutputNorm, scale: block.residualScale, saved: saved,
      projected: saved.feedForwardProjected,
      statistics: saved.feedForwardProjectedRMS, x: wide, to: middle, into: output)
  }

  /// Adds a layer's output to the residual stream, normalised or scaled first where the block has it so.
  ///
  /// - Parameter result: where the sum goes; may be `stream`.
  private func add(
    _ w: Worker, _ linear: PassLinear, norm: PassNorm?, scale: Float, saved: LayerActivations, projected: FloatStore,
    statistics: FloatStore, x: Rows, to stream: Rows, into result: Rows
  ) {
    let isInPlace = result.base == stream.base
    guard norm != nil || scale != 1 else {
      run(w, [linear], saved: saved, x: x, base: isInPlace ? nil : stream, accumulate: isInPlace) { _ in result }
      return
    }
    let room = workspace.normed.rows(stream.rows, configuration.hiddenSize)
    if let norm {
      let projected = projected.rows(stream.rows, configuration.hiddenSize)
      run(w, [linear], saved: saved, x: x) { _ in projected }
      norm.forward(w, x: projected, into: room, statistics: statistics.pointer)
    } else {
      run(w, [linear], saved: saved, x: x) { _ in room }
    }
    if scale != 1 { Elementwise.scale(w, room, scale) }
    if !isInPlace { Elementwise.copy(w, from: stream, into: result) }
    Elementwise.add(w, into: result, room)
  }

  /// y of each layer, as `[PassLinear].forward` has it, with the adapter that all rows have or with those that groups of rows have.
  ///
  /// - Parameter base: `[R, out]` what is added to; nil where groups of rows have adapters of their own, as there is no dropout then.
  private func run(
    _ w: Worker, _ linears: [PassLinear], saved: LayerActivations, x: Rows, base: Rows? = nil,
    accumulate: Bool = false, into y: (PassLinear) -> Rows
  ) {
    if let onInput { for linear in linears { onInput(w, linear, x) } }
    if let groups = batch.adapterRows(of: x.rows), linears.first?.adapters != nil {
      precondition(base == nil && dropout == nil, "rows with adapters of their own are added in place, and not trained")
      linears.forward(
        w, x: x, groups: groups, accumulate: accumulate, into: y, u: { saved.u($0, rows: x.rows) },
        sums: { saved.z($0, rows: x.rows) })
      return
    }
    if let adapted = batch.adaptedRows(of: x.rows), linears.contains(where: { $0.lora != nil }) {
      linears.forward(
        w, x: x, adapted: adapted, base: base, accumulate: accumulate, into: y, u: { saved.u($0, rows: x.rows) },
        dropout: dropout, dropped: dropout == nil ? nil : workspace.dropped.rows(x.rows, x.columns))
      return
    }
    if linears.areOnlyProducts(dropout: dropout) {
      linears.forward(w, x: x, base: base, accumulate: accumulate, into: y) { saved.u($0, rows: x.rows) }
      return
    }
    for linear in linears {
      if let base { Elementwise.copy(w, from: base, into: y(linear)) }
      linear.forward(
        w, x: x, into: y(linear), accumulate: accumulate || base != nil, u: saved.u(linear, rows: x.rows),
        z: saved.z(linear, rows: x.rows), dropout: dropout,
        dropped: dropout == nil ? nil : workspace.dropped.rows(x.rows, x.columns))
    }
  }
}

/// What lies between a feed-forward layer's first weights and its last: gated or not, whatever the activation.
struct FeedForwardActivation: Sendable {
  private let kind: ActivationKind
  private let isGated: Bool
  private let width: Int

  init(_ configuration: ModelConfiguration) {
    kind = configuration.block.activation
    isGated = configuration.block.feedForward != .plain
    width = configuration.intermediateSize
  }

  /// What the gate goes through, where there is one.
  var gate: ActivationKind? { isGated ? kind : nil }

  /// - Parameters:
  ///   - inputs: `[T, 2·intermediate]`, gate and up, or `[T, intermediate]`.
  ///   - output: `[T, intermediate]`.
  func forward(_ w: Worker, inputs: Rows, into output: Rows) {
    if isGated {
      GatedActivation.forward(w, kind: kind, gate: gate(inputs), up: up(inputs), into: output)
    } else {
      Activation.forward(w, kind: kind, x: inputs, into: output)
    }
  }

  /// Turns `inputs` into their gradients, from that of the output.
  func backward(_ w: Worker, dy: Rows, inputs: Rows) {
    if isGated {
      let (gate, up) = (gate(inputs), up(inputs))
      GatedActivation.backward(w, kind: kind, dy: dy, gate: gate, up: up, dGate: gate, dUp: up)
    } else {
      Activation.backward(w, kind: kind, dy: dy, x: inputs, into: inputs)
    }
  }

  private func gate(_ inputs: Rows) -> Rows { inputs.columns(from: 0, count: width) }
  private func up(_ inputs: Rows) -> Rows { inputs.columns(from: width, count: width) }
}
