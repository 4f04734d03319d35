import Kernels

/// One block as decoding sees it.
final class DecodeBlock: Sendable {
  let inputNorm: PassNorm?
  let postAttentionNorm: PassNorm?
  let attentionOutputNorm: PassNorm?
  let feedForwardOutputNorm: PassNorm?
  let queryNorm: PassNorm?
  let keyNorm: PassNorm?
  /// Queries and keys are normalised after they are turned.
  let normalizesTurned: Bool
  /// Factor of what joins the residual stream.
  let residualScale: Float
  let attention: AttentionShape
  /// Which of the model's rotary tables turns queries and keys.
  let rotary: Int?
  /// In the attention's place.
  let convolution: ShortConvolution?
  let delta: GatedDelta?
  /// The attention's output is gated.
  let gatesAttention: Bool
  let mixing: Mixing
  let queries: DecodeLinears
  let output: DecodeLinears
  let gateUp: DecodeLinears
  let down: DecodeLinears

  /// - Parameters:
  ///   - adapters: each of some of the rows; nil where all rows have `adapter`.
  ///   - streamedRows, arithmetic: as `DecodeLinears` takes them.
  init(
    layer: Int, base: BaseModel, adapter: LoRAAdapter?, adapters: [LoRAAdapter]? = nil, streamedRows: Int?,
    arithmetic: ProductArithmetic
  ) {
    let block = PassBlock(
      layer: layer, weights: base.blocks[layer], configuration: base.configuration, adapter: adapter,
      adapters: adapters)
    block.updateFactors()
    func linears(_ linears: [PassLinear], gate: ActivationKind? = nil) -> DecodeLinears {
      DecodeLinears(linears, gate: gate, streamedRows: streamedRows, arithmetic: arithmetic)
    }
    inputNorm = block.inputNorm
    postAttentionNorm = block.postAttentionNorm
    attentionOutputNorm = block.attentionOutputNorm
    feedForwardOutputNorm = block.feedForwardOutputNorm
    queryNorm = block.queryNorm
    keyNorm = block.keyNorm
    normalizesTurned = block.normalizesTurned
    residualScale = block.residualScale
    attention = block.attention
    rotary = block.rotary
    convolution = block.convolution
    delta = block.delta
    gatesAttention = block.gatesAttention
    mixing = block.mixing
    queries = linears(block.queries)
    output = linears([block.output])
    gateUp = linears(block.gateUp, gate: FeedForwardActivation(base.configuration).gate)
    down = linears([block.down])
  }

  var largestRank: Int { [queries, output, gateUp, down].map(\.rank).max() ?? 0 }
  /// The most outputs of a layer with DoRA.
  var largestProduct: Int { [queries, output, gateUp, down].map(\.largestProduct).max() ?? 0 }
}

/// Linear layers that share an input and write side by side into one matrix, with their adapters laid out for decoding.
///
/// For few rows the weights are streamed, and norm, adapters and activation are part of that; for more they are matrix products.
/// The adapter's matrices are copied, the scaling multiplied into A, so that training may go on meanwhile.
///
/// Rows may have different adapters. Each weight is read once for all of them, and each adapter's matrices for its own; a row's bits are those
/// that it has where all rows have its adapter.
final class DecodeLinears: Sendable {
  private let streamed: StreamedLinears?
  private let products: [Product]
  /// The largest sum of the ranks of an adapter; 0 without adapters.
  let rank: Int
  /// `[rank, in]` s·A of all parts, one under the other, of an adapter that all rows have.
  private let scaledA: WeightMatrix?
  private let gate: ActivationKind?
  /// Of adapters that some rows have; nil where one has nothing here.
  private let panels: [AdapterPanels?]
  /// By adapter: it has DoRA here, so that its rows are not streamed.
  private let hasDoRA: [Bool]
  /// The most outputs of a part with DoRA.
  let largestProduct: Int

  private struct Product: Sendable {
    let linear: PassLinear
    /// Columns of `u` that belong to this part.
    let start: Int
    let rank: Int
    /// `[out, rank]`
    let b: FloatBuffer?
    /// `[out]` DoRA's.
    let factors: FloatBuffer?
    /// The same of adapters that some rows have.
    let ownFactors: [FloatBuffer?]
  }

