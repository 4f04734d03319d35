/// The three parts of a task's data. Rates and ranks are chosen on `tuning`, never on `evaluation`.
public enum Split: String, Sendable, Codable, CaseIterable {
  case train, tuning, evaluation
}
