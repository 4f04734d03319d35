import Recipe

/// The loss on held-out examples, taken between two steps of training: forward only, without dropout, on the same examples each time.
public struct HeldOutLoss: Hashable, Codable, Sendable {
  /// Steps done.
  public var step: Int
  /// Mean cross-entropy over the examples' loss-carrying tokens, nats; not finite where the model's logits are not.
  public var loss: Float
  public var examples: Int
  /// Tokens that carry loss.
  public var tokens: Int
  /// Wall time that training waited for it.
  public var seconds: Double

  public init(step: Int, loss: Float, examples: Int, tokens: Int, seconds: Double) {
    self.step = step
    self.loss = loss
    self.examples = examples
    self.tokens = tokens
    self.seconds = seconds
  }

  /// At most so many examples are taken: enough for a curve, and about what a step or two cost.
  package static let mostExamples = 64
}

/// Which examples a run takes its held-out losses on.
public struct HeldOutExamples: Hashable, Codable, Sendable {
  /// The tuning split where there is one; else the first examples of the evaluation split, on which the run is scored too.
  public var split: RunSettings.EvaluationSplit
  public var examples: Int

  public init(split: RunSettings.EvaluationSplit, examples: Int) {
    self.split = split
    self.examples = examples
  }

  /// `64 tuning examples`.
  public var words: String { Counted.text(examples, "\(split.rawValue) example") }
}

/// After which steps a run takes its held-out loss: every so many, and the last.
package struct HeldOutSteps: Hashable, Sendable {
  /// 0: never.
  let every: Int
  /// Steps of the whole run; 0 until that is known.
  let total: Int

  package init(every: Int, of total: Int) {
    self.every = max(0, every)
    self.total = max(0, total)
  }

  package var count: Int { every > 0 ? total / every + (total % every > 0 ? 1 : 0) : 0 }

  package func isDue(at step: Int) -> Bool {
    every > 0 && step > 0 && step <= total && (step % every == 0 || step == total)
  }

  /// Of the point at a place in the series, counted from 0.
  package func step(at index: Int) -> Int {
    let (step, isTooFar) = (index + 1).multipliedReportingOverflow(by: every)
    return isTooFar ? total : min(step, total)
  }

  /// Its place in the series; nil for a step at which none is taken.
  package func index(of step: Int) -> Int? {
    isDue(at: step) ? step / every - (step % every > 0 ? 0 : 1) : nil
  }

  /// Points up to a step, that one included.
  package func count(upTo step: Int) -> Int {
    guard every > 0, step > 0 else { return 0 }
    return step >= total ? count : step / every
  }
}

extension RunSummary {
  package var heldOutSteps: HeldOutSteps { HeldOutSteps(every: plan.settings.evalEvery, of: totalSteps) }

  /// Its held-out losses with their steps.
  package var heldOutPoints: [(step: Int, loss: Float)] {
    let steps = heldOutSteps
    return heldOutLosses.values(0..<heldOutLosses.count).enumerated().map { (steps.step(at: $0.offset), $0.element) }
  }

  mutating func append(_ point: HeldOutLoss) {
    guard let index = heldOutSteps.index(of: point.step), index <= heldOutLosses.count else { return }
    // A run that went back takes it again.
    if index < heldOutLosses.count { heldOutLosses = heldOutLosses.truncated(to: index) }
    heldOutLosses.append(point.loss)
    heldOutSeconds = point.seconds
    if state == .training { secondsLeft = estimatedSecondsLeft }
  }
}
