import CPUFeatures
import MicrokernelTable

// Products of pairs of bfloat16 values: vdpbf16ps multiplies two steps of depth at once. On Zen 5 it runs at the rate of FP32's
// multiply-adds, so that it does twice their work; where it runs at half that rate it saves memory traffic only.
//
// A pair lies in the place of one float, so panels have half as many steps, and shuffles of floats turn pairs as well.

#if AVX512
  let pairKernels: MicrokernelTable.Pairs? = MicrokernelTable.Pairs(
    tile: pairTile, shortTile: shortPairTile, narrowTile: narrowPairTile,
    tileTransposedA: pairTileTransposedA, roundRows: roundRows, pairRows: pairRows, pack: packPairs,
    packTransposed: packTransposedPairs, packHalf: packHalfPairs, packTransposedHalf: packTransposedHalfPairs,
    peak: pairPeak, peakOperations: peakChains * lanes * 4)

  func pairTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    tileProduct(PairsOfHalves.self, steps, a, aStride, 1, b, tileColumns, c, cStride, scale, accumulate)
  }

  func shortPairTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    shortProduct(PairsOfHalves.self, steps, a, aStride, 1, b, tileColumns, c, cStride, scale, accumulate)
  }

  func narrowPairTile(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    narrowProduct(PairsOfHalves.self, steps, a, aStride, 1, b, tileColumns, c, cStride, scale, accumulate)
  }

  func pairTileTransposedA(
    _ steps: Int, _ a: Source, _ aStride: Int, _ b: Source, _ bStride: Int, _ c: Target, _ cStride: Int,
    _ scale: Float, _ accumulate: Bool
  ) {
    tileProduct(PairsOfHalves.self, steps, a, 1, aStride, b, tileColumns, c, cStride, scale, accumulate)
  }

  func pairRows(_ a: Source, _ stride: Int, _ rows: Int, _ columns: Int, _ pairs: Target, _ pairStride: Int) {
    for step in 0..<(rows + 1) / 2 {
      let even = a + 2 * step * stride
      let target = pairs + step * pairStride
      let isWhole = 2 * step + 1 < rows
      var column = 0
      while column < columns {
        let odd = isWhole ? load(even + stride + column) : Vector()
        store(lorascope_round_rows16(load(even + column), odd), target + column)
        column += lanes
      }
    }
  }

  func roundRows(_ a: Source, _ stride: Int, _ rows: Int, _ depth: Int, _ pairs: Target, _ pairStride: Int) {
    for row in 0..<rows {
      let source = a + row * stride
      let target = pairs + row * pairStride
      var k = 0
      while k + 2 * lanes <= depth {
        store(lorascope_round_row16(load(source + k), load(source + k + lanes)), target + k / 2)
        k += 2 * lanes
      }
      if k < depth {
        let low = min(lanes, depth - k)
        let high = depth - k - low
        let last = high > 0 ? load(source + k + lanes, high) : Vector()
        store(lorascope_round_row16(load(source + k, low), last), target + k / 2, (low + high + 1) / 2)
      }
    }
  }

  func packPairs(_ b: Source, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
    packPairedRows(columns, depth, panel, 4, { b + $0 * stride }, { load($0, $1) })
  }

  func packHalfPairs(_ b: Half, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
    packPairedRows(columns, depth, panel, 2, { b + $0 * stride }, { load($0, $1) })
  }

  func packTransposedPairs(_ b: Source, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
    packPairedColumns(
      columns, depth, panel, UnsafeRawPointer(b), 4, stride, { b[$0 * stride + $1] },
      {
        let row = b + $0 * stride + 2 * $1
        return lorascope_round_row16(load(row, 2 * 4), Vector()).lowHalf.lowHalf
      },
      { lorascope_round_row16(load(b + $0 * stride + 2 * $1), load(b + $0 * stride + 2 * $1 + lanes)) })
  }

  func packTransposedHalfPairs(_ b: Half, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
    // As they lie in memory, two neighbours are a pair.
    packPairedColumns(
      columns, depth, panel, UnsafeRawPointer(b), 2, stride,
      { Float(bitPattern: UInt32(b[$0 * stride + $1]) &<< 16) },
      { UnsafeRawPointer(b + $0 * stride + 2 * $1).loadUnaligned(as: SIMD4<Float>.self) },
      { UnsafeRawPointer(b + $0 * stride + 2 * $1).loadUnaligned(as: Vector.self) })
  }

  /// Rows `2k` and `2k + 1` become the pairs of step `k`.
  @inline(__always)
  private func packPairedRows<Value>(
    _ columns: Int, _ depth: Int, _ panel: Target, _ valueBytes: Int, _ row: (Int) -> UnsafePointer<Value>,
    _ part: (UnsafePointer<Value>, Int) -> Vector
  ) {
    let low = min(columns, lanes)
    let high = columns - low
    for step in 0..<(depth + 1) / 2 {
      let even = row(2 * step)
      let odd = row(2 * step + 1)
      let target = panel + step * tileColumns
      let whole = 2 * step + 1 < depth
      if columns == tileColumns, whole {
        ask(row(2 * step + rowsAhead), tileColumns * valueBytes)
        ask(row(2 * step + rowsAhead + 1), tileColumns * valueBytes)
        store(lorascope_round_rows16(part(even, lanes), part(odd, lanes)), target)
        store(lorascope_round_rows16(part(even + lanes, lanes), part(odd + lanes, lanes)), target + lanes)
      } else {
        let none = Vector()
        store(lorascope_round_rows16(part(even, low), whole ? part(odd, low) : none), target)
        let first = high > 0 ? part(even + lanes, high) : none
        let second = high > 0 && whole ? part(odd + lanes, high) : none
        store(lorascope_round_rows16(first, second), target + lanes)
      }
    }
  }

  /// - Parameters:
  ///   - element: `(n, k)` value `k` of row `n`
  ///   - four: `(n, step)` four pairs of row `n`
  ///   - vector: `(n, step)` as many as a vector has lanes
  @inline(__always)
  private func packPairedColumns(
    _ columns: Int, _ depth: Int, _ panel: Target, _ base: UnsafeRawPointer, _ valueBytes: Int, _ stride: Int,
    _ element: (Int, Int) -> Float, _ four: (Int, Int) -> SIMD4<Float>, _ vector: (Int, Int) -> Vector
  ) {
    let steps = depth / 2
    func pair(_ even: Float, _ odd: Float) -> Float {
      lorascope_round_rows16(Vector(repeating: even), Vector(repeating: odd))[0]
    }
    packColumns(
      columns, steps, panel, base, rowBytes: stride * valueBytes, stepBytes: 2 * valueBytes,
      { pair(element($0, 2 * $1), element($0, 2 * $1 + 1)) }, four, vector)
    if depth % 2 == 1 {
      let target = panel + steps * tileColumns
      for n in 0..<tileColumns { target[n] = n < columns ? pair(element(n, depth - 1), 0) : 0 }
    }
  }

  /// As ``peak``, of pairs.
  func pairPeak(_ rounds: Int, _ sink: Target) {
    peakRounds(rounds, sink) { PairsOfHalves.add(&$0, $1, $2) }
  }
#else
  let pairKernels: MicrokernelTable.Pairs? = nil
#endif
