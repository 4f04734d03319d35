import Foundation
import Testing
import Training

@Suite struct TrainingOptionsTests {
  @Test func defaults() throws {
    let options = TrainingOptions()
    try options.validate()
    #expect(options.rank == 8 && options.alpha == 16)
    #expect(options.beta1 == 0.9 && options.beta2 == 0.999 && options.epsilon == 1e-8)
    #expect(options.clip == 1 && options.weightDecay == 0 && options.learningRateRatio == 1)
    #expect(options.steps == nil && options.epochs == 1)
    #expect(TrainingOptions(rank: 3).alpha == 6)
    #expect(TrainingOptions(rank: 3, alpha: 5).alpha == 5)
    #expect(TrainingOptions(steps: 4).epochs == nil)
  }

  @Test func survivesJSON() throws {
    var options = TrainingOptions(rank: 5, learningRate: 0.1 + 0.2, steps: 7, seed: .max)
    options.dropout = 0.1
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)
  }

  static let refused: [(String, TrainingOptions)] = [
    ("rank", TrainingOptions(rank: 0)),
    ("alpha", TrainingOptions(alpha: .nan)),
    ("dropout", TrainingOptions(dropout: 1)),
    ("lr", TrainingOptions(learningRate: -1)),
    ("lr", TrainingOptions(learningRate: .infinity)),
    ("lr-ratio", TrainingOptions(learningRateRatio: 0)),
    ("beta2", TrainingOptions(beta2: 1)),
    ("epsilon", TrainingOptions(epsilon: 0)),
    ("weight-decay", TrainingOptions(weightDecay: -0.1)),
    ("clip", TrainingOptions(clip: -1)),
    ("warmup", TrainingOptions(warmupSteps: -1)),
    ("steps", TrainingOptions(steps: 0)),
    ("steps", TrainingOptions(steps: 3, epochs: 2)),
    ("epochs", TrainingOptions(epochs: 0)),
    ("batch-size", TrainingOptions(batchSize: 0)),
    ("sequence-length", TrainingOptions(sequenceLength: 1)),
    ("gradient-accumulation", TrainingOptions(gradientAccumulation: 0)),
    ("threads", TrainingOptions(threads: 0)),
  ]

  @Test(arguments: refused)
  func refusals(name: String, options: TrainingOptions) {
    let error = #expect(throws: TrainingError.self) { try options.validate() }
    #expect(error?.description.hasPrefix(name + " is ") == true)
    #expect(error?.exitStatus == 64)
  }
}
