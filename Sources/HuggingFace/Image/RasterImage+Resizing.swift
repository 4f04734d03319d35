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
