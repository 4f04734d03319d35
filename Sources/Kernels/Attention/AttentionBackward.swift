import MicrokernelTable

/// The backward pass of one ``AttentionSquare``: a range of queries against a range of keys, in all the heads that share
/// one key and value head.
///
/// For a block of queries and a block of keys: `P = e^(scale·QKᵀ − logSumExp)`, `dP = dO·Vᵀ`, `dS = P ∘ (dP − rowsum(dO ∘ O))`,
/// and then `dV += Pᵀ·dO`, `dK += scale · dSᵀ·Q`, `dQ += scale · dS·K`: five products, all with the matrix product's register
/// tiles, whose keys and values are packed once a square. A block is 96×96: `P` and `dS`, 42 KB each and in bfloat16 half as much again, and
/// the block's queries and gradients stay in the second-level cache, and 96 is a multiple of every build's tile.
struct AttentionBackward {
  /// Queries, and keys, of a block: a multiple of every tile's rows and columns.
  static let block = 96
  private static let scoreStride = block + 16

  let dOut: Rows
  let q: Rows
  let k: Rows
  let v: Rows
  let out: Rows
  let logSumExp: UnsafePointer<Float>
  let dQ: Rows
  let dK: Rows
  let dV: Rows
  let shape: AttentionShape
  /// Of the products; everything between them (softmax, gradients of the scores, sums) is FP32.
  let arithmetic: Arithmetic
  private let m = Microkernel.table

  /// Where things lie in the scratch memory, for `keys` keys; `padded` is the head size in whole tiles, and `depth` in steps of them.
  private struct Layout {
    let padded: Int
    let depth: Int
    /// Between rows of queries and of gradients.
    let rowStride: Int
    let keysTransposed: Int
    let valuesTransposed: Int
    let keys: Int
    let keyGradients: Int
    let valueGradients: Int
    let queries: Int
    let gradients: Int
    let queryGradients: Int
    let scores: Int
    let scoreGradients: Int
    let deltas: Int
    /// The queries and their gradients once more, as right-hand sides, with what lies between panels and between steps.
    let rightQueries: Int
    let rightGradients: Int
    let rightPanel: Int
    let rightStride: Int
    /// P and dS as left-hand sides stored transposed.
    let leftScores: Int
    let leftScoreGradients: Int
    let end: Int

    init(_ arithmetic: Arithmetic, keys count: Int, headSize d: Int) {
      let nr = Microkernel.table.tileColumns
      let mr = Microkernel.table.tileRows
      let readsFloats = arithmetic.element == .float32
      padded = (d + nr - 1) / nr * nr
      depth = arithmetic.steps(d)
      rowStride = readsFloats ? padded : depth
      let panels = (count + nr - 1) / nr * nr * depth
      let accumulators = (count + mr - 1) / mr * mr * padded
      keysTransposed = 0
      valuesTransposed = keysTransposed + panels
      keys = valuesTransposed + panels
      keyGradients = keys + arithmetic.steps(count) * padded
      valueGradients = keyGradients + accumulators
      queries = valueGradients + accumulators
      gradients = queries + block * rowStride
      queryGradients = gradients + block * rowStride
      scores = queryGradients + block * padded
      scoreGradients = scores + block * scoreStride
      deltas = scoreGradients + block * scoreStride
      if readsFloats {
        // Floats serve in every role as they are.
        (rightQueries, rightGradients, rightPanel, rightStride) = (queries, gradients, nr, padded)
        (leftScores, leftScoreGradients) = (scores, scoreGradients)
        end = deltas + block
      } else {
        let steps = arithmetic.steps(block)
        rightQueries = deltas + block
        rightGradients = rightQueries + steps * padded
        (rightPanel, rightStride) = (steps * nr, nr)
        leftScores = rightGradients + steps * padded
        leftScoreGradients = leftScores + steps * scoreStride
        end = leftScoreGradients + steps * scoreStride
      }
    }
  }

  func scratchFloats(side: Int) -> Int {
    Layout(arithmetic, keys: side, headSize: shape.headSize).end
  }

