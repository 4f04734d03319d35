import Foundation

/// Seeded standard normal numbers (Box and Muller 1958).
public struct NormalGenerator: Sendable {
  private var uniform: SeededGenerator
  private var spare: Float?

  public init(seed: UInt64, stream: UInt64 = 0) { uniform = SeededGenerator(seed: seed, stream: stream) }

  public mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * log(1 - uniform.nextUnitDouble())).squareRoot()
    let angle = 2 * Double.pi * uniform.nextUnitDouble()
    spare = Float(radius * sin(angle))
    return Float(radius * cos(angle))
  }
}
