import Kernels

/// The vision tower and the connector as a pass: pixels to features, and the gradient of the features back.
///
/// All images of a batch go through it together. Where nothing in it is trained it keeps no activations, and takes so many
/// images at a time as bound its memory.
///
/// `@unchecked Sendable`: its few variables are set by worker 0 before a barrier and read after it; everything else is
/// written by kernels, whose shards decide who writes what. One region uses a tower at a time.
final class VisionTower: @unchecked Sendable {
  private let vision: VisionConfiguration
  /// Of the blocks.
  private let configuration: ModelConfiguration
  private let weights: VisionWeights
  private let blocks: [PassBlock]
  private let gradients: VisionGradients?
  /// Something here is trained.
  let isTrained: Bool
  /// Blocks from here up keep their activations; those below run in place.
  private let lowestLayer: Int
  /// The lowest trained part of that block; nil when the gradient goes on to the patches.
  private let lowestStage: BlockStage?
  private let saved: [LayerActivations]
  private let postNorm: PassNorm
  private let workspace = Workspace()
  private let room = VisionRoom()
  private var images: [[Float]] = []
  /// As many images as go through at a time, and what is left of them.
  private let whole = PackedBatch()
  private let rest = PackedBatch()

  /// nil for a base that does not see.
  ///
  /// - Parameters:
  ///   - training: activations are kept for what the adapter or `gradients` say is trained.
  ///   - gradients: present when all parameters are trained.
  init?(base: BaseModel, adapter: LoRAAdapter?, training: Bool, gradients: VisionGradients? = nil) {
    guard let vision = base.configuration.vision, let weights = base.vision else { return nil }
    self.vision = vision
    self.weights = weights
    self.gradients = gradients
    let configuration = vision.tower
    self.configuration = configuration
    blocks = weights.blocks.enumerated().map {
      PassBlock(
        layer: $0.offset, weights: $0.element, configuration: configuration, adapter: adapter,
        gradients: gradients?.blocks[$0.offset], isVision: true)
    }
    let layer = blocks.firstIndex { $0.linears.contains(where: \.isTrained) }
    isTrained = training && layer != nil
    lowestLayer = isTrained ? layer ?? 0 : blocks.count
    let trained = blocks[layer ?? 0].linears.filter(\.isTrained)
    lowestStage = gradients == nil ? trained.map { BlockStage($0.module) }.min() : nil
    saved = (0..<max(1, blocks.count - lowestLayer)).map { _ in LayerActivations() }
    postNorm = PassNorm(
      weight: weights.postNorm, bias: weights.postNormBias, configuration: configuration,
      gradient: gradients?.postNorm, biasGradient: gradients?.postNormBias)
    if !training { for block in blocks { block.updateFactors() } }
  }

  var byteCount: Int { saved.reduce(workspace.byteCount + room.byteCount) { $0 + $1.byteCount } }

  /// Images at a time where no activations are kept: 4096 patches of them, at least one.
  static func imagesAtOnce(_ images: Int, patches: Int) -> Int { min(images, max(1, 4096 / patches)) }

  /// Takes over the images of a batch, of the right size; by worker 0 before a barrier, or outside a region.
  func prepare(_ pixels: [PixelValues], dropoutRate: Float = 0) {
    images = pixels.map(\.values)
    let count = images.count
    let step = isTrained ? count : Self.imagesAtOnce(count, patches: vision.patches)
    whole.assign(images: step, patches: vision.patches)
    rest.assign(images: step == 0 ? 0 : count % step, patches: vision.patches)
    let rows = whole.tokenCount
    let width = configuration.hiddenSize
    for (index, activations) in saved.enumerated() {
      let own = isTrained ? blocks[(lowestLayer + index)...(lowestLayer + index)] : blocks[...]
      activations.reserve(
        configuration: configuration, tokens: rows, feedForwardRows: rows, middleRows: isTrained ? rows : 0,
        gathered: 0, ranks: PassLinear.ranks(own), products: PassLinear.products(own), training: isTrained)
    }
    workspace.normed.reserve(rows, width)
    workspace.wide.reserve(rows, configuration.intermediateSize)
    if dropoutRate > 0 { workspace.dropped.reserve(rows, max(width, configuration.intermediateSize)) }
    if isTrained {
      workspace.final.reserve(rows, width)
      workspace.gradient.reserve(rows, width)
      workspace.dAttention.reserve(rows, configuration.queryWidth)
      workspace.dHeads.reserve(rows, configuration.qkvWidth)
      let rank = PassLinear.ranks(blocks).max() ?? 0
      for store in workspace.v.prefix(configuration.linearsOfAnInput) { store.reserve(rows, rank) }
    }
    room.reserve(vision, width: weights.connector.rows, images: count, atOnce: step, training: isTrained)
  }

