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
