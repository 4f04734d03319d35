// Rows of attention scores behind a mask: row r sees the columns from hidden + r up to seen + r. Rows lie in scratch
// memory, so that whole vectors may be read and written past their ends; what lies behind the mask ends up zero.

func softmaxRows(
  _ scores: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int, _ width: Int,
  _ scale: Float, _ tops: Target, _ totals: Target, _ corrections: Target
) {
  let nothing = Vector(repeating: -.infinity)
  let factor = Vector(repeating: scale)
  for r in 0..<rows {
    let row = scores + r * stride
    let start = max(0, hidden + r)
    let end = min(seen + r, limit)
    corrections[r] = 1
    if start < end {
      let head = start / lanes * lanes
      let tail = (end - 1) / lanes * lanes
      // The first vector and the last, which may be one, are masked; those between are seen whole.
      let first = between(load(row + head), start - head, end - head, nothing)
      let last = between(load(row + tail), start - tail, end - tail, nothing)
      var top0 = first
      var top1 = last
      var i = head + lanes
      while i + 2 * lanes <= tail {
        top0 = larger(top0, load(row + i))
        top1 = larger(top1, load(row + i + lanes))
        i += 2 * lanes
      }
      if i < tail { top1 = larger(top1, load(row + i)) }
      let own = scale * largest(larger(top0, top1))
      let before = tops[r]
      let top = own > before ? own : before
      let shift = Vector(repeating: -top)
      let lastExponentials = between(
        exponential(multiplyAdd(last, factor, shift)), start - tail, end - tail, Vector())
      var s0 = lastExponentials
      var s1 = Vector()
      if head < tail {
        s1 = between(exponential(multiplyAdd(first, factor, shift)), start - head, end - head, Vector())
        store(s1, row + head)
      }
      i = head + lanes
      while i + 2 * lanes <= tail {
        let e0 = exponential(multiplyAdd(load(row + i), factor, shift))
        let e1 = exponential(multiplyAdd(load(row + i + lanes), factor, shift))
        store(e0, row + i)
        store(e1, row + i + lanes)
        s0 += e0
        s1 += e1
        i += 2 * lanes
      }
      if i < tail {
        let e = exponential(multiplyAdd(load(row + i), factor, shift))
        store(e, row + i)
        s1 += e
      }
      store(lastExponentials, row + tail)
      let correction = before > -.infinity ? exponential(Vector(repeating: before - top))[0] : 0
      corrections[r] = correction
      totals[r] = totals[r] * correction + sum(s0 + s1)
      tops[r] = top
      clear(row, from: 0, to: head)
      clear(row, from: tail + lanes, to: width)
    } else {
      clear(row, from: 0, to: width)
    }
  }
}

func attentionGradientRows(
  _ scores: Target, _ dp: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int, _ width: Int,
  _ scale: Float, _ inverseCap: Float, _ logSumExp: Source, _ logSumExpStride: Int, _ deltas: Source
) {
  for r in 0..<rows {
    let p = scores + r * stride
    let ds = dp + r * stride
    let start = min(max(0, hidden + r), limit)
    let end = max(start, min(seen + r, limit))
    let shift = Vector(repeating: -logSumExp[r * logSumExpStride])
    let mean = Vector(repeating: deltas[r])
    if inverseCap == 0 {
      let factor = Vector(repeating: scale)
      gradientRow(p, ds, start, end, width) { s, dp in
        let e = exponential(multiplyAdd(s, factor, shift))
        return (e, factor * e * (dp - mean))
      }
    } else {
      // The scores are cap·tanh(…) already, whose derivative is 1 − (s/cap)².
      let factor = Vector(repeating: scale)
      let inverse = Vector(repeating: inverseCap)
      let one = Vector(repeating: 1)
      gradientRow(p, ds, start, end, width) { s, dp in
        let e = exponential(s + shift)
        let share = s * inverse
        return (e, factor * e * (dp - mean) * (one - share * share))
      }
    }
  }
}

@inline(__always)
private func gradientRow(
  _ p: Target, _ ds: Target, _ start: Int, _ end: Int, _ width: Int,
  _ body: (_ score: Vector, _ dp: Vector) -> (p: Vector, ds: Vector)
) {
  let head = start / lanes * lanes
  var i = head
  while i < end {
    let (e, gradient) = body(load(p + i), load(ds + i))
    if i >= start && i + lanes <= end {
      store(e, p + i)
      store(gradient, ds + i)
    } else {
      store(between(e, start - i, end - i, Vector()), p + i)
      store(between(gradient, start - i, end - i, Vector()), ds + i)
    }
    i += lanes
  }
  clear(p, from: 0, to: head)
  clear(ds, from: 0, to: head)
  clear(p, from: i, to: width)
  clear(ds, from: i, to: width)
}

/// `v` in the lanes from `start` up to `end`, `rest` in the others.
@inline(__always)
private func between(_ v: Vector, _ start: Int, _ end: Int, _ rest: Vector) -> Vector {
  fill(fill(rest, start, v), end, rest)
}

/// Zeros in the vectors from `start`, a whole one, up to `end`.
@inline(__always)
private func clear(_ row: Target, from start: Int, to end: Int) {
  var i = start
  while i < end {
    store(Vector(), row + i)
    i += lanes
  }
}
