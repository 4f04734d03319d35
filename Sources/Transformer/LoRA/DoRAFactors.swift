import Kernels

/// DoRA's factor of each output of one weight, g = m / ‖W + s·B·A‖ (arXiv 2402.09353; PEFT's `DoraLinearLayer`).
///
/// The norms are constants to the backward pass, as section 4.3 of the paper and PEFT have it. They come from
/// ‖w‖² + 2s·w·(BA) + s²‖BA‖², row by row: with A·Wᵀ and A·Aᵀ a step costs `rank` products with W, and W + s·B·A is never
/// formed.
final class DoRAFactors: Sendable {
  private let weight: WeightMatrix
  private let lora: LoRAModule
  private let magnitude: FloatBuffer
  /// `[rows]` g
  let factors: FloatBuffer
  /// `[rows]` 1 / ‖W + s·B·A‖
  let inverseNorms: FloatBuffer
  /// `[rows]` ‖w‖², which nothing changes.
  private let squares: [Double]
  /// `[rank, rows]` A·Wᵀ
  private let products: FloatBuffer
  /// `[rank, rank]` A·Aᵀ
  private let gram: FloatBuffer

  /// Floats that the factors of a layer take, squares being two each.
  static func floats(rank: Int, outputs: Int) -> Int { (rank + 4) * outputs + rank * rank }

  /// nil for plain LoRA. `update` must come before the first use.
  init?(weight: WeightMatrix, lora: LoRAModule) {
    guard let magnitude = lora.magnitude else { return nil }
    self.weight = weight
    self.lora = lora
    self.magnitude = magnitude
    factors = FloatBuffer(count: weight.rows)
    inverseNorms = FloatBuffer(count: weight.rows)
    squares = RowNorms.squares(of: weight)
    products = FloatBuffer(count: lora.rank * weight.rows)
    gram = FloatBuffer(count: lora.rank * lora.rank)
  }

  /// Takes over the present A, B and m. Called by every worker of a region; ends with a barrier.
  func update(_ w: Worker) {
    // The same factors in training as afterwards.
    let w = w.multiplying(in: .float32)
    let rank = lora.rank
    MatMul.forward(
      w, x: lora.aRows, weight: weight, into: Rows(products.pointer, rows: rank, columns: weight.rows))
    MatMul.product(
      w, a: lora.aRows, transposeA: false, b: lora.aRows, transposeB: true,
      into: Rows(gram.pointer, rows: rank, columns: rank))
    let scaling = Double(lora.scaling)
    w.forEachShard((weight.rows + Self.rowsPerShard - 1) / Self.rowsPerShard) { shard in
      for row in (shard * Self.rowsPerShard)..<min(weight.rows, (shard + 1) * Self.rowsPerShard) {
        let b = lora.b.pointer + row * rank
        var cross = 0.0
        var square = 0.0
        for i in 0..<rank {
          cross += Double(b[i]) * Double(products.pointer[i * weight.rows + row])
          var sum: Double = 0
          for j in 0..<rank { sum += Double(gram.pointer[i * rank + j]) * Double(b[j]) }
          square += Double(b[i]) * sum
        }
        let norm = max(0, squares[row] + scaling * (2 * cross + scaling * square)).squareRoot()
        // A row of zeros stays one.
        let inverse = norm > 0 ? Float(1 / norm) : 0
        inverseNorms.pointer[row] = inverse
        factors.pointer[row] = magnitude.pointer[row] * inverse
      }
    }
    w.barrier()
  }

  private static let rowsPerShard = 64
}

/// Euclidean norms of a weight's rows.
enum RowNorms {
  static func squares(of weight: WeightMatrix) -> [Double] {
    let row = UnsafeMutablePointer<Float>.allocate(capacity: max(1, weight.columns))
    defer { row.deallocate() }
    return (0..<weight.rows).map { index in
      weight.row(index, into: row)
      var sum = 0.0
      for column in 0..<weight.columns { sum += Double(row[column]) * Double(row[column]) }
      return sum
    }
  }
}

/// One factor for each column of a matrix. Every operation ends with a barrier.
enum ColumnFactors {
  /// y = x ⊙ (f + offset), or y += … with `accumulate`; x and y may be the same.
  static func multiply(
    _ w: Worker, _ x: Rows, by factors: UnsafePointer<Float>, offset: Float = 0, into y: Rows, accumulate: Bool = false
  ) {
    w.forEachShard((x.rows + rowsPerShard - 1) / rowsPerShard) { shard in
      for row in (shard * rowsPerShard)..<min(x.rows, (shard + 1) * rowsPerShard) {
        let source = x.base + row * x.stride
        let target = y.base + row * y.stride
        if accumulate {
          for column in 0..<x.columns { target[column] += source[column] * (factors[column] + offset) }
        } else {
          for column in 0..<x.columns { target[column] = source[column] * (factors[column] + offset) }
        }
      }
    }
    w.barrier()
  }

  /// sums[j] = f[j] · Σₜ x[t, j] · y[t, j], or += with `accumulate`: the gradient of a factor that x was multiplied with.
  static func gradient(
    _ w: Worker, _ x: Rows, _ y: Rows, times factors: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) {
    w.forEachShard((x.columns + columnsPerShard - 1) / columnsPerShard) { shard in
      let first = shard * columnsPerShard
      let count = min(columnsPerShard, x.columns - first)
      let totals = w.scratch(floats: columnsPerShard)
      totals.update(repeating: 0, count: count)
      for row in 0..<x.rows {
        let left = x.base + row * x.stride + first
        let right = y.base + row * y.stride + first
        for column in 0..<count { totals[column] += left[column] * right[column] }
      }
      for column in 0..<count {
        let value = factors[first + column] * totals[column]
        sums[first + column] = accumulate ? sums[first + column] + value : value
      }
    }
    w.barrier()
  }

  private static let rowsPerShard = 16
  private static let columnsPerShard = 64
}
