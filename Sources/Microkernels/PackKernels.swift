import CPUFeatures

// Panels [depth, tileColumns] of the right-hand matrix, widened to FP32.
//
// A weight comes from memory, in pieces too short for the processor's own prefetch: a line or two of each row where rows are
// taken as they are, some lines of each of sixteen rows where they are turned. So everything is asked for ahead; without
// that, packing took a tenth of a training step.

/// Rows, and bytes of a row, that are asked for ahead.
let rowsAhead = 16
private let bytesAhead = 256

func pack(_ b: Source, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
  packRows(columns, depth, panel, 4, { b + $0 * stride }, { load($0) }, { load($0, $1) })
}

func packHalf(_ b: Half, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
  packRows(columns, depth, panel, 2, { b + $0 * stride }, { load($0) }, { load($0, $1) })
}

func packTransposed(_ b: Source, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
  packColumns(
    columns, depth, panel, UnsafeRawPointer(b), rowBytes: 4 * stride, stepBytes: 4, { b[$0 * stride + $1] },
    { UnsafeRawPointer(b + $0 * stride + $1).loadUnaligned(as: SIMD4<Float>.self) }, { load(b + $0 * stride + $1) })
}

func packTransposedHalf(_ b: Half, _ stride: Int, _ columns: Int, _ depth: Int, _ panel: Target) {
  packColumns(
    columns, depth, panel, UnsafeRawPointer(b), rowBytes: 2 * stride, stepBytes: 2,
    { Float(bitPattern: UInt32(b[$0 * stride + $1]) &<< 16) },
    { lorascope_widen4(b + $0 * stride + $1) }, { load(b + $0 * stride + $1) })
}

@inline(__always)
private func packRows<Value>(
  _ columns: Int, _ depth: Int, _ panel: Target, _ valueBytes: Int, _ row: (Int) -> UnsafePointer<Value>,
  _ whole: (UnsafePointer<Value>) -> Vector, _ part: (UnsafePointer<Value>, Int) -> Vector
) {
  if columns == tileColumns {
    for k in 0..<depth {
      let source = row(k)
      ask(row(k + rowsAhead), tileColumns * valueBytes)
      store(whole(source), panel + k * tileColumns)
      store(whole(source + lanes), panel + k * tileColumns + lanes)
    }
  } else {
    let low = min(columns, lanes)
    let high = columns - low
    for k in 0..<depth {
      let source = row(k)
      store(part(source, low), panel + k * tileColumns)
      store(high > 0 ? part(source + lanes, high) : Vector(), panel + k * tileColumns + lanes)
    }
  }
}

/// Squares as wide as a vector are turned in registers, and what is left in blocks of four by four; `element(n, k)`,
/// `four(n, k)` and `vector(n, k)` read row `n` of the source at `k` and from `k` on.
@inline(__always)
func packColumns(
  _ columns: Int, _ depth: Int, _ panel: Target, _ base: UnsafeRawPointer, rowBytes: Int, stepBytes: Int,
  _ element: (Int, Int) -> Float, _ four: (Int, Int) -> SIMD4<Float>, _ vector: (Int, Int) -> Vector
) {
  var n = 0
  var squareDepth = 0
  #if AVX2 || AVX512
    squareDepth = depth / lanes * lanes
    while n + lanes <= columns {
      var k = 0
      let rows = base + n * rowBytes
      while k < squareDepth {
        let offset = k * stepBytes
        for row in 0..<lanes {
          lorascope_prefetch(rows + row * rowBytes + offset + bytesAhead)
          // The first lines of the rows whose turn is next.
          if offset < bytesAhead { lorascope_prefetch(rows + (row + lanes) * rowBytes + offset) }
        }
        transposeSquare({ vector(n + $0, k) }, panel + k * tileColumns + n, tileColumns)
        k += lanes
      }
      n += lanes
    }
  #endif
  let turned = n
  let wholeColumns = columns & ~3
  n = 0
  while n < wholeColumns {
    var k = n < turned ? squareDepth : 0
    while k + 4 <= depth {
      turnFour({ four(n + $0, k) }, panel + k * tileColumns + n, tileColumns)
      k += 4
    }
    while k < depth {
      for lane in 0..<4 { panel[k * tileColumns + n + lane] = element(n + lane, k) }
      k += 1
    }
    n += 4
  }
  while n < tileColumns {
    for k in 0..<depth { panel[k * tileColumns + n] = n < columns ? element(n, k) : 0 }
    n += 1
  }
}

/// Asks for the lines of `count` bytes.
@inline(__always)
func ask<Value>(_ place: UnsafePointer<Value>, _ count: Int) {
  var line = 0
  while line < count {
    lorascope_prefetch(UnsafeRawPointer(place) + line)
    line += 64
  }
}

/// `target = source`, widened to FP32.
func widen(_ source: Half, _ target: Target, _ count: Int) {
  forEachVector(count) { i, n in
    lorascope_prefetch(source + i + bytesAhead / 2)
    store(load(source + i, n), target + i, n)
  }
}
