import CPUFeatures
import MicrokernelTable

/// Linear layers that share an input, for decoding: one stretch between two barriers norms the input, streams all the weights
/// once, adds biases and adapters, and applies a gated activation.
///
/// What a token costs beyond reading the weights is mostly the ends of such stretches, where memory idles, so
/// there are few of them. The adapters' coefficients `u = s·x·Aᵀ` are computed first, each worker a share of them; nobody waits
/// for the others' before having streamed a shard of the weights.
///
/// The adapters' matrices are copied, the scale multiplied into A, so that training may go on meanwhile. There may be several adapters, each
/// of other rows. Those in bfloat16 are read as such, A as a weight is; their scale, which would round A once more, multiplies the coefficients.
///
/// `@unchecked Sendable`: everything is set by the initialiser, except `coefficients`, of which each row belongs to one worker
/// until all have signalled. One region uses it at a time.
public final class StreamedLinears: @unchecked Sendable {
  /// Rows of an input up to which streaming is faster than ``MatMul``'s products.
  public static let mostRows = 16
  /// Rows that an input may have at most for its products to be dots of rows. Where it may have more they are tiles, if the instruction set has
  /// them for that: sixteen columns wide, however many rows there are.
  public static let mostDottedRows = 8

  /// Rows of one weight.
  struct Segment {
    var weight: UnsafeRawPointer
    var isHalf: Bool
    var rows: Int
    var column: Int
    var bias: UnsafePointer<Float>?
  }

  /// What an adapter adds to a segment.
  struct LowRank {
    /// In panels of sixteen rows, of floats or bfloat16; nil for nothing.
    var b: UnsafeRawPointer?
    var isHalf: Bool
    var rank: Int
    /// Where the part's coefficients begin.
    var coefficient: Int
  }

  /// One adapter's A of all parts, one under the other.
  private struct Down {
    /// `[rank, in]` s·A, or in bfloat16 A; nil where it has none here.
    var a: WeightMatrix?
    /// `[rank]` s of each row of an A in bfloat16; nil where it is in A.
    var scales: FloatBuffer?
    /// Sum of the ranks.
    var rank: Int

    init(_ parts: [StreamedLinear.Adapter?], depth: Int) {
      let own = parts.compactMap(\.self)
      rank = own.reduce(0) { $0 + $1.rank }
      guard rank > 0, let element = own.first?.element else { return }
      let a = WeightMatrix(rows: rank, columns: depth, element: element)
      self.a = a
      var first = 0
      for adapter in own {
        let count = adapter.rank * depth
        switch element {
        case .float32:
          let target = a.base.assumingMemoryBound(to: Float.self) + first * depth
          for i in 0..<count { target[i] = adapter.scale * adapter.a.pointer[i] }
        case .bfloat16:
          let target = a.base.assumingMemoryBound(to: UInt16.self) + first * depth
          for i in 0..<count { target[i] = WeightElement.bfloat16(adapter.a.pointer[i]) }
        }
        first += adapter.rank
      }
      if element == .bfloat16 {
        scales = FloatBuffer(own.flatMap { Array(repeating: $0.scale, count: $0.rank) })
      }
    }
  }

  /// A shard is one segment, or with a gated activation two: a piece of the gate and the same piece of what it multiplies.
  private let segments: UnsafeMutableBufferPointer<Segment>
  /// `[segments, adapters]`
  private let lowRanks: UnsafeMutableBufferPointer<LowRank>
  private let shards: Int
  private let gate: ActivationKind?
  private let depth: Int
  private let width: Int
  /// Weights or adapters are in bfloat16.
  private let hasHalf: Bool
  private let hasHalfAdapters: Bool
  private let downs: [Down]
  /// `[n, rank]`, the largest adapter's.
  private let coefficients: FloatBuffer
  private let rank: Int
  /// By the number of rows: all of them with the first adapter.
  private let allRows: [[AdapterRows]]
  private let largestRows: Int
  private let tiles: MicrokernelTable.StreamTiles?
  /// What the segments point into.
  private let owners: [AnyObject]

