#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Cosines and sines of the rotary position embedding (Su et al. 2021), `[positions, headSize / 2]` each.
///
/// `@unchecked Sendable`: written by ``ensure(positions:)`` only, which must be called outside regions and by one
/// thread at a time; read-only inside regions.
public final class RoPETable: @unchecked Sendable {
  public let headSize: Int
  public let theta: Double
  public private(set) var positions = 0
  public private(set) var cosines: UnsafeMutablePointer<Float>
  public private(set) var sines: UnsafeMutablePointer<Float>

  public init(headSize: Int, theta: Double, maxPositions: Int) {
    self.headSize = headSize
    self.theta = theta
    cosines = .allocate(capacity: 1)
    sines = .allocate(capacity: 1)
    ensure(positions: maxPositions)
  }

  deinit {
    cosines.deallocate()
    sines.deallocate()
  }

  /// Grows the table so that positions `0..<count` can be used. Outside regions only.
  public func ensure(positions count: Int) {
    guard count > positions else { return }
    let half = headSize / 2
    let size = max(1, count * half)
    let freshCosines = UnsafeMutablePointer<Float>.allocate(capacity: size)
    let freshSines = UnsafeMutablePointer<Float>.allocate(capacity: size)
    for pair in 0..<half {
      let frequency = pow(theta, -2 * Double(pair) / Double(headSize))
      for position in 0..<count {
        let angle = Double(position) * frequency
        freshCosines[position * half + pair] = Float(cos(angle))
        freshSines[position * half + pair] = Float(sin(angle))
      }
    }
    cosines.deallocate()
    sines.deallocate()
    cosines = freshCosines
    sines = freshSines
    positions = count
  }
}
