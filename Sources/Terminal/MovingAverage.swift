import Foundation

/// Exponential moving average with bias correction: s ← βs + (1−β)y, shown as s/(1−βⁿ) (Kingma & Ba 2015, section 3).
public struct MovingAverage: Sendable, Equatable {
  public let beta: Double
  private var sum = 0.0
  private var power = 1.0

  /// The choices of the dashboard; .9 is its default.
  public static let betas = [0, 0.6, 0.9, 0.97, 0.99]

  /// `beta` is clamped to 0…0.9999.
  public init(beta: Double) { self.beta = min(max(0, beta), 0.9999) }

  /// The average after `value`. NaN and infinities leave the average as it is and return NaN: a gap stays a gap.
  public mutating func add(_ value: Float) -> Float {
    guard value.isFinite else { return .nan }
    sum = beta * sum + (1 - beta) * Double(value)
    power *= beta
    return Float(sum / (1 - power))
  }
}
