import Foundation
import Kernels

/// The frequencies of rotary position embeddings, rounded where transformers' `modeling_rope_utils` rounds them: it computes in
/// FP32, and at position 3000 the exact angle differs from its angle by up to 1e-4, which is then seen in the logits.
enum RotaryAngles {
  /// A table for each kind of rotary embedding that the model has.
  static func tables(configuration: ModelConfiguration, positions: Int) -> [RoPETable] {
    configuration.rotary.map { rotary in
      var attentionFactor: Float = 1
      if case .longRoPE(_, let factor) = rotary.scaling { attentionFactor = Float(factor) }
      return RoPETable(
        inverseFrequencies: inverseFrequencies(rotary, headSize: configuration.headSize),
        attentionFactor: attentionFactor, maxPositions: positions)
    }
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
