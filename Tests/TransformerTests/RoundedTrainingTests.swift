import Kernels
import Recipe
import Testing
import Transformer

/// Steps whose products by weights and adapters and in attention are in bfloat16.
@Suite(.enabled(if: ProductArithmetic.bfloat16.isAvailable)) struct RoundedTrainingTests {
  /// Values of bfloat16 have eight bits. Of a model of this shape with weights as large, PyTorch's autocast changes the gradients by
  /// 5 to 6 %.
  @Test(arguments: [WeightElement.float32, .bfloat16], [false, true])
  func lossAndGradientsAreClose(element: WeightElement, useDoRA: Bool) throws {
    let configuration = ModelConfiguration(
      vocabularySize: 211, hiddenSize: 48, layers: 3, heads: 6, kvHeads: 3, headSize: 20, intermediateSize: 101,
      tieWordEmbeddings: true, maxPositions: 128)
    let base = try RandomWeights.model(configuration: configuration, seed: 2, deviation: 0.2, element: element)
    let tokens = (0..<3).map { TinyModel.tokens(41, seed: $0, vocabulary: 211) }
    let batch = TokenBatch(
      sequences: tokens.map { Array($0.dropLast()) }, targets: tokens.map { Array($0.dropFirst()) })
    func run(_ arithmetic: ProductArithmetic) throws -> (loss: Double, gradients: [Float]) {
      let adapter =
        useDoRA
        ? try TinyModel.doraAdapter(base) : try TinyModel.adapter(Targets.all, configuration)
      let pass = try LoRATrainingPass(base: base, adapter: adapter, arithmetic: arithmetic)
      WorkerTeam(threads: 2).run { w in pass.lossAndGradients(batch, worker: w) }
      return (pass.lossSum, adapter.modules.flatMap { $0.gradA.array + $0.gradB.array })
    }
    let exact = try run(.float32)
    let rounded = try run(.bfloat16)
    #expect(abs(rounded.loss / exact.loss - 1) < 2e-3)
    #expect(rounded.loss != exact.loss)
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let difference = norm(zip(rounded.gradients, exact.gradients).map { Double($0) - Double($1) })
    let share = difference / norm(exact.gradients.map(Double.init))
    #expect(share > 1e-4 && share < 5e-2, "gradients differ by \(100 * share) %")
  }
}
