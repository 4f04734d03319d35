import MicrokernelTable

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The forward pass of one ``AttentionItems/Item``: a chunk of queries, in all the heads that share one key and value head.
///
/// Block after block of keys is packed into panels, with its values, and every row of the chunk meets it before the next:
/// so the packing serves `chunk · groupSize` rows, keys and values come from memory once a chunk, and the scratch memory
/// does not grow with the sequence. 256 keys and values of 64 take 128 KB, the sums of 240 rows of three heads 180 KB: they
/// share a second-level cache of 512 KB. Rows go four row tiles at a time (24 with AVX2), whose scores against 256 keys,
/// 25 KB, stay in the first-level cache between the product that makes them, the softmax, and the product with the values. Fewer
/// keys were slower: the running maximum is corrected, and the sums are read and written, once a block.
struct AttentionForward {
  /// Row tiles of queries that share a pass over the packed keys.
  private static let queryTiles = 4
  /// Keys between two corrections of the running maximum: a multiple of every tile's columns.
  private static let keyBlock = 256
  /// Rows of scores are a little farther apart, so that they do not fall on the same lines of the cache.
  private static let scoreStride = keyBlock + 16

  /// Where keys and values lie.
  enum Keys {
    /// `[T, kvHeads · headSize]` each, in the rows of their queries.
    case rows(keys: Rows, values: Rows)
    /// Each sequence's from its first token on.
    case caches(UnsafePointer<KVView>)
  }

  let q: Rows
  let keys: Keys
  let output: Rows
  let logSumExp: UnsafeMutablePointer<Float>?
  let shape: AttentionShape
  /// Of the products; everything between them (softmax, gradients of the scores, sums) is FP32.
  let arithmetic: Arithmetic
  private let m = Microkernel.table

  /// Queries of an item: a multiple of every build's rows of `queryTiles` tiles, fewer where more or larger heads share
  /// the packed keys.
  static func queryChunk(_ shape: AttentionShape) -> Int {
    let values = 240 * 3 * 64
    return max(48, min(240, values / (shape.groupSize * shape.headSize) / 48 * 48))
  }

  /// Where things lie in the scratch memory.
  private struct Layout {
    let paddedD: Int
    let keys: Int
    let values: Int
    let queries: Int
    let scores: Int
    let sums: Int
    let tops: Int
    let totals: Int
    let corrections: Int
    let end: Int

    init(_ arithmetic: Arithmetic, _ shape: AttentionShape) {
      let nr = Microkernel.table.tileColumns
      let block = queryTiles * Microkernel.table.tileRows
      let depth = arithmetic.steps(shape.headSize)
      let rows = (queryChunk(shape) + block - 1) / block * block * shape.groupSize
      paddedD = (shape.headSize + nr - 1) / nr * nr
      keys = 0
      values = keys + keyBlock * depth
      queries = values + arithmetic.steps(keyBlock) * paddedD
      scores = queries + block * depth
      sums = scores + block * scoreStride
      tops = sums + rows * paddedD
      totals = tops + rows
      corrections = totals + rows
      end = corrections + block
    }
  }

  var scratchFloats: Int { Layout(arithmetic, shape).end }

