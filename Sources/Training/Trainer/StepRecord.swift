import Recipe

/// What one optimiser step measured.
public struct StepRecord: Sendable, Codable, Equatable {
  /// Counted from 1.
  public var step: Int
  /// The mean cross-entropy, in nats, over all loss-carrying tokens of the step's batches, before the update.
  public var loss: Double
  /// The Euclidean norm of the gradient over all adapter parameters, before clipping.
  public var gradientNorm: Double
  /// The learning rate of A at this step.
  public var learningRate: Double
  /// Tokens that went through the model.
  public var tokens: Int
  /// Tokens that carry loss.
  public var lossTokens: Int
  /// Wall time of the step.
  public var seconds: Double

  public init(
    step: Int, loss: Double, gradientNorm: Double, learningRate: Double, tokens: Int, lossTokens: Int, seconds: Double
  ) {
    self.step = step
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.tokens = tokens
    self.lossTokens = lossTokens
    self.seconds = seconds
  }
}

extension StepSample {
  /// As it is stored and drawn: without the tokens that carry loss, and in single precision.
  public init(_ record: StepRecord) {
    self.init(
      step: record.step, loss: Float(record.loss), gradientNorm: Float(record.gradientNorm),
      learningRate: Float(record.learningRate), tokens: record.tokens, seconds: record.seconds)
  }
}
