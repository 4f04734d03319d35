import Kernels
import Recipe

/// Bytes that a forward pass and decoding need beside the weights, before any of it is allocated.
public enum InferenceMemory {
  /// Positions that a slot's cache has from the start.
  static let firstPositions = 4096

  /// The keys and values of `slots` sequences of `positions` each, and their states.
  public static func caches(_ configuration: ModelConfiguration, slots: Int, positions: Int) -> Int {
    sum([floats([slots, positions, configuration.cacheWidth]), floats([slots, configuration.stateFloats])])
  }

  /// How many answers are written together unless it is asked otherwise: 64, or half and half again, but not under 16, while their keys and
  /// values take more than 512 MB or an eighth of what is free; 8 or 5 where a decoder of 16 has no room. What is scored is multiplied with any
  /// number of slots, so that bits do not depend on it.
  ///
  /// - Parameters:
  ///   - positions: of the longest sequence.
  ///   - adapters: those that the sequences have, whose copies lie beside them.
  ///   - available: bytes that are free.
  public static func slots(
    _ configuration: ModelConfiguration, positions: Int, beside adapters: [LoRASpecification] = [],
    available: Int = MemoryLimit.current.available
  ) -> Int {
    let most = min(1 << 29, available / 8)
    var slots = 64
    while slots > 16, caches(configuration, slots: slots, positions: min(positions, firstPositions)) > most {
      slots /= 2
    }
    while slots > leastSlots,
      !fits(configuration, slots: slots, positions: positions, adapters: adapters, available: available)
    {
      slots = max(leastSlots, slots / 2)
    }
    return slots
  }

  /// Fewer would read all weights for hardly more than one answer.
  private static let leastSlots = 5

  private static func fits(
    _ configuration: ModelConfiguration, slots: Int, positions: Int, adapters: [LoRASpecification], available: Int
  ) -> Bool {
    let needed = sum(
      adapters.map { copies(of: $0, in: configuration) } + [
        decoder(configuration, slots: slots, maxLength: positions, adapters: adapters),
        forward(configuration, tokens: positions, headRows: slots, longest: positions, adapters: adapters),
      ])
    return MemoryShortage.fits(needed, available: available)
  }

  /// What is said where so few answers are written together because so little memory is free; nil where that is not why, or makes no difference.
  ///
  /// - Parameters:
  ///   - slots: as ``slots(_:positions:beside:available:)`` found.
  ///   - answers: that there are to write.
  public static func fewerSlots(
    _ slots: Int, _ configuration: ModelConfiguration, positions: Int, for answers: Int,
    available: Int = MemoryLimit.current.available
  ) -> String? {
    let usual = min(answers, Self.slots(configuration, positions: positions, available: .max))
    guard slots < usual else { return nil }
    let bytes = caches(configuration, slots: usual, positions: min(positions, firstPositions))
    return
      "\(slots) answers are written together instead of \(usual), which takes longer: keys and values of \(usual), "
      + "\(min(positions, firstPositions)) positions each at first, are \(MemoryShortage.text(bytes)), and \(MemoryShortage.text(available)) of memory are free"
  }

  /// What a decoder allocates when it is made: caches up to their first size, and the room of one step.
  ///
  /// - Parameter adapters: those that sequences have; their copies are counted by ``copies(of:in:)``.
  public static func decoder(
    _ configuration: ModelConfiguration, slots: Int, maxLength: Int, adapters: [LoRASpecification] = []
  ) -> Int {
    let perSlot =
      2 * configuration.hiddenSize + configuration.mixing.inputs + configuration.mixing.outputs
      + configuration.mixing.room + configuration.activationInputs
      + configuration.intermediateSize + configuration.vocabularySize + stepFloats(adapters, in: configuration)
    return sum([
      caches(configuration, slots: slots, positions: min(maxLength, firstPositions)), floats([slots, perSlot]),
      rotary(configuration, positions: maxLength),
    ])
  }

