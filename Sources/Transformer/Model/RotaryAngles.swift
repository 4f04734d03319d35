import Foundation
import Kernels

/// The angles of rotary position embeddings, rounded where transformers rounds them.
///
/// `LlamaRotaryEmbedding` computes frequencies and angles in FP32. At position 3000 the exact angle differs from its
/// angle by up to 1e-4, which is then seen in the logits; with its rounding they agree to 1e-5.
enum RotaryAngles {
  /// A table for `positions` positions.
  static func table(configuration: ModelConfiguration, positions: Int) -> RoPETable {
    let table = RoPETable(
      headSize: configuration.headSize, theta: configuration.ropeTheta, maxPositions: positions)
    let half = configuration.headSize / 2
    for pair in 0..<half {
      let frequency = 1 / pow(Float(configuration.ropeTheta), Float(2 * pair) / Float(configuration.headSize))
      for position in 0..<positions {
        let angle = Double(Float(position) * frequency)
        table.cosines[position * half + pair] = Float(cos(angle))
        table.sines[position * half + pair] = Float(sin(angle))
      }
    }
    return table
  }
}
