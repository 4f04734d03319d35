import Kernels
import MicrokernelTable

/// Runs the inner loops of two builds on the same data.
enum MicrokernelComparison {
  /// The largest difference of each inner loop, relative to the largest result, at sizes that end between vectors.
  static func largestDifferences(_ one: InstructionSet, _ other: InstructionSet) -> [(String, Float)] {
    let results = zip(outputs(Microkernel.table(for: one)), outputs(Microkernel.table(for: other)))
    return results.map { a, b in
      let scale = b.values.reduce(Float(1e-6)) { max($0, abs($1)) }
      let difference = zip(a.values, b.values).reduce(Float(0)) { max($0, $1.0 == $1.1 ? 0 : abs($1.0 - $1.1)) }
      return (a.name, a.values.count == b.values.count ? difference / scale : .infinity)
    }
  }

  private static func outputs(_ m: MicrokernelTable) -> [(name: String, values: [Float])] {
    var results: [(name: String, values: [Float])] = []
    let x = data(4096, 1)
    let y = data(4096, 2)
    let z = data(4096, 3)
    let wide = data(4096, 4)
    let weight = WeightMatrix(rows: 1, columns: 4096, element: .bfloat16)
    let upper = weight.base.assumingMemoryBound(to: UInt16.self)
    for i in 0..<4096 { upper[i] = UInt16(wide.pointer[i].bitPattern >> 16) }
    // Only their pointers are used below.
    defer { withExtendedLifetime((x, y, z, weight)) {} }

    for count in [1, 3, 8, 31, 77] {
      func row(_ name: String, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let out = FloatBuffer(y.array)
        body(out.pointer)
        results.append(("\(name) of \(count)", out.array))
      }
      results.append(("dot of \(count)", [m.dot(x.pointer, y.pointer, count)]))
      results.append(("maximum of \(count)", [m.maximum(x.pointer, count)]))
      results.append(("sumOfExponentials of \(count)", [m.sumOfExponentials(x.pointer, count, 0.5)]))
      row("addScaled") { m.addScaled(0.3, x.pointer, $0, count) }
      row("scale") { m.scale(0.3, $0, count) }
      row("exponentials") { $0[4095] = m.exponentials(x.pointer, $0, count, 1.5, 0.2, z.pointer) }
      for (index, kind) in ActivationKind.allCases.enumerated() {
        row("\(kind)") { m.activation(index, x.pointer, nil, $0, count) }
        row("gated \(kind)") { m.activation(index, x.pointer, z.pointer, $0, count) }
        row("\(kind) gradient") { m.activationGradient(index, z.pointer, x.pointer, nil, $0, nil, count) }
        row("gated \(kind) gradient") {
          m.activationGradient(index, z.pointer, x.pointer, z.pointer, $0, $0 + 2048, count)
        }
      }
      row("softCapGradient") { m.softCapGradient(x.pointer, $0, count, 0.5) }
      row("softCap") { m.softCap($0, count, 3, 0.5) }
      row("scaleByWeight") { m.scaleByWeight(x.pointer, z.pointer, 1, 0.7, $0, count) }
      row("rmsNormGradient") { m.rmsNormGradient(x.pointer, z.pointer, y.pointer, 1, 1.3, $0, count, true) }
      row("moments") { m.moments(x.pointer, count, $0) }
      row("normalise") { m.normalise(x.pointer, z.pointer, wide.pointer, 0.1, 0.7, $0, count) }
      row("layerNormGradient") { m.layerNormGradient(x.pointer, z.pointer, wide.pointer, 0.1, 1.3, $0, count, true) }
      row("rotate") { m.rotate($0, $0 + 2048, x.pointer, z.pointer, -1, count) }
      row("gatedConvolution") {
        m.gatedConvolution(x.pointer + 300, -80, z.pointer + 300, -90, wide.pointer, 3, y.pointer, $0, count)
      }
      row("gatedConvolution of products") {
        m.gatedConvolution(x.pointer, 80, nil, 0, wide.pointer, 2, y.pointer, $0, count)
      }
      for columns in [1, 7, 16] {
        row("deltaStep of \(columns)") {
          m.deltaStep(
            count, x.pointer, $0, 0.8, 0.6, wide.pointer, z.pointer, y.pointer, columns, $0 + 2000, $0 + 2016, $0 + 2032
          )
        }
        row("deltaGradient of \(columns)") {
          // A state has zeros where it has no columns.
          let state = FloatBuffer(x.array.enumerated().map { $0 % 16 < columns ? $1 : 0 })
          let kept = FloatBuffer(z.array.enumerated().map { $0 % 16 < columns ? $1 : 0 })
          for i in 0..<16 * count where i % 16 >= columns { $0[i] = 0 }
          m.deltaGradient(
            count, state.pointer, $0, 0.8, 0.6, wide.pointer, z.pointer, y.pointer, columns, kept.pointer,
            kept.pointer + 16, x.pointer, $0 + 2000, $0 + 2200, $0 + 2400, $0 + 2500)
        }
      }
      row("adamW") { out in
        let numbers = FloatBuffer([0.9, 0.99, 0.999, 0.01, 2, 1e-3, 0.5])
        for i in 2048..<4096 { out[i] = abs(out[i]) }
        m.adamW(out, x.pointer, out + 1024, out + 2048, count, numbers.pointer)
      }
      for rows in [1, 2, 3, 8] {
        row("dotRows of \(rows)") { m.dotRows(count, x.pointer, 80, rows, z.pointer, 90, 7, $0, 10, true) }
        row("dotRowsHalf of \(rows)") { out in
          // Each build wants its own order of x.
          let split = FloatBuffer(count: rows * 96)
          for i in 0..<rows { m.splitPairs(x.pointer + 80 * i, split.pointer + 96 * i, count) }
          m.dotRowsHalf(count, split.pointer, 96, rows, upper, 90, 7, out, 10, false)
        }
      }
      row("widen") { m.widen(upper, $0, count) }
      for rows in [3, 18, 48] { row("turn of \(rows)") { m.turn(x.pointer, 80, rows, min(count, 37), $0, 50) } }
      row("turn past the caches") { (m.turnPastCaches ?? m.turn)(x.pointer, 80, 37, count, $0, 48) }
      row("addLowRank") { m.addLowRank(count, x.pointer, z.pointer, 35, $0) }
      results.append(("products, depth \(count)", products(m, count, x, z, upper)))
      for (hidden, inverseCap) in [(-8, Float(0)), (count - 7, 0.3)] {
        results.append(("attention rows of \(count)", attentionRows(m, hidden, count, inverseCap, x, z)))
      }
    }
    return results
  }

