import CPUFeatures

#if AVX2
  @inline(__always) var tileRows: Int { 6 }
  @inline(__always) var shortRows: Int { 4 }
  @inline(__always) var narrowRows: Int { 8 }

  /// 6×16: 12 of 16 registers accumulate.
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  ///
  /// Eight steps of depth to a turn of the loop, addressed by displacement from six rows' pointers and one index: 20
  /// instructions to a step of 12 multiply-adds, and one eighth of the loop's own, where a loop of single steps takes 28.
  /// A core that has its front end for itself does not notice. Where two hardware threads share it, each gets three
  /// instructions a cycle on Zen 3: 28 take nine cycles, and the multiply-adds six.
  @inline(__always)
  func tileProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    var sums = TileSums()
    // The results lie in lower caches, a row a page apart: they arrive while the products are made.
    for row in 0..<6 { lorascope_prefetch(c + row * cStride) }
    var top = a
    var bottom = lorascope_opaque(a + 3 * aRow)
    var b = b
    for _ in 0..<depth >> 3 {
      sums.fourSteps(top, bottom, aRow, aStep, b, bStride)
      sums.fourSteps(top + 4 * aStep, bottom + 4 * aStep, aRow, aStep, b + 4 * bStride, bStride)
      top += 8 * aStep
      bottom += 8 * aStep
      b += 8 * bStride
    }
    for _ in 0..<depth & 7 {
      sums.step(top, bottom, aRow, b)
      top += aStep
      bottom += aStep
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, sums.c0a, sums.c0b, accumulate)
    finish(c + cStride, factor, sums.c1a, sums.c1b, accumulate)
    finish(c + 2 * cStride, factor, sums.c2a, sums.c2b, accumulate)
    finish(c + 3 * cStride, factor, sums.c3a, sums.c3b, accumulate)
    finish(c + 4 * cStride, factor, sums.c4a, sums.c4b, accumulate)
    finish(c + 5 * cStride, factor, sums.c5a, sums.c5b, accumulate)
  }

  private struct TileSums {
    var c0a = Vector(), c0b = Vector(), c1a = Vector(), c1b = Vector(), c2a = Vector(), c2b = Vector()
    var c3a = Vector(), c3b = Vector(), c4a = Vector(), c4b = Vector(), c5a = Vector(), c5b = Vector()

    @inline(__always)
    mutating func fourSteps(_ top: Source, _ bottom: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int) {
      step(top, bottom, aRow, b)
      step(top + aStep, bottom + aStep, aRow, b + bStride)
      step(top + 2 * aStep, bottom + 2 * aStep, aRow, b + 2 * bStride)
      step(top + 3 * aStep, bottom + 3 * aStep, aRow, b + 3 * bStride)
    }

    @inline(__always)
    mutating func step(_ top: Source, _ bottom: Source, _ aRow: Int, _ b: Source) {
      let b0 = load(b)
      let b1 = load(b + lanes)
      let a0 = Vector(repeating: top[0])
      addProduct(&c0a, a0, b0)
      addProduct(&c0b, a0, b1)
      let a1 = Vector(repeating: top[aRow])
      addProduct(&c1a, a1, b0)
      addProduct(&c1b, a1, b1)
      let a2 = Vector(repeating: top[2 * aRow])
      addProduct(&c2a, a2, b0)
      addProduct(&c2b, a2, b1)
      let a3 = Vector(repeating: bottom[0])
      addProduct(&c3a, a3, b0)
      addProduct(&c3b, a3, b1)
      let a4 = Vector(repeating: bottom[aRow])
      addProduct(&c4a, a4, b0)
      addProduct(&c4b, a4, b1)
      let a5 = Vector(repeating: bottom[2 * aRow])
      addProduct(&c5a, a5, b0)
      addProduct(&c5b, a5, b1)
    }
  }

  /// 4 rows: for products of few rows, which the whole tile does not divide.
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  @inline(__always)
  func shortProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    var c0a = Vector()
    var c0b = Vector()
    var c1a = Vector()
    var c1b = Vector()
    var c2a = Vector()
    var c2b = Vector()
    var c3a = Vector()
    var c3b = Vector()
    var a = a
    var b = b
    for _ in 0..<depth {
      let b0 = load(b)
      let b1 = load(b + lanes)
      let a0 = Vector(repeating: a[0])
      addProduct(&c0a, a0, b0)
      addProduct(&c0b, a0, b1)
      let a1 = Vector(repeating: a[aRow])
      addProduct(&c1a, a1, b0)
      addProduct(&c1b, a1, b1)
      let a2 = Vector(repeating: a[2 * aRow])
      addProduct(&c2a, a2, b0)
      addProduct(&c2b, a2, b1)
      let a3 = Vector(repeating: a[3 * aRow])
      addProduct(&c3a, a3, b0)
      addProduct(&c3b, a3, b1)
      a += aStep
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, c0a, c0b, accumulate)
    finish(c + cStride, factor, c1a, c1b, accumulate)
    finish(c + 2 * cStride, factor, c2a, c2b, accumulate)
    finish(c + 3 * cStride, factor, c3a, c3b, accumulate)
  }

  /// 8 rows by one vector: for products of few columns, such as an adapter's rank. (With 12 the broadcasts spill.)
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  @inline(__always)
  func narrowProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    var c0a = Vector()
    var c1a = Vector()
    var c2a = Vector()
    var c3a = Vector()
    var c4a = Vector()
    var c5a = Vector()
    var c6a = Vector()
    var c7a = Vector()
    var a = a
    var b = b
    for _ in 0..<depth {
      let b0 = load(b)
      let a0 = Vector(repeating: a[0])
      addProduct(&c0a, a0, b0)
      let a1 = Vector(repeating: a[aRow])
      addProduct(&c1a, a1, b0)
      let a2 = Vector(repeating: a[2 * aRow])
      addProduct(&c2a, a2, b0)
      let a3 = Vector(repeating: a[3 * aRow])
      addProduct(&c3a, a3, b0)
      let a4 = Vector(repeating: a[4 * aRow])
      addProduct(&c4a, a4, b0)
      let a5 = Vector(repeating: a[5 * aRow])
      addProduct(&c5a, a5, b0)
      let a6 = Vector(repeating: a[6 * aRow])
      addProduct(&c6a, a6, b0)
      let a7 = Vector(repeating: a[7 * aRow])
      addProduct(&c7a, a7, b0)
      a += aStep
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, c0a, accumulate)
    finish(c + cStride, factor, c1a, accumulate)
    finish(c + 2 * cStride, factor, c2a, accumulate)
    finish(c + 3 * cStride, factor, c3a, accumulate)
    finish(c + 4 * cStride, factor, c4a, accumulate)
    finish(c + 5 * cStride, factor, c5a, accumulate)
    finish(c + 6 * cStride, factor, c6a, accumulate)
    finish(c + 7 * cStride, factor, c7a, accumulate)
  }
#endif
