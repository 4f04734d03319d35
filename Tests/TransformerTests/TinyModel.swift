import Kernels
import Recipe
import Transformer

/// Small models with weights large enough that every path matters.
enum TinyModel {
  static func configuration(tied: Bool = true, headSize: Int = 6, layers: Int = 2) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: 13, hiddenSize: 10, layers: layers, heads: 4, kvHeads: 2, headSize: headSize,
      intermediateSize: 14, ropeTheta: 100, rmsNormEpsilon: 1e-5, tieWordEmbeddings: tied, maxPositions: 64)
  }

  /// Blocks with short convolutions among those that attend.
  static func hybrid(_ layers: Int = 3, convolving: [Int] = [0, 2], width: Int = 3) -> ModelConfiguration {
    var configuration = configuration(layers: layers)
    configuration.block.shortConvolution = ShortConvolutions(width: width, layers: convolving)
    return configuration
  }

  /// Linear attention of two key heads in some layers.
  static func linear(_ layers: [Int]) -> LinearAttentions {
    LinearAttentions(
      shape: GatedDeltaShape(keyHeads: 2, valueHeads: 4, keySize: 5, valueSize: 7, width: 3), layers: layers)
  }

  static func base(_ configuration: ModelConfiguration, seed: UInt64 = 1, element: WeightElement = .float32) throws
    -> BaseModel
  {
    let base = try RandomWeights.model(configuration: configuration, seed: seed, deviation: 0.5, element: element)
    var normal = NormalGenerator(seed: seed, stream: 9)
    for norm in base.blocks.flatMap({ [$0.inputNorm, $0.postAttentionNorm].compactMap(\.self) }) + [base.finalNorm] {
      for index in 0..<norm.count { norm.pointer[index] = 1 + 0.3 * normal.next() }
    }
    return base
  }

  /// An adapter with both matrices away from zero.
  static func adapter(
    _ specification: LoRASpecification, _ configuration: ModelConfiguration, seed: UInt64 = 5
  ) throws -> LoRAAdapter {
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: seed)
    var normal = NormalGenerator(seed: seed + 1)
    for module in adapter.modules {
      for index in 0..<module.b.count { module.b.pointer[index] = 0.3 * normal.next() }
    }
    return adapter
  }

  static func adapter(
    _ targets: Targets, _ configuration: ModelConfiguration, rank: Int = 3, useRSLoRA: Bool = false,
    dropout: Float = 0, seed: UInt64 = 5
  ) throws -> LoRAAdapter {
    try adapter(
      LoRASpecification(
        targets: targets, in: configuration, rank: rank, alpha: 5, useRSLoRA: useRSLoRA, dropout: dropout),
      configuration, seed: seed)
  }

  /// On every module, with magnitudes away from the norms that they start as.
  static func doraAdapter(_ base: BaseModel, dropout: Float = 0) throws -> LoRAAdapter {
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(
        targets: base.configuration.linears.all, in: base.configuration, rank: 3, alpha: 5,
        dropout: dropout, useDoRA: true), base: base, seed: 5)
    var normal = NormalGenerator(seed: 6)
    for module in adapter.modules {
      for index in 0..<module.b.count { module.b.pointer[index] = 0.3 * normal.next() }
      guard let magnitude = module.magnitude else { continue }
      for index in 0..<magnitude.count { magnitude.pointer[index] *= 1 + 0.2 * normal.next() }
    }
    return adapter
  }

  static func tokens(_ count: Int, seed: UInt64 = 3, vocabulary: Int = 13) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
  }

  /// Two sequences of which only some positions carry loss.
  static func batch(lossFrom: (Int, Int) = (3, 2)) -> TokenBatch {
    let first = tokens(7, seed: 3)
    let second = tokens(5, seed: 4)
    return TokenBatch(
      sequences: [Array(first.dropLast()), Array(second.dropLast())],
      targets: [
        first.dropFirst().enumerated().map { $0.offset >= lossFrom.0 ? $0.element : -1 },
        second.dropFirst().enumerated().map { $0.offset >= lossFrom.1 ? $0.element : -1 },
      ])
  }
}
