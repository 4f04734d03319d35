import Kernels
import Recipe
import Testing
import Training
import Transformer

/// A model of a few thousand parameters and data that it can learn, made from seeds.
enum TinyModel {
  static let configuration = ModelConfiguration(
    vocabularySize: 61, hiddenSize: 24, layers: 2, heads: 3, kvHeads: 1, headSize: 8, intermediateSize: 40,
    maxPositions: 64)

  static func base(_ configuration: ModelConfiguration = configuration, seed: UInt64 = 1) throws -> BaseModel {
    let model = try TrainableModel(configuration: configuration, seed: seed)
    // Larger than usual, so that gradients are not lost in rounding.
    for tensor in model.tensors where tensor.decays {
      for index in 0..<tensor.count { tensor.parameters[index] *= 10 }
    }
    return model.base
  }

  static func adapter(
    targets: Targets = Targets.all, rank: Int = 4, dropout: Float = 0, seed: UInt64 = 5
  ) throws -> LoRAAdapter {
    let specification = try LoRASpecification(
      targets: targets, in: configuration, rank: rank, alpha: Float(2 * rank), dropout: dropout)
    return try LoRAAdapter(specification: specification, configuration: configuration, seed: seed)
  }

  static func data(count: Int = 11, seed: UInt64 = 2) -> [TokenizedExample] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { index in
      let length = 3 + generator.below(22)
      let tokens = (0..<length).map { _ in Int32(generator.below(configuration.vocabularySize)) }
      return TokenizedExample(tokens: tokens, lossStart: 1 + generator.below(length - 1), exampleIndex: index)
    }
  }

  /// Every bit of an adapter's parameters.
  static func bits(_ adapter: LoRAAdapter) -> [UInt32] {
    adapter.modules.flatMap { ($0.a.array + $0.b.array).map(\.bitPattern) }
  }

  static func options(steps: Int, _ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
    var options = TrainingOptions {
      $0.rank = 4
      $0.learningRate = 1e-2
      $0.steps = steps
      $0.batchSize = 3
      $0.sequenceLength = 32
      $0.packing = false
      $0.seed = 77
    }
    change(&options)
    return options
  }
}
