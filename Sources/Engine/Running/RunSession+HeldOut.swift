import Foundation
import Messages
import Training

/// A run that looks at held-out examples between its steps.
extension RunSession {
  /// Takes the held-out loss where it is due after the steps so far and was not taken before. What is trained is the same to the bit as
  /// without, and a run that was ended meanwhile takes it again when it goes on.
  ///
  /// - Returns: false if the run's flag ended it before it was whole.
  /// - Throws: what computing elsewhere throws.
  func watch(_ prepared: PreparedTraining) throws -> Bool {
    let trainer = prepared.trainer
    let steps = HeldOutSteps(every: plan.settings.evalEvery, of: trainer.totalSteps)
    guard !prepared.heldOut.isEmpty, trainer.stepIndex > watchedStep, steps.isDue(at: trainer.stepIndex) else {
      return true
    }
    let clock = ContinuousClock()
    let began = clock.now
    guard let mean = try trainer.loss(of: prepared.heldOut, shouldStop: { control.mustEnd }) else { return false }
    watchedStep = trainer.stepIndex
    report.emit(
      .heldOutLoss(
        HeldOutLoss(
          step: trainer.stepIndex, loss: Float(mean.loss), examples: prepared.heldOut.count, tokens: mean.tokens,
          seconds: (clock.now - began) / .seconds(1))))
    return true
  }
}
