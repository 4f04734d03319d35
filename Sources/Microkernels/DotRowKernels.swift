import CPUFeatures

// Rows of a weight streamed once against a few rows.

func dotRows(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Source, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  dotRowsBody(
    depth, x, xStride, xRows, wStride, wRows, y, yStride, accumulate, { load(w + $0) }, { load(w + $0, $1) },
    { lorascope_prefetch(w + $0) })
}

func dotRowsHalf(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Half, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  dotRowsBody(
    depth, x, xStride, xRows, wStride, wRows, y, yStride, accumulate, { load(w + $0) }, { load(w + $0, $1) },
    { lorascope_prefetch(w + $0) })
}

@inline(__always)
private func put(_ y: Target, _ v: Vector, _ accumulate: Bool) {
  y.pointee = accumulate ? y.pointee + sum(v) : sum(v)
}

/// Four rows of the weight at a time, two accumulators each, against one row of `x` after the other. Each output's sum
/// has one order, whatever lies beside it. Rows are short, too short for the processor to see that they follow each
/// other, so the next four are asked for meanwhile.
///
/// `whole`, `part` and `ask` take the offset of a weight's element.
@inline(__always)
private func dotRowsBody(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ wStride: Int, _ wRows: Int, _ y: Target, _ yStride: Int,
  _ accumulate: Bool, _ whole: (Int) -> Vector, _ part: (Int, Int) -> Vector, _ ask: (Int) -> Void
) {
  let ahead = 4 * wStride
  var r = 0
  while r < wRows {
    let w0 = r * wStride
    let w1 = min(r + 1, wRows - 1) * wStride
    let w2 = min(r + 2, wRows - 1) * wStride
    let w3 = min(r + 3, wRows - 1) * wStride
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
        ask(w0 + ahead + k)
        ask(w1 + ahead + k)
        ask(w2 + ahead + k)
        ask(w3 + ahead + k)
        let x0 = load(v + k)
        let x1 = load(v + k + lanes)
        addProduct(&a0, x0, whole(w0 + k))
        addProduct(&b0, x1, whole(w0 + k + lanes))
        addProduct(&a1, x0, whole(w1 + k))
        addProduct(&b1, x1, whole(w1 + k + lanes))
        addProduct(&a2, x0, whole(w2 + k))
        addProduct(&b2, x1, whole(w2 + k + lanes))
        addProduct(&a3, x0, whole(w3 + k))
        addProduct(&b3, x1, whole(w3 + k + lanes))
        k += 2 * lanes
      }
      while k < depth {
        let n = min(lanes, depth - k)
        let x0 = load(v + k, n)
        addProduct(&a0, x0, part(w0 + k, n))
        addProduct(&a1, x0, part(w1 + k, n))
        addProduct(&a2, x0, part(w2 + k, n))
        addProduct(&a3, x0, part(w3 + k, n))
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