  /// What `ForwardPass` reserves for prompts of so many tokens together.
  ///
  /// - Parameters:
  ///   - headRows: positions that reach the head: every one where tokens are scored, else one for each prompt.
  ///   - adapters: those that prompts have.
  public static func forward(
    _ configuration: ModelConfiguration, tokens: Int, headRows: Int, longest: Int, adapters: [LoRASpecification] = []
  ) -> Int {
    let hidden = configuration.hiddenSize
    let perToken =
      3 * hidden + configuration.mixing.inputs + configuration.mixing.outputs + configuration.mixing.room
      + configuration.activationInputs + configuration.intermediateSize + tokenFloats(adapters, in: configuration)
    let chunk = min(headRows, HeadChunk.rows(vocabulary: configuration.vocabularySize))
    return sum([
      floats([tokens, perToken]), floats([chunk, hidden + configuration.vocabularySize]),
      rotary(configuration, positions: longest),
    ])
  }

  /// Cosines and sines: tables grow by doubling.
  private static func rotary(_ configuration: ModelConfiguration, positions: Int) -> Int {
    floats([4 * configuration.rotary.count, positions, max(1, configuration.headSize / 2)])
  }

  /// Bytes of a product of counts of FP32 values; the largest number there is where it is larger.
  static func floats(_ counts: [Int]) -> Int {
    var product = MemoryLayout<Float>.stride
    for count in counts {
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return .max }
      product = next
    }
    return product
  }

  static func sum(_ parts: [Int]) -> Int {
    parts.reduce(0) { total, part in
      let (next, overflow) = total.addingReportingOverflow(part)
      return overflow ? .max : next
    }
  }
}

/// Bytes that a LoRA run needs beside the base's weights, before any of it is allocated.
public enum TrainingMemory {
  /// Parameters, gradients and the two moments of AdamW, FP32 each, and what DoRA's factors are computed from.
  public static func adapter(_ specification: LoRASpecification, in configuration: ModelConfiguration) -> Int {
    let factors = specification.targets.map { InferenceMemory.factorFloats(of: $0, specification, in: configuration) }
    return MemoryLayout<Float>.stride
      * (4 * specification.parameterCount(in: configuration) + factors.reduce(0, +))
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
        configuration, specification, layer: layer, below: layer == lowest, tokens: tokens,
        rows: isTop && layer > lowest ? head : tokens,
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
  ///
  /// - Parameter below: the layers below use the same room.
  private static func block(
    _ configuration: ModelConfiguration, _ specification: LoRASpecification, isVision: Bool = false, layer: Int,
    below: Bool = false, tokens: Int, rows: Int, middle: Int, gathered: Int
  ) -> Int {
    let hidden = configuration.hiddenSize
    let statistics = PassNorm.statistics(configuration)
    let heads = configuration.heads + configuration.kvHeads
    let mixing = configuration.mixing(of: (below ? 0 : layer)...layer)
    var perToken = hidden + statistics + mixing.inputs + mixing.outputs + mixing.ungated
    if mixing.attends {
      perToken += configuration.heads
      if configuration.block.normalizesQueriesAndKeys { perToken += heads * configuration.headSize + heads }
    }
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
    return tokens * (perToken + ranks) + rows * perRow + middle * hidden + gathered * mixing.outputs
  }

  /// As `TrainingPass.reserve`, without what dropout needs.
  private static func workspace(
    _ configuration: ModelConfiguration, _ specification: LoRASpecification, tokens: Int, head: Int
  ) -> Int {
    let hidden = configuration.hiddenSize
    let largest = specification.targets.filter { !$0.isVision }.map { specification.rank(of: $0) }.max() ?? 0
    var perToken =
      2 * hidden + configuration.intermediateSize + configuration.mixing.outputs + configuration.mixing.inputs
      + configuration.mixing.room + configuration.linearsOfAnInput * largest
    if configuration.block.changesOutputs { perToken += hidden }
    if specification.promptOnly {
      let widths = AdaptedRows.widths(configuration)
      perToken += widths.inputs + widths.outputs
    }
    let chunk = min(head, HeadChunk.rows(vocabulary: configuration.vocabularySize))
    let perChunk = 2 * hidden + PassNorm.statistics(configuration) + configuration.vocabularySize
    return tokens * perToken + head * (2 * hidden + configuration.mixing.outputs + 1) + chunk * perChunk
  }
}
