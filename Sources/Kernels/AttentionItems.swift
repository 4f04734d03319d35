/// The shards of attention's forward pass: a chunk of one sequence's queries, for one key and value head.
struct AttentionItems {
  struct Item {
    /// Row of the sequence's first token.
    var sequenceStart: Int
    /// Tokens of the sequence.
    var length: Int
    /// Queries within the sequence.
    var queries: Range<Int>
    var kvHead: Int
  }

  let sequenceStarts: UnsafePointer<Int32>
  let sequences: Int
  let kvHeads: Int
  let chunk: Int
  let count: Int

  init(sequenceStarts: UnsafePointer<Int32>, sequences: Int, kvHeads: Int, chunk: Int) {
    self.sequenceStarts = sequenceStarts
    self.sequences = sequences
    self.kvHeads = kvHeads
    self.chunk = chunk
    var chunks = 0
    for s in 0..<sequences {
      let length = Int(sequenceStarts[s + 1] - sequenceStarts[s])
      chunks += Self.chunks(length, chunk)
    }
    count = chunks * kvHeads
  }

  private static func chunks(_ length: Int, _ chunk: Int) -> Int { length == 0 ? 0 : (length - 1) / chunk + 1 }

  subscript(index: Int) -> Item {
    var chunkIndex = index / kvHeads
    var sequence = 0
    while true {
      let start = Int(sequenceStarts[sequence])
      let length = Int(sequenceStarts[sequence + 1]) - start
      let chunks = Self.chunks(length, chunk)
      if chunkIndex < chunks {
        // The last chunk first: it is the longest.
        let first = (chunks - 1 - chunkIndex) * chunk
        return Item(
          sequenceStart: start, length: length, queries: first..<min(length, first + chunk), kvHead: index % kvHeads)
      }
      chunkIndex -= chunks
      sequence += 1
    }
  }
}
