import MicrokernelTable

// The tiles themselves are in MatMulTile4, 6, 8 or 12: their accumulators must be named locals to stay in registers.

@inline(__always) var tileColumns: Int { 2 * lanes }

func tile(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  // A packed panel's stride is known, and costs no instruction in the loop.
  if bStride == tileColumns {
    tileProduct(depth, a, aStride, 1, b, tileColumns, c, cStride, scale, accumulate)
  } else {
    tileProduct(depth, a, aStride, 1, b, bStride, c, cStride, scale, accumulate)
  }
}

func tileTransposedA(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  if bStride == tileColumns {
    tileProduct(depth, a, 1, aStride, b, tileColumns, c, cStride, scale, accumulate)
  } else {
    tileProduct(depth, a, 1, aStride, b, bStride, c, cStride, scale, accumulate)
  }
}

func shortTile(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  shortProduct(depth, a, aStride, 1, b, bStride, c, cStride, scale, accumulate)
}

func shortTileTransposedA(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  shortProduct(depth, a, 1, aStride, b, bStride, c, cStride, scale, accumulate)
}

func narrowTile(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  narrowProduct(depth, a, aStride, 1, b, bStride, c, cStride, scale, accumulate)
}

func narrowTileTransposedA(
  _ depth: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int, _ scale: Float,
  _ accumulate: Bool
) {
  narrowProduct(depth, a, 1, aStride, b, bStride, c, cStride, scale, accumulate)
}

#if AVX512
  let flatTileKernel: MicrokernelTable.Tile? = flatTile
#else
  let flatTileKernel: MicrokernelTable.Tile? = nil
#endif

/// Writes one row of a tile.
@inline(__always)
func finish(_ c: Target, _ factor: Vector, _ low: Vector, _ high: Vector, _ accumulate: Bool) {
  if accumulate {
    store(multiplyAdd(low, factor, load(c)), c)
    store(multiplyAdd(high, factor, load(c + lanes)), c + lanes)
  } else {
    store(low * factor, c)
    store(high * factor, c + lanes)
  }
}

@inline(__always)
func finish(_ c: Target, _ factor: Vector, _ row: Vector, _ accumulate: Bool) {
  store(accumulate ? multiplyAdd(row, factor, load(c)) : row * factor, c)
}
