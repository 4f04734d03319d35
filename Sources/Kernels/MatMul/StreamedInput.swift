/// A root-mean-square norm of the rows that a ``StreamedLinears`` is about to multiply.
public struct StreamedNorm {
  /// `[in]`
  public var weight: UnsafePointer<Float>
  /// Added to the weight.
  public var weightOffset: Float
  public var epsilon: Float

  public init(weight: UnsafePointer<Float>, weightOffset: Float = 0, epsilon: Float) {
    self.weight = weight
    self.weightOffset = weightOffset
    self.epsilon = epsilon
  }
}

/// What a streamed product multiplies with, in one worker's own memory: every worker prepares it for itself, since that takes
/// less time than waiting for another to have done so.
struct StreamedInput {
  /// `[n, in]`, normalised where that was asked for.
  let plain: Rows
  /// The same in the order of `splitPairs`, `stride` apart; not to be read unless it was asked for.
  let split: UnsafePointer<Float>
  let stride: Int
  let more: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - x: `[n, in]`
  ///   - splits: for bfloat16 weights.
  ///   - more: floats of room for something else.
  @inline(__always)
  init(_ w: Worker, x: Rows, norm: StreamedNorm?, splits: Bool, more: Int) {
    let m = Microkernel.table
    let d = x.columns
    stride = (d + 31) & ~31
    let room = w.scratch(floats: 2 * x.rows * stride + more)
    if let norm {
      for row in 0..<x.rows {
        let source = x.row(row)
        let inverse = 1 / (m.dot(source, source, d) / Float(d) + norm.epsilon).squareRoot()
        m.scaleByWeight(source, norm.weight, norm.weightOffset, inverse, room + row * stride, d)
      }
      plain = Rows(room, rows: x.rows, columns: d, stride: stride)
    } else {
      plain = x
    }
    let second = room + x.rows * stride
    if splits { for row in 0..<x.rows { m.splitPairs(plain.row(row), second + row * stride, d) } }
    split = UnsafePointer(second)
    self.more = second + x.rows * stride
  }
}