  func run(_ item: AttentionItems.Item, _ scratch: UnsafeMutablePointer<Float>) {
    let nr = m.tileColumns
    let layout = Layout(arithmetic, shape)
    let block = Self.queryTiles * m.tileRows
    let blocks = (item.queries.count + block - 1) / block
    let rows = blocks * block
    (scratch + layout.sums).update(repeating: 0, count: rows * shape.groupSize * layout.paddedD)
    (scratch + layout.tops).update(repeating: -.infinity, count: rows * shape.groupSize)
    (scratch + layout.totals).update(repeating: 0, count: rows * shape.groupSize)
    // Blocks of keys, between which sums are rounded, begin where they do for the whole of a chunk.
    var key = shape.firstKey(of: item.chunkStart) / nr * nr
    // Where queries stand to the mask; without one, behind every key.
    let shift = shape.maskShift(keys: item.length)
    let end = min(item.length, item.queries.upperBound + shift)
    while key < end {
      let keys = min(Self.keyBlock, end - key)
      pack(layout, item, key, keys, scratch)
      for member in 0..<shape.groupSize {
        for index in 0..<blocks {
          let first = item.queries.lowerBound + index * block
          let count = min(block, item.queries.upperBound - first)
          guard key < first + shift + count, key + keys > shape.firstKey(of: first) else { continue }
          attend(layout, item, first, count, member, member * rows + index * block, key, keys, scratch)
        }
      }
      key += keys
    }
    for member in 0..<shape.groupSize {
      let head = item.kvHead * shape.groupSize + member
      for (index, query) in item.queries.enumerated() {
        let row = item.firstRow + query
        let place = member * rows + index
        let total = scratch[layout.totals + place]
        let sums = scratch + layout.sums + place * layout.paddedD
        m.scale(1 / total, sums, shape.headSize)
        (output.row(row) + head * shape.headSize).update(from: sums, count: shape.headSize)
        logSumExp?[row * shape.heads + head] = scratch[layout.tops + place] + logf(total)
      }
    }
  }

  /// Panels of `count` keys from `key` on, transposed, and of their values.
  private func pack(
    _ layout: Layout, _ item: AttentionItems.Item, _ key: Int, _ count: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    let depth = arithmetic.steps(d)
    let nr = m.tileColumns
    let keyBase: UnsafeMutablePointer<Float>
    let valueBase: UnsafeMutablePointer<Float>
    let (keyStride, valueStride): (Int, Int)
    switch keys {
    case .rows(let k, let v):
      keyBase = k.row(item.firstRow + key) + item.kvHead * d
      valueBase = v.row(item.firstRow + key) + item.kvHead * d
      (keyStride, valueStride) = (k.stride, v.stride)
    case .caches(let caches):
      let cache = caches[item.sequence]
      keyBase = cache.keys + key * cache.stride + item.kvHead * cache.headStride
      valueBase = cache.values + key * cache.stride + item.kvHead * cache.headStride
      (keyStride, valueStride) = (cache.stride, cache.stride)
    }
    for panel in 0..<(count + nr - 1) / nr {
      arithmetic.packTransposed(
        keyBase + panel * nr * keyStride, keyStride, min(nr, count - panel * nr), d,
        scratch + layout.keys + panel * nr * depth)
    }
    for panel in 0..<layout.paddedD / nr {
      arithmetic.pack(
        valueBase + panel * nr, valueStride, min(nr, d - panel * nr), count,
        scratch + layout.values + panel * arithmetic.steps(count) * nr)
    }
  }

