import CPUFeatures

// Rows of a weight streamed once against the rows of a few sequences' next tokens.
//
// One row of the weight after the other, so that memory is read in one ascending stream: the processor's own prefetch
// follows one stream best, and four rows side by side reached three fifths of the reading rate where this reaches nine
// tenths. Four accumulators hide the multiply-add's latency at the rate at which memory delivers; eight were no faster.
// Eight kilobytes ahead are asked for, to be read once: where memory delivered 80 GB/s four kilobytes lost a sixteenth, one an eighth more, and
// sixteen a twentieth; where it delivered 50, lines that were asked for like any others lost a thirtieth. (Asking for the next matrix's
// beginning before a barrier, or while attention computes, gained nothing; nor did keeping a part of the weights in the third-level cache.)
//
// Up to three rows of x share each load of the weight: their twelve accumulators and the weight's four vectors are AVX2's sixteen registers.
// More rows go three by three over a block of the weight's rows that the first-level cache holds, and each group of them asks for its share of
// the next block: memory delivers while there is something to multiply. A row's sum is the same in whatever company.

/// How far ahead memory is asked for, in bytes.
let streamBytesAhead = 8192
/// The same where rows lie apart.
private let keysAhead = 8
private let cacheLine = 64
/// Rows of x that share a load of the weight, at most.
private let sharingRows = 3
/// Of the weight, where it is read more than once: with as much of the next block, and the sharing rows of x, about what a cache of 32 KB holds.
private let blockBytes = 16384

func dotRows(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Source, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  // Cached keys do not follow each other, and are read again for the next token.
  let isStream = wStride == depth
  streamRows(
    WholeWeights.self, depth, x, xStride, xRows, w, wStride, wRows, y, yStride, accumulate,
    ahead: isStream ? streamBytesAhead / 4 : keysAhead * wStride, isStream: isStream)
}

/// The same with a bfloat16 weight. Two neighbours of a row make one word, whose upper half is the second value and, shifted
/// up, the first: half the loads and no shuffles. So `x` lies in the order of `splitPairs`.
func dotRowsHalf(
  _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: Half, _ wStride: Int, _ wRows: Int, _ y: Target,
  _ yStride: Int, _ accumulate: Bool
) {
  streamRows(
    HalfWeights.self, depth, x, xStride, xRows, w, wStride, wRows, y, yStride, accumulate,
    ahead: wStride == depth ? streamBytesAhead / 2 : 0, isStream: true)
}

@inline(__always)
private func streamRows<Weights: WeightRow>(
  _: Weights.Type, _ depth: Int, _ x: Source, _ xStride: Int, _ xRows: Int, _ w: UnsafePointer<Weights.Element>,
  _ wStride: Int, _ wRows: Int, _ y: Target, _ yStride: Int, _ accumulate: Bool, ahead: Int, isStream: Bool
) {
  let stepBytes = 4 * lanes * MemoryLayout<Weights.Element>.stride
  if xRows <= sharingRows {
    for r in 0..<wRows {
      let row = w + r * wStride
      let asks = Asks(row + ahead, step: stepBytes, isOnce: isStream)
      let out = y + r
      // One row has few instructions for each line that memory delivers.
      switch xRows {
      case 1: dots(Weights.self, 1, depth, x, xStride, row, out, yStride, accumulate, asks)
      case 2: dots(Weights.self, 2, depth, x, xStride, row, out, yStride, accumulate, asks)
      case 3: dots(Weights.self, 3, depth, x, xStride, row, out, yStride, accumulate, asks)
      default: break
      }
    }
    return
  }
  let groups = (xRows + sharingRows - 1) / sharingRows
  let block = max(1, blockBytes / (MemoryLayout<Weights.Element>.stride * max(1, depth)))
  var first = 0
  while first < wRows {
    let end = min(wRows, first + block)
    for group in 0..<groups {
      let start = group * xRows / groups
      let count = (group + 1) * xRows / groups - start
      let v = x + start * xStride
      for r in first..<end {
        let row = w + r * wStride
        let asks: Asks
        if isStream {
          // Of the next block, as many groups ask for it one after the other.
          let place = (group * (end - first) + r - first) * MemoryLayout<Weights.Element>.stride * depth / groups
          asks = Asks(UnsafeRawPointer(w + end * wStride) + place, step: stepBytes / groups, isOnce: false)
        } else {
          asks = Asks(group == 0 ? row + ahead : row, step: stepBytes, isOnce: false)
        }
        let out = y + start * yStride + r
        if count == 3 {
          dots(Weights.self, 3, depth, v, xStride, row, out, yStride, accumulate, asks)
        } else {
          dots(Weights.self, 2, depth, v, xStride, row, out, yStride, accumulate, asks)
        }
      }
    }
    first = end
  }
}

/// What is asked of memory meanwhile: so many bytes further for every four vectors of a row.
private struct Asks {
  var place: UnsafeRawPointer
  let step: Int
  /// It will be read once.
  let isOnce: Bool

