// Rows of attention scores behind a causal mask. Rows lie in scratch memory, so that whole vectors may be read and
// written past their ends; what lies behind the mask ends up zero.

func softmaxRows(
  _ scores: Target, _ stride: Int, _ rows: Int, _ seen: Int, _ limit: Int, _ width: Int, _ scale: Float,
  _ tops: Target, _ totals: Target, _ corrections: Target
) {
  let nothing = Vector(repeating: -.infinity)
  let factor = Vector(repeating: scale)
  for r in 0..<rows {
    let row = scores + r * stride
    let count = max(0, min(seen + r, limit))
    corrections[r] = 1
    if count > 0 {
      let whole = (count - 1) / lanes * lanes
      var top0 = fill(load(row + whole), count - whole, nothing)
      var top1 = nothing
      var i = 0
      while i + 2 * lanes <= whole {
        top0 = larger(top0, load(row + i))
        top1 = larger(top1, load(row + i + lanes))
        i += 2 * lanes
      }
      if i < whole { top1 = larger(top1, load(row + i)) }
      let own = scale * largest(larger(top0, top1))
      let before = tops[r]
      let top = own > before ? own : before
      let shift = Vector(repeating: -top)
      let last = keep(exponential(multiplyAdd(load(row + whole), factor, shift)), count - whole)
      var s0 = last
      var s1 = Vector()
      i = 0
      while i + 2 * lanes <= whole {
        let e0 = exponential(multiplyAdd(load(row + i), factor, shift))
        let e1 = exponential(multiplyAdd(load(row + i + lanes), factor, shift))
        store(e0, row + i)
        store(e1, row + i + lanes)
        s0 += e0
        s1 += e1
        i += 2 * lanes
      }
      if i < whole {
        let e = exponential(multiplyAdd(load(row + i), factor, shift))
        store(e, row + i)
        s1 += e
      }
      store(last, row + whole)
      let correction = before > -.infinity ? exponential(Vector(repeating: before - top))[0] : 0
      corrections[r] = correction
      totals[r] = totals[r] * correction + sum(s0 + s1)
      tops[r] = top
    }
    clear(row, from: count, to: width)
  }
}

func attentionGradientRows(
  _ scores: Target, _ dp: Target, _ stride: Int, _ rows: Int, _ seen: Int, _ limit: Int, _ width: Int, _ scale: Float,
  _ logSumExp: Source, _ logSumExpStride: Int, _ deltas: Source
) {
  let factor = Vector(repeating: scale)
  for r in 0..<rows {
    let p = scores + r * stride
    let ds = dp + r * stride
    let count = max(0, min(seen + r, limit))
    let shift = Vector(repeating: -logSumExp[r * logSumExpStride])
    let mean = Vector(repeating: deltas[r])
    var i = 0
    while i + lanes <= count {
      let e = exponential(multiplyAdd(load(p + i), factor, shift))
      store(e, p + i)
      store(factor * e * (load(ds + i) - mean), ds + i)
      i += lanes
    }
    if i < count {
      let e = keep(exponential(multiplyAdd(load(p + i), factor, shift)), count - i)
      store(e, p + i)
      store(keep(factor * e * (load(ds + i) - mean), count - i), ds + i)
    }
    clear(p, from: count, to: width)
    clear(ds, from: count, to: width)
  }
}

/// Zeros from the first whole vector after `start`.
@inline(__always)
private func clear(_ row: Target, from start: Int, to end: Int) {
  var i = (start + lanes - 1) / lanes * lanes
  while i < end {
    store(Vector(), row + i)
    i += lanes
  }
}
