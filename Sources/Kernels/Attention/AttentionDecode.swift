import CPUFeatures
import MicrokernelTable
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Attention of one new token of each of several sequences to its cache.
///
/// A long cache is cut into parts of 128 tokens, whose sums are combined afterwards, so that several workers share one
/// sequence of few heads. All the query heads of one key and value head go together: they share its keys, and are the rows
/// of a tile whose right-hand side is the cached values where they lie.
struct AttentionDecode {
  private static let part = 128
  /// Tokens whose keys are multiplied while memory delivers their values.
  private static let stretch = 16

  let q: Rows
  let caches: UnsafePointer<KVView>
  let lengths: UnsafePointer<Int32>
  let output: Rows
  let shape: AttentionShape
  /// Parts of the longest sequence.
  let parts: Int

  init(
    q: Rows, caches: UnsafePointer<KVView>, lengths: UnsafePointer<Int32>, output: Rows, shape: AttentionShape
  ) {
    self.q = q
    self.caches = caches
    self.lengths = lengths
    self.output = output
    self.shape = shape
    var parts = 0
    for n in 0..<q.rows { parts = max(parts, Self.parts(Int(lengths[n]), shape)) }
    self.parts = parts
  }

  private static func parts(_ length: Int, _ shape: AttentionShape) -> Int {
    (length - shape.firstKey(of: length - 1) + part - 1) / part
  }

  /// Cached tokens that sequence `n` sees.
  private func visible(_ n: Int) -> Range<Int> {
    let length = Int(lengths[n])
    return shape.firstKey(of: length - 1)..<length
  }

  /// Rows of a group's scores, in whole tiles.
  private func groupRows(_ m: borrowing MicrokernelTable) -> Int {
    (shape.groupSize + m.shortRows - 1) / m.shortRows * m.shortRows
  }

  /// Scores, sums, and each row's largest score and sum of exponentials.
  var scratchFloats: Int { groupRows(Microkernel.table) * (Self.part + shape.headSize + 2) }

  /// A part's results for one head: its sum of values, its largest score, and its sum of exponentials.
  private var resultStride: Int { shape.headSize + 2 }
  var resultFloats: Int { q.rows * shape.heads * parts * resultStride }

  /// One part of one sequence's cache, for one key and value head: `item` counts these heads within sequences.
  /// - Parameter results: `[n, heads, parts, headSize + 2]`; nil writes to the output, where no sequence has several parts
  func attend(
    _ item: Int, part: Int, _ scratch: UnsafeMutablePointer<Float>, results: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = shape.headSize
    let group = shape.groupSize
    let n = item / shape.kvHeads
    let kvHead = item % shape.kvHeads
    let cache = caches[n]
    let seen = visible(n)
    let first = seen.lowerBound + part * Self.part
    let count = min(Self.part, seen.upperBound - first)
    guard count > 0 else { return }
    let keys = cache.keys + first * cache.stride + kvHead * cache.headStride
    let values = cache.values + first * cache.stride + kvHead * cache.headStride
    let scores = scratch
    let sums = scores + groupRows(m) * Self.part
    let tops = sums + groupRows(m) * d
    let totals = tops + groupRows(m)
    // A stretch of the values is asked for before each stretch of the keys is multiplied, so that memory delivers them meanwhile.
    for start in stride(from: 0, to: count, by: Self.stretch) {
      let end = min(count, start + Self.stretch)
      askFor(values, cache.stride, start..<end)
      m.dotRows(
        d, q.row(n) + kvHead * group * d, d, group, keys + start * cache.stride, cache.stride, end - start,
        scores + start, Self.part, false)
    }
    let scale = shape.softCap == nil ? shape.scale : 1
    for member in 0..<group {
      let row = scores + member * Self.part
      if let cap = shape.softCap { m.softCap(row, count, shape.scale, cap) }
      tops[member] = scale * m.maximum(row, count)
      totals[member] = m.exponentials(row, row, count, scale, tops[member], nil)
    }
    addValues(m, scores, values, cache.stride, count, sums)
    for member in 0..<group {
      let head = kvHead * group + member
      let sum = sums + member * d
      if let results {
        let place = results + ((n * shape.heads + head) * parts + part) * resultStride
        place.update(from: sum, count: d)
        place[d] = tops[member]
        place[d + 1] = totals[member]
      } else {
        m.scale(1 / totals[member], sum, d)
        (output.row(n) + head * d).update(from: sum, count: d)
      }
    }
  }

  /// The tile goes over the values once for each of its panels: all of a row's lines are asked for before.
  private func askFor(_ values: UnsafePointer<Float>, _ stride: Int, _ rows: Range<Int>) {
    for s in rows {
      for line in Swift.stride(from: 0, to: shape.headSize, by: 16) {
        lorascope_prefetch_far(values + s * stride + line)
      }
    }
  }

