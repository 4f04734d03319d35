import Kernels

/// One block as decoding sees it.
final class DecodeBlock: Sendable {
  let inputNorm: PassNorm
  let postAttentionNorm: PassNorm
  let attentionOutputNorm: PassNorm?
  let feedForwardOutputNorm: PassNorm?
  let queryNorm: PassNorm?
  let keyNorm: PassNorm?
  let attention: AttentionShape
  /// Which of the model's rotary tables turns queries and keys.
  let rotary: Int?
  let queries: DecodeLinears
  let output: DecodeLinears
  let gateUp: DecodeLinears
  let down: DecodeLinears

  /// - Parameter streamedRows: as `DecodeLinears` takes it.
  init(layer: Int, base: BaseModel, adapter: LoRAAdapter?, streamedRows: Int?) {
    let block = PassBlock(
      layer: layer, weights: base.blocks[layer], configuration: base.configuration, adapter: adapter)
    block.updateFactors()
    inputNorm = block.inputNorm
    postAttentionNorm = block.postAttentionNorm
    attentionOutputNorm = block.attentionOutputNorm
    feedForwardOutputNorm = block.feedForwardOutputNorm
    queryNorm = block.queryNorm
    keyNorm = block.keyNorm
    attention = block.attention
    rotary = block.rotary
    queries = DecodeLinears(block.queries, streamedRows: streamedRows)
    output = DecodeLinears([block.output], streamedRows: streamedRows)
    gateUp = DecodeLinears(
      block.gateUp, gate: FeedForwardActivation(base.configuration).gate, streamedRows: streamedRows)
    down = DecodeLinears([block.down], streamedRows: streamedRows)
  }

  var largestRank: Int { [queries, output, gateUp, down].map(\.rank).max() ?? 0 }
  /// The most outputs of a layer with DoRA.
  var largestProduct: Int { [queries, output, gateUp, down].map(\.largestProduct).max() ?? 0 }
}

/// Linear layers that share an input and write side by side into one matrix, with their adapters laid out for decoding.
///
/// For few rows the weights are streamed, and norm, adapters and activation are part of that; for more they are matrix products.
/// The adapter's matrices are copied, the scaling multiplied into A, so that training may go on meanwhile.
final class DecodeLinears: Sendable {
  private let streamed: StreamedLinears?
  private let products: [Product]
  /// Sum of the ranks; 0 without adapters.
  let rank: Int
  /// `[rank, in]` s·A of all parts, one under the other.
  private let scaledA: WeightMatrix?
  private let gate: ActivationKind?

  private struct Product: Sendable {
    let linear: PassLinear
    /// Columns of `u` that belong to this part.
    let start: Int
    let rank: Int
    /// `[out, rank]`
    let b: FloatBuffer?
    /// `[out]` DoRA's.
    let factors: FloatBuffer?
  }

  /// The most outputs of a part with DoRA.
  var largestProduct: Int { products.map { $0.factors == nil ? 0 : $0.linear.weight.rows }.max() ?? 0 }

  /// - Parameters:
  ///   - gate: the first half of the output is a gate for the second.
  ///   - streamedRows: rows of x at most where the weights are to be streamed; nil for matrix products.
  init(_ linears: [PassLinear], gate: ActivationKind? = nil, streamedRows: Int?) {
    self.gate = gate
    rank = linears.reduce(0) { $0 + ($1.lora?.rank ?? 0) }
    // DoRA's factors multiply what product and adapter make together, which the streams do not do.
    if let streamedRows, !linears.contains(where: { $0.dora != nil }) {
      let parts = linears.map { linear in
        StreamedLinear(
          weight: linear.weight, bias: linear.bias, column: linear.start,
          adapter: linear.lora.map { .init(a: $0.a, b: $0.b, rank: $0.rank, scale: $0.scaling) })
      }
      streamed = StreamedLinears(parts, gate: gate, rows: streamedRows)
      products = []
      scaledA = nil
      return
    }
    streamed = nil
    var products: [Product] = []
    var rows: [Float] = []
    var start = 0
    for linear in linears {
      let lora = linear.lora
      if let lora { rows += lora.a.array.map { $0 * lora.scaling } }
      products.append(
        Product(
          linear: linear, start: start, rank: lora?.rank ?? 0, b: lora.map { FloatBuffer($0.b.array) },
          factors: linear.dora?.factors))
      start += lora?.rank ?? 0
    }
    self.products = products
    scaledA = rank == 0 ? nil : WeightMatrix(rows: rank, columns: rows.count / rank, floats: rows)
  }

  /// `x·Wᵢᵀ + bᵢ + (x·s·Aᵢᵀ)·Bᵢᵀ` (with DoRA all but bᵢ times its factors) side by side, of the normalised x where there is a
  /// norm; added to what is there with `accumulate`.
  ///
  /// - Parameters:
  ///   - norm: applied to x first, with `normed` `[n, in]` as room.
  ///   - output: `[n, out]`, as wide as all parts together.
  ///   - activated: `[n, out / 2]`, where there is a gate: what comes out; `output` is room then.
  ///   - u: `[n, ≥ rank]` room.
  ///   - room: `[n, ≥ largestProduct]`.
  func forward(
    _ w: Worker, x: Rows, norm: PassNorm? = nil, normed: Rows? = nil, into output: Rows, accumulate: Bool = false,
    activated: Rows? = nil, u: Rows, room: FloatBuffer
  ) {
    if let streamed {
      if norm == nil || norm?.streamed != nil {
        streamed.forward(w, x: x, norm: norm?.streamed, into: output, accumulate: accumulate, activated: activated)
      } else {
        let input = normalised(w, x: x, norm: norm, room: normed)
        streamed.forward(w, x: input, into: output, accumulate: accumulate, activated: activated)
      }
      return
    }
    let input = normalised(w, x: x, norm: norm, room: normed)
    if let scaledA {
      MatMul.forward(w, x: input, weight: scaledA, into: Rows(u.base, rows: x.rows, columns: rank, stride: u.stride))
    }
    for product in products {
      let y = product.linear.part(of: output)
      let lowRank = product.b.map { b in
        LowRankTerm(
          u: Rows(u.base + product.start, rows: x.rows, columns: product.rank, stride: u.stride),
          b: Rows(b.pointer, rows: product.linear.weight.rows, columns: product.rank))
      }
      let factors = product.factors
      let target = factors == nil ? y : Rows(room.pointer, rows: x.rows, columns: product.linear.weight.rows)
      MatMul.forward(
        w, x: input, weight: product.linear.weight, into: target, accumulate: accumulate && factors == nil,
        lowRank: lowRank)
      if let factors { ColumnFactors.multiply(w, target, by: factors.pointer, into: y, accumulate: accumulate) }
      if let bias = product.linear.bias { Elementwise.add(w, into: y, row: bias.pointer) }
    }
    if let gate, let activated {
      let half = activated.columns
      GatedActivation.forward(
        w, kind: gate, gate: output.columns(from: 0, count: half), up: output.columns(from: half, count: half),
        into: activated)
    }
  }

  private func normalised(_ w: Worker, x: Rows, norm: PassNorm?, room: Rows?) -> Rows {
    guard let norm, let room else { return x }
    norm.forward(w, x: x, into: room, statistics: nil)
    return room
  }
}
