// Rows of attention scores behind a mask: row r sees the columns from hidden + r up to seen + r. Rows lie in scratch
// memory, so that whole vectors may be read and written past their ends; what lies behind the mask ends up zero. Only a
// row's first and last vector can be cut by the mask; those between, four at a time, know nothing of it.

func softmaxRows(
  _ scores: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int, _ width: Int,
  _ scale: Float, _ tops: Target, _ totals: Target, _ corrections: Target
) {
  let factor = Vector(repeating: scale * binaryLogarithmOfE)
  for r in 0..<rows {
    let row = scores + r * stride
    let start = min(max(0, hidden + r), limit)
    let end = min(seen + r, limit)
    corrections[r] = 1
    if start < end {
      let span = Span(start, end)
      let own = scale * largestScore(row, span)
      let before = tops[r]
      if own > before {
        // Before the first score the sums are zero.
        if before > -.infinity {
          corrections[r] = powerOfTwo(Vector(repeating: (before - own) * binaryLogarithmOfE))[0]
        }
        tops[r] = own
      }
      let shift = Vector(repeating: -tops[r] * binaryLogarithmOfE)
      totals[r] = totals[r] * corrections[r] + replaceByPowers(row, span, factor, shift)
      clear(row, from: 0, to: span.low)
      clear(row, from: span.high, to: width)
    } else {
      clear(row, from: 0, to: width)
    }
  }
}

func attentionGradientRows(
  _ scores: Target, _ dp: Target, _ stride: Int, _ rows: Int, _ hidden: Int, _ seen: Int, _ limit: Int, _ width: Int,
  _ scale: Float, _ inverseCap: Float, _ logSumExp: Source, _ logSumExpStride: Int, _ deltas: Source
) {
  // Capped scores are scaled already.
  let factor = Vector(repeating: (inverseCap == 0 ? scale : 1) * binaryLogarithmOfE)
  for r in 0..<rows {
    let p = scores + r * stride
    let ds = dp + r * stride
    let start = min(max(0, hidden + r), limit)
    let span = Span(start, max(start, min(seen + r, limit)))
    let shift = Vector(repeating: -logSumExp[r * logSumExpStride] * binaryLogarithmOfE)
    var mean = Vector(repeating: deltas[r])
    if inverseCap != 0 {
      // The derivative of cap·tanh(…) is 1 − (s/cap)², and after the next step the score is gone.
      let inverse = Vector(repeating: inverseCap)
      let one = Vector(repeating: 1)
      span.eachVector { i in
        let share = load(p + i) * inverse
        store((load(ds + i) - mean) * (one - share * share), ds + i)
      }
      mean = Vector()
    }
    // Two passes over a row that lies in the first-level cache: in one, the constants of the exponential and the rest
    // did not fit the registers, which took half as many instructions again.
    _ = replaceByPowers(p, span, factor, shift)
    span.eachVector { i in
      let gradient = load(p + i) * (load(ds + i) - mean)
      store(i < span.firstWhole || i >= span.endWhole ? span.seen(gradient, i, Vector()) : gradient, ds + i)
    }
    clear(p, from: 0, to: span.low)
    clear(ds, from: 0, to: span.low)
    clear(p, from: span.high, to: width)
    clear(ds, from: span.high, to: width)
  }
}

/// The columns that a row sees: whole vectors, and perhaps a part of one before them and of one after.
private struct Span {
  let start: Int
  let end: Int
  let firstWhole: Int
  let endWhole: Int

  @inline(__always)
  init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
    firstWhole = (start + lanes - 1) / lanes * lanes
    endWhole = max(firstWhole, end / lanes * lanes)
  }

  /// Whether the vector before the whole ones is seen in part.
  @inline(__always) var cutsFirst: Bool { firstWhole > start && end > start }
  @inline(__always) var cutsLast: Bool { endWhole < end }

  /// All vectors that are seen, in part or whole, lie from `low` up to `high`.
  @inline(__always) var low: Int { cutsFirst ? firstWhole - lanes : firstWhole }
  @inline(__always) var high: Int { cutsLast ? endWhole + lanes : endWhole }

  @inline(__always)
  func eachVector(_ body: (_ offset: Int) -> Void) {
    if cutsFirst { body(firstWhole - lanes) }
    var i = firstWhole
    while i + 2 * lanes <= endWhole {
      body(i)
      body(i + lanes)
      i += 2 * lanes
    }
    if i < endWhole { body(i) }
    if cutsLast { body(endWhole) }
  }

  /// Of the vector at `i`: `v` where it is seen, `rest` elsewhere.
  @inline(__always)
  func seen(_ v: Vector, _ i: Int, _ rest: Vector) -> Vector { fill(fill(rest, start - i, v), end - i, rest) }
}

@inline(__always)
private func largestScore(_ row: Target, _ span: Span) -> Float {
  let nothing = Vector(repeating: -.infinity)
  var top0 = nothing
  var top1 = nothing
  if span.cutsFirst { top0 = span.seen(load(row + span.firstWhole - lanes), span.firstWhole - lanes, nothing) }
  if span.cutsLast { top1 = span.seen(load(row + span.endWhole), span.endWhole, nothing) }
  var i = span.firstWhole
  while i + 4 * lanes <= span.endWhole {
    top0 = larger(top0, load(row + i))
    top1 = larger(top1, load(row + i + lanes))
    top0 = larger(top0, load(row + i + 2 * lanes))
    top1 = larger(top1, load(row + i + 3 * lanes))
    i += 4 * lanes
  }
  while i < span.endWhole {
    top0 = larger(top0, load(row + i))
    i += lanes
  }
  return largest(larger(top0, top1))
}

/// Scores become `2^(factor·s + shift)`; returns their sum.
@inline(__always)
private func replaceByPowers(_ row: Target, _ span: Span, _ factor: Vector, _ shift: Vector) -> Float {
  var s0 = Vector()
  var s1 = Vector()
  if span.cutsFirst {
    let i = span.firstWhole - lanes
    s0 = span.seen(powerOfTwo(multiplyAdd(load(row + i), factor, shift)), i, Vector())
    store(s0, row + i)
  }
  if span.cutsLast {
    let i = span.endWhole
    s1 = span.seen(powerOfTwo(multiplyAdd(load(row + i), factor, shift)), i, Vector())
    store(s1, row + i)
  }
  var i = span.firstWhole
  while i + 4 * lanes <= span.endWhole {
    let (e0, e1, e2, e3) = powersOfTwo(
      multiplyAdd(load(row + i), factor, shift), multiplyAdd(load(row + i + lanes), factor, shift),
      multiplyAdd(load(row + i + 2 * lanes), factor, shift), multiplyAdd(load(row + i + 3 * lanes), factor, shift))
    store(e0, row + i)
    store(e1, row + i + lanes)
    store(e2, row + i + 2 * lanes)
    store(e3, row + i + 3 * lanes)
    s0 += e0 + e1
    s1 += e2 + e3
    i += 4 * lanes
  }
  while i < span.endWhole {
    let e = powerOfTwo(multiplyAdd(load(row + i), factor, shift))
    store(e, row + i)
    s0 += e
    i += lanes
  }
  return sum(s0 + s1)
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
