/// The ends of what numbers may be: the same in the engine, on the command line, in plans and in the form.
package enum TrainingLimits {
  package static let ranks = 1...4096
  package static let threads = 1...1024
  package static let steps = 1...100_000_000
  package static let warmups = 0...steps.upperBound
  package static let batches = 1...(1 << 20)
  /// Positions of a prompt or an answer.
  package static let positions = 1...(1 << 24)
  /// Something to read and something to predict.
  package static let sequences = 2...positions.upperBound
  /// Examples, samples and the like, where none is a choice.
  package static let counts = 0...1_000_000_000
  package static let examples = 1...counts.upperBound
  /// Adapter parameters; beyond, no model has so many.
  package static let budgets = 1...1_000_000_000_000
  package static let epochs = NumberRange(over: 0, to: 1e6)
  /// The kernels' single precision ends a little later.
  private static let largest = 1e38
  package static let factors = NumberRange(over: 0, to: largest)
  package static let amounts = NumberRange(from: 0, to: largest)
  package static let probabilities = NumberRange(from: 0, below: 1)
}

/// A range of numbers with both ends, each of them in it or not.
package struct NumberRange: Hashable, Sendable {
  package let low: Double
  package let high: Double
  private let hasLow: Bool
  private let hasHigh: Bool

  package init(from low: Double, to high: Double) { (self.low, self.high, hasLow, hasHigh) = (low, high, true, true) }
  package init(over low: Double, to high: Double) { (self.low, self.high, hasLow, hasHigh) = (low, high, false, true) }
  package init(from low: Double, below high: Double) {
    (self.low, self.high, hasLow, hasHigh) = (low, high, true, false)
  }

  /// An open end is compared in single precision, which the kernels compute in: what rounds to the end is refused with it.
  package func contains(_ value: Double) -> Bool {
    guard value >= low, value <= high else { return false }
    return (hasLow || Float(value) > Float(low)) && (hasHigh || Float(value) < Float(high))
  }

  /// `over 0 and at most 1000000`.
  package var words: String {
    let (least, most) = (SettingValue.plain(low), SettingValue.plain(high))
    return (hasLow ? "from \(least) " : "over \(least) and ")
      + (hasHigh ? (hasLow ? "to \(most)" : "at most \(most)") : "to below \(most)")
  }
}

extension ClosedRange<Int> {
  /// `from 1 to 4096`.
  package var words: String { "from \(lowerBound) to \(upperBound)" }
}
