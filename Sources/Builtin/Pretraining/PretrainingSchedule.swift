/// Learning rate and curriculum as functions of how much is done.
struct PretrainingSchedule: Sendable {
  let options: PretrainingOptions

  /// 0…1: the tokens' share, or that of the time when that is ahead.
  func share(tokens: Int, seconds: Double) -> Double {
    min(1, max(Double(tokens) / Double(options.tokens), seconds / (60 * options.budgetMinutes)))
  }

  /// Warm-up, constant, linear fall to zero over the last `decayShare`. `step` counts from 0.
  func learningRate(step: Int, share: Double) -> Double {
    let rise = options.warmupSteps > 0 ? min(1, Double(step + 1) / Double(options.warmupSteps)) : 1
    let fall = options.decayShare > 0 ? min(1, (1 - share) / options.decayShare) : 1
    return options.learningRate * rise * fall
  }

  /// How far the curriculum has come, 0…1.
  func level(share: Double) -> Double {
    options.curriculumShare > 0 ? min(1, share / options.curriculumShare) : 1
  }
}
