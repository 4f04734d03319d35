import CPUFeatures
import MicrokernelTable

// Products of pairs by AMX, whose registers hold tiles: an instruction multiplies sixteen steps of twelve rows by sixteen columns, 16 of
// `vdpbf16ps` for each row. Measured on an Emerald Rapids core at 2.6 GHz: 2.5 TFLOP/s from registers, 2.2 with twelve rows of sixteen, where 512-bit
// vectors reach 0.15 in FP32 and 0.08 with pairs.
//
// What is packed and staged for vectors of pairs is what these instructions read: a panel's sixteen steps by sixteen columns are a right-hand side
// as it is. Steps that do not fill a tile go through the vectors; how many they are follows from the depth alone, so that a sum is the same in every
// tile.

#if AVX512
  let matrixKernels: MicrokernelTable.Pairs? = pairKernels.map { pairs in
    var kernels = pairs
    kernels.tile = matrixTile
    kernels.shortTile = shortMatrixTile
    kernels.narrowTile = narrowMatrixTile
    kernels.tallTile = tallMatrixTile
    kernels.tileTransposedA = matrixTileTransposedA
    // Of panels of 48 KB, all of the first-level cache, most of each came from the second, three times as slowly as it is multiplied.
    kernels.depthBlock = 192
    kernels.depthUnit = matrixSteps
    kernels.peak = matrixPeak
    kernels.peakOperations = 4 * 16 * 16 * matrixSteps * 4
    return kernels
  }

  /// Steps of pairs in a tile.
  @inline(__always) private var matrixSteps: Int { 16 }

  func matrixTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    product(
      rows: tileRows, columns: tileColumns, steps, b, c, cStride, scale, accumulate,
      { lorascope_load_tile4(a + $0, 4 * aStride) },
      { pairTile($1, a + $0, aStride, b + $0 * tileColumns, tileColumns, $2, $3, $4, $5) })
  }

  func shortMatrixTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    product(
      rows: shortRows, columns: tileColumns, steps, b, c, cStride, scale, accumulate,
      { lorascope_load_tile4(a + $0, 4 * aStride) },
      { shortPairTile($1, a + $0, aStride, b + $0 * tileColumns, tileColumns, $2, $3, $4, $5) })
  }

  func narrowMatrixTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    product(
      rows: narrowRows, columns: lanes, steps, b, c, cStride, scale, accumulate,
      { lorascope_load_tile4(a + $0, 4 * aStride) },
      { narrowPairTile($1, a + $0, aStride, b + $0 * tileColumns, tileColumns, $2, $3, $4, $5) })
  }

  /// The left-hand side is turned on the way: sixteen steps of it are a square of vectors.
  func matrixTileTransposedA(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    let turned = lorascope_tile_room() + 2 * tileRows * tileColumns
    product(
      rows: tileRows, columns: tileColumns, steps, b, c, cStride, scale, accumulate,
      { k in
        transposeSquare({ load(a + (k + $0) * aStride, tileRows) }, turned, lanes)
        lorascope_load_tile4(turned, 4 * lanes)
      },
      { pairTileTransposedA($1, a + $0 * aStride, aStride, b + $0 * tileColumns, tileColumns, $2, $3, $4, $5) })
  }

  /// `c[rows, columns]`, of up to sixteen rows and one or two vectors of columns, all constants where this is inlined.
  ///
  /// What is added to is added to the whole sum, as the vectors' tiles do, so that it is all one whether a caller adds.
  ///
  /// - Parameters:
  ///   - left: loads sixteen steps of the left-hand side into its register, from a step on.
  ///   - rest: multiplies steps that do not fill a tile, from one on so many, into a target with its stride and scale, or adds them.
  @inline(__always)
  private func product(
    rows: Int, columns: Int, _ steps: Int, _ b: Source, _ c: Target, _ cStride: Int, _ scale: Float,
    _ accumulate: Bool, _ left: (Int) -> Void, _ rest: (Int, Int, Target, Int, Float, Bool) -> Void
  ) {
    let whole = steps & ~(matrixSteps - 1)
    if whole == 0 { return rest(0, steps, c, cStride, scale, accumulate) }
    lorascope_shape_tiles(Int32(rows))
    lorascope_clear_tile0()
    if columns > lanes { lorascope_clear_tile1() }
    var right = b
    var k = 0
    while k < whole {
      left(k)
      lorascope_load_tile6(right, 4 * tileColumns)
      lorascope_add_tiles0()
      if columns > lanes {
        lorascope_load_tile7(right + lanes, 4 * tileColumns)
        lorascope_add_tiles1()
      }
      right += matrixSteps * tileColumns
      k += matrixSteps
    }
    if !accumulate, scale == 1, whole == steps {
      lorascope_store_tile0(c, 4 * cStride)
      if columns > lanes { lorascope_store_tile1(c + lanes, 4 * cStride) }
      return
    }
    let sums = lorascope_tile_room()
    lorascope_store_tile0(sums, 4 * tileColumns)
    if columns > lanes { lorascope_store_tile1(sums + lanes, 4 * tileColumns) }
    if whole < steps { rest(whole, steps - whole, sums, tileColumns, 1, true) }
    put(sums, rows: rows, columns: columns, c, cStride, scale, accumulate)
  }

  @inline(__always)
  private func put(
    _ sums: Target, rows: Int, columns: Int, _ c: Target, _ cStride: Int, _ scale: Float, _ accumulate: Bool
  ) {
    let factor = Vector(repeating: scale)
    for row in 0..<rows {
      let sum = sums + row * tileColumns
      if columns > lanes {
        finish(c + row * cStride, factor, load(sum), load(sum + lanes), accumulate)
      } else {
        finish(c + row * cStride, factor, load(sum), accumulate)
      }
    }
  }

  /// Two tiles, one under the other, which share what is loaded of the right-hand side.
  func tallMatrixTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    let lower = (a: a + tileRows * aStride, c: c + tileRows * cStride)
    guard steps % matrixSteps == 0, steps > 0, scale == 1 else {
      matrixTile(steps, a, aStride, b, bStride, c, cStride, scale, accumulate)
      matrixTile(steps, lower.a, aStride, b, bStride, lower.c, cStride, scale, accumulate)
      return
    }
    lorascope_shape_tiles(Int32(tileRows))
    lorascope_clear_tile0()
    lorascope_clear_tile1()
    lorascope_clear_tile2()
    lorascope_clear_tile3()
    var right = b
    var k = 0
    while k < steps {
      lorascope_load_tile4(a + k, 4 * aStride)
      lorascope_load_tile6(right, 4 * tileColumns)
      lorascope_add_tiles0()
      lorascope_load_tile7(right + lanes, 4 * tileColumns)
      lorascope_add_tiles1()
      lorascope_load_tile5(lower.a + k, 4 * aStride)
      lorascope_add_tiles2()
      lorascope_add_tiles3()
      right += matrixSteps * tileColumns
      k += matrixSteps
    }
    if !accumulate {
      lorascope_store_tile0(c, 4 * cStride)
      lorascope_store_tile1(c + lanes, 4 * cStride)
      lorascope_store_tile2(lower.c, 4 * cStride)
      lorascope_store_tile3(lower.c + lanes, 4 * cStride)
      return
    }
    let sums = lorascope_tile_room()
    lorascope_store_tile0(sums, 4 * tileColumns)
    lorascope_store_tile1(sums + lanes, 4 * tileColumns)
    lorascope_store_tile2(sums + tileRows * tileColumns, 4 * tileColumns)
    lorascope_store_tile3(sums + tileRows * tileColumns + lanes, 4 * tileColumns)
    put(sums, rows: 2 * tileRows, columns: tileColumns, c, cStride, 1, true)
  }

  /// As ``peak``, of whole tiles.
  func matrixPeak(_ rounds: Int, _ sink: Target) {
    lorascope_shape_tiles(16)
    lorascope_clear_tile0()
    lorascope_clear_tile1()
    lorascope_clear_tile2()
    lorascope_clear_tile3()
    // The same line for every row.
    lorascope_load_tile4(sink, 0)
    lorascope_load_tile5(sink, 0)
    lorascope_load_tile6(sink, 0)
    lorascope_load_tile7(sink, 0)
    for _ in 0..<rounds {
      lorascope_add_tiles0()
      lorascope_add_tiles1()
      lorascope_add_tiles2()
      lorascope_add_tiles3()
    }
    lorascope_store_tile0(sink, 0)
  }
#else
  let matrixKernels: MicrokernelTable.Pairs? = nil
#endif
