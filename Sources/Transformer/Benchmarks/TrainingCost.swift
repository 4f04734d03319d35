import Recipe

/// The arithmetic that one LoRA step cannot do without, for comparing a measured rate with the machine's peak.
///
/// Counted: two operations per multiplication, products with weights forward and (where a gradient must pass) backward,
/// adapters, causal attention. Not counted: norms, activations, softmax, the optimiser.
public enum TrainingCost {
  /// Floating-point operations of one step.
  ///
  /// - Parameters:
  ///   - sequences, length: the batch, all sequences equally long.
  ///   - lossTokens: positions that carry loss; only they go through the output projection.
  public static func operations(
    configuration: ModelConfiguration, specification: LoRASpecification, sequences: Int, length: Int, lossTokens: Int
  ) -> Double {
    let tokens = Double(sequences * length)
    let lowest = specification.targets.first?.layer ?? configuration.layers
    var sum = 4 * Double(lossTokens) * Double(configuration.vocabularySize * configuration.hiddenSize)
    // Half of the T×T scores: 2·T·width for scores and values together, per token.
    let attention = 2 * tokens * Double(length) * Double(configuration.queryWidth)
    let targets = Set(specification.targets)
    for layer in 0..<configuration.layers {
      sum += attention + (layer >= lowest ? 2.5 * attention : 0)
      for module in configuration.modules {
        let shape = module.shape(in: configuration)
        let path = ModulePath(layer: layer, module: module)
        sum += (layer >= lowest ? 4 : 2) * tokens * Double(shape.rows * shape.columns)
        if targets.contains(path) {
          sum += 6 * tokens * Double(specification.rank(of: path) * (shape.rows + shape.columns))
        }
      }
    }
    return sum
  }
}
