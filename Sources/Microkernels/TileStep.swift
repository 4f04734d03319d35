import CPUFeatures

#if AVX512
  /// What a tile does with an element of the left-hand side, in every lane, and a vector of the right-hand side's.
  protocol TileStep {
    static func add(_ sum: inout Vector, _ a: Vector, _ b: Vector)
  }

  /// One step of depth, in FP32.
  enum Values: TileStep {
    @inline(__always)
    static func add(_ sum: inout Vector, _ a: Vector, _ b: Vector) { addProduct(&sum, a, b) }
  }

  /// Two steps of depth: what seems a float is a pair of bfloat16 values. Their products are summed in FP32.
  enum PairsOfHalves: TileStep {
    @inline(__always)
    static func add(_ sum: inout Vector, _ a: Vector, _ b: Vector) { sum = lorascope_add_pairs16(sum, a, b) }
  }

  @inline(__always)
  func tileProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    tileProduct(Values.self, depth, a, aRow, aStep, b, bStride, c, cStride, scale, accumulate)
  }

  @inline(__always)
  func shortProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    shortProduct(Values.self, depth, a, aRow, aStep, b, bStride, c, cStride, scale, accumulate)
  }

  @inline(__always)
  func narrowProduct(
    _ depth: Int, _ a: Source, _ aRow: Int, _ aStep: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    narrowProduct(Values.self, depth, a, aRow, aStep, b, bStride, c, cStride, scale, accumulate)
  }
#endif
