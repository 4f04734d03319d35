import Kernels

/// Bytes that a LoRA run needs beside the base's weights, before any of it is allocated.
public enum TrainingMemory {
  /// Parameters, gradients and the two moments of AdamW, FP32 each.
  public static func adapter(_ specification: LoRASpecification, in configuration: ModelConfiguration) -> Int {
    4 * MemoryLayout<Float>.stride * specification.parameterCount(in: configuration)
  }

  /// What a training pass reserves for a batch in which every position but a sequence's last carries loss.
  ///
  /// - Parameters:
  ///   - sequences, length: of the batch, all sequences equally long.
  ///   - images: of the batch, for a base that sees. Their tokens, over which no loss is taken, are counted as others.
  public static func activations(
    configuration: ModelConfiguration, specification: LoRASpecification, sequences: Int, length: Int, images: Int = 0
  ) -> Int {
    let ends = TokenBatch.ends(lengths: Array(repeating: length, count: sequences))
    let largest = zip([0] + ends, ends).map { $1 - $0 }.max() ?? 0
    let tokens = largest * length
    let head = largest * max(0, length - 1)
    let images = sequences == 0 ? 0 : (images * largest + sequences - 1) / sequences
    // A gradient that goes on into the tower goes through the whole decoder.
    let trainsTower = specification.targets.contains(where: \.isVision)
    let lowest = trainsTower ? 0 : specification.targets.first?.layer ?? max(0, configuration.layers - 1)
    var floats = workspace(configuration, specification, tokens: tokens, head: head)
    for layer in lowest..<max(lowest + 1, configuration.layers) {
      let isTop = layer == configuration.layers - 1
      floats += block(
        configuration, specification, layer: layer, tokens: tokens, rows: isTop && layer > lowest ? head : tokens,
        middle: isTop ? head : tokens, gathered: isTop ? head : 0)
    }
    if let vision = configuration.vision {
      floats += tower(vision, specification, width: configuration.hiddenSize, images: images)
    }
    return floats * MemoryLayout<Float>.stride
  }

  /// As `VisionTower.prepare` and `VisionRoom.reserve`, without what dropout needs.
  private static func tower(
    _ vision: VisionConfiguration, _ specification: LoRASpecification, width: Int, images: Int
  ) -> Int {
    let tower = vision.tower
    let targets = specification.targets.filter(\.isVision)
    let lowest = targets.first?.layer
    let isTrained = lowest != nil
    let atOnce = isTrained ? images : VisionTower.imagesAtOnce(images, patches: vision.patches)
    let rows = atOnce * vision.patches
    let features = images * vision.tokensPerImage * width
    let columns = Patches.columns(side: vision.patchSize)
    var floats = rows * columns + atOnce * vision.tokensPerImage * vision.shuffledWidth + features
    floats += rows * (tower.hiddenSize + tower.intermediateSize)
    guard let lowest else {
      // One block's, in place, without the sums that only a backward pass reads.
      return floats
        + block(
          tower, specification, isVision: true, layer: tower.layers - 1, tokens: rows, rows: rows, middle: 0,
          gathered: 0)
        - rows * tower.heads
    }
    for layer in lowest..<max(lowest + 1, tower.layers) {
      floats += block(
        tower, specification, isVision: true, layer: layer, tokens: rows, rows: rows, middle: rows, gathered: 0)
    }
    let rank = targets.map { specification.rank(of: $0) }.max() ?? 0
    let perRow = 2 * tower.hiddenSize + tower.queryWidth + tower.qkvWidth + 3 * rank + 2
    return floats + rows * perRow + features
  }

  /// As `LayerActivations.reserve`.
  private static func block(
    _ configuration: ModelConfiguration, _ specification: LoRASpecification, isVision: Bool = false, layer: Int,
    tokens: Int, rows: Int, middle: Int, gathered: Int
  ) -> Int {
    let hidden = configuration.hiddenSize
    let statistics = PassNorm.statistics(configuration)
    let heads = configuration.heads + configuration.kvHeads
    var perToken = hidden + statistics + configuration.qkvWidth + configuration.queryWidth + configuration.heads
    if configuration.block.normalizesQueriesAndKeys { perToken += heads * configuration.headSize + heads }
    var perRow = statistics + configuration.activationInputs
    if configuration.block.normalizesOutputs { perRow += 2 * (hidden + 1) }
    let ranks = specification.targets.reduce(0) {
      $0 + ($1.layer == layer && $1.isVision == isVision ? specification.rank(of: $1) : 0)
    }
    if specification.useDoRA {
      for target in specification.targets where target.layer == layer && target.isVision == isVision {
        perToken += target.module.shape(in: configuration).rows
      }
    }
    return tokens * (perToken + ranks) + rows * perRow + middle * hidden + gathered * configuration.queryWidth
  }

  /// As `TrainingPass.reserve`, without what dropout needs.
  private static func workspace(
    _ configuration: ModelConfiguration, _ specification: LoRASpecification, tokens: Int, head: Int
  ) -> Int {
    let hidden = configuration.hiddenSize
    let largest = specification.targets.filter { !$0.isVision }.map { specification.rank(of: $0) }.max() ?? 0
    var perToken =
      2 * hidden + configuration.intermediateSize + configuration.queryWidth + configuration.qkvWidth + 3 * largest
    if configuration.block.normalizesOutputs { perToken += hidden }
    let chunk = min(head, HeadChunk.rows(vocabulary: configuration.vocabularySize))
    let perChunk = 2 * hidden + PassNorm.statistics(configuration) + configuration.vocabularySize
    return tokens * perToken + head * (2 * hidden + configuration.queryWidth + 1) + chunk * perChunk
  }
}