  @inline(__always)
  init(_ place: UnsafeRawPointer, step: Int, isOnce: Bool) {
    (self.place, self.step, self.isOnce) = (place, step, isOnce)
  }

  /// - Parameter lines: that four vectors are.
  @inline(__always)
  mutating func go(lines: Int) {
    for line in 0..<lines {
      let next = place + line * step / lines
      if isOnce { lorascope_prefetch_once(next) } else { lorascope_prefetch(next) }
    }
    place += step
  }
}

/// Four vectors of a weight's row at once, and how a row's sum goes over them.
private protocol WeightRow {
  associatedtype Element
  /// Values that a step behind the last four vectors takes.
  static var step: Int { get }
  static func block(_ p: UnsafePointer<Element>) -> WeightBlock
  /// `count` values at most a step, the others zero; the first vectors of the block.
  static func rest(_ p: UnsafePointer<Element>, _ count: Int) -> WeightBlock
  /// The sum goes on over what `rest` read.
  static func addRest(_ sums: inout RowSums, _ v: Source, _ w: WeightBlock, _ count: Int)
}

private struct WeightBlock {
  var w0 = Vector(), w1 = Vector(), w2 = Vector(), w3 = Vector()
}

private struct RowSums {
  var a0 = Vector(), a1 = Vector(), a2 = Vector(), a3 = Vector()

  @inline(__always)
  mutating func add(_ v: Source, _ w: WeightBlock) {
    addProduct(&a0, load(v), w.w0)
    addProduct(&a1, load(v + lanes), w.w1)
    addProduct(&a2, load(v + 2 * lanes), w.w2)
    addProduct(&a3, load(v + 3 * lanes), w.w3)
  }

  @inline(__always)
  func put(_ y: Target, _ accumulate: Bool) {
    let total = sum((a0 + a1) + (a2 + a3))
    y.pointee = accumulate ? y.pointee + total : total
  }
}

private enum WholeWeights: WeightRow {
  @inline(__always) static var step: Int { lanes }

  @inline(__always)
  static func block(_ p: Source) -> WeightBlock {
    WeightBlock(w0: load(p), w1: load(p + lanes), w2: load(p + 2 * lanes), w3: load(p + 3 * lanes))
  }

  @inline(__always)
  static func rest(_ p: Source, _ count: Int) -> WeightBlock { WeightBlock(w0: load(p, count)) }

  @inline(__always)
  static func addRest(_ sums: inout RowSums, _ v: Source, _ w: WeightBlock, _ count: Int) {
    addProduct(&sums.a0, load(v, count), w.w0)
  }
}

private enum HalfWeights: WeightRow {
  @inline(__always) static var step: Int { 2 * lanes }

  @inline(__always)
  static func block(_ p: Half) -> WeightBlock {
    let (first, second) = (words(p), words(p + 2 * lanes))
    return WeightBlock(w0: lower(first), w1: upper(first), w2: lower(second), w3: upper(second))
  }

  @inline(__always)
  static func rest(_ p: Half, _ count: Int) -> WeightBlock {
    let pairs = count == 2 * lanes ? words(p) : words(p, count)
    return WeightBlock(w0: lower(pairs), w1: upper(pairs))
  }

  /// `splitPairs` has filled x up with zeros.
  @inline(__always)
  static func addRest(_ sums: inout RowSums, _ v: Source, _ w: WeightBlock, _ count: Int) {
    addProduct(&sums.a0, load(v), w.w0)
    addProduct(&sums.a1, load(v + lanes), w.w1)
  }
}

/// - Parameter xRows: one to three, a constant where this is inlined.
@inline(__always)
private func dots<Weights: WeightRow>(
  _: Weights.Type, _ xRows: Int, _ depth: Int, _ v: Source, _ xStride: Int, _ row: UnsafePointer<Weights.Element>,
  _ y: Target, _ yStride: Int, _ accumulate: Bool, _ asks: Asks
) {
  var asks = asks
  let lines = max(1, 4 * lanes * MemoryLayout<Weights.Element>.stride / cacheLine)
  var s0 = RowSums()
  var s1 = RowSums()
  var s2 = RowSums()
  var k = 0
  while k + 4 * lanes <= depth {
    asks.go(lines: lines)
    let w = Weights.block(row + k)
    s0.add(v + k, w)
    if xRows > 1 { s1.add(v + xStride + k, w) }
    if xRows > 2 { s2.add(v + 2 * xStride + k, w) }
    k += 4 * lanes
  }
  while k < depth {
    let count = min(Weights.step, depth - k)
    let w = Weights.rest(row + k, count)
    Weights.addRest(&s0, v + k, w, count)
    if xRows > 1 { Weights.addRest(&s1, v + xStride + k, w, count) }
    if xRows > 2 { Weights.addRest(&s2, v + 2 * xStride + k, w, count) }
    k += count
  }
  s0.put(y, accumulate)
  if xRows > 1 { s1.put(y + yStride, accumulate) }
  if xRows > 2 { s2.put(y + 2 * yStride, accumulate) }
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
