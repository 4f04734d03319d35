import Kernels
import Synchronization

/// The gradient buffers of a module, made when training first asks: adapters that only decode never have them.
final class LazyGradients: Sendable {
  struct Buffers: Sendable {
    let a: FloatBuffer
    let b: FloatBuffer
    let magnitude: FloatBuffer?
  }

  private let aCount: Int
  private let bCount: Int
  private let magnitudeCount: Int?
  private let made = Mutex<Buffers?>(nil)

  /// - Parameter magnitudeCount: nil without DoRA.
  init(aCount: Int, bCount: Int, magnitudeCount: Int?) {
    self.aCount = aCount
    self.bCount = bCount
    self.magnitudeCount = magnitudeCount
  }

  var buffers: Buffers {
    made.withLock { made in
      if let made { return made }
      let buffers = Buffers(
        a: FloatBuffer(count: aCount), b: FloatBuffer(count: bCount),
        magnitude: magnitudeCount.map { FloatBuffer(count: $0) })
      made = buffers
      return buffers
    }
  }
}
