import MicrokernelTable

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The forward pass of one ``AttentionItems/Item``.
struct AttentionForward {
  /// Queries of an item; a long sequence makes several.
  static let queryChunk = 240
  /// Row tiles of queries that share a pass over the packed keys.
  private static let queryTiles = 4
  /// Keys between two corrections of the running maximum.
  private static let keyBlock = 384
  /// Rows of scores are a little farther apart, so that they do not fall on the same lines of the cache.
  private static let scoreStride = keyBlock + 16

  let q: Rows
  let k: Rows
  let v: Rows
  let output: Rows
  let logSumExp: UnsafeMutablePointer<Float>?
  let shape: AttentionShape

  /// Where things lie in the scratch memory, for `keys` keys.
  private struct Layout {
    let keyPanels: Int
    let values: Int
    let queries: Int
    let scores: Int
    let sums: Int
    let statistics: Int
    let end: Int

    init(_ m: borrowing MicrokernelTable, keys: Int, headSize d: Int) {
      let nr = m.tileColumns
      let rows = queryTiles * m.tileRows
      let paddedD = (d + nr - 1) / nr * nr
      keyPanels = 0
      values = keyPanels + (keys + nr - 1) / nr * nr * d
      queries = values + keys * paddedD
      scores = queries + rows * d
      sums = scores + rows * scoreStride
      statistics = sums + rows * paddedD
      end = statistics + 3 * rows
    }
  }

  func scratchFloats(longest: Int) -> Int {
    Layout(Microkernel.table, keys: longest, headSize: shape.headSize).end
  }

  func run(_ item: AttentionItems.Item, _ scratch: UnsafeMutablePointer<Float>) {
    let m = Microkernel.table
    let d = shape.headSize
    let nr = m.tileColumns
    // Queries and keys are counted from the first key that the item sees.
    let from = shape.firstKey(of: item.queries.lowerBound)
    let start = item.sequenceStart + from
    let queries = item.queries.lowerBound - from..<item.queries.upperBound - from
    let keys = queries.upperBound
    let layout = Layout(m, keys: keys, headSize: d)
    let keyBase = k.row(start) + item.kvHead * d
    for panel in 0..<(keys + nr - 1) / nr {
      m.packTransposed(
        keyBase + panel * nr * k.stride, k.stride, min(nr, keys - panel * nr), d,
        scratch + layout.keyPanels + panel * nr * d)
    }
    let valueBase = v.row(start) + item.kvHead * d
    for panel in 0..<(d + nr - 1) / nr {
      m.pack(
        valueBase + panel * nr, v.stride, min(nr, d - panel * nr), keys, scratch + layout.values + panel * keys * nr)
    }
    let block = Self.queryTiles * m.tileRows
    for head in item.kvHead * shape.groupSize..<(item.kvHead + 1) * shape.groupSize {
      var first = queries.lowerBound
      while first < queries.upperBound {
        let count = min(block, queries.upperBound - first)
        queryBlock(m, layout, start, first, count, keys, head, scratch)
        first += count
      }
    }
  }

  /// Attends for `count` queries from `first` on, all in one head.
  private func queryBlock(
    _ m: borrowing MicrokernelTable, _ layout: Layout, _ start: Int, _ first: Int, _ count: Int, _ keys: Int,
    _ head: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    let nr = m.tileColumns
    let mr = m.tileRows
    let dPanels = (d + nr - 1) / nr
    let paddedD = dPanels * nr
    let tiles = (count + mr - 1) / mr
    let queries = scratch + layout.queries
    let scores = scratch + layout.scores
    let sums = scratch + layout.sums
    let tops = scratch + layout.statistics
    let totals = tops + Self.queryTiles * mr
    let corrections = totals + Self.queryTiles * mr
    for r in 0..<tiles * mr {
      if r < count {
        (queries + r * d).update(from: q.row(start + first + r) + head * d, count: d)
      } else {
        (queries + r * d).update(repeating: 0, count: d)
      }
      tops[r] = -.infinity
      totals[r] = 0
    }
    let window = shape.window ?? first + count
    let begin = shape.firstKey(of: first) / nr * nr
    var key = begin
    while key < first + count {
      // Keys that each tile of queries sees in this block.
      let limit = { (tile: Int) in max(0, min(first + min(count, (tile + 1) * mr) - key, Self.keyBlock)) }
      let panels = (limit(tiles - 1) + nr - 1) / nr
      for panel in 0..<panels {
        let b = scratch + layout.keyPanels + (key + panel * nr) * d
        for tile in 0..<tiles where panel * nr < limit(tile) {
          m.tile(
            d, queries + tile * mr * d, d, b, nr, scores + tile * mr * Self.scoreStride + panel * nr, Self.scoreStride,
            1, false)
        }
      }
      for tile in 0..<tiles where limit(tile) > 0 {
        let seen = limit(tile)
        let r = tile * mr
        if let cap = shape.softCap {
          for r in r..<min(count, r + mr) { m.softCap(scores + r * Self.scoreStride, seen, shape.scale, cap) }
        }
        m.softmaxRows(
          scores + r * Self.scoreStride, Self.scoreStride, min(mr, count - r), first + r + 1 - window - key,
          first + r + 1 - key, seen, seen, shape.softCap == nil ? shape.scale : 1, tops + r, totals + r,
          corrections + r)
        if key > begin {
          for r in r..<min(count, r + mr) where corrections[r] != 1 {
            m.scale(corrections[r], sums + r * paddedD, paddedD)
          }
        }
        for panel in 0..<dPanels {
          m.tile(
            seen, scores + tile * mr * Self.scoreStride, Self.scoreStride,
            scratch + layout.values + (panel * keys + key) * nr, nr, sums + tile * mr * paddedD + panel * nr, paddedD,
            1, key > begin)
        }
      }
      key += Self.keyBlock
    }
    for r in 0..<count {
      let row = start + first + r
      m.scale(1 / totals[r], sums + r * paddedD, d)
      (output.row(row) + head * d).update(from: sums + r * paddedD, count: d)
      logSumExp?[row * shape.heads + head] = tops[r] + logf(totals[r])
    }
  }
}
