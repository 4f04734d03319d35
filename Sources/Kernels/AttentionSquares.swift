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
