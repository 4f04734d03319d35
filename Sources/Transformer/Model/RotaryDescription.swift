/// One kind of rotary position embedding; layers name it by its place in `ModelConfiguration.rotary`.
public struct RotaryDescription: Sendable, Equatable, Codable {
  /// How the frequencies are changed for sequences longer than those of the first training.
  public enum Scaling: Sendable, Equatable, Codable {
    case none
    /// All frequencies divided by a factor.
    case linear(factor: Double)
    /// Low frequencies divided by a factor, high ones left alone, a ramp between (Llama 3.1).
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositions: Double)
    /// A divisor for each frequency, and a factor on cosines and sines (LongRoPE, arXiv 2402.13753). Only the divisors for
    /// sequences of the original length are honoured, so `ModelConfiguration.maxPositions` must not exceed that.
    case longRoPE(divisors: [Double], attentionFactor: Double)
  }

  public var theta: Double
  /// Leading features of each head that are turned; nil for all.
  public var dimensions: Int?
  public var scaling: Scaling

  public init(theta: Double, dimensions: Int? = nil, scaling: Scaling = .none) {
    self.theta = theta
    self.dimensions = dimensions
    self.scaling = scaling
  }
}
