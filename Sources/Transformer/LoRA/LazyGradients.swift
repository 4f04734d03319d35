import Kernels
import Synchronization

/// The two gradient buffers of a module, made when training first asks: adapters that only decode never have them.
final class LazyGradients: Sendable {
  struct Pair: Sendable {
    let a: FloatBuffer
    let b: FloatBuffer
  }

  private let aCount: Int
  private let bCount: Int
  private let made = Mutex<Pair?>(nil)

  init(aCount: Int, bCount: Int) {
    self.aCount = aCount
    self.bCount = bCount
  }

  var pair: Pair {
    made.withLock { made in
      if let made { return made }
      let pair = Pair(a: FloatBuffer(count: aCount), b: FloatBuffer(count: bCount))
      made = pair
      return pair
    }
  }
}
