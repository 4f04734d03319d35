import CPUFeatures

#if AVX512
  @inline(__always) var tileRows: Int { 12 }
  @inline(__always) var shortRows: Int { 8 }
  @inline(__always) var narrowRows: Int { 12 }

  /// 12×32: 24 of 32 registers accumulate, two hold a row of `b`, one an element of `a`.
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  ///
  /// A step of depth is 24 multiply-adds, 12 broadcasts and two loads: twelve cycles of a core with two 512-bit
  /// multiply-adds, which could load 24 vectors meanwhile. Four pointers and one index address the rows of `a`: 44
  /// instructions make a step, where it took 53. (Eight steps to a turn, as on AVX2, would take 39, but the compiler then
  /// moves loads of later steps ahead and runs out of registers.) All operands lie in the first-level cache, or are read ahead from the second; the results do
  /// not. A tile's 24 lines of results come from the third-level cache or from memory, and stores wait for them in
  /// order: asked for at the start, they are there after the products of 192 steps. In attention's tiles, whose depth is a
  /// head's size, everything is near already.
  ///
  /// With ``PairsOfHalves`` each step is two of depth: the same instructions, each but the multiply-adds for twice the work.
  @inline(__always)
  func tileProduct<Step: TileStep>(
    _ kind: Step.Type, _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target,
    _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    if depth > 64 {
      for row in 0..<12 {
        lorascope_prefetch(c + row * cStride)
        lorascope_prefetch(c + row * cStride + 2 * lanes - 1)
      }
    }
    var sums = TileSums()
    var at = TileRows(a, aRow)
    var b = b
    for _ in 0..<depth {
      sums.step(kind, at, aRow, b)
      at.move(aStep)
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, sums.c0a, sums.c0b, accumulate)
    finish(c + cStride, factor, sums.c1a, sums.c1b, accumulate)
    finish(c + 2 * cStride, factor, sums.c2a, sums.c2b, accumulate)
    finish(c + 3 * cStride, factor, sums.c3a, sums.c3b, accumulate)
    finish(c + 4 * cStride, factor, sums.c4a, sums.c4b, accumulate)
    finish(c + 5 * cStride, factor, sums.c5a, sums.c5b, accumulate)
    finish(c + 6 * cStride, factor, sums.c6a, sums.c6b, accumulate)
    finish(c + 7 * cStride, factor, sums.c7a, sums.c7b, accumulate)
    finish(c + 8 * cStride, factor, sums.c8a, sums.c8b, accumulate)
    finish(c + 9 * cStride, factor, sums.c9a, sums.c9b, accumulate)
    finish(c + 10 * cStride, factor, sums.c10a, sums.c10b, accumulate)
    finish(c + 11 * cStride, factor, sums.c11a, sums.c11b, accumulate)
  }

  /// Pointers to every third row of a tile's left-hand side, those between being one or two row lengths further: the one
  /// index that addressing has.
  private struct TileRows {
    var first: Source
    var fourth: Source
    var seventh: Source
    var tenth: Source

    @inline(__always)
    init(_ a: Source, _ aRow: Int) {
      first = a
      // Rows of a transposed matrix are neighbours, and need no pointers of their own.
      fourth = aRow == 1 ? a + 3 : lorascope_opaque(a + 3 * aRow)
      seventh = aRow == 1 ? a + 6 : lorascope_opaque(a + 6 * aRow)
      tenth = aRow == 1 ? a + 9 : lorascope_opaque(a + 9 * aRow)
    }

    @inline(__always)
    mutating func move(_ step: Int) {
      // Else the compiler keeps a pointer for every row, two of them in memory.
      first = lorascope_opaque(first + step)
      fourth = lorascope_opaque(fourth + step)
      seventh = lorascope_opaque(seventh + step)
      tenth = lorascope_opaque(tenth + step)
    }
  }

  private struct TileSums {
    var c0a = Vector(), c0b = Vector(), c1a = Vector(), c1b = Vector(), c2a = Vector(), c2b = Vector()
    var c3a = Vector(), c3b = Vector(), c4a = Vector(), c4b = Vector(), c5a = Vector(), c5b = Vector()
    var c6a = Vector(), c6b = Vector(), c7a = Vector(), c7b = Vector(), c8a = Vector(), c8b = Vector()
    var c9a = Vector(), c9b = Vector(), c10a = Vector(), c10b = Vector(), c11a = Vector(), c11b = Vector()

    @inline(__always)
    mutating func step<Step: TileStep>(_ kind: Step.Type, _ at: TileRows, _ aRow: Int, _ b: Source) {
      let b0 = load(b)
      let b1 = load(b + lanes)
      let a0 = Vector(repeating: at.first[0])
      Step.add(&c0a, a0, b0)
      Step.add(&c0b, a0, b1)
      let a1 = Vector(repeating: at.first[aRow])
      Step.add(&c1a, a1, b0)
      Step.add(&c1b, a1, b1)
      let a2 = Vector(repeating: at.first[2 * aRow])
      Step.add(&c2a, a2, b0)
      Step.add(&c2b, a2, b1)
      let a3 = Vector(repeating: at.fourth[0])
      Step.add(&c3a, a3, b0)
      Step.add(&c3b, a3, b1)
      let a4 = Vector(repeating: at.fourth[aRow])
      Step.add(&c4a, a4, b0)
      Step.add(&c4b, a4, b1)
      let a5 = Vector(repeating: at.fourth[2 * aRow])
      Step.add(&c5a, a5, b0)
      Step.add(&c5b, a5, b1)
      let a6 = Vector(repeating: at.seventh[0])
      Step.add(&c6a, a6, b0)
      Step.add(&c6b, a6, b1)
      let a7 = Vector(repeating: at.seventh[aRow])
      Step.add(&c7a, a7, b0)
      Step.add(&c7b, a7, b1)
      let a8 = Vector(repeating: at.seventh[2 * aRow])
      Step.add(&c8a, a8, b0)
      Step.add(&c8b, a8, b1)
      let a9 = Vector(repeating: at.tenth[0])
      Step.add(&c9a, a9, b0)
      Step.add(&c9b, a9, b1)
      let a10 = Vector(repeating: at.tenth[aRow])
      Step.add(&c10a, a10, b0)
      Step.add(&c10b, a10, b1)
      let a11 = Vector(repeating: at.tenth[2 * aRow])
      Step.add(&c11a, a11, b0)
      Step.add(&c11b, a11, b1)
    }
  }

  /// 8 rows: for products of few rows, which the whole tile does not divide.
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  @inline(__always)
  func shortProduct<Step: TileStep>(
    _ kind: Step.Type, _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target,
    _ cStride: Int,
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
    var c4a = Vector()
    var c4b = Vector()
    var c5a = Vector()
    var c5b = Vector()
    var c6a = Vector()
    var c6b = Vector()
    var c7a = Vector()
    var c7b = Vector()
    var at = TileRows(a, aRow)
    var b = b
    for _ in 0..<depth {
      let b0 = load(b)
      let b1 = load(b + lanes)
      let a0 = Vector(repeating: at.first[0])
      Step.add(&c0a, a0, b0)
      Step.add(&c0b, a0, b1)
      let a1 = Vector(repeating: at.first[aRow])
      Step.add(&c1a, a1, b0)
      Step.add(&c1b, a1, b1)
      let a2 = Vector(repeating: at.first[2 * aRow])
      Step.add(&c2a, a2, b0)
      Step.add(&c2b, a2, b1)
      let a3 = Vector(repeating: at.fourth[0])
      Step.add(&c3a, a3, b0)
      Step.add(&c3b, a3, b1)
      let a4 = Vector(repeating: at.fourth[aRow])
      Step.add(&c4a, a4, b0)
      Step.add(&c4b, a4, b1)
      let a5 = Vector(repeating: at.fourth[2 * aRow])
      Step.add(&c5a, a5, b0)
      Step.add(&c5b, a5, b1)
      let a6 = Vector(repeating: at.seventh[0])
      Step.add(&c6a, a6, b0)
      Step.add(&c6b, a6, b1)
      let a7 = Vector(repeating: at.seventh[aRow])
      Step.add(&c7a, a7, b0)
      Step.add(&c7b, a7, b1)
      at.move(aStep)
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, c0a, c0b, accumulate)
    finish(c + cStride, factor, c1a, c1b, accumulate)
    finish(c + 2 * cStride, factor, c2a, c2b, accumulate)
    finish(c + 3 * cStride, factor, c3a, c3b, accumulate)
    finish(c + 4 * cStride, factor, c4a, c4b, accumulate)
    finish(c + 5 * cStride, factor, c5a, c5b, accumulate)
    finish(c + 6 * cStride, factor, c6a, c6b, accumulate)
    finish(c + 7 * cStride, factor, c7a, c7b, accumulate)
  }

  /// 12 rows by one vector: for products of few columns, such as an adapter's rank. Thirteen loads to twelve multiply-adds: six and a
  /// half cycles of the loads' two ports to six of the multiply-adds'.
  ///
  /// Element `(r, k)` of `a` is at `r·aRow + k·aStep`.
  @inline(__always)
  func narrowProduct<Step: TileStep>(
    _ kind: Step.Type, _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target,
    _ cStride: Int, _ scale: Float, _ accumulate: Bool
  ) {
    var c0 = Vector()
    var c1 = Vector()
    var c2 = Vector()
    var c3 = Vector()
    var c4 = Vector()
    var c5 = Vector()
    var c6 = Vector()
    var c7 = Vector()
    var c8 = Vector()
    var c9 = Vector()
    var c10 = Vector()
    var c11 = Vector()
    var at = TileRows(a, aRow)
    var b = b
    for _ in 0..<depth {
      let b0 = load(b)
      Step.add(&c0, Vector(repeating: at.first[0]), b0)
      Step.add(&c1, Vector(repeating: at.first[aRow]), b0)
      Step.add(&c2, Vector(repeating: at.first[2 * aRow]), b0)
      Step.add(&c3, Vector(repeating: at.fourth[0]), b0)
      Step.add(&c4, Vector(repeating: at.fourth[aRow]), b0)
      Step.add(&c5, Vector(repeating: at.fourth[2 * aRow]), b0)
      Step.add(&c6, Vector(repeating: at.seventh[0]), b0)
      Step.add(&c7, Vector(repeating: at.seventh[aRow]), b0)
      Step.add(&c8, Vector(repeating: at.seventh[2 * aRow]), b0)
      Step.add(&c9, Vector(repeating: at.tenth[0]), b0)
      Step.add(&c10, Vector(repeating: at.tenth[aRow]), b0)
      Step.add(&c11, Vector(repeating: at.tenth[2 * aRow]), b0)
      at.move(aStep)
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, c0, accumulate)
    finish(c + cStride, factor, c1, accumulate)
    finish(c + 2 * cStride, factor, c2, accumulate)
    finish(c + 3 * cStride, factor, c3, accumulate)
    finish(c + 4 * cStride, factor, c4, accumulate)
    finish(c + 5 * cStride, factor, c5, accumulate)
    finish(c + 6 * cStride, factor, c6, accumulate)
    finish(c + 7 * cStride, factor, c7, accumulate)
    finish(c + 8 * cStride, factor, c8, accumulate)
    finish(c + 9 * cStride, factor, c9, accumulate)
    finish(c + 10 * cStride, factor, c10, accumulate)
    finish(c + 11 * cStride, factor, c11, accumulate)
  }

  /// 4×64, for the few query heads that share a head of cached values: sixteen multiply-adds, four broadcasts and four loads to a step, where
  /// 8 rows of which three count took twice as many for half the columns.
  func flatTile(
    _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    var c0a = Vector()
    var c0b = Vector()
    var c0c = Vector()
    var c0d = Vector()
    var c1a = Vector()
    var c1b = Vector()
    var c1c = Vector()
    var c1d = Vector()
    var c2a = Vector()
    var c2b = Vector()
    var c2c = Vector()
    var c2d = Vector()
    var c3a = Vector()
    var c3b = Vector()
    var c3c = Vector()
    var c3d = Vector()
    var a = a
    var b = b
    for _ in 0..<depth {
      let b0 = load(b)
      let b1 = load(b + lanes)
      let b2 = load(b + 2 * lanes)
      let b3 = load(b + 3 * lanes)
      let a0 = Vector(repeating: a[0])
      addProduct(&c0a, a0, b0)
      addProduct(&c0b, a0, b1)
      addProduct(&c0c, a0, b2)
      addProduct(&c0d, a0, b3)
      let a1 = Vector(repeating: a[aStride])
      addProduct(&c1a, a1, b0)
      addProduct(&c1b, a1, b1)
      addProduct(&c1c, a1, b2)
      addProduct(&c1d, a1, b3)
      let a2 = Vector(repeating: a[2 * aStride])
      addProduct(&c2a, a2, b0)
      addProduct(&c2b, a2, b1)
      addProduct(&c2c, a2, b2)
      addProduct(&c2d, a2, b3)
      let a3 = Vector(repeating: a[3 * aStride])
      addProduct(&c3a, a3, b0)
      addProduct(&c3b, a3, b1)
      addProduct(&c3c, a3, b2)
      addProduct(&c3d, a3, b3)
      a += 1
      b += bStride
    }
    let factor = Vector(repeating: scale)
    finish(c, factor, c0a, c0b, accumulate)
    finish(c + 2 * lanes, factor, c0c, c0d, accumulate)
    finish(c + cStride, factor, c1a, c1b, accumulate)
    finish(c + cStride + 2 * lanes, factor, c1c, c1d, accumulate)
    finish(c + 2 * cStride, factor, c2a, c2b, accumulate)
    finish(c + 2 * cStride + 2 * lanes, factor, c2c, c2d, accumulate)
    finish(c + 3 * cStride, factor, c3a, c3b, accumulate)
    finish(c + 3 * cStride + 2 * lanes, factor, c3c, c3d, accumulate)
  }
#endif
