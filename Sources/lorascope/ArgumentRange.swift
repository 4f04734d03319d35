import ArgumentParser
import Training

/// What numbers on the command line may be: both ends are said, and a number outside is a usage error.
enum ArgumentRange {
  static func check(_ value: Int?, _ name: String, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
  }

  /// Above `least`, or from it on where `isOpen` is false.
  static func check(_ value: Double?, _ name: String, over least: Double, to most: Double, isOpen: Bool = true) throws {
    guard let value, !(value <= most && (isOpen ? value > least : value >= least)) else { return }
    throw ValidationError(
      "--\(name) must be \(isOpen ? "over" : "from") \(text(least)) \(isOpen ? "and at most" : "to") \(text(most)), not \(value)"
    )
  }

  private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

  static func threads(_ value: Int?) throws { try check(value, "threads", TrainingLimits.threads) }
  static func newTokens(_ value: Int?) throws { try check(value, "max-new-tokens", TrainingLimits.positions) }
  static let counts = 0...1_000_000_000
}
