import MicrokernelTable

/// The products inside attention, in FP32 or of values rounded to bfloat16. Everything between them (softmax, gradients of the scores,
/// sums) is FP32 in either case.
struct AttentionProducts {
  let m: MicrokernelTable
  /// nil in FP32.
  let pairs: MicrokernelTable.Pairs?

  init(_ arithmetic: ProductArithmetic) {
    m = Microkernel.table
    pairs = arithmetic == .bfloat16 ? m.pairs : nil
  }

  /// A tile's steps to a depth.
  func steps(_ depth: Int) -> Int { pairs == nil ? depth : (depth + 1) / 2 }

  var tile: MicrokernelTable.Tile { pairs?.tile ?? m.tile }
  var tileTransposedA: MicrokernelTable.Tile { pairs?.tileTransposedA ?? m.tileTransposedA }
  var pack: MicrokernelTable.Pack { pairs?.pack ?? m.pack }
  var packTransposed: MicrokernelTable.Pack { pairs?.packTransposed ?? m.packTransposed }

  /// Rows as a tile's left-hand side, `stride` apart, with rows of zeros up to `padded`.
  func stage(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, rows: Int, depth: Int,
    into target: UnsafeMutablePointer<Float>,
    stride: Int, padded: Int
  ) {
    if let pairs {
      pairs.roundRows(source, sourceStride, rows, depth, target, stride)
    } else {
      for row in 0..<rows {
        let place = target + row * stride
        place.update(from: source + row * sourceStride, count: depth)
        (place + depth).update(repeating: 0, count: stride - depth)
      }
    }
    (target + rows * stride).update(repeating: 0, count: (padded - rows) * stride)
  }
}
