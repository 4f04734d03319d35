import Foundation
import Kernels

/// The frequencies of rotary position embeddings, rounded where transformers' `modeling_rope_utils` rounds them: it computes in
/// FP32, and at position 3000 the exact angle differs from its angle by up to 1e-4, which is then seen in the logits.
enum RotaryAngles {
  /// A table for each kind of rotary embedding that the model has.
  static func tables(configuration: ModelConfiguration, positions: Int) -> [RoPETable] {
    configuration.rotary.map { rotary in
      var attentionFactor: Float = 1
      switch rotary.scaling {
      case .longRoPE(_, let factor), .yarn(_, _, _, _, let factor, _): attentionFactor = Float(factor)
      default: break
      }
      return RoPETable(
        inverseFrequencies: inverseFrequencies(rotary, headSize: configuration.headSize),
        attentionFactor: attentionFactor, maxPositions: positions)
    }
  }

  /// Pairs between which YaRN goes from turning as before to turning slower, for `betaFast` and `betaSlow` turns within the
  /// original length.
  private static func yarnRange(
    theta: Double, size: Int, fast: Double, slow: Double, original: Double, truncates: Bool
  ) -> (low: Double, high: Double) {
    func pair(_ turns: Double) -> Double { Double(size) * log(original / (turns * 2 * .pi)) / (2 * log(theta)) }
    let (low, high) = (pair(fast), pair(slow))
    let range = truncates ? (low.rounded(.down), high.rounded(.up)) : (low, high)
    return (max(range.0, 0), min(range.1, Double(size - 1)))
  }

  /// Angle per position of each pair, `[dimensions / 2]`.
  static func inverseFrequencies(_ rotary: RotaryDescription, headSize: Int) -> [Float] {
    let size = rotary.dimensions ?? headSize
    let theta = Float(rotary.theta)
    return (0..<(size / 2)).map { pair in
      let power = pow(theta, Float(2 * pair) / Float(size))
      let frequency = 1 / power
      switch rotary.scaling {
      case .none: return frequency
      case .linear(let factor): return frequency / Float(factor)
      case .longRoPE(let divisors, _): return 1 / (Float(divisors[pair]) * power)
      case .yarn(let factor, let fast, let slow, let original, _, let truncates):
        let (low, high) = yarnRange(
          theta: rotary.theta, size: size, fast: fast, slow: slow, original: original, truncates: truncates)
        let ramp = (Float(pair) - Float(low)) / Float((high == low ? high + 0.001 : high) - low)
        let kept = 1 - min(max(ramp, 0), 1)
        return 1 / (Float(factor) * power) * (1 - kept) + frequency * kept
      case .llama3(let factor, let low, let high, let original):
        return llama3(frequency, factor: factor, low: low, high: high, original: original)
      }
    }
  }

  private static func llama3(
    _ frequency: Float, factor: Double, low: Double, high: Double, original: Double
  ) -> Float {
    let wavelength = Float(2 * Double.pi) / frequency
    if wavelength < Float(original / high) { return frequency }
    if wavelength > Float(original / low) { return frequency / Float(factor) }
    let smooth = (Float(original) / wavelength - Float(low)) / Float(high - low)
    return (1 - smooth) * frequency / Float(factor) + smooth * frequency
  }
}

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
    /// Frequencies that turn less than `betaSlow` times within the original length divided by a factor, those that turn more
    /// than `betaFast` times left alone, a ramp between, and a factor on cosines and sines (YaRN, arXiv 2309.00071).
    case yarn(
      factor: Double, betaFast: Double, betaSlow: Double, originalPositions: Double, attentionFactor: Double,
      truncates: Bool)
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
