import CPUFeatures
import MicrokernelTable

// Rows of a weight by packed rows of x, for steps of many sequences and short prompts: a weight's elements are broadcast where they lie.
//
// A row's dot products (DotRowKernels) load an x for each multiply-add and end in a sum over lanes: of a weight of 576×1536, in the caches, times 16
// rows they reached 0.5 of a core's multiply-adds on Zen 3, and these 0.7 (bfloat16) to 0.85. bfloat16 is widened in registers: a word is two
// neighbours of a row, the first one shifted up, the second one masked. Widened by a pass of its own, a block went through the second-level cache
// twice, and took as long at 64 rows of x.
//
// Memory is asked for on the way, a line or two for every four steps: the same lines in a burst before each tile took a tenth of a decoding step.

#if AVX2
  let streamTiles: MicrokernelTable.StreamTiles? = MicrokernelTable.StreamTiles(
    rows: tileRows, whole: streamTile, half: streamTileHalf, narrowWhole: narrowStreamTile,
    narrowHalf: narrowStreamTileHalf)

  func streamTile(
    _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    streamFloats(isWide: true, depth, a, rowBytes, b, c, accumulate, ahead, aheadStep)
  }

  func narrowStreamTile(
    _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    streamFloats(isWide: false, depth, a, rowBytes, b, c, accumulate, ahead, aheadStep)
  }

  func streamTileHalf(
    _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    streamHalves(isWide: true, depth, a, rowBytes, b, c, accumulate, ahead, aheadStep)
  }

  func narrowStreamTileHalf(
    _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    streamHalves(isWide: false, depth, a, rowBytes, b, c, accumulate, ahead, aheadStep)
  }

  /// - Parameter isWide: all columns of the panel, or its first vector; a constant where this is inlined.
  @inline(__always)
  private func streamFloats(
    isWide: Bool, _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    var sums = StreamSums(isWide: isWide)
    var place = StreamPlace(a, rowBytes, ahead)
    var b = b
    for _ in 0..<depth >> 2 {
      place.ask(lines: 2, aheadStep)
      sums.add(place, 0, rowBytes, b, broadcast)
      sums.add(place, 4, rowBytes, b + tileColumns, broadcast)
      sums.add(place, 8, rowBytes, b + 2 * tileColumns, broadcast)
      sums.add(place, 12, rowBytes, b + 3 * tileColumns, broadcast)
      place.go(16)
      b += 4 * tileColumns
    }
    for _ in 0..<depth & 3 {
      sums.add(place, 0, rowBytes, b, broadcast)
      place.go(4)
      b += tileColumns
    }
    sums.put(c, accumulate)
  }

  /// - Parameter depth: even.
  @inline(__always)
  private func streamHalves(
    isWide: Bool, _ depth: Int, _ a: UnsafeRawPointer, _ rowBytes: Int, _ b: Source, _ c: Target, _ accumulate: Bool,
    _ ahead: UnsafeRawPointer, _ aheadStep: Int
  ) {
    var sums = StreamSums(isWide: isWide)
    var place = StreamPlace(a, rowBytes, ahead)
    var b = b
    for _ in 0..<depth >> 2 {
      place.ask(lines: 1, aheadStep)
      sums.add(place, 0, rowBytes, b, lowerHalf)
      sums.add(place, 0, rowBytes, b + tileColumns, upperHalf)
      sums.add(place, 4, rowBytes, b + 2 * tileColumns, lowerHalf)
      sums.add(place, 4, rowBytes, b + 3 * tileColumns, upperHalf)
      place.go(8)
      b += 4 * tileColumns
    }
    if depth & 2 != 0 {
      sums.add(place, 0, rowBytes, b, lowerHalf)
      sums.add(place, 0, rowBytes, b + tileColumns, upperHalf)
    }
    sums.put(c, accumulate)
  }

  @inline(__always)
  private func broadcast(_ p: UnsafeRawPointer) -> Vector {
    Vector(repeating: p.assumingMemoryBound(to: Float.self).pointee)
  }

  @inline(__always)
  private func lowerHalf(_ p: UnsafeRawPointer) -> Vector {
    unsafeBitCast(lorascope_broadcast_word8(p) &<< 16, to: Vector.self)
  }

  @inline(__always)
  private func upperHalf(_ p: UnsafeRawPointer) -> Vector {
    unsafeBitCast(lorascope_broadcast_word8(p) & 0xFFFF_0000, to: Vector.self)
  }

  /// Where six rows of the weight go on: two pointers and a stride address them all.
  private struct StreamPlace {
    var top: UnsafeRawPointer
    var bottom: UnsafeRawPointer
    var ahead: UnsafeRawPointer

    @inline(__always)
    init(_ a: UnsafeRawPointer, _ rowBytes: Int, _ ahead: UnsafeRawPointer) {
      top = a
      bottom = UnsafeRawPointer(lorascope_opaque((a + 3 * rowBytes).assumingMemoryBound(to: Float.self)))
      self.ahead = ahead
    }

    @inline(__always)
    mutating func go(_ bytes: Int) {
      top += bytes
      bottom += bytes
    }

    @inline(__always)
    mutating func ask(lines: Int, _ step: Int) {
      lorascope_prefetch(ahead)
      if lines > 1 { lorascope_prefetch(ahead + (step >> 1)) }
      ahead += step
    }
  }

  private struct StreamSums {
    let isWide: Bool
    var c0a = Vector(), c0b = Vector(), c1a = Vector(), c1b = Vector(), c2a = Vector(), c2b = Vector()
    var c3a = Vector(), c3b = Vector(), c4a = Vector(), c4b = Vector(), c5a = Vector(), c5b = Vector()

    @inline(__always) init(isWide: Bool) { self.isWide = isWide }

    @inline(__always)
    mutating func add(
      _ place: StreamPlace, _ offset: Int, _ row: Int, _ b: Source, _ value: (UnsafeRawPointer) -> Vector
    ) {
      let b0 = load(b)
      let b1 = isWide ? load(b + lanes) : b0
      let (top, bottom) = (place.top + offset, place.bottom + offset)
      let a0 = value(top)
      addProduct(&c0a, a0, b0)
      if isWide { addProduct(&c0b, a0, b1) }
      let a1 = value(top + row)
      addProduct(&c1a, a1, b0)
      if isWide { addProduct(&c1b, a1, b1) }
      let a2 = value(top + 2 * row)
      addProduct(&c2a, a2, b0)
      if isWide { addProduct(&c2b, a2, b1) }
      let a3 = value(bottom)
      addProduct(&c3a, a3, b0)
      if isWide { addProduct(&c3b, a3, b1) }
      let a4 = value(bottom + row)
      addProduct(&c4a, a4, b0)
      if isWide { addProduct(&c4b, a4, b1) }
      let a5 = value(bottom + 2 * row)
      addProduct(&c5a, a5, b0)
      if isWide { addProduct(&c5b, a5, b1) }
    }

    @inline(__always)
    func put(_ c: Target, _ accumulate: Bool) {
      put(c0a, c0b, c, accumulate)
      put(c1a, c1b, c + tileColumns, accumulate)
      put(c2a, c2b, c + 2 * tileColumns, accumulate)
      put(c3a, c3b, c + 3 * tileColumns, accumulate)
      put(c4a, c4b, c + 4 * tileColumns, accumulate)
      put(c5a, c5b, c + 5 * tileColumns, accumulate)
    }

    @inline(__always)
    private func put(_ low: Vector, _ high: Vector, _ c: Target, _ accumulate: Bool) {
      store(accumulate ? load(c) + low : low, c)
      if isWide { store(accumulate ? load(c + lanes) + high : high, c + lanes) }
    }
  }
#else
  /// Measured on AVX2 alone: elsewhere rows are dotted, or widened and multiplied by the whole tiles.
  let streamTiles: MicrokernelTable.StreamTiles? = nil
#endif
