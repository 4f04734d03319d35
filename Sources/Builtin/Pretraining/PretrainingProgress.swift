/// What a step of `Pretraining` tells whoever watches.
public struct PretrainingProgress: Sendable {
  public let step: Int
  /// Tokens trained on so far.
  public let tokens: Int
  public let tokensPerSecond: Double
  /// Mean loss of the step, in nats per token that carries loss; not a number in the last report, which follows no step.
  public let loss: Double
  public let learningRate: Double
  /// 0…1 of the schedule.
  public let share: Double
  /// Estimated from the rate so far.
  public let secondsLeft: Double
  /// Scores 0…1, when they were just taken.
  public let probes: [(probe: Probe, score: Double)]
  /// Whether `probes` are those of the finished model, rounded to BF16.
  public let finished: Bool
}
