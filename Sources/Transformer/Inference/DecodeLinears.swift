import Kernels

/// Linear layers that share an input and write side by side into one matrix, with their adapters laid out for decoding: one product gives the low-rank
/// coefficients of all of them.
///
/// The adapter's matrices are copied, the scaling multiplied into A, so that training may go on meanwhile.
final class DecodeLinears: Sendable {
  struct Part: Sendable {
    let weight: WeightMatrix
    /// `[out]`
    let bias: FloatBuffer?
    /// First column of its output.
    let column: Int
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

  init(_ linears: [PassLinear]) {
    var parts: [Part] = []
    var rows: [Float] = []
    var columns = 0
    var start = 0
    for linear in linears {
      columns = linear.weight.columns
      let lora = linear.lora
      let rank = lora?.rank ?? 0
      if let lora { rows += lora.a.array.map { $0 * lora.scaling } }
      parts.append(
        Part(
          weight: linear.weight, bias: linear.bias, column: linear.start, start: start, rank: rank,
          b: lora.map { FloatBuffer($0.b.array) }))
      start += rank
    }
    self.parts = parts
    rank = start
    scaledA = start == 0 ? nil : WeightMatrix(rows: start, columns: columns, floats: rows)
  }

  /// `x·Wᵢᵀ + bᵢ + (x·s·Aᵢᵀ)·Bᵢᵀ` side by side, added to what is there with `accumulate`.
  ///
  /// - Parameters:
  ///   - output: `[n, out]`, as wide as all parts together.
  ///   - u: `[n, ≥ rank]` room.
  ///   - streaming: read each weight once, row by row, for few rows of x; else a matrix product.
  func forward(_ w: Worker, x: Rows, into output: Rows, accumulate: Bool, u: Rows, streaming: Bool) {
    if let scaledA {
      let all = Rows(u.base, rows: x.rows, columns: rank, stride: u.stride)
      if streaming {
        VectorMatrix.forward(w, x: x, weight: scaledA, into: all)
      } else {
        MatMul.forward(w, x: x, weight: scaledA, into: all)
      }
    }
    for part in parts {
      let y = output.columns(from: part.column, count: part.weight.rows)
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
      if let bias = part.bias { Elementwise.add(w, into: y, row: bias.pointer) }
    }
  }
}
