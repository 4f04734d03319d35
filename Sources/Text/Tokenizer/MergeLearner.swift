/// Finds the merges of a BPE vocabulary: counts of all pairs, kept up to date as pairs are merged (Sennrich et al. 2016).
struct MergeLearner {
  struct Pair: Hashable, Sendable {
    let left: Int32
    let right: Int32
  }

  private struct Tally {
    var count = 0
    /// Words that hold the pair, or held it once.
    var words: [Int32] = []
  }

  /// The bytes of the tokens from the first byte's id on.
  private(set) var tokens: [[UInt8]]
  private(set) var merges: [Pair] = []
  private var idsByBytes: [[UInt8]: Int32] = [:]
  private let firstID: Int32
  private var words: [[Int32]]
  private let counts: [Int]
  private var tallies: [Pair: Tally] = [:]
  private var queue = PairQueue()

  init(words: [(bytes: [UInt8], count: Int)], byteIDs: [Int32], firstFreeID: Int32, alphabet: [UInt8]) {
    tokens = alphabet.map { [$0] }
    firstID = firstFreeID - Int32(alphabet.count)
    self.words = words.map { $0.bytes.map { byteIDs[Int($0)] } }
    counts = words.map(\.count)
    for (index, word) in self.words.enumerated() {
      for (left, right) in zip(word, word.dropFirst()) {
        add(Pair(left: left, right: right), counts[index], word: Int32(index))
      }
    }
    for (pair, tally) in tallies { queue.push(PairQueue.Entry(count: tally.count, pair: pair)) }
  }

  func text(of id: Int32) -> String {
    String(decoding: ByteLevelAlphabet.text(of: tokens[Int(id - firstID)]), as: UTF8.self)
  }

  /// Merges until there are `size` ids or no pair is left.
  mutating func learn(until size: Int) {
    while Int(firstID) + tokens.count < size, let entry = queue.pop() {
      let count = tallies[entry.pair]?.count ?? 0
      guard count > 0 else { continue }
      guard count == entry.count else {
        // Its count fell since it was queued.
        if count < entry.count { queue.push(PairQueue.Entry(count: count, pair: entry.pair)) }
        continue
      }
      merge(entry.pair)
    }
  }

  private mutating func merge(_ pair: Pair) {
    let bytes = tokens[Int(pair.left - firstID)] + tokens[Int(pair.right - firstID)]
    let id: Int32
    if let known = idsByBytes[bytes] {
      // Another pair already gave this token.
      id = known
    } else {
      id = firstID + Int32(tokens.count)
      tokens.append(bytes)
      idsByBytes[bytes] = id
    }
    merges.append(pair)
    var changed: Set<Pair> = []
    let places = tallies.removeValue(forKey: pair)?.words ?? []
    for index in Set(places).sorted() { replace(pair, with: id, in: index, &changed) }
    for pair in changed {
      if let count = tallies[pair]?.count, count > 0 { queue.push(PairQueue.Entry(count: count, pair: pair)) }
    }
  }

  private mutating func replace(_ pair: Pair, with id: Int32, in index: Int32, _ changed: inout Set<Pair>) {
    let count = counts[Int(index)]
    var word: [Int32] = []
    swap(&word, &words[Int(index)])
    var read = 0
    var write = 0
    while read < word.count {
      guard read + 1 < word.count, word[read] == pair.left, word[read + 1] == pair.right else {
        word[write] = word[read]
        read += 1
        write += 1
        continue
      }
      if write > 0 {
        let before = word[write - 1]
        subtract(Pair(left: before, right: pair.left), count, merged: pair)
        add(Pair(left: before, right: id), count, word: index)
        changed.insert(Pair(left: before, right: id))
      }
      if read + 2 < word.count {
        let after = word[read + 2]
        subtract(Pair(left: pair.right, right: after), count, merged: pair)
        add(Pair(left: id, right: after), count, word: index)
        changed.insert(Pair(left: id, right: after))
      }
      word[write] = id
      read += 2
      write += 1
    }
    word.removeLast(word.count - write)
    words[Int(index)] = word
  }

  private mutating func add(_ pair: Pair, _ count: Int, word: Int32) {
    tallies[pair, default: Tally()].count += count
    if tallies[pair]?.words.last != word { tallies[pair]?.words.append(word) }
  }

  private mutating func subtract(_ pair: Pair, _ count: Int, merged: Pair) {
    guard pair != merged else { return }
    tallies[pair]?.count -= count
  }
}