  func run(_ square: AttentionSquare, _ scratch: UnsafeMutablePointer<Float>) {
    let d = shape.headSize
    let count = square.keys.count
    let layout = Layout(arithmetic, keys: count, headSize: d)
    pack(layout, square, scratch)
    // Queries and keys are counted from the square's first key.
    let start = square.sequenceStart + square.keys.lowerBound
    let queries =
      square.queries.lowerBound - square.keys.lowerBound..<square.queries.upperBound - square.keys.lowerBound
    // Without a mask every query stands behind every key.
    let shift = shape.isCausal ? 0 : count - min(0, queries.lowerBound)
    (scratch + layout.keyGradients).update(repeating: 0, count: layout.queries - layout.keyGradients)
    for head in square.kvHead * shape.groupSize..<(square.kvHead + 1) * shape.groupSize {
      var first = queries.lowerBound
      while first < queries.upperBound {
        let rows = min(Self.block, queries.upperBound - first)
        stage(layout, start + first, rows, head, scratch)
        var key = shape.firstKey(of: first) / Self.block * Self.block
        let masked = first + shift
        while key < min(count, masked + rows) {
          let keys = min(Self.block, count - key, masked + rows - key)
          probabilities(layout, start + first, masked, rows, key, keys, head, scratch)
          accumulate(layout, masked, rows, key, keys, count, scratch)
          key += Self.block
        }
        deliver(
          m, scratch + layout.queryGradients, layout.padded, rows, dQ, start + first, head * d, square.isFirst)
        first += rows
      }
    }
    deliver(m, scratch + layout.keyGradients, layout.padded, count, dK, start, square.kvHead * d, square.isFirst)
    deliver(m, scratch + layout.valueGradients, layout.padded, count, dV, start, square.kvHead * d, square.isFirst)
  }

  /// Writes a square's part of a gradient to where it belongs, or adds it.
  private func deliver(
    _ m: borrowing MicrokernelTable, _ source: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int,
    _ target: Rows, _ row: Int, _ column: Int, _ isFirst: Bool
  ) {
    for r in 0..<count {
      let place = target.row(row + r) + column
      if isFirst {
        place.update(from: source + r * stride, count: shape.headSize)
      } else {
        m.addScaled(1, source + r * stride, place, shape.headSize)
      }
    }
  }

  /// Panels of the square's keys and values, transposed, and of the keys as they are.
  private func pack(
    _ layout: Layout, _ square: AttentionSquare, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    let nr = m.tileColumns
    let count = square.keys.count
    let keyBase = k.row(square.sequenceStart + square.keys.lowerBound) + square.kvHead * d
    let valueBase = v.row(square.sequenceStart + square.keys.lowerBound) + square.kvHead * d
    for panel in 0..<(count + nr - 1) / nr {
      let columns = min(nr, count - panel * nr)
      let place = panel * nr * layout.depth
      arithmetic.packTransposed(
        keyBase + panel * nr * k.stride, k.stride, columns, d, scratch + layout.keysTransposed + place)
      arithmetic.packTransposed(
        valueBase + panel * nr * v.stride, v.stride, columns, d, scratch + layout.valuesTransposed + place)
    }
    for panel in 0..<layout.padded / nr {
      arithmetic.pack(
        keyBase + panel * nr, k.stride, min(nr, d - panel * nr), count,
        scratch + layout.keys + panel * arithmetic.steps(count) * nr)
    }
  }

  /// Copies a block of queries and of their outputs' gradients, padded with zeros to whole tiles either way, or rounds them.
  private func stage(
    _ layout: Layout, _ row: Int, _ count: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    let nr = m.tileColumns
    let tiled = (count + m.tileRows - 1) / m.tileRows * m.tileRows
    func stage(_ rows: Rows, _ left: Int, _ right: Int) {
      let source = rows.row(row) + head * d
      arithmetic.stage(
        source, rows.stride, rows: count, depth: d, into: scratch + left, stride: layout.rowStride, padded: tiled)
      if right == left {
        // As right-hand sides, too, in whole tiles.
        for r in 0..<count {
          (scratch + left + r * layout.rowStride + d).update(repeating: 0, count: layout.rowStride - d)
        }
        return
      }
      for panel in 0..<layout.padded / nr {
        arithmetic.pack(
          source + panel * nr, rows.stride, min(nr, d - panel * nr), count,
          scratch + right + panel * layout.rightPanel)
      }
    }
    stage(q, layout.queries, layout.rightQueries)
    stage(dOut, layout.gradients, layout.rightGradients)
    for r in 0..<count {
      var gradient = scratch + layout.gradients + r * layout.rowStride
      if arithmetic.element == .bfloat16 {
        // What was rounded of dO must be missing here too: a row's dS would not add up to zero, and what all keys have in common would
        // count.
        let rounded = UnsafeRawPointer(gradient).assumingMemoryBound(to: UInt16.self)
        gradient = scratch + layout.queryGradients
        m.widen(rounded, gradient, d)
      }
      scratch[layout.deltas + r] = m.dot(gradient, out.row(row + r) + head * d, d)
    }
    (scratch + layout.queryGradients).update(repeating: 0, count: tiled * layout.padded)
  }

