import CPUFeatures
import MicrokernelTable

/// `target[k · targetStride + n] = source[n · stride + k]` for `rows` rows n and `columns` columns k.
func turn(
  _ source: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ target: Target, _ targetStride: Int
) {
  turn(source, stride, rows, columns, target, targetStride) { store($0, $1) }
}

#if AVX512
  let turnPastCachesKernel: MicrokernelTable.Turn? = turnPastCaches

  /// The same, past the caches: vectors are lines, and rows of the target must be aligned to them.
  func turnPastCaches(
    _ source: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ target: Target, _ targetStride: Int
  ) {
    turn(source, stride, rows, columns, target, targetStride) { lorascope_store_past_caches16($0, $1) }
  }
#else
  let turnPastCachesKernel: MicrokernelTable.Turn? = nil
#endif

@inline(__always)
private func turn(
  _ source: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ target: Target, _ targetStride: Int,
  _ put: (Vector, Target) -> Void
) {
  var n = 0
  #if AVX512 || AVX2
    while n + lanes <= rows {
      var k = 0
      while k + lanes <= columns {
        transposeSquare(
          { load(source + (n + $0) * stride + k) }, target + k * targetStride + n, targetStride, put)
        k += lanes
      }
      turnRest(source, stride, n..<n + lanes, k..<columns, target, targetStride)
      n += lanes
    }
  #endif
  turnRest(source, stride, n..<rows, 0..<columns, target, targetStride)
}

/// In squares of four by four, and what is left value by value.
@inline(__always)
private func turnRest(
  _ source: Source, _ stride: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ target: Target, _ targetStride: Int
) {
  var n = rows.lowerBound
  while n < rows.upperBound {
    var k = columns.lowerBound
    if n + 4 <= rows.upperBound {
      while k + 4 <= columns.upperBound {
        turnFour(
          { UnsafeRawPointer(source + (n + $0) * stride + k).loadUnaligned(as: SIMD4<Float>.self) },
          target + k * targetStride + n, targetStride)
        k += 4
      }
    }
    let some = min(4, rows.upperBound - n)
    while k < columns.upperBound {
      for row in 0..<some { target[k * targetStride + n + row] = source[(n + row) * stride + k] }
      k += 1
    }
    n += some
  }
}

/// A square of four by four.
@inline(__always)
func turnFour(_ row: (Int) -> SIMD4<Float>, _ target: Target, _ targetStride: Int) {
  let r0 = row(0)
  let r1 = row(1)
  let r2 = row(2)
  let r3 = row(3)
  let low02 = interleave(r0.lowHalf, r2.lowHalf)
  let high02 = interleave(r0.highHalf, r2.highHalf)
  let low13 = interleave(r1.lowHalf, r3.lowHalf)
  let high13 = interleave(r1.highHalf, r3.highHalf)
  let place = UnsafeMutableRawPointer(target)
  let step = targetStride * 4
  place.storeBytes(of: interleave(low02.lowHalf, low13.lowHalf), as: SIMD4<Float>.self)
  (place + step).storeBytes(of: interleave(low02.highHalf, low13.highHalf), as: SIMD4<Float>.self)
  (place + 2 * step).storeBytes(of: interleave(high02.lowHalf, high13.lowHalf), as: SIMD4<Float>.self)
  (place + 3 * step).storeBytes(of: interleave(high02.highHalf, high13.highHalf), as: SIMD4<Float>.self)
}

@inline(__always)
private func interleave(_ even: SIMD2<Float>, _ odd: SIMD2<Float>) -> SIMD4<Float> {
  SIMD4(even.x, odd.x, even.y, odd.y)
}

// Squares of a matrix turned in registers, one vector to a side: a quarter of a shuffle to a value with sixteen lanes, where squares
// of four by four, the lanes of plain x86-64, took one and three parts of stores.

