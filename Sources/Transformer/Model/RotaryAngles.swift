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
