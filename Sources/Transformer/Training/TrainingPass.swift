import Kernels

/// Forward and backward for whatever the blocks say is trained: the core that `LoRATrainingPass` and `FullTrainingPass`
/// share. Owns all activations and grows them to the largest batch.
///
/// `@unchecked Sendable`: its few variables are set by worker 0 before a barrier and read after it; everything else is
/// written by kernels, whose shards decide who writes what. One region uses a pass at a time.
final class TrainingPass: @unchecked Sendable {
  private let base: BaseModel
  private let blocks: [PassBlock]
  private let headGradients: HeadGradients?
  /// Of a base that sees.
  private let tower: VisionTower?
  /// Blocks from here up keep their activations; those below run in place.
  private let lowestLayer: Int
  /// The lowest trained part of that block; nil when the gradient goes on to the embeddings.
  private let lowestStage: BlockStage?
  private let dropoutRate: Float
  /// The adapter acts on each sequence up to the row that predicts its first completion token.
  private let promptOnly: Bool
  private let batch = PackedBatch()
  private let workspace = Workspace()
  private let saved: [LayerActivations]
  private let finalNorm: PassNorm
  private var rotary: [RoPETable]
  private(set) var lossSum = 0.0
  private(set) var lossTokens = 0

  /// - Parameter headGradients: present when all parameters are trained.
  init(
    base: BaseModel, blocks: [PassBlock], headGradients: HeadGradients?, tower: VisionTower?, dropoutRate: Float,
    promptOnly: Bool = false
  ) {
    self.promptOnly = promptOnly
    self.base = base
    self.blocks = blocks
    self.headGradients = headGradients
    self.tower = tower
    self.dropoutRate = dropoutRate
    finalNorm = PassNorm(before: base, gradient: headGradients?.finalNorm)
    rotary = base.rotaryTables(positions: 1)
    if headGradients != nil || tower?.isTrained == true {
      lowestLayer = 0
      lowestStage = nil
    } else {
      let layer = blocks.firstIndex { $0.linears.contains(where: \.isTrained) }
      lowestLayer = layer ?? max(0, blocks.count - 1)
      let trained = blocks[layer ?? 0].linears.filter(\.isTrained)
      lowestStage = trained.map { BlockStage($0.module) }.min() ?? .down
    }
    saved = (lowestLayer..<max(lowestLayer + 1, blocks.count)).map { _ in LayerActivations() }
  }

  var activationBytes: Int {
    saved.reduce(workspace.byteCount + (tower?.byteCount ?? 0)) { $0 + $1.byteCount }
  }

  /// Called by every worker of a region with the same arguments.
  func lossAndGradients(
    _ tokens: TokenBatch, lossScaleTokens: Int?, dropoutSeed: UInt64, step: Int, accumulate: Bool, worker w: Worker
  ) {
    let parts = tokens.parts(in: base.configuration).map { (part: $0, hasLoss: $0.lossTokens > 0) }
    if w.index == 0 {
      lossSum = 0
      lossTokens = tokens.lossTokens
    }
    let first = parts.first(where: \.hasLoss)?.part
    if !accumulate {
      headGradients?.clear(w, blocks: blocks)
      tower?.clear(w, everything: first?.images.isEmpty ?? true)
      // A batch without loss has zero gradients.
      if first == nil { for block in blocks { block.clearLinearGradients(w) } }
    }
    let scale = 1 / Float(lossScaleTokens ?? max(1, tokens.lossTokens))
    func dropout(from row: Int) -> DropoutPlan? {
      guard dropoutRate > 0 else { return nil }
      return DropoutPlan(
        rate: dropoutRate, seed: dropoutSeed, step: UInt64(truncatingIfNeeded: step), firstRow: row)
    }
    var isFirst = !accumulate
    var row = 0
    var patch = 0
    for (part, hasLoss) in parts {
      if hasLoss {
        run(
          w, part, scale: scale, dropout: dropout(from: row), towerDropout: dropout(from: patch), accumulate: !isFirst)
        isFirst = false
      }
      row += part.tokens.count
      patch += part.images.count * (base.configuration.vision?.patches ?? 0)
    }
    w.barrier()
  }

