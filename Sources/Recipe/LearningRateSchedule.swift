/// How the learning rate moves over a run, after a linear warm-up from zero; `Training` has the factors.
public enum LearningRateSchedule: String, Codable, Sendable, CaseIterable {
  case constant, linear, cosine
}