  /// `P` and `dS` of a block of queries against a block of keys, zero behind the mask. The queries begin at `row`, and stand
  /// to the mask as `first`, counted from the square's first key.
  private func probabilities(
    _ layout: Layout, _ row: Int, _ first: Int, _ count: Int, _ key: Int, _ keys: Int, _ head: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let nr = m.tileColumns
    let mr = m.tileRows
    let depth = layout.depth
    let tileProduct = arithmetic.tile
    let tiles = (count + mr - 1) / mr
    let scores = scratch + layout.scores
    let gradients = scratch + layout.scoreGradients
    for panel in 0..<(keys + nr - 1) / nr {
      let place = (key + panel * nr) * depth
      for tile in 0..<tiles where key + panel * nr < first + (tile + 1) * mr {
        let target = tile * mr * Self.scoreStride + panel * nr
        let source = tile * mr * layout.rowStride
        tileProduct(
          depth, scratch + layout.queries + source, layout.rowStride, scratch + layout.keysTransposed + place, nr,
          scores + target, Self.scoreStride, 1, false)
        tileProduct(
          depth, scratch + layout.gradients + source, layout.rowStride, scratch + layout.valuesTransposed + place, nr,
          gradients + target, Self.scoreStride, 1, false)
      }
    }
    if let cap = shape.softCap {
      for r in 0..<count { m.softCap(scores + r * Self.scoreStride, keys, shape.scale, cap) }
    }
    m.attentionGradientRows(
      scores, gradients, Self.scoreStride, count, first + 1 - (shape.window ?? first + count) - key, first + 1 - key,
      keys, Self.block, shape.scale, shape.softCap.map { 1 / $0 } ?? 0,
      logSumExp + row * shape.heads + head, shape.heads, scratch + layout.deltas)
    arithmetic.pairRows?(scores, Self.scoreStride, count, Self.block, scratch + layout.leftScores, Self.scoreStride)
    arithmetic.pairRows?(
      gradients, Self.scoreStride, count, Self.block, scratch + layout.leftScoreGradients, Self.scoreStride)
    arithmetic.roundRows?(gradients, Self.scoreStride, tiles * mr, keys, gradients, Self.scoreStride)
  }

  /// Adds the block's part to the three gradients.
  private func accumulate(
    _ layout: Layout, _ first: Int, _ count: Int, _ key: Int, _ keys: Int, _ keyCount: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let nr = m.tileColumns
    let mr = m.tileRows
    let padded = layout.padded
    let tileProduct = arithmetic.tile
    let tileTransposedA = arithmetic.tileTransposedA
    let gradients = scratch + layout.scoreGradients
    let p = scratch + layout.leftScores
    let ds = scratch + layout.leftScoreGradients
    for panel in 0..<padded / nr {
      let column = panel * nr
      for tile in 0..<(count + mr - 1) / mr {
        let seen = min(keys, first + min(count, (tile + 1) * mr) - key)
        guard seen > 0 else { continue }
        tileProduct(
          arithmetic.steps(seen), gradients + tile * mr * Self.scoreStride, Self.scoreStride,
          scratch + layout.keys + (panel * arithmetic.steps(keyCount) + arithmetic.steps(key)) * nr, nr,
          scratch + layout.queryGradients + tile * mr * padded + column, padded, shape.scale, true)
      }
      let stride = layout.rightStride
      let queries = scratch + layout.rightQueries + panel * layout.rightPanel
      let outGradients = scratch + layout.rightGradients + panel * layout.rightPanel
      for tile in 0..<(keys + mr - 1) / mr {
        // Queries before the tile's first key see none of it. A pair is not split.
        let skipped = max(0, key + tile * mr - first) / 2 * 2
        guard skipped < count else { continue }
        let steps = arithmetic.steps(count - skipped)
        let a = arithmetic.steps(skipped) * Self.scoreStride + tile * mr
        let b = arithmetic.steps(skipped) * stride
        let c = (key + tile * mr) * padded + column
        tileTransposedA(
          steps, p + a, Self.scoreStride, outGradients + b, stride, scratch + layout.valueGradients + c, padded, 1,
          true)
        tileTransposedA(
          steps, ds + a, Self.scoreStride, queries + b, stride, scratch + layout.keyGradients + c, padded, shape.scale,
          true)
      }
    }
  }
}

