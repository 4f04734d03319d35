/// What a streamed product multiplies with, in one worker's own memory: every worker prepares it for itself, since that takes
/// less time than waiting for another to have done so.
struct StreamedInput {
  /// `[n, in]`, normalised where that was asked for.
  let plain: Rows
  /// The same in the order of `splitPairs`, `stride` apart; not to be read unless it was asked for.
  let split: UnsafePointer<Float>
  let stride: Int

  /// - Parameters:
  ///   - x: `[n, in]`
  ///   - splits: for bfloat16 weights.
  @inline(__always)
  init(_ w: Worker, x: Rows, norm: StreamedNorm?, splits: Bool) {
    let m = Microkernel.table
    let d = x.columns
    stride = (d + 31) & ~31
    let room = w.scratch(floats: 2 * x.rows * stride)
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
  }
}