  /// The losses alone, without dropout; no gradient is touched. Called by every worker of a region with the same arguments.
  func loss(_ tokens: TokenBatch, worker w: Worker) {
    if w.index == 0 {
      lossSum = 0
      lossTokens = tokens.lossTokens
    }
    for part in tokens.parts(in: base.configuration) where part.lossTokens > 0 {
      if w.index == 0 { prepare(part) }
      w.barrier()
      let forward = BlockForward(
        configuration: base.configuration, rotary: rotary, batch: batch, workspace: workspace, dropout: nil,
        training: true)
      for block in blocks { block.updateFactors(w) }
      runForward(w, forward, towerDropout: nil)
      runHead(w, scale: 1, isForwardOnly: true)
      addLosses(w)
    }
    w.barrier()
  }

  /// One part of a batch.
  private func run(
    _ w: Worker, _ part: TokenBatch, scale: Float, dropout plan: DropoutPlan?, towerDropout: DropoutPlan?,
    accumulate: Bool
  ) {
    if w.index == 0 { prepare(part) }
    w.barrier()
    let forward = BlockForward(
      configuration: base.configuration, rotary: rotary, batch: batch, workspace: workspace, dropout: plan,
      training: true)
    for block in blocks { block.updateFactors(w) }
    runForward(w, forward, towerDropout: towerDropout)
    runHead(w, scale: scale)
    runBackward(w, BlockBackward(forward: forward, accumulate: accumulate), towerDropout: towerDropout)
    addLosses(w)
  }

  private func addLosses(_ w: Worker) {
    if w.index == 0 {
      lossSum += (0..<batch.headCount).reduce(0.0) { $0 + Double(workspace.losses.pointer[$1]) }
    }
    w.barrier()
  }

  // MARK: Worker 0, before the first barrier

  private func prepare(_ tokens: TokenBatch) {
    let configuration = base.configuration
    batch.assign(tokens, imageToken: configuration.vision?.imageToken, promptOnly: promptOnly)
    precondition(
      tokens.tokens.allSatisfy { $0 >= 0 && $0 < configuration.vocabularySize }
        && tokens.targets.allSatisfy { $0 < configuration.vocabularySize }
        && ImageProblem(tokens: tokens.tokens, images: tokens.images, in: configuration) == nil,
      "TokenBatch.check(in:) must have accepted the batch")
    rotary = base.rotaryTables(positions: batch.longest)
    reserve()
    // A batch without loss has no gradients, and needs no features.
    tower?.prepare(batch.headCount > 0 ? tokens.images : [], dropoutRate: dropoutRate)
  }

