import Kernels

/// Bytes that a forward pass and decoding need beside the weights, before any of it is allocated.
public enum InferenceMemory {
  /// Positions that a slot's cache has from the start.
  static let firstPositions = 4096

  /// The keys and values of `slots` sequences of `positions` each.
  public static func caches(_ configuration: ModelConfiguration, slots: Int, positions: Int) -> Int {
    floats([2, slots, configuration.layers, positions, configuration.kvWidth])
  }

  /// What a decoder allocates when it is made: caches up to their first size, and the room of one step.
  public static func decoder(
    _ configuration: ModelConfiguration, slots: Int, maxLength: Int, adapterRank: Int = 0
  ) -> Int {
    let perSlot =
      2 * configuration.hiddenSize + configuration.qkvWidth + configuration.queryWidth + configuration.activationInputs
      + configuration.intermediateSize + configuration.vocabularySize + adapterRank
    return sum([
      caches(configuration, slots: slots, positions: min(maxLength, firstPositions)), floats([slots, perSlot]),
      rotary(configuration, positions: maxLength),
    ])
  }

  /// What `ForwardPass` reserves for prompts of so many tokens together.
  ///
  /// - Parameter headRows: positions that reach the head: every one where tokens are scored, else one for each prompt.
  public static func forward(_ configuration: ModelConfiguration, tokens: Int, headRows: Int, longest: Int) -> Int {
    let hidden = configuration.hiddenSize
    let perToken =
      3 * hidden + configuration.qkvWidth + configuration.queryWidth + configuration.activationInputs
      + configuration.intermediateSize
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
