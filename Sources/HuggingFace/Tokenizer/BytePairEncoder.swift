/// The BPE model: bytes of one word to token ids, in O(n log n).
struct BytePairEncoder: Sendable {
  /// The token of each single byte, −1 where the vocabulary has none.
  let byteTokens: [Int32]
  let merges: MergeTable
  /// Tokens by their bytes; asked only with `ignoresMerges`.
  let tokensByBytes: [[UInt8]: Int32]
  /// A word that is a token is taken whole, whatever the merges say.
  let ignoresMerges: Bool
  /// For bytes that the vocabulary lacks; nil drops them.
  let unknown: Int32?
  let fusesUnknown: Bool

  /// Appends the tokens of `word`.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    if ignoresMerges, let token = tokensByBytes[Array(word)] {
      output.append(token)
      return
    }
    var symbols: [Int32] = []
    symbols.reserveCapacity(word.count)
    var endsWithUnknown = false
    for byte in word {
      let token = byteTokens[Int(byte)]
      if token >= 0 {
        symbols.append(token)
        endsWithUnknown = false
      } else if let unknown, !(fusesUnknown && endsWithUnknown) {
        symbols.append(unknown)
        endsWithUnknown = true
      }
    }
    if symbols.count < 24 { mergeShort(&symbols) } else { mergeLong(&symbols) }
    output.append(contentsOf: symbols)
  }

  /// Looks through all pairs for each merge: quadratic, and fastest for the few symbols of a usual word.
  private func mergeShort(_ symbols: inout [Int32]) {
    while symbols.count > 1 {
      var best: (merge: MergeTable.Merge, place: Int)?
      for place in 0..<(symbols.count - 1) {
        if let merge = merges.merge(symbols[place], symbols[place + 1]), merge.rank < best?.merge.rank ?? Int32.max {
          best = (merge, place)
        }
      }
      guard let best else { return }
      symbols[best.place] = best.merge.result
      symbols.remove(at: best.place + 1)
    }
  }

  /// A linked list of symbols and a queue of merges, as `tokenizers` does it.
  private func mergeLong(_ symbols: inout [Int32]) {
    let count = symbols.count
    var next = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: Int32(index + 1)) }
      initialized = count
    }
    var previous = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: Int32(index - 1)) }
      initialized = count
    }
    var queue = MergeQueue()
    func offer(_ left: Int, _ right: Int) {
      if let merge = merges.merge(symbols[left], symbols[right]) {
        queue.push(MergeQueue.Entry(rank: merge.rank, position: Int32(left), result: merge.result))
      }
    }
    for index in 0..<(count - 1) { offer(index, index + 1) }
    while let entry = queue.pop() {
      let left = Int(entry.position)
      // A symbol that was merged away is −1; what its neighbours became is looked up again, not remembered.
      guard symbols[left] >= 0, next[left] < count else { continue }
      let right = Int(next[left])
      guard let merge = merges.merge(symbols[left], symbols[right]), merge.result == entry.result else { continue }
      symbols[left] = merge.result
      symbols[right] = -1
      next[left] = next[right]
      if next[right] < count { previous[Int(next[right])] = Int32(left) }
      if previous[left] >= 0 { offer(Int(previous[left]), left) }
      if next[left] < count { offer(left, Int(next[left])) }
    }
    symbols.removeAll { $0 < 0 }
  }
}
