#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Cosines and sines of the rotary position embedding (Su et al. 2021), `[positions, rotaryDimensions / 2]` each.
///
/// Frequencies and angles are rounded to FP32, as transformers rounds them: at position 3000 the exact angle may differ
/// by 1e-4, which is then seen in the logits.
///
/// `@unchecked Sendable`: written by ``ensure(positions:)`` only, which must be called outside regions and by one
/// thread at a time; read-only inside regions.
public final class RoPETable: @unchecked Sendable {
  /// Angle of each pair of values at position 1.
  public let inverseFrequencies: [Float]
  /// Factor on cosines and sines (longrope, YaRN).
  public let attentionFactor: Float
  public private(set) var positions = 0
  public private(set) var cosines: UnsafeMutablePointer<Float>
  public private(set) var sines: UnsafeMutablePointer<Float>

  /// Values of a head that turn.
  public var rotaryDimensions: Int { 2 * inverseFrequencies.count }

  /// - Parameter inverseFrequencies: one for each pair of values that turn together, scaled already
  public init(inverseFrequencies: [Float], attentionFactor: Float = 1, maxPositions: Int) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
    cosines = .allocate(capacity: 1)
    sines = .allocate(capacity: 1)
    ensure(positions: maxPositions)
  }

  /// The whole head turns, pair `i` with frequency `theta^(−2i / headSize)`.
  public convenience init(headSize: Int, theta: Double, maxPositions: Int) {
    self.init(
      inverseFrequencies: (0..<headSize / 2).map { 1 / powf(Float(theta), Float(2 * $0) / Float(headSize)) },
      maxPositions: maxPositions)
  }

  deinit {
    cosines.deallocate()
    sines.deallocate()
  }

  /// Grows the table so that positions `0..<count` can be used. Outside regions only.
  public func ensure(positions count: Int) {
    guard count > positions else { return }
    let half = inverseFrequencies.count
    let size = max(1, count * half)
    let freshCosines = UnsafeMutablePointer<Float>.allocate(capacity: size)
    let freshSines = UnsafeMutablePointer<Float>.allocate(capacity: size)
    for (pair, frequency) in inverseFrequencies.enumerated() {
      for position in 0..<count {
        let angle = Double(Float(position) * frequency)
        freshCosines[position * half + pair] = Float(cos(angle)) * attentionFactor
        freshSines[position * half + pair] = Float(sin(angle)) * attentionFactor
      }
    }
    cosines.deallocate()
    sines.deallocate()
    cosines = freshCosines
    sines = freshSines
    positions = count
  }
}