  private func reserve() {
    let configuration = base.configuration
    let tokens = batch.tokenCount
    let head = batch.headCount
    let gathered = batch.headIsWhole ? 0 : head
    for (index, activations) in saved.enumerated() {
      let layer = lowestLayer + index
      let isTop = layer == blocks.count - 1
      let rows = isTop && lowestLayer != layer ? head : tokens
      activations.reserve(
        configuration: configuration, layers: (index == 0 ? 0 : layer)...layer, tokens: tokens, feedForwardRows: rows,
        middleRows: isTop ? head : tokens,
        gathered: isTop ? gathered : 0, ranks: PassLinear.ranks(blocks[layer...layer]),
        products: PassLinear.products(blocks[layer...layer]),
        training: true)
    }
    let hidden = configuration.hiddenSize
    workspace.normed.reserve(tokens, hidden)
    workspace.wide.reserve(tokens, configuration.intermediateSize)
    workspace.final.reserve(head, hidden)
    workspace.gradient.reserve(tokens, hidden)
    workspace.headGradient.reserve(gathered, hidden)
    let mixing = configuration.mixing
    workspace.dAttention.reserve(tokens, mixing.outputs)
    workspace.dAttentionHead.reserve(gathered, mixing.outputs)
    workspace.dHeads.reserve(tokens, mixing.inputs)
    workspace.reserveMixing(tokens, mixing)
    if configuration.block.changesOutputs { workspace.dProjected.reserve(tokens, hidden) }
    let rank = PassLinear.ranks(blocks).max() ?? 0
    for store in workspace.v.prefix(configuration.linearsOfAnInput) { store.reserve(tokens, rank) }
    if dropoutRate > 0 {
      workspace.dropped.reserve(tokens, max(hidden, mixing.outputs, configuration.intermediateSize))
    }
    if let adapted = batch.adaptedRows(of: tokens) {
      let widths = AdaptedRows.widths(configuration)
      workspace.adaptedInputs.reserve(adapted.count, widths.inputs)
      workspace.adaptedOutputs.reserve(adapted.count, widths.outputs)
    }
    let chunk = min(head, HeadChunk.rows(vocabulary: configuration.vocabularySize))
    workspace.hidden.reserve(chunk, hidden)
    workspace.hiddenStatistics.reserve(chunk, PassNorm.statistics(configuration))
    workspace.logits.reserve(chunk, configuration.vocabularySize)
    workspace.dHidden.reserve(chunk, hidden)
    workspace.losses.reserve(head, 1)
  }

  // MARK: Every worker

  private func runForward(_ w: Worker, _ forward: BlockForward, towerDropout: DropoutPlan?) {
    let configuration = base.configuration
    let tokens = batch.tokenCount
    let first = saved[0].input.rows(tokens, configuration.hiddenSize)
    InputEmbedding.forward(w, base: base, batch: batch, tower: tower, dropout: towerDropout, into: first)
    for (layer, block) in blocks.enumerated() {
      let activations = saved[max(0, layer - lowestLayer)]
      let input = activations.input.rows(tokens, configuration.hiddenSize)
      forward.attention(w, block: block, saved: activations, input: input)
      if layer == blocks.count - 1 {
        let (attention, middle) = topRows(block, activations)
        if !batch.headIsWhole {
          let rows = batch.headRows.pointer
          RowSelection.gather(
            w, from: activations.attention.rows(tokens, block.mixing.outputs), rows: rows, into: attention)
          RowSelection.gather(w, from: input, rows: rows, into: middle)
        }
        forward.feedForward(
          w, block: block, saved: activations, attention: attention, input: batch.headIsWhole ? input : nil,
          middle: middle, output: workspace.final.rows(batch.headCount, configuration.hiddenSize))
        continue
      }
      let attention = activations.attention.rows(tokens, block.mixing.outputs)
      if layer < lowestLayer {
        forward.feedForward(
          w, block: block, saved: activations, attention: attention, middle: input, output: input)
      } else {
        let middle = activations.middle.rows(tokens, configuration.hiddenSize)
        let output = saved[layer + 1 - lowestLayer].input.rows(tokens, configuration.hiddenSize)
        forward.feedForward(
          w, block: block, saved: activations, attention: attention, input: input, middle: middle, output: output)
      }
    }
  }

  /// The attention's output and the residual stream at the head rows of the top block.
  private func topRows(_ block: PassBlock, _ activations: LayerActivations) -> (attention: Rows, middle: Rows) {
    let attention = batch.headIsWhole ? activations.attention : activations.attentionHead
    return (
      attention.rows(batch.headCount, block.mixing.outputs),
      activations.middle.rows(batch.headCount, base.configuration.hiddenSize)
    )
  }

  /// `[N, hidden]` gradient of the residual stream at the head rows.
  private var headGradient: Rows {
    let store = batch.headIsWhole ? workspace.gradient : workspace.headGradient
    return store.rows(batch.headCount, base.configuration.hiddenSize)
  }