  /// `[images · tokensPerImage, decoder's width]`, in a region after `prepare`.
  func forward(_ w: Worker, dropout: DropoutPlan?) -> Rows {
    let tokens = vision.tokensPerImage
    let features = room.features.rows(images.count * tokens, weights.connector.rows)
    var first = 0
    while first < images.count {
      let batch = images.count - first < whole.sequences ? rest : whole
      let own = Array(images[first..<first + batch.sequences])
      let target = features.rows(from: first * tokens, count: batch.sequences * tokens)
      forward(w, own, pass(batch, dropout: dropout), into: target)
      first += batch.sequences
    }
    return features
  }

  private func forward(_ w: Worker, _ images: [[Float]], _ pass: BlockForward, into features: Rows) {
    let rows = pass.batch.tokenCount
    let width = configuration.hiddenSize
    let patches = room.patches.rows(rows, weights.patchEmbedding.columns)
    Patches.forward(w, images: images, size: vision.imageSize, side: vision.patchSize, into: patches)
    let first = saved[0].input.rows(rows, width)
    MatMul.forward(w, x: patches, weight: weights.patchEmbedding, into: first)
    Elementwise.add(w, into: first, row: weights.patchBias.pointer)
    Embedding.forward(
      w, tokens: pass.batch.positions.pointer, count: rows, table: weights.positionEmbedding, into: first,
      accumulate: true)
    var x = first
    for (layer, block) in blocks.enumerated() {
      if isTrained { block.updateFactors(w) }
      let activations = saved[max(0, layer - lowestLayer)]
      pass.attention(w, block: block, saved: activations, input: x)
      let attention = activations.attention.rows(rows, configuration.queryWidth)
      if layer < lowestLayer {
        pass.feedForward(w, block: block, saved: activations, attention: attention, middle: x, output: x)
      } else {
        let middle = activations.middle.rows(rows, width)
        let output = layer + 1 < blocks.count ? saved[layer + 1 - lowestLayer].input : workspace.final
        Elementwise.copy(w, from: x, into: middle)
        x = output.rows(rows, width)
        pass.feedForward(w, block: block, saved: activations, attention: attention, middle: middle, output: x)
      }
    }
    let normed = workspace.normed.rows(rows, width)
    postNorm.forward(w, x: x, into: normed, statistics: isTrained ? room.statistics.pointer : nil)
    let shuffled = room.shuffled.rows(features.rows, vision.shuffledWidth)
    PixelShuffle.forward(w, x: normed, side: vision.side, factor: vision.scaleFactor, into: shuffled)
    MatMul.forward(w, x: shuffled, weight: weights.connector, into: features)
  }

  // MARK: Backward

  /// Where the gradient of the features goes before `backward`, as large as they are.
  var featureGradient: Rows { room.dFeatures.rows(images.count * vision.tokensPerImage, weights.connector.rows) }