  /// `sums[group, headSize] = scores · values`
  private func addValues(
    _ m: borrowing MicrokernelTable, _ scores: UnsafeMutablePointer<Float>, _ values: UnsafeMutablePointer<Float>,
    _ stride: Int, _ count: Int, _ sums: UnsafeMutablePointer<Float>
  ) {
    let d = shape.headSize
    if let flatTile = m.flatTile, d % m.flatColumns == 0 {
      for row in Swift.stride(from: 0, to: shape.groupSize, by: MicrokernelTable.flatRows) {
        for column in Swift.stride(from: 0, to: d, by: m.flatColumns) {
          flatTile(
            count, scores + row * Self.part, Self.part, values + column, stride, sums + row * d + column, d, 1, false)
        }
      }
      return
    }
    let whole = d / m.tileColumns * m.tileColumns
    for row in Swift.stride(from: 0, to: shape.groupSize, by: m.shortRows) {
      for column in Swift.stride(from: 0, to: whole, by: m.tileColumns) {
        m.shortTile(
          count, scores + row * Self.part, Self.part, values + column, stride, sums + row * d + column, d, 1, false)
      }
    }
    guard whole < d else { return }
    for member in 0..<shape.groupSize {
      let sum = sums + member * d + whole
      sum.update(repeating: 0, count: d - whole)
      for s in 0..<count { m.addScaled(scores[member * Self.part + s], values + s * stride + whole, sum, d - whole) }
    }
  }

  /// The output of one head, counted within sequences, from its parts.
  func combine(_ item: Int, _ results: UnsafeMutablePointer<Float>) {
    let m = Microkernel.table
    let d = shape.headSize
    let n = item / shape.heads
    let own = results + item * parts * resultStride
    let count = Self.parts(Int(lengths[n]), shape)
    let out = output.row(n) + item % shape.heads * d
    var top = -Float.infinity
    for part in 0..<count { top = max(top, own[part * resultStride + d]) }
    var total: Float = 0
    out.update(repeating: 0, count: d)
    for part in 0..<count {
      let place = own + part * resultStride
      let factor = expf(place[d] - top)
      total += factor * place[d + 1]
      m.addScaled(factor, place, out, d)
    }
    m.scale(1 / total, out, d)
  }
}

/// The keys and values of one new token for each of several sequences, on their way into the caches: whoever attends with
/// a key and value head turns and stores it first, which saves two stretches between barriers.
public struct NewKeysAndValues {
  /// `[n, kvHeads · headSize]`, before RoPE where there is a table; turned in place
  public var keys: Rows
  /// `[n, kvHeads · headSize]`
  public var values: Rows
  public var table: RoPETable?

  public init(keys: Rows, values: Rows, table: RoPETable?) {
    self.keys = keys
    self.values = values
    self.table = table
  }

  /// Turns one head's key and the queries that attend with it, and stores key and value.
  @inline(__always)
  func append(
    _ n: Int, _ kvHead: Int, position: Int, q: Rows, to cache: KVView, _ shape: AttentionShape
  ) {
    let m = Microkernel.table
    let d = shape.headSize
    let key = keys.row(n) + kvHead * d
    if let table {
      let half = table.rotaryDimensions / 2
      let cosine = table.cosines + position * half
      let sine = table.sines + position * half
      m.rotate(key, key + half, cosine, sine, 1, half)
      for member in 0..<shape.groupSize {
        let query = q.row(n) + (kvHead * shape.groupSize + member) * d
        m.rotate(query, query + half, cosine, sine, 1, half)
      }
    }
    let place = position * cache.stride + kvHead * cache.headStride
    (cache.keys + place).update(from: key, count: d)
    (cache.values + place).update(from: values.row(n) + kvHead * d, count: d)
  }
}

/// One sequence's cached keys and values: a head's rows `[maxLength, headSize]` are `stride` values apart, the heads `headStride`.
///
/// Decoding keeps each head by itself, `[kvHeads, maxLength, headSize]`: whoever attends with a head reads its keys and its values in one
/// ascending stream each. Side by side in rows, of three heads a third of every twelve lines was read.
///
/// `@unchecked Sendable`: only pointers; decoding appends to one head's keys and values, and reads them, in one worker.
public struct KVView: @unchecked Sendable {
  public var keys: UnsafeMutablePointer<Float>
  public var values: UnsafeMutablePointer<Float>
  public var stride: Int
  public var headStride: Int

  public init(
    keys: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>, stride: Int, headStride: Int
  ) {
    self.keys = keys
    self.values = values
    self.stride = stride
    self.headStride = headStride
  }

  /// Puts one position's keys and values `[kvHeads · headSize]` where they belong.
  public func store(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, position: Int, kvHeads: Int, headSize: Int
  ) {
    for head in 0..<kvHeads {
      let place = position * stride + head * headStride
      (self.keys + place).update(from: keys + head * headSize, count: headSize)
      (self.values + place).update(from: values + head * headSize, count: headSize)
    }
  }
}