  /// - Parameters:
  ///   - parts: at least one, all with the same columns.
  ///   - adapters: of several adapters what each has for each part, instead of the parts' own, which all rows have.
  ///   - gate: the output's first half is a gate for its second half, and `f(gate) · other` is what comes out.
  ///   - rows: rows of an input at most.
  public init(
    _ parts: [StreamedLinear], adapters: [[StreamedLinear.Adapter?]]? = nil, gate: ActivationKind? = nil, rows: Int
  ) {
    precondition(!parts.isEmpty && parts.allSatisfy { $0.weight.columns == parts[0].weight.columns })
    let depth = parts[0].weight.columns
    self.depth = depth
    self.gate = gate
    largestRows = rows
    tiles = rows > Self.mostDottedRows && rows <= Self.mostRows ? Microkernel.table.streamTiles : nil
    width = parts.reduce(0) { max($0, $1.column + $1.weight.rows) }
    let adapters = adapters ?? [parts.map(\.adapter)]
    let downs = adapters.map { Down($0, depth: depth) }
    self.downs = downs
    hasHalfAdapters = downs.contains { $0.a?.element == .bfloat16 }
    hasHalf = hasHalfAdapters || parts.contains { $0.weight.element == .bfloat16 }
    rank = downs.map(\.rank).max() ?? 0
    coefficients = FloatBuffer(count: max(1, rows * rank))
    allRows = (0...max(0, rows)).map { adapters.isEmpty ? [] : [AdapterRows(rows: 0..<$0, adapter: 0)] }
    var owners: [AnyObject] = []
    let bytes = parts.reduce(0) { $0 + $1.weight.byteCount }
    let block = Self.rowsPerShard(
      rows: parts.reduce(0) { $0 + $1.weight.rows }, rowBytes: bytes / max(1, parts.reduce(0) { $0 + $1.weight.rows }),
      unit: tiles == nil ? 16 : StreamedTiles.blockRows)
    var pieces: [(segment: Segment, lowRanks: [LowRank])] = []
    // Of each adapter where the part's coefficients begin.
    var firsts = Array(repeating: 0, count: adapters.count)
    for (place, part) in parts.enumerated() {
      owners.append(part.weight)
      if let bias = part.bias { owners.append(bias) }
      var row = 0
      while row < part.weight.rows {
        // A fused weight holds both halves of a gated layer; pieces end where the second one begins.
        let border = gate != nil && part.column + row < width / 2 ? width / 2 - part.column : part.weight.rows
        let rows = min(block, min(border, part.weight.rows) - row)
        // Of each piece by itself: where a fused weight's second half begins, no panel need begin.
        let lowRanks = zip(adapters, firsts).map { adapter, first in
          let panels = adapter[place].map { Self.panels($0, rows: row..<row + rows) }
          if let panels { owners.append(panels) }
          return LowRank(
            b: panels.map { UnsafeRawPointer($0.base) }, isHalf: panels?.element == .bfloat16,
            rank: adapter[place]?.rank ?? 0, coefficient: first)
        }
        let segment = Segment(
          weight: UnsafeRawPointer(part.weight.base) + row * depth * part.weight.element.byteCount,
          isHalf: part.weight.element == .bfloat16, rows: rows, column: part.column + row,
          bias: part.bias.map { UnsafePointer($0.pointer) + row })
        pieces.append((segment, lowRanks))
        row += rows
      }
      for (index, adapter) in adapters.enumerated() { firsts[index] += adapter[place]?.rank ?? 0 }
    }
    if gate != nil {
      let half = pieces.count / 2
      pieces = (0..<half).flatMap { [pieces[$0], pieces[half + $0]] }
    }
    shards = gate != nil ? pieces.count / 2 : pieces.count
    segments = .allocate(capacity: pieces.count)
    _ = segments.initialize(from: pieces.map(\.segment))
    lowRanks = .allocate(capacity: pieces.count * adapters.count)
    _ = lowRanks.initialize(from: pieces.flatMap(\.lowRanks))
    self.owners = owners
  }

  deinit {
    segments.deallocate()
    lowRanks.deallocate()
  }