  /// A 24×32 product (whole tiles of every build) through each way of packing and both tiles.
  private static func products(
    _ m: MicrokernelTable, _ depth: Int, _ x: FloatBuffer, _ z: FloatBuffer, _ halves: UnsafePointer<UInt16>
  ) -> [Float] {
    let (rows, columns) = (24, 32)
    let nr = m.tileColumns
    let tiles: [(MicrokernelTable.Tile, MicrokernelTable.Tile, rows: Int)] = [
      (m.tile, m.tileTransposedA, m.tileRows), (m.shortTile, m.shortTileTransposedA, m.shortRows),
    ]
    let panel = FloatBuffer(count: depth * nr)
    var all: [Float] = []
    for way in 0..<4 {
      for transposed in [false, true] {
        // One column short of a panel, which the packing must fill with zeros.
        let c = FloatBuffer(count: rows * columns)
        for column in stride(from: 0, to: columns, by: nr) {
          let some = column + nr == columns ? nr - 1 : nr
          switch way {
          case 0: m.pack(z.pointer + column, columns, some, depth, panel.pointer)
          case 1: m.packTransposed(z.pointer + column * depth, depth, some, depth, panel.pointer)
          case 2: m.packHalf(halves + column, columns, some, depth, panel.pointer)
          default: m.packTransposedHalf(halves + column * depth, depth, some, depth, panel.pointer)
          }
          for (plain, turned, tileRows) in tiles {
            for row in stride(from: 0, to: rows, by: tileRows) {
              let a = transposed ? x.pointer + row : x.pointer + row * depth
              (transposed ? turned : plain)(
                depth, a, transposed ? rows : depth, panel.pointer, nr, c.pointer + row * columns + column, columns,
                0.5, true)
            }
          }
        }
        all += c.array
      }
    }
    return all
  }

  /// Row `r` sees `max(0, hidden + r)..<min(limit - 3 + r, limit)`.
  private static func attentionRows(
    _ m: MicrokernelTable, _ hidden: Int, _ limit: Int, _ inverseCap: Float, _ x: FloatBuffer, _ z: FloatBuffer
  ) -> [Float] {
    let (rows, stride) = (6, 112)
    let scores = FloatBuffer(Array(x.array[..<(rows * stride)]))
    let again = FloatBuffer(Array(x.array[..<(rows * stride)]))
    let gradients = FloatBuffer(Array(z.array[..<(rows * stride)]))
    let statistics = FloatBuffer(count: 3 * rows)
    for r in 0..<rows { statistics.pointer[r] = r % 2 == 0 ? -.infinity : 0.1 }
    m.softmaxRows(
      scores.pointer, stride, rows, hidden, limit - 3, limit, 96, 0.8, statistics.pointer, statistics.pointer + rows,
      statistics.pointer + 2 * rows)
    m.attentionGradientRows(
      again.pointer, gradients.pointer, stride, rows, hidden, limit - 3, limit, 96, 0.8, inverseCap, z.pointer, 2,
      x.pointer)
    // Rows that see nothing have no statistics, and what lies past the width is nobody's.
    let seen = (0..<rows).flatMap { r in
      [scores, again, gradients].flatMap { Array($0.array[r * stride..<r * stride + 96]) }
    }
    return seen
      + (0..<rows).filter { min(limit - 3 + $0, limit) > max(0, hidden + $0) }.flatMap { r in
        (0..<3).map { statistics.pointer[$0 * rows + r] }
      }
  }

  private static func data(_ count: Int, _ seed: UInt64) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    for i in 0..<count { buffer.pointer[i] = Float(Dropout.mix(seed << 32 | UInt64(i)) >> 40) * 0x1p-23 - 1 }
    return buffer
  }
}
