import Foundation
import Text

extension RasterImage {
  /// The picture in another size, to the bit as `Image.resize` of Pillow 13 makes it: across and down, rounded to 8 bits after each.
  ///
  /// Which of both comes first shows in the last bits. Pillow goes down first where that saves it enough work: found by trying
  /// thousands of sizes. Earlier versions always went across first.
  ///
  /// - Parameters:
  ///   - width: from 1 up.
  ///   - height: from 1 up.
  public func resized(width newWidth: Int, height newHeight: Int, _ filter: Resampling = .lanczos) -> RasterImage {
    precondition(newWidth >= 1 && newHeight >= 1, "an image has a size from 1 up")
    let isDownFirst = newHeight < height && height - newHeight > 2 * (width - newWidth)
    return isDownFirst
      ? resized(height: newHeight, filter).resized(width: newWidth, filter)
      : resized(width: newWidth, filter).resized(height: newHeight, filter)
  }

  private func resized(width newWidth: Int, _ filter: Resampling) -> RasterImage {
    if newWidth == width { return self }
    let table = ResamplingTable(from: width, to: newWidth, filter)
    return RasterImage(
      width: newWidth, height: height, pixels: Self.across(pixels, width: width, height: height, newWidth, table))
  }

  private func resized(height newHeight: Int, _ filter: Resampling) -> RasterImage {
    if newHeight == height { return self }
    let table = ResamplingTable(from: height, to: newHeight, filter)
    return RasterImage(width: width, height: newHeight, pixels: Self.down(pixels, width: width, newHeight, table))
  }

  private static let half = 1 << (ResamplingTable.precision - 1)

  private static func clipped(_ sum: Int) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, sum >> 22))) }

  private static func across(
    _ pixels: [UInt8], width: Int, height: Int, _ newWidth: Int, _ table: ResamplingTable
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3 * newWidth * height) { output, initialized in
      pixels.withUnsafeBufferPointer { input in
        table.weights.withUnsafeBufferPointer { weights in
          for y in 0..<height {
            for x in 0..<newWidth {
              var from = 3 * (y &* width &+ table.starts[x])
              var (red, green, blue) = (half, half, half)
              let first = x &* table.stride
              for tap in first..<(first &+ table.counts[x]) {
                let weight = Int(weights[tap])
                red &+= weight &* Int(input[from])
                green &+= weight &* Int(input[from &+ 1])
                blue &+= weight &* Int(input[from &+ 2])
                from &+= 3
              }
              let to = 3 * (y &* newWidth &+ x)
              output.initializeElement(at: to, to: clipped(red))
              output.initializeElement(at: to + 1, to: clipped(green))
              output.initializeElement(at: to + 2, to: clipped(blue))
            }
          }
        }
      }
      initialized = output.count
    }
  }

  private static func down(_ pixels: [UInt8], width: Int, _ newHeight: Int, _ table: ResamplingTable) -> [UInt8] {
    let row = 3 * width
    var sums = [Int](repeating: 0, count: row)
    return [UInt8](unsafeUninitializedCapacity: row * newHeight) { output, initialized in
      pixels.withUnsafeBufferPointer { input in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<newHeight {
            sums.update(repeating: half)
            for tap in 0..<table.counts[y] {
              let weight = Int(table.weights[y &* table.stride &+ tap])
              let from = (table.starts[y] &+ tap) &* row
              for place in 0..<row { sums[place] &+= weight &* Int(input[from &+ place]) }
            }
            for place in 0..<row { output.initializeElement(at: y &* row &+ place, to: clipped(sums[place])) }
          }
        }
      }
      initialized = output.count
    }
  }
}

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

/// Which pixels of a line make each pixel of a longer or shorter line, and with what weight: after Pillow's `Resample.c`, whose
/// filters widen with the step when a picture shrinks, and whose weights are whole numbers of 2⁻²².
struct ResamplingTable {
  static let precision = 22
  /// For each new pixel the first old one.
  private(set) var starts: [Int] = []
  /// For each new pixel how many old ones.
  private(set) var counts: [Int] = []
  /// `[new pixels, stride]`.
  private(set) var weights: [Int32] = []
  let stride: Int

  init(from oldLength: Int, to newLength: Int, _ filter: Resampling) {
    let scale = Double(oldLength) / Double(newLength)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverse = 1 / filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    starts.reserveCapacity(newLength)
    counts.reserveCapacity(newLength)
    weights.reserveCapacity(newLength * stride)
    var line: [Double] = []
    for place in 0..<newLength {
      let center = (Double(place) + 0.5) * scale
      // Towards zero, as a cast in C.
      let first = max(0, Int(center - support + 0.5))
      let count = min(oldLength, Int(center + support + 0.5)) - first
      line.removeAll(keepingCapacity: true)
      var sum = 0.0
      for offset in 0..<count {
        let weight = filter.weight((Double(offset + first) - center + 0.5) * inverse)
        line.append(weight)
        sum += weight
      }
      starts.append(first)
      counts.append(count)
      for weight in line {
        let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Self.precision)
        weights.append(Int32(scaled + (weight < 0 ? -0.5 : 0.5)))
      }
      weights.append(contentsOf: repeatElement(0, count: stride - count))
    }
  }
}

extension RasterImage {
  /// A square part, which lies within the image.
  func square(x: Int, y: Int, side: Int) -> RasterImage {
    var part: [UInt8] = []
    part.reserveCapacity(3 * side * side)
    for row in y..<(y + side) {
      let start = 3 * (row * width + x)
      part += pixels[start..<(start + 3 * side)]
    }
    return RasterImage(width: side, height: side, pixels: part)
  }
}
