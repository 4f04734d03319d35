// Rows of a weight streamed once against one to four rows at a time.

func dotRows(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Source, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  dotRowsBody(
    depth, x, xStride, xRows, wRows, y, yStride, accumulate, { w + $0 * wStride }, { load($0) }, { load($0, $1) })
}

func dotRowsHalf(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Half, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  dotRowsBody(
    depth, x, xStride, xRows, wRows, y, yStride, accumulate, { w + $0 * wStride }, { load($0) }, { load($0, $1) })
}

@inline(__always)
private func put(_ y: Target, _ v: Vector, _ accumulate: Bool) {
  y.pointee = accumulate ? y.pointee + sum(v) : sum(v)
}

/// Four rows of the weight at a time: against one row of `x` with two accumulators each, against up to four rows of `x`
/// two by two. Each output's sum has one order, whatever lies beside it.
@inline(__always)
private func dotRowsBody<Pointer>(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ wRows: Int, _ y: Target, _ yStride: Int,
  _ accumulate: Bool, _ row: (Int) -> Pointer, _ whole: (Pointer) -> Vector, _ part: (Pointer, Int) -> Vector
) where Pointer: Strideable, Pointer.Stride == Int {
  var r = 0
  while r < wRows {
    let w0 = row(r)
    let w1 = row(min(r + 1, wRows - 1))
    let w2 = row(min(r + 2, wRows - 1))
    let w3 = row(min(r + 3, wRows - 1))
    for i in 0..<xRows {
      let v = x + i * xStride
      var a0 = Vector()
      var a1 = Vector()
      var a2 = Vector()
      var a3 = Vector()
      var b0 = Vector()
      var b1 = Vector()
      var b2 = Vector()
      var b3 = Vector()
      var k = 0
      while k + 2 * lanes <= depth {
        let x0 = load(v + k)
        let x1 = load(v + k + lanes)
        addProduct(&a0, x0, whole(w0.advanced(by: k)))
        addProduct(&b0, x1, whole(w0.advanced(by: k + lanes)))
        addProduct(&a1, x0, whole(w1.advanced(by: k)))
        addProduct(&b1, x1, whole(w1.advanced(by: k + lanes)))
        addProduct(&a2, x0, whole(w2.advanced(by: k)))
        addProduct(&b2, x1, whole(w2.advanced(by: k + lanes)))
        addProduct(&a3, x0, whole(w3.advanced(by: k)))
        addProduct(&b3, x1, whole(w3.advanced(by: k + lanes)))
        k += 2 * lanes
      }
      while k < depth {
        let n = min(lanes, depth - k)
        let x0 = load(v + k, n)
        addProduct(&a0, x0, part(w0.advanced(by: k), n))
        addProduct(&a1, x0, part(w1.advanced(by: k), n))
        addProduct(&a2, x0, part(w2.advanced(by: k), n))
        addProduct(&a3, x0, part(w3.advanced(by: k), n))
        k += n
      }
      let out = y + i * yStride + r
      put(out, a0 + b0, accumulate)
      if r + 1 < wRows { put(out + 1, a1 + b1, accumulate) }
      if r + 2 < wRows { put(out + 2, a2 + b2, accumulate) }
      if r + 3 < wRows { put(out + 3, a3 + b3, accumulate) }
    }
    r += 4
  }
}