/// A range of queries against a range of keys of one sequence, for one key and value head: a shard of attention's backward
/// pass.
struct AttentionSquare {
  /// Row of the sequence's first token.
  var sequenceStart: Int
  /// Within the sequence.
  var queries: Range<Int>
  var keys: Range<Int>
  var kvHead: Int
  /// Whether no other square wrote to these queries' and these keys' gradients before.
  var isFirst: Bool
}

/// How the backward pass is cut, so that many workers can share one long sequence of few heads.
///
/// The triangle of queries and keys is cut into squares, and these are walked diagonal by diagonal; without a causal mask it is
/// all of the square, whose diagonals go on at the other edge. On one diagonal no two squares share queries, nor keys: each
/// adds to gradients that are its own, and only between two diagonals do workers meet. So nothing is computed twice, memory does not grow with the number of workers, and every sum has one
/// order at any number of them.
struct AttentionSquares {
  /// Sequences up to this long are one square: there are enough of them.
  private static let whole = 3 * AttentionBackward.block
  private static let part = 2 * AttentionBackward.block

  let sequenceStarts: UnsafePointer<Int32>
  let sequences: Int
  let kvHeads: Int
  let isCausal: Bool
  /// Queries, and keys, of a square.
  let side: Int
  /// Diagonals that any mask leaves something of.
  let diagonals: Int

  init(sequenceStarts: UnsafePointer<Int32>, sequences: Int, shape: AttentionShape) {
    self.sequenceStarts = sequenceStarts
    self.sequences = sequences
    kvHeads = shape.kvHeads
    isCausal = shape.isCausal
    var longest = 0
    for s in 0..<sequences { longest = max(longest, Int(sequenceStarts[s + 1] - sequenceStarts[s])) }
    let side = longest <= Self.whole ? max(1, longest) : Self.part
    self.side = side
    var diagonals = (longest + side - 1) / side
    // The nearest pair on diagonal n is (n − 1)·side + 1 apart, and must be less than the window.
    if let window = shape.window { diagonals = min(diagonals, (window + side - 2) / side + 1) }
    self.diagonals = diagonals
  }

  private func blocks(_ sequence: Int) -> Int {
    (Int(sequenceStarts[sequence + 1] - sequenceStarts[sequence]) + side - 1) / side
  }

  /// Squares of one head and sequence on a diagonal.
  private func squares(_ sequence: Int, on diagonal: Int) -> Int {
    let blocks = blocks(sequence)
    return diagonal < blocks ? (isCausal ? blocks - diagonal : blocks) : 0
  }

  /// Squares on a diagonal; 0 is the one along the mask.
  func count(on diagonal: Int) -> Int {
    var count = 0
    for s in 0..<sequences { count += squares(s, on: diagonal) }
    return count * kvHeads
  }

  func square(_ index: Int, on diagonal: Int) -> AttentionSquare {
    var place = index / kvHeads
    var sequence = 0
    while place >= squares(sequence, on: diagonal) {
      place -= squares(sequence, on: diagonal)
      sequence += 1
    }
    let start = Int(sequenceStarts[sequence])
    let length = Int(sequenceStarts[sequence + 1]) - start
    // Beyond the last one only where there is no mask.
    let query = (place + diagonal) % blocks(sequence) * side
    return AttentionSquare(
      sequenceStart: start, queries: query..<min(length, query + side),
      keys: place * side..<min(length, (place + 1) * side), kvHead: index % kvHeads, isFirst: diagonal == 0)
  }
}
