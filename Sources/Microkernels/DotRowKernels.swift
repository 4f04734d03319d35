import CPUFeatures

// Rows of a weight streamed once against a few rows.
//
// One row of the weight after the other, so that memory is read in one ascending stream: the processor's own prefetch
// follows one stream best, and four rows side by side reached three fifths of the reading rate where this reaches nine
// tenths. Four accumulators hide the multiply-add's latency at the rate at which memory delivers; eight were no faster.
// Eight kilobytes ahead are asked for, to be read once: where memory delivered 80 GB/s four kilobytes lost a sixteenth, one an eighth more, and
// sixteen a twentieth; where it delivered 50, lines that were asked for like any others lost a thirtieth. (Asking for the next matrix's
// beginning before a barrier, or while attention computes, gained nothing; nor did keeping a part of the weights in the third-level cache.)

/// How far ahead memory is asked for, in bytes.
let streamBytesAhead = 8192
/// The same where rows lie apart.
private let keysAhead = 8
private let cacheLine = 64

func dotRows(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Source, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  // Cached keys do not follow each other, and are read again for the next token.
  let isStream = wStride == depth
  let ahead = isStream ? streamBytesAhead / 4 : keysAhead * wStride
  let block = 4 * lanes
  for r in 0..<wRows {
    let row = w + r * wStride
    for i in 0..<xRows {
      let v = x + i * xStride
      var a0 = Vector()
      var a1 = Vector()
      var a2 = Vector()
      var a3 = Vector()
      var k = 0
      while k + block <= depth {
        for line in 0..<max(1, block * 4 / cacheLine) {
          let next = row + k + ahead + line * (cacheLine / 4)
          if isStream { lorascope_prefetch_once(next) } else { lorascope_prefetch(next) }
        }
        addProduct(&a0, load(v + k), load(row + k))
        addProduct(&a1, load(v + k + lanes), load(row + k + lanes))
        addProduct(&a2, load(v + k + 2 * lanes), load(row + k + 2 * lanes))
        addProduct(&a3, load(v + k + 3 * lanes), load(row + k + 3 * lanes))
        k += block
      }
      while k < depth {
        let n = min(lanes, depth - k)
        addProduct(&a0, load(v + k, n), load(row + k, n))
        k += n
      }
      put(y + i * yStride + r, (a0 + a1) + (a2 + a3), accumulate)
    }
  }
}

/// The same with a bfloat16 weight. Two neighbours of a row make one word, whose upper half is the second value and, shifted
/// up, the first: half the loads and no shuffles. So `x` lies in the order of `splitPairs`.
func dotRowsHalf(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Half, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  let ahead = wStride == depth ? streamBytesAhead / 2 : 0
  let block = 4 * lanes
  for r in 0..<wRows {
    let row = w + r * wStride
    for i in 0..<xRows {
      let v = x + i * xStride
      var a0 = Vector()
      var a1 = Vector()
      var a2 = Vector()
      var a3 = Vector()
      var k = 0
      while k + block <= depth {
        for line in 0..<max(1, block * 2 / cacheLine) {
          lorascope_prefetch_once(row + k + ahead + line * (cacheLine / 2))
        }
        let first = words(row + k)
        let second = words(row + k + 2 * lanes)
        addProduct(&a0, load(v + k), lower(first))
        addProduct(&a1, load(v + k + lanes), upper(first))
        addProduct(&a2, load(v + k + 2 * lanes), lower(second))
        addProduct(&a3, load(v + k + 3 * lanes), upper(second))
        k += block
      }
      while k < depth {
        let n = min(2 * lanes, depth - k)
        let pairs = n == 2 * lanes ? words(row + k) : words(row + k, n)
        addProduct(&a0, load(v + k), lower(pairs))
        addProduct(&a1, load(v + k + lanes), upper(pairs))
        k += n
      }
      put(y + i * yStride + r, (a0 + a1) + (a2 + a3), accumulate)
    }
  }
}

/// Puts the even places of each `2 · lanes` values first and the odd ones behind them; what is missing up to a multiple of 32 is
/// zero.
func splitPairs(_ x: Source, _ y: Target, _ count: Int) {
  var k = 0
  while k < (count + 31) & ~31 {
    let first = load(x + k, min(lanes, max(0, count - k)))
    let second = load(x + k + lanes, min(lanes, max(0, count - k - lanes)))
    store(Vector(lowHalf: first.evenHalf, highHalf: second.evenHalf), y + k)
    store(Vector(lowHalf: first.oddHalf, highHalf: second.oddHalf), y + k + lanes)
    k += 2 * lanes
  }
}

/// Rows of a low-rank term's panels, whatever the vector.
private let panelRows = 16

/// `y[r] += Σ u[i] · b[r, i]` for `rows` rows of b, which lies in panels of sixteen rows, `[rank, 16]` each: sums stand side by
/// side in a vector, where rows as short as a rank would have to be summed across one each.
func addLowRank(_ rank: Int, _ u: Source, _ b: Source, _ rows: Int, _ y: Target) {
  var r = 0
  while r < rows {
    let panel = b + r * rank
    var offset = 0
    while offset < panelRows, r + offset < rows {
      var a0 = Vector()
      var a1 = Vector()
      var i = 0
      while i + 2 <= rank {
        addProduct(&a0, Vector(repeating: u[i]), load(panel + i * panelRows + offset))
        addProduct(&a1, Vector(repeating: u[i + 1]), load(panel + (i + 1) * panelRows + offset))
        i += 2
      }
      if i < rank { addProduct(&a0, Vector(repeating: u[i]), load(panel + i * panelRows + offset)) }
      let n = min(lanes, rows - r - offset)
      let out = y + r + offset
      store(load(out, n) + (a0 + a1), out, n)
      offset += lanes
    }
    r += panelRows
  }
}

@inline(__always)
private func put(_ y: Target, _ v: Vector, _ accumulate: Bool) {
  y.pointee = accumulate ? y.pointee + sum(v) : sum(v)
}

@inline(__always)
private func words(_ p: Half) -> Words { UnsafeRawPointer(p).loadUnaligned(as: Words.self) }

/// The first `count` values, the others zero.
@inline(__always)
private func words(_ p: Half, _ count: Int) -> Words {
  var pairs = Words()
  for place in 0..<count { pairs[place / 2] |= UInt32(p[place]) &<< UInt32(16 * (place % 2)) }
  return pairs
}

@inline(__always)
private func lower(_ pairs: Words) -> Vector { unsafeBitCast(pairs &<< 16, to: Vector.self) }

@inline(__always)
private func upper(_ pairs: Words) -> Vector { unsafeBitCast(pairs & 0xFFFF_0000, to: Vector.self) }