  /// Norm, output projection, cross-entropy and their backward passes, in chunks of rows.
  ///
  /// - Parameter isForwardOnly: no backward pass follows.
  private func runHead(_ w: Worker, scale: Float, isForwardOnly: Bool = false) {
    let configuration = base.configuration
    let vocabulary = configuration.vocabularySize
    let final = workspace.final.rows(batch.headCount, configuration.hiddenSize)
    let step = HeadChunk.rows(vocabulary: vocabulary)
    for start in stride(from: 0, to: batch.headCount, by: step) {
      let count = min(step, batch.headCount - start)
      let x = final.rows(from: start, count: count)
      let hidden = workspace.hidden.rows(count, configuration.hiddenSize)
      let logits = workspace.logits.rows(count, vocabulary)
      let dHidden = workspace.dHidden.rows(count, configuration.hiddenSize)
      finalNorm.forward(w, x: x, into: hidden, statistics: workspace.hiddenStatistics.pointer)
      MatMul.forward(w, x: hidden, weight: base.output, into: logits)
      CrossEntropy.forwardBackward(
        w, logits: logits, targets: batch.headTargets.pointer + start, scale: scale,
        losses: workspace.losses.pointer + start, softCap: configuration.logitSoftCap)
      if isForwardOnly { continue }
      if let headGradients {
        let dOutput = Rows(headGradients.output.pointer, rows: vocabulary, columns: configuration.hiddenSize)
        MatMul.product(
          w, a: logits, transposeA: true, b: hidden, transposeB: false, into: dOutput, accumulate: true)
      }
      MatMul.backwardInput(w, dy: logits, weight: base.output, into: dHidden)
      finalNorm.backward(
        w, dy: dHidden, x: x, statistics: workspace.hiddenStatistics.pointer,
        into: headGradient.rows(from: start, count: count), accumulate: false)
    }
  }

  private func runBackward(_ w: Worker, _ backward: BlockBackward, towerDropout: DropoutPlan?) {
    let configuration = base.configuration
    let tokens = batch.tokenCount
    let dx = workspace.gradient.rows(tokens, configuration.hiddenSize)
    for layer in stride(from: blocks.count - 1, through: lowestLayer, by: -1) {
      let block = blocks[layer]
      let dAttention = workspace.dAttention.rows(tokens, block.mixing.outputs)
      let activations = saved[layer - lowestLayer]
      let last = layer == lowestLayer ? lowestStage : nil
      if layer == blocks.count - 1 {
        let (attention, middle) = topRows(block, activations)
        let store = batch.headIsWhole ? workspace.dAttention : workspace.dAttentionHead
        let dHeadAttention = store.rows(batch.headCount, block.mixing.outputs)
        guard
          backward.feedForward(
            w, block: block, saved: activations, attention: attention, middle: middle, dx: headGradient,
            dAttention: dHeadAttention, last: last)
        else { return }
        if !batch.headIsWhole {
          RowSelection.scatter(w, from: dHeadAttention, rows: batch.headRows.pointer, into: dAttention)
          RowSelection.scatter(w, from: headGradient, rows: batch.headRows.pointer, into: dx)
        }
      } else {
        guard
          backward.feedForward(
            w, block: block, saved: activations,
            attention: activations.attention.rows(tokens, block.mixing.outputs),
            middle: activations.middle.rows(tokens, configuration.hiddenSize), dx: dx, dAttention: dAttention,
            last: last)
        else { return }
      }
      guard
        backward.attention(
          w, block: block, saved: activations, input: activations.input.rows(tokens, configuration.hiddenSize),
          dAttention: dAttention, dx: dx, last: last)
      else { return }
    }
    if let tower, tower.isTrained, batch.imageRows.count > 0 {
      RowSelection.take(w, from: dx, rows: batch.imageRows.pointer, into: tower.featureGradient)
      tower.backward(w, dropout: towerDropout, accumulate: backward.accumulate)
    }
    if let headGradients {
      Embedding.backward(
        w, tokens: batch.tokens.pointer, dx: dx,
        into: Rows(
          headGradients.embedding.pointer, rows: configuration.vocabularySize, columns: configuration.hiddenSize))
    }
  }
}