  /// `y = norm(x)·Wᵀ + b + s·(norm(x)·Aᵀ)·Bᵀ` of all parts side by side, or `y += …`. Ends with a barrier.
  /// - Parameters:
  ///   - x: `[n, in]`; not `y`, unless every part's output is elsewhere
  ///   - norm: applied to x first
  ///   - y: `[n, out]`, as wide as all parts together
  ///   - activated: `[n, out / 2]`, with a gated activation; `y` is then room that it is computed in
  ///   - groups: which rows have which adapter, none twice; nil where all have the first
  ///   - byRows: as a batch of as many rows as there are would be multiplied, whatever others there may be: for measurements, since a row's
  ///     bits then depend on its company.
  public func forward(
    _ w: Worker, x: Rows, norm: StreamedNorm? = nil, into y: Rows, accumulate: Bool = false, activated: Rows? = nil,
    groups: [AdapterRows]? = nil, byRows: Bool = false
  ) {
    precondition(
      x.rows <= largestRows && x.columns == depth && y.columns == width && (gate == nil) == (activated == nil))
    let m = Microkernel.table
    let tiles = byRows && x.rows <= Self.mostDottedRows ? nil : self.tiles
    let input = StreamedInput(
      w, x: x, norm: norm, splits: tiles == nil ? hasHalf : hasHalfAdapters,
      more: tiles == nil ? 0 : StreamedTiles.floats(depth: depth))
    let plain = input.plain
    let tiled = tiles.map { StreamedTiles($0, x: plain, room: input.more) }
    let groups = groups ?? allRows[x.rows]
    var ready = true
    for group in groups {
      guard let a = downs[group.adapter].a else { continue }
      ready = false
      let own = a.rows * w.index / w.count..<a.rows * (w.index + 1) / w.count
      let first = group.rows.lowerBound
      let u = coefficients.pointer + first * rank + own.lowerBound
      switch a.element {
      case .float32:
        m.dotRows(
          depth, plain.row(first), plain.stride, group.rows.count,
          a.base.assumingMemoryBound(to: Float.self) + own.lowerBound * depth, depth, own.count, u, rank, false)
      case .bfloat16:
        m.dotRowsHalf(
          depth, input.split + first * input.stride, input.stride, group.rows.count,
          a.base.assumingMemoryBound(to: UInt16.self) + own.lowerBound * depth, depth, own.count, u, rank, false)
        guard let scales = downs[group.adapter].scales else { continue }
        for n in 0..<group.rows.count {
          for i in 0..<own.count { u[n * rank + i] *= scales.pointer[own.lowerBound + i] }
        }
      }
    }
    if !ready { w.signal() }
    w.streamShards(shards) { shard in
      let count = gate == nil ? 1 : 2
      // Nothing has been near it since the token before: each shard would wait for memory first.
      for place in (shard + 1) * count..<min(segments.count, (shard + 2) * count) {
        lorascope_prefetch(segments.baseAddress.map { $0 + place })
      }
      for place in shard * count..<(shard + 1) * count {
        let segment = segments[place]
        let out = y.base + segment.column
        // Nothing that the processor foresees leads here: asked for only when it is needed, each shard would wait for memory once more.
        for group in groups {
          let lowRank = lowRanks[place * downs.count + group.adapter]
          let values = (segment.rows + 15) / 16 * 16 * lowRank.rank
          if let b = lowRank.b { Self.prefetch(b, bytes: values * (lowRank.isHalf ? 2 : 4)) }
        }
        if let tiled {
          tiled.multiply(
            segment.weight, isHalf: segment.isHalf, count: segment.rows, into: out, stride: y.stride,
            accumulate: accumulate)
        } else if segment.isHalf {
          m.dotRowsHalf(
            depth, input.split, input.stride, x.rows, segment.weight.assumingMemoryBound(to: UInt16.self), depth,
            segment.rows, out, y.stride, accumulate)
        } else {
          m.dotRows(
            depth, plain.base, plain.stride, x.rows, segment.weight.assumingMemoryBound(to: Float.self), depth,
            segment.rows, out, y.stride, accumulate)
        }
        if let bias = segment.bias {
          for n in 0..<x.rows { m.addScaled(1, bias, out + n * y.stride, segment.rows) }
        }
        for group in groups {
          let lowRank = lowRanks[place * downs.count + group.adapter]
          guard let b = lowRank.b else { continue }
          if !ready {
            w.awaitSignals()
            ready = true
          }
          for n in group.rows {
            let u = coefficients.pointer + n * rank + lowRank.coefficient
            let target = out + n * y.stride
            if lowRank.isHalf {
              m.addLowRankHalf(lowRank.rank, u, b.assumingMemoryBound(to: UInt16.self), segment.rows, target)
            } else {
              m.addLowRank(lowRank.rank, u, b.assumingMemoryBound(to: Float.self), segment.rows, target)
            }
          }
        }
      }
      guard let gate, let activated else { return }
      let piece = segments[shard * 2]
      for n in 0..<x.rows {
        m.activation(
          gate.index, y.row(n) + piece.column, y.row(n) + segments[shard * 2 + 1].column,
          activated.row(n) + piece.column, piece.rows)
      }
    }
  }

  @inline(__always)
  private static func prefetch(_ start: UnsafeRawPointer, bytes: Int) {
    for line in stride(from: 0, to: bytes, by: 64) { lorascope_prefetch(start + line) }
  }

  /// A multiple of a unit of rows: 16 to 256 KB, and about 128 shards in between, so that those who are done first wait for a
  /// microsecond or two.
  static func rowsPerShard(rows: Int, rowBytes: Int, unit: Int = 16) -> Int {
    let bytes = min(max(rows * rowBytes / 128, 16 << 10), 256 << 10)
    return max(unit, (bytes / max(1, rowBytes) + unit - 1) / unit * unit)
  }

  /// Some rows of B `[out, rank]` in panels of sixteen, `[rank, 16]` each, zero where there are no rows.
  private static func panels(_ adapter: StreamedLinear.Adapter, rows: Range<Int>) -> WeightMatrix {
    let (b, rank) = (adapter.b, adapter.rank)
    let panels = WeightMatrix(rows: (rows.count + 15) / 16, columns: 16 * rank, element: adapter.element)
    for (place, row) in rows.enumerated() {
      for i in 0..<rank {
        let (value, target) = (b.pointer[row * rank + i], place / 16 * 16 * rank + i * 16 + place % 16)
        switch adapter.element {
        case .float32: panels.base.assumingMemoryBound(to: Float.self)[target] = value
        case .bfloat16: panels.base.assumingMemoryBound(to: UInt16.self)[target] = WeightElement.bfloat16(value)
        }
      }
    }
    return panels
  }
}
