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

/// Byte strings by their beginnings.
struct ByteTrie: Sendable {
  /// The children of all nodes in one open-addressing table; a key is a node and a byte.
  private var keys: [UInt64]
  private var children: [Int32]
  private var values: [Int32] = [-1]
  /// The root's children, which are asked for at every place of a text.
  private var first = [Int32](repeating: -1, count: 256)
  private static let empty = UInt64.max

  init() {
    keys = [UInt64](repeating: Self.empty, count: 64)
    children = [Int32](repeating: -1, count: 64)
  }

  var isEmpty: Bool { values.count == 1 }

  /// The empty string stays out. Of two values of one string the last counts.
  mutating func insert(_ string: some Sequence<UInt8>, value: Int32) {
    var node: Int32 = 0
    for byte in string {
      var next = child(of: node, byte)
      if next < 0 {
        next = Int32(values.count)
        values.append(-1)
        add(next, to: node, byte)
      }
      node = next
    }
    if node > 0 { values[Int(node)] = value }
  }

  /// Whether a string begins with the byte.
  @inline(__always)
  func begins(with byte: UInt8) -> Bool { first[Int(byte)] >= 0 }

  /// Calls `body` with the end and value of each string that begins at `start`, shortest first.
  @inline(__always)
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, at start: Int, _ body: (_ end: Int, _ value: Int32) -> Void) {
    var node: Int32 = 0
    var position = start
    while position < text.count {
      node = child(of: node, text[position])
      guard node >= 0 else { return }
      position += 1
      if values[Int(node)] >= 0 { body(position, values[Int(node)]) }
    }
  }

  @inline(__always)
  private func child(of node: Int32, _ byte: UInt8) -> Int32 {
    if node == 0 { return first[Int(byte)] }
    let key = UInt64(node) << 8 | UInt64(byte)
    let slot = slot(of: key)
    return keys[slot] == key ? children[slot] : -1
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 24) & mask
    while keys[slot] != key && keys[slot] != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func add(_ child: Int32, to node: Int32, _ byte: UInt8) {
    guard node > 0 else {
      first[Int(byte)] = child
      return
    }
    if values.count * 2 > keys.count {
      let old = zip(keys, children).filter { $0.0 != Self.empty }
      let size = keys.count * 2
      keys = [UInt64](repeating: Self.empty, count: size)
      children = [Int32](repeating: -1, count: size)
      for (key, value) in old { set(key, value) }
    }
    set(UInt64(node) << 8 | UInt64(byte), child)
  }

  private mutating func set(_ key: UInt64, _ child: Int32) {
    let slot = slot(of: key)
    keys[slot] = key
    children[slot] = child
  }
}
