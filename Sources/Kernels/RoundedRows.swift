import MicrokernelTable

/// Left-hand sides of products in bfloat16, rounded once for all panels and all products that share them.
///
/// Rounded by each shard for itself, they took a fifth of a training step: a shard's few panels are soon multiplied.
struct RoundedRows {
  private struct Source {
    let term: MatMulTerm
    let rows: Int
    let place: Int
  }

  /// Rows of a shard.
  private static let shardRows = 24
  private var sources: [Source] = []
  /// Room that all of them take.
  private(set) var floats = 0

  /// Where a term's rows will lie, from the beginning of the room on.
  mutating func place(_ term: MatMulTerm, rows: Int) -> Int {
    if let known = sources.first(where: { $0.rows == rows && $0.term.hasSameLeft(as: term) }) { return known.place }
    let source = Source(term: term, rows: rows, place: floats)
    sources.append(source)
    floats += Self.shards(rows) * Self.shardRows * term.roundedStride
    return source.place
  }

  var shards: Int { sources.reduce(0) { $0 + Self.shards($1.rows) } }

  /// - Parameter room: for `floats`.
  func round(_ shard: Int, _ m: borrowing MicrokernelTable, into room: UnsafeMutablePointer<Float>) {
    guard let pairs = m.pairs else { return }
    var shard = shard
    for source in sources {
      let own = Self.shards(source.rows)
      if shard < own { return round(source, shard * Self.shardRows, pairs, room + source.place) }
      shard -= own
    }
  }

  private func round(
    _ source: Source, _ first: Int, _ pairs: MicrokernelTable.Pairs, _ place: UnsafeMutablePointer<Float>
  ) {
    let term = source.term
    let stride = term.roundedStride
    let rows = min(Self.shardRows, source.rows - first)
    pairs.roundRows(term.left(first, 0), term.aStride, rows, term.depth, place + first * stride, stride)
    // What a tile reads beyond the last row.
    for row in rows..<Self.shardRows { (place + (first + row) * stride).update(repeating: 0, count: stride) }
  }

  private static func shards(_ rows: Int) -> Int { (rows + shardRows - 1) / shardRows }
}
