import Kernels

/// Linear layers that share an input, with their adapters laid out for decoding: one product gives the low-rank
/// coefficients of all of them.
///
/// The adapter's matrices are copied, the scaling multiplied into A, so that training may go on meanwhile.
final class DecodeLinears: Sendable {
  struct Part: Sendable {
    let weight: WeightMatrix
    /// Columns of `u` that belong to this part.
    let start: Int
    let rank: Int
    /// `[out, rank]`
    let b: FloatBuffer?
  }

  let parts: [Part]
  /// Sum of the ranks; 0 without adapters.
  let rank: Int
  /// `[rank, in]` s·A of all parts, one under the other.
  private let scaledA: WeightMatrix?

  init(layer: Int, modules: [LinearModule], weights: BlockWeights, adapter: LoRAAdapter?) {
    var parts: [Part] = []
    var rows: [Float] = []
    var columns = 0
    var start = 0
    for module in modules {
      // BaseModel's initialiser has seen that all seven are there.
      guard let weight = weights[module] else { continue }
      columns = weight.columns
      let lora = adapter?[ModulePath(layer: layer, module: module)]
      let rank = lora?.rank ?? 0
      if let lora { rows += lora.a.array.map { $0 * lora.scaling } }
      parts.append(
        Part(weight: weight, start: start, rank: rank, b: lora.map { FloatBuffer($0.b.array) }))
      start += rank
    }
    self.parts = parts
    rank = start
    scaledA = start == 0 ? nil : WeightMatrix(rows: start, columns: columns, floats: rows)
  }

  /// `into[i] = x·Wᵢᵀ + (x·s·Aᵢᵀ)·Bᵢᵀ`, added to what is there with `accumulate`.
  ///
  /// - Parameters:
  ///   - u: `[n, ≥ rank]` room.
  ///   - streaming: read each weight once, row by row, for few rows of x; else a matrix product.
  func forward(_ w: Worker, x: Rows, into: [Rows], accumulate: Bool, u: Rows, streaming: Bool) {
    if let scaledA {
      let all = Rows(u.base, rows: x.rows, columns: rank, stride: u.stride)
      if streaming {
        VectorMatrix.forward(w, x: x, weight: scaledA, into: all)
      } else {
        MatMul.forward(w, x: x, weight: scaledA, into: all)
      }
    }
    for (part, y) in zip(parts, into) {
      let lowRank = part.b.map { b in
        LowRankTerm(
          u: Rows(u.base + part.start, rows: x.rows, columns: part.rank, stride: u.stride),
          b: Rows(b.pointer, rows: part.weight.rows, columns: part.rank))
      }
      if streaming {
        VectorMatrix.forward(w, x: x, weight: part.weight, into: y, accumulate: accumulate, lowRank: lowRank)
      } else {
        MatMul.forward(w, x: x, weight: part.weight, into: y, accumulate: accumulate, lowRank: lowRank)
      }
    }
  }
}