  /// - Parameters:
  ///   - gate: the first half of the output is a gate for the second.
  ///   - streamedRows: rows of x at most where the weights are to be streamed; nil for matrix products.
  ///   - arithmetic: of the products; streams are in FP32.
  init(
    _ linears: [PassLinear], gate: ActivationKind? = nil, streamedRows: Int?, arithmetic: ProductArithmetic = .float32
  ) {
    self.gate = gate
    func parts(_ lora: (PassLinear) -> LoRAModule?) -> [StreamedLinear] {
      linears.map { linear in
        StreamedLinear(
          weight: linear.weight, bias: linear.bias, column: linear.start,
          adapter: lora(linear).map { .init(a: $0.a, b: $0.b, rank: $0.rank, scale: $0.scaling, element: $0.element) })
      }
    }
    let adapters = linears.first?.adapters?.indices.map { index in
      parts { $0.adapters?[index].lora }
    }
    let hasDoRA = (adapters ?? []).indices.map { index in linears.contains { $0.adapters?[index].dora != nil } }
    self.hasDoRA = hasDoRA
    func rank(_ parts: [StreamedLinear]) -> Int { parts.reduce(0) { $0 + ($1.adapter?.rank ?? 0) } }
    let own = parts(\.lora)
    self.rank = adapters.map { $0.map(rank).max() ?? 0 } ?? rank(own)
    // DoRA's factors multiply what product and adapter make together, which the streams do not do.
    let isProduct = linears.contains { $0.dora != nil }
    if let streamedRows, !isProduct {
      let streamable = adapters.map { all in
        zip(all, hasDoRA).map { parts, isProduct in parts.map { isProduct ? nil : $0.adapter } }
      }
      streamed = StreamedLinears(own, adapters: streamable, gate: gate, rows: streamedRows)
    } else {
      streamed = nil
    }
    guard streamed == nil || hasDoRA.contains(true) else {
      products = []
      panels = []
      scaledA = nil
      largestProduct = 0
      return
    }
    var products: [Product] = []
    var rows: [Float] = []
    var start = 0
    for linear in linears {
      let lora = linear.lora
      if let lora { rows += lora.a.array.map { $0 * lora.scaling } }
      products.append(
        Product(
          linear: linear, start: start, rank: lora?.rank ?? 0, b: lora.map { FloatBuffer($0.b.array) },
          factors: linear.dora?.factors, ownFactors: linear.adapters?.map { $0.dora?.factors } ?? []))
      start += lora?.rank ?? 0
    }
    self.products = products
    scaledA = start == 0 ? nil : WeightMatrix(rows: start, columns: rows.count / start, floats: rows)
    let isStreamed = streamed != nil
    panels =
      adapters.map { all in
        zip(all, hasDoRA).map { parts, isProduct in
          isStreamed && !isProduct ? nil : AdapterPanels(parts, arithmetic: arithmetic)
        }
      } ?? []
    largestProduct = linears.filter(\.hasDoRA).map(\.weight.rows).max() ?? 0
  }

  /// `x·Wᵢᵀ + bᵢ + (x·s·Aᵢᵀ)·Bᵢᵀ` (with DoRA all but bᵢ times its factors) side by side, of the normalised x where there is a
  /// norm; added to what is there with `accumulate`.
  ///
  /// - Parameters:
  ///   - norm: applied to x first, with `normed` `[n, in]` as room.
  ///   - output: `[n, out]`, as wide as all parts together; of one part with `accumulate`.
  ///   - activated: `[n, out / 2]`, where there is a gate: what comes out; `output` is room then.
  ///   - u: `[n, ≥ rank]` room.
  ///   - room: `[n, ≥ largestProduct]`.
  ///   - groups: where rows have different adapters.
  ///   - byRows: as ``StreamedLinears`` takes it.
  func forward(
    _ w: Worker, x: Rows, norm: PassNorm? = nil, normed: Rows? = nil, into output: Rows, accumulate: Bool = false,
    activated: Rows? = nil, u: Rows, room: FloatBuffer, groups: [AdapterRows]? = nil, byRows: Bool
  ) {
    guard streamed != nil, let groups, groups.contains(where: { hasDoRA[$0.adapter] }) else {
      forwardAlike(
        w, x: x, norm: norm, normed: normed, into: output, accumulate: accumulate, activated: activated, u: u,
        room: room, groups: groups, byRows: byRows)
      return
    }
    // Some rows are streamed, and some are not.
    for part in parts(groups, rows: x.rows) {
      func rows(_ matrix: Rows) -> Rows { matrix.rows(from: part.rows.lowerBound, count: part.rows.count) }
      forwardAlike(
        w, x: rows(x), norm: norm, normed: normed.map(rows), into: rows(output), accumulate: accumulate,
        activated: activated.map(rows), u: rows(u), room: room, groups: part.groups, byRows: byRows,
        isStreamed: part.isStreamed)
    }
  }