  /// From `featureGradient` down to what is trained, after `forward` of the same batch.
  ///
  /// - Parameter accumulate: gradients of linear layers are added to what is there. Those of norms and embeddings always are.
  func backward(_ w: Worker, dropout: DropoutPlan?, accumulate: Bool) {
    let backward = BlockBackward(forward: pass(whole, dropout: dropout), accumulate: accumulate)
    let rows = whole.tokenCount
    let width = configuration.hiddenSize
    let shuffled = room.shuffled.rows(featureGradient.rows, vision.shuffledWidth)
    if let gradients {
      product(w, dy: featureGradient, x: shuffled, into: gradients.connector, accumulate: accumulate)
    }
    MatMul.backwardInput(w, dy: featureGradient, weight: weights.connector, into: shuffled)
    let dx = workspace.gradient.rows(rows, width)
    PixelShuffle.backward(w, dy: shuffled, side: vision.side, factor: vision.scaleFactor, into: dx)
    postNorm.backward(
      w, dy: dx, x: workspace.final.rows(rows, width), statistics: room.statistics.pointer, into: dx,
      accumulate: false)
    let dAttention = workspace.dAttention.rows(rows, configuration.queryWidth)
    for layer in stride(from: blocks.count - 1, through: lowestLayer, by: -1) {
      let activations = saved[layer - lowestLayer]
      let last = layer == lowestLayer ? lowestStage : nil
      guard
        backward.feedForward(
          w, block: blocks[layer], saved: activations,
          attention: activations.attention.rows(rows, configuration.queryWidth),
          middle: activations.middle.rows(rows, width), dx: dx, dAttention: dAttention, last: last),
        backward.attention(
          w, block: blocks[layer], saved: activations, input: activations.input.rows(rows, width),
          dAttention: dAttention, dx: dx, last: last)
      else { return }
    }
    guard let gradients else { return }
    let patches = room.patches.rows(rows, weights.patchEmbedding.columns)
    product(w, dy: dx, x: patches, into: gradients.patchEmbedding, accumulate: accumulate)
    Elementwise.columnSums(w, dx, into: gradients.patchBias.pointer, accumulate: accumulate)
    Embedding.backward(
      w, tokens: whole.positions.pointer, dx: dx,
      into: Rows(gradients.positionEmbedding.pointer, rows: vision.patches, columns: width))
  }

  private func pass(_ batch: PackedBatch, dropout: DropoutPlan?) -> BlockForward {
    BlockForward(
      configuration: configuration, rotary: [], batch: batch, workspace: workspace, dropout: dropout,
      training: isTrained)
  }

  private func product(_ w: Worker, dy: Rows, x: Rows, into gradient: FloatBuffer, accumulate: Bool) {
    MatMul.product(
      w, a: dy, transposeA: true, b: x, transposeB: false,
      into: Rows(gradient.pointer, rows: dy.columns, columns: x.columns), accumulate: accumulate)
  }

  /// Zeroes what `backward` only adds to; with `everything`, all gradients, for a batch that brings none.
  func clear(_ w: Worker, everything: Bool) {
    guard isTrained else { return }
    for buffer in (everything ? gradients?.all : gradients?.sums) ?? [] { buffer.clear(w) }
    for block in blocks {
      block.clearNormGradients(w)
      if everything { block.clearLinearGradients(w) }
    }
  }
}

/// Room of a vision tower that its blocks do not use.
final class VisionRoom: Sendable {
  /// `[T, 3 · patchSize²]` pixels, a patch a row.
  let patches = FloatStore()
  /// `[T, 2]` of the norm after the last block.
  let statistics = FloatStore()
  /// `[image tokens, scaleFactor² · width]` what the connector takes, and its gradient.
  let shuffled = FloatStore()
  /// `[image tokens, decoder's width]`, of all images.
  let features = FloatStore()
  let dFeatures = FloatStore()

  /// - Parameters:
  ///   - width: of the decoder's residual stream.
  ///   - images: all of them.
  ///   - atOnce: those that go through the tower together.
  func reserve(_ vision: VisionConfiguration, width: Int, images: Int, atOnce: Int, training: Bool) {
    patches.reserve(atOnce * vision.patches, Patches.columns(side: vision.patchSize))
    shuffled.reserve(atOnce * vision.tokensPerImage, vision.shuffledWidth)
    features.reserve(images * vision.tokensPerImage, width)
    guard training else { return }
    statistics.reserve(atOnce * vision.patches, 2)
    dFeatures.reserve(images * vision.tokensPerImage, width)
  }

  var byteCount: Int { [patches, statistics, shuffled, features, dFeatures].reduce(0) { $0 + $1.byteCount } }
}
