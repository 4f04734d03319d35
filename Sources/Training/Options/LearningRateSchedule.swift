import Foundation
import Recipe

extension LearningRateSchedule {
  /// The factor of the learning rate at `step` (from 0) of `totalSteps`, as in transformers' `get_constant_schedule_with_warmup`,
  /// `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup`, so that a run can be repeated there. With a warm-up the
  /// first step has factor 0.
  public func factor(step: Int, totalSteps: Int, warmupSteps: Int) -> Double {
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    let span = Double(max(1, totalSteps - warmupSteps))
    switch self {
    case .constant:
      return 1
    case .linear:
      return max(0, Double(totalSteps - step) / span)
    case .cosine:
      return max(0, 0.5 * (1 + cos(Double.pi * Double(step - warmupSteps) / span)))
    }
  }
}