#if AVX512 || AVX2
  /// Of four rows a, b, c, d the columns j, 4 + j, 8 + j, … in `columns[j]`, each as four values together.
  private struct FourRows {
    let column0: Vector
    let column1: Vector
    let column2: Vector
    let column3: Vector

    @inline(__always)
    init(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) {
      #if AVX512
        let low0 = lorascope_turn_low16(a, b)
        let high0 = lorascope_turn_high16(a, b)
        let low1 = lorascope_turn_low16(c, d)
        let high1 = lorascope_turn_high16(c, d)
        column0 = lorascope_pair_low16(low0, low1)
        column1 = lorascope_pair_high16(low0, low1)
        column2 = lorascope_pair_low16(high0, high1)
        column3 = lorascope_pair_high16(high0, high1)
      #else
        let low0 = lorascope_turn_low8(a, b)
        let high0 = lorascope_turn_high8(a, b)
        let low1 = lorascope_turn_low8(c, d)
        let high1 = lorascope_turn_high8(c, d)
        column0 = lorascope_pair_low8(low0, low1)
        column1 = lorascope_pair_high8(low0, low1)
        column2 = lorascope_pair_low8(high0, high1)
        column3 = lorascope_pair_high8(high0, high1)
      #endif
    }
  }

  /// `target[k · step + n] = source(n)[k]` for a square with `lanes` to a side.
  @inline(__always)
  func transposeSquare(_ source: (Int) -> Vector, _ target: Target, _ step: Int) {
    transposeSquare(source, target, step) { store($0, $1) }
  }

  /// - Parameter put: stores a vector.
  @inline(__always)
  private func transposeSquare(
    _ source: (Int) -> Vector, _ target: Target, _ step: Int, _ put: (Vector, Target) -> Void
  ) {
    let first = FourRows(source(0), source(1), source(2), source(3))
    let second = FourRows(source(4), source(5), source(6), source(7))
    #if AVX512
      let third = FourRows(source(8), source(9), source(10), source(11))
      let fourth = FourRows(source(12), source(13), source(14), source(15))
      putColumns(first.column0, second.column0, third.column0, fourth.column0, target, step, put)
      putColumns(first.column1, second.column1, third.column1, fourth.column1, target + step, step, put)
      putColumns(first.column2, second.column2, third.column2, fourth.column2, target + 2 * step, step, put)
      putColumns(first.column3, second.column3, third.column3, fourth.column3, target + 3 * step, step, put)
    #else
      putColumns(first.column0, second.column0, target, step, put)
      putColumns(first.column1, second.column1, target + step, step, put)
      putColumns(first.column2, second.column2, target + 2 * step, step, put)
      putColumns(first.column3, second.column3, target + 3 * step, step, put)
    #endif
  }

  #if AVX512
    /// Columns 0, 4, 8 and 12 behind `target`.
    @inline(__always)
    private func putColumns(
      _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ target: Target, _ step: Int,
      _ put: (Vector, Target) -> Void
    ) {
      let evenAB = lorascope_quarters_even16(a, b)
      let evenCD = lorascope_quarters_even16(c, d)
      let oddAB = lorascope_quarters_odd16(a, b)
      let oddCD = lorascope_quarters_odd16(c, d)
      put(lorascope_quarters_even16(evenAB, evenCD), target)
      put(lorascope_quarters_even16(oddAB, oddCD), target + 4 * step)
      put(lorascope_quarters_odd16(evenAB, evenCD), target + 8 * step)
      put(lorascope_quarters_odd16(oddAB, oddCD), target + 12 * step)
    }
  #else
    /// Columns 0 and 4 behind `target`.
    @inline(__always)
    private func putColumns(_ a: Vector, _ b: Vector, _ target: Target, _ step: Int, _ put: (Vector, Target) -> Void) {
      put(lorascope_join_low8(a, b), target)
      put(lorascope_join_high8(a, b), target + 4 * step)
    }
  #endif
#endif
