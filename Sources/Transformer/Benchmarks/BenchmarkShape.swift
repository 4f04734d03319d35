/// Model shapes that benchmarks name. Their weights are random: speed does not depend on the values.
public enum BenchmarkShape: String, CaseIterable, Codable, Sendable {
  /// 5 M parameters: hidden 256, 6 layers, 8 heads over 4, intermediate 704, vocabulary 2048.
  case small = "5M"
  /// The shape of SmolLM2-135M: hidden 576, 30 layers, 9 heads over 3, intermediate 1536, vocabulary 49 152.
  case smolLM2 = "135M"

  public var configuration: ModelConfiguration {
    switch self {
    case .small:
      ModelConfiguration(
        vocabularySize: 2048, hiddenSize: 256, layers: 6, heads: 8, kvHeads: 4, headSize: 32, intermediateSize: 704,
        maxPositions: 2048)
    case .smolLM2:
      ModelConfiguration(
        vocabularySize: 49_152, hiddenSize: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64,
        intermediateSize: 1536, ropeTheta: 100_000, maxPositions: 8192)
    }
  }
}
