/// The ends of what options may be, said where one is refused; the same on the command line and in plans.
public enum TrainingLimits {
  public static let ranks = 1...4096
  public static let threads = 1...1024
  public static let steps = 1...100_000_000
  public static let batches = 1...(1 << 20)
  /// Positions of a sequence, a prompt or an answer.
  public static let positions = 1...(1 << 24)
  public static let largestEpochs = 1e6
  public static let largestRate = 1e6

  static func words(_ range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}
