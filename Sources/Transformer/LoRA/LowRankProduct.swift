import Kernels

/// What the product s·B·A of one adapted layer is, in double precision and without being formed.
struct LowRankProduct {
  /// Singular values of s·B·A, the largest first: as many as the rank, or as the layer's smaller side where that is less.
  let values: [Double]
  /// `[out, values]`
  private let left: DoubleMatrix
  /// `[in, values]`
  private let right: DoubleMatrix

  /// From thin QRs of B and Aᵀ, whose triangles' product is as small as the rank and has the singular values of B·A.
  init(_ module: LoRAModule) {
    var b = DoubleMatrix(rows: module.rows, columns: module.rank)
    for row in 0..<module.rows {
      for column in 0..<module.rank { b[row, column] = Double(module.b.pointer[row * module.rank + column]) }
    }
    var a = DoubleMatrix(rows: module.columns, columns: module.rank)
    for row in 0..<module.rank {
      for column in 0..<module.columns { a[column, row] = Double(module.a.pointer[row * module.columns + column]) }
    }
    let (outer, inner) = (b.thinQR(), a.thinQR())
    let decomposed = (outer.r * inner.r.transposed).singularValues()
    values = decomposed.values.map { $0 * Double(module.scaling) }
    left = outer.q * decomposed.u
    right = inner.q * decomposed.v
  }

  /// Puts the nearest product of the module's rank into it (Eckart and Young 1936), shared evenly between A and B. What it then lacks is, in
  /// Frobenius' norm, the root of the squared singular values that are left out, but for rounding to FP32.
  func fill(_ module: LoRAModule) {
    for place in 0..<module.rank {
      // A product of a rank below its factors' leaves the rest zero.
      let value = place < values.count ? values[place] / Double(module.scaling) : 0
      let half = value.squareRoot()
      for row in 0..<module.rows {
        module.b.pointer[row * module.rank + place] = value > 0 ? Float(left[row, place] * half) : 0
      }
      for column in 0..<module.columns {
        module.a.pointer[place * module.columns + column] = value > 0 ? Float(right[column, place] * half) : 0
      }
    }
  }
}

extension LoRAModule {
  /// Singular values of s·B·A, the largest first; of DoRA without its magnitudes.
  public func singularValues() -> [Double] { LowRankProduct(self).values }

  /// ‖s·B·A‖², Frobenius: s² times the trace of (BᵀB)·(AAᵀ), which is exact without the product. Of DoRA without its magnitudes.
  public func energy() -> Double {
    var sum = 0.0
    for i in 0..<rank {
      for j in 0..<rank {
        var (outer, inner) = (0.0, 0.0)
        for row in 0..<rows { outer += Double(b.pointer[row * rank + i]) * Double(b.pointer[row * rank + j]) }
        for column in 0..<columns {
          inner += Double(a.pointer[i * columns + column]) * Double(a.pointer[j * columns + column])
        }
        sum += outer * inner
      }
    }
    return max(0, sum) * Double(scaling) * Double(scaling)
  }

  /// What the adapter changes of a weight, ‖W' − W‖² in Frobenius' norm: `energy()`, and with DoRA
  /// Σ over rows of ‖(g − 1)·w + g·s·BA‖², which needs the weight.
  public func energy(beside weight: WeightMatrix) -> Double {
    guard let dora = DoRAFactors(weight: weight, lora: self) else { return energy() }
    WorkerTeam(threads: 1).run { dora.update($0) }
    let row = UnsafeMutablePointer<Float>.allocate(capacity: max(1, columns))
    defer { row.deallocate() }
    var total = 0.0
    for output in 0..<rows {
      weight.row(output, into: row)
      let factor = Double(dora.factors.pointer[output])
      for column in 0..<columns {
        var product = 0.0
        for i in 0..<rank {
          product += Double(b.pointer[output * rank + i]) * Double(a.pointer[i * columns + column])
        }
        let change = (factor - 1) * Double(row[column]) + factor * Double(scaling) * product
        total += change * change
      }
    }
    return total
  }
}
