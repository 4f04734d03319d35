import Recipe
import Testing
import Transformer

@Suite struct TrainingCostTests {
  private func operationsPerToken(_ shape: BenchmarkShape, _ targets: String, sequences: Int, length: Int) throws
    -> Double
  {
    let configuration = shape.configuration
    let specification = try LoRASpecification(
      targets: Targets(parsing: targets), in: configuration, rank: 16, alpha: 32)
    return TrainingCost.operations(
      configuration: configuration, specification: specification, sequences: sequences, length: length,
      lossTokens: sequences * length) / Double(sequences * length)
  }

  /// The figures that the limits of the design were computed from.
  @Test func knownShapes() throws {
    #expect(abs(try operationsPerToken(.smolLM2, "all", sequences: 4, length: 256) / 598e6 - 1) < 0.01)
    #expect(abs(try operationsPerToken(.small, "all", sequences: 8, length: 128) / 24e6 - 1) < 0.02)
  }

  @Test func nothingBelowTheLowestAdapterAndNoLogitsOfPrompts() throws {
    let configuration = BenchmarkShape.small.configuration
    func operations(layer: Int, lossTokens: Int) -> Double {
      TrainingCost.operations(
        configuration: configuration,
        specification: LoRASpecification(targets: [ModulePath(layer: layer, module: .oProj)], rank: 4, alpha: 8),
        sequences: 1, length: 100, lossTokens: lossTokens)
    }
    #expect(operations(layer: 5, lossTokens: 100) < 0.75 * operations(layer: 0, lossTokens: 100))
    let head = 4.0 * 2048 * 256
    #expect(operations(layer: 0, lossTokens: 100) - operations(layer: 0, lossTokens: 40) == 60 * head)
  }
}