  /// `count` queries from `first` on, of one head, against the packed keys; their sums and statistics are at `place`.
  private func attend(
    _ layout: Layout, _ item: AttentionItems.Item, _ first: Int, _ count: Int, _ member: Int, _ place: Int, _ key: Int,
    _ keys: Int, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    let depth = arithmetic.steps(d)
    let nr = m.tileColumns
    let mr = m.tileRows
    let tileProduct = arithmetic.tile
    let paddedD = layout.paddedD
    let tiles = (count + mr - 1) / mr
    let queries = scratch + layout.queries
    let scores = scratch + layout.scores
    let sums = scratch + layout.sums + place * paddedD
    let source = q.base + (item.kvHead * shape.groupSize + member) * d
    arithmetic.stage(
      source + (item.firstRow + first) * q.stride, q.stride, rows: count, depth: d, into: queries, stride: depth,
      padded: tiles * mr)
    // Keys that each tile of queries sees in this block.
    let masked = first + shape.maskShift(keys: item.length)
    let limit = { (tile: Int) in max(0, min(masked + min(count, (tile + 1) * mr) - key, keys)) }
    for panel in 0..<(limit(tiles - 1) + nr - 1) / nr {
      let b = scratch + layout.keys + panel * nr * depth
      for tile in 0..<tiles where panel * nr < limit(tile) {
        tileProduct(
          depth, queries + tile * mr * depth, depth, b, nr, scores + tile * mr * Self.scoreStride + panel * nr,
          Self.scoreStride, 1, false)
      }
    }
    let window = shape.window ?? masked + count
    for tile in 0..<tiles where limit(tile) > 0 {
      let seen = limit(tile)
      let r = tile * mr
      let rows = min(mr, count - r)
      let own = scores + r * Self.scoreStride
      let corrections = scratch + layout.corrections + r
      if let cap = shape.softCap {
        for row in 0..<rows { m.softCap(own + row * Self.scoreStride, seen, shape.scale, cap) }
      }
      m.softmaxRows(
        own, Self.scoreStride, rows, masked + r + 1 - window - key, masked + r + 1 - key, seen, seen,
        shape.softCap == nil ? shape.scale : 1, scratch + layout.tops + place + r, scratch + layout.totals + place + r,
        corrections)
      for row in 0..<rows where corrections[row] != 1 {
        m.scale(corrections[row], sums + (r + row) * paddedD, paddedD)
      }
      arithmetic.roundRows?(own, Self.scoreStride, mr, seen, own, Self.scoreStride)
      for panel in 0..<paddedD / nr {
        tileProduct(
          arithmetic.steps(seen), own, Self.scoreStride, scratch + layout.values + panel * arithmetic.steps(keys) * nr,
          nr,
          sums + r * paddedD + panel * nr, paddedD, 1, true)
      }
    }
  }
}

/// The shards of attention's forward pass: a chunk of one sequence's queries, for one key and value head.
///
/// Chunks begin at multiples of their size, counted from the sequence's first token, whichever of its queries are there.
struct AttentionItems {
  struct Item {
    var sequence: Int
    /// Row of the sequence's first token; before its first row where that has tokens before it.
    var firstRow: Int
    /// Tokens of the sequence, with those before its first row.
    var length: Int
    /// Queries within the sequence.
    var queries: Range<Int>
    /// Where the chunk begins of which these are all, or the last.
    var chunkStart: Int
    var kvHead: Int
  }

  let sequenceStarts: UnsafePointer<Int32>
  let sequences: Int
  /// `[sequences]` tokens before each one's first row; nil for none.
  let past: UnsafePointer<Int32>?
  let kvHeads: Int
  let chunk: Int
  let count: Int

  init(
    sequenceStarts: UnsafePointer<Int32>, sequences: Int, past: UnsafePointer<Int32>? = nil, kvHeads: Int, chunk: Int
  ) {
    self.sequenceStarts = sequenceStarts
    self.sequences = sequences
    self.past = past
    self.kvHeads = kvHeads
    self.chunk = chunk
    var chunks = 0
    for s in 0..<sequences {
      let before = past.map { Int($0[s]) } ?? 0
      chunks += Self.chunks(before..<before + Int(sequenceStarts[s + 1] - sequenceStarts[s]), chunk)
    }
    count = chunks * kvHeads
  }

  private static func chunks(_ queries: Range<Int>, _ chunk: Int) -> Int {
    queries.isEmpty ? 0 : (queries.upperBound - 1) / chunk - queries.lowerBound / chunk + 1
  }

  subscript(index: Int) -> Item {
    var chunkIndex = index / kvHeads
    var sequence = 0
    while true {
      let start = Int(sequenceStarts[sequence])
      let before = past.map { Int($0[sequence]) } ?? 0
      let length = before + Int(sequenceStarts[sequence + 1]) - start
      let chunks = Self.chunks(before..<length, chunk)
      if chunkIndex < chunks {
        // The last chunk first: it is the longest.
        let first = ((length - 1) / chunk - chunkIndex) * chunk
        return Item(
          sequence: sequence, firstRow: start - before, length: length,
          queries: max(before, first)..<min(length, first + chunk), chunkStart: first, kvHead: index % kvHeads)
      }
      chunkIndex -= chunks
      sequence += 1
    }
  }
}
