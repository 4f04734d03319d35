/// The Unigram model (Kudo 2018): of all ways to cut a word into tokens the one with the largest sum of scores.
struct UnigramModel: Sendable {
  let vocabulary: TokenTable
  /// The tokens' bytes; values are ids.
  let trie: ByteTrie
  /// Natural logarithms of probabilities, by id.
  let scores: [Double]
  let unknown: Int32
  /// Of a character that no token covers: ten under the lowest score.
  let unknownScore: Double
  /// `<0x00>` and so on, −1 where there is none; nil without byte fallback.
  let byteTokens: [Int32]?

  private struct Node {
    var score = 0.0
    var start: Int32 = -1
    var id: Int32 = 0
  }

  /// Appends the tokens of `word`, which is not empty.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    let nodes = bestPath(word)
    // Backwards through the path; neighbouring unknown pieces are one.
    var pieces: [(range: Range<Int>, id: Int32)] = []
    var end = word.count
    while end > 0 {
      let node = nodes[end]
      let start = Int(node.start)
      if node.id == unknown, let last = pieces.last, last.id == unknown {
        pieces[pieces.count - 1].range = start..<last.range.upperBound
      } else {
        pieces.append((start..<end, node.id))
      }
      end = start
    }
    for piece in pieces.reversed() {
      guard piece.id == unknown else {
        output.append(piece.id)
        continue
      }
      let text = UnsafeBufferPointer(rebasing: word[piece.range])
      if let id = vocabulary.id(of: text) {
        output.append(id)
      } else if let byteTokens, text.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
        for byte in text { output.append(byteTokens[Int(byte)]) }
      } else {
        output.append(unknown)
      }
    }
  }

  /// For every place the last token of the best way there.
  private func bestPath(_ word: UnsafeBufferPointer<UInt8>) -> [Node] {
    var nodes = [Node](repeating: Node(), count: word.count + 1)
    var start = 0
    while start < word.count {
      var characterEnd = start + 1
      while characterEnd < word.count, word[characterEnd] & 0xC0 == 0x80 { characterEnd += 1 }
      let here = nodes[start].score
      var isCovered = false
      func offer(_ end: Int, _ id: Int32, _ score: Double) {
        let candidate = score + here
        if nodes[end].start < 0 || candidate > nodes[end].score {
          nodes[end] = Node(score: candidate, start: Int32(start), id: id)
        }
      }
      trie.forEachMatch(in: word, at: start) { end, id in
        offer(end, id, scores[Int(id)])
        if end == characterEnd { isCovered = true }
      }
      if !isCovered { offer(characterEnd, unknown, unknownScore) }
      start = characterEnd
    }
    return nodes
  }
}
