import Foundation

/// A filter for another size, with the number that Pillow and processors' files give it.
public enum Resampling: Int, Sendable, CaseIterable {
  case lanczos = 1
  case bilinear = 2
  case bicubic = 3

  /// How far the filter reaches to either side, in pixels of the size that is smaller.
  var support: Double {
    switch self {
    case .lanczos: 3
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The weight of a pixel at a distance.
  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .lanczos:
      func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
      return distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      // Keys' cubic convolution with a = −0.5.
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}