  /// Stretches of rows that are all streamed, or all not, and their groups counted from their first row.
  private func parts(
    _ groups: [AdapterRows], rows: Int
  ) -> [(rows: Range<Int>, groups: [AdapterRows], isStreamed: Bool)] {
    var parts: [(rows: Range<Int>, groups: [AdapterRows], isStreamed: Bool)] = []
    func add(_ range: Range<Int>, _ adapter: Int?, isStreamed: Bool) {
      guard !range.isEmpty else { return }
      if parts.last?.isStreamed != isStreamed { parts.append((range.lowerBound..<range.lowerBound, [], isStreamed)) }
      let last = parts.count - 1
      let first = parts[last].rows.lowerBound
      parts[last].rows = first..<range.upperBound
      guard let adapter else { return }
      parts[last].groups.append(
        AdapterRows(rows: range.lowerBound - first..<range.upperBound - first, adapter: adapter))
    }
    var next = 0
    for group in groups {
      add(next..<group.rows.lowerBound, nil, isStreamed: true)
      add(group.rows, group.adapter, isStreamed: !hasDoRA[group.adapter])
      next = group.rows.upperBound
    }
    add(next..<rows, nil, isStreamed: true)
    return parts
  }

  private func forwardAlike(
    _ w: Worker, x: Rows, norm: PassNorm?, normed: Rows?, into output: Rows, accumulate: Bool, activated: Rows?,
    u: Rows, room: FloatBuffer, groups: [AdapterRows]?, byRows: Bool, isStreamed: Bool = true
  ) {
    if let streamed, isStreamed {
      if norm == nil || norm?.streamed != nil {
        streamed.forward(
          w, x: x, norm: norm?.streamed, into: output, accumulate: accumulate, activated: activated, groups: groups,
          byRows: byRows)
      } else {
        let input = normalised(w, x: x, norm: norm, room: normed)
        streamed.forward(
          w, x: input, into: output, accumulate: accumulate, activated: activated, groups: groups, byRows: byRows)
      }
      return
    }
    let input = normalised(w, x: x, norm: norm, room: normed)
    if let groups {
      multiply(w, input, into: output, accumulate: accumulate, u: u, room: room, groups: groups)
    } else {
      multiply(w, input, into: output, accumulate: accumulate, u: u, room: room)
    }
    if let gate, let activated {
      let half = activated.columns
      GatedActivation.forward(
        w, kind: gate, gate: output.columns(from: 0, count: half), up: output.columns(from: half, count: half),
        into: activated)
    }
  }

  /// All rows have the same adapter, or none.
  private func multiply(
    _ w: Worker, _ input: Rows, into output: Rows, accumulate: Bool, u: Rows, room: FloatBuffer
  ) {
    if let scaledA {
      MatMul.forward(
        w, x: input, weight: scaledA, into: Rows(u.base, rows: input.rows, columns: rank, stride: u.stride))
    }
    for product in products {
      let y = product.linear.part(of: output)
      let lowRank = product.b.map { b in
        LowRankTerm(
          u: Rows(u.base + product.start, rows: input.rows, columns: product.rank, stride: u.stride),
          b: Rows(b.pointer, rows: product.linear.weight.rows, columns: product.rank))
      }
      let factors = product.factors
      let target =
        factors == nil ? y : Rows(room.pointer, rows: input.rows, columns: product.linear.weight.rows)
      MatMul.forward(
        w, x: input, weight: product.linear.weight, into: target, accumulate: accumulate && factors == nil,
        lowRank: lowRank)
      if let factors { ColumnFactors.multiply(w, target, by: factors.pointer, into: y, accumulate: accumulate) }
      if let bias = product.linear.bias { Elementwise.add(w, into: y, row: bias.pointer) }
    }
  }

  /// Groups of rows have adapters of their own.
  private func multiply(
    _ w: Worker, _ input: Rows, into output: Rows, accumulate: Bool, u: Rows, room: FloatBuffer,
    groups: [AdapterRows]
  ) {
    let usesRoom = accumulate && groups.contains { hasDoRA[$0.adapter] }
    let sums = usesRoom ? Rows(room.pointer, rows: output.rows, columns: output.columns) : output
    for product in products {
      let own = GroupedFactors(product.ownFactors, groups: groups)
      let target = product.linear.part(of: sums)
      if usesRoom { own.begin(w, y: product.linear.part(of: output), into: target) }
      MatMul.forward(w, x: input, weight: product.linear.weight, into: target, accumulate: accumulate)
    }
    AdapterPanels.add(w, groups, of: panels, x: input, u: u, into: sums)
    for product in products {
      let own = GroupedFactors(product.ownFactors, groups: groups)
      let y = product.linear.part(of: output)
      own.end(w, product.linear.part(of: sums), into: y, isElsewhere: usesRoom)
      if let bias = product.linear.bias { Elementwise.add(w, into: y, row: bias.pointer) }
    }
  }

  private func normalised(_ w: Worker, x: Rows, norm: PassNorm?, room: Rows?) -> Rows {
    guard let norm, let room else { return x }
    norm.forward(w, x: x, into: room, statistics: nil)
    return room
  }
}
