import HeapModule

/// The BPE model: a word's characters (or its bytes) to token ids, in O(n log n).
struct BytePairModel: Sendable {
  let vocabulary: TokenTable
  let merges: MergeTable
  /// The words are raw bytes, each of which is a character of the vocabulary's alphabet.
  let isByteLevel: Bool
  /// The token of each byte: of its character (byte-level), or `<0x00>` and so on (byte fallback); −1 where there is none.
  let byteTokens: [Int32]
  let fallsBackToBytes: Bool
  /// A word that is a token is taken whole, whatever the merges say.
  let ignoresMerges: Bool
  /// For characters that the vocabulary lacks; nil drops them.
  let unknown: Int32?
  let fusesUnknown: Bool
  /// Of every character but a word's first, and of its last.
  let prefix: [UInt8]
  let suffix: [UInt8]
  /// No merge reaches over the beginning of a `▁`, so a long text may be cut there, and the parts be remembered as words.
  let cutsAtSpaces: Bool

  static let spaceMark: [UInt8] = Array("▁".utf8)

  /// Appends the tokens of `word`, which is not empty.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    if ignoresMerges, let token = wholeWord(word) {
      output.append(token)
      return
    }
    var symbols: [Int32] = []
    symbols.reserveCapacity(word.count)
    if isByteLevel { appendBytes(word, &symbols) } else { appendCharacters(word, &symbols) }
    if symbols.count < 32 { mergeShort(&symbols) } else { mergeLong(&symbols) }
    output.append(contentsOf: symbols)
  }

  /// Calls `body` with the parts of a word whose tokens are, one after the other, those of the word.
  func forEachPart(of word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    guard cutsAtSpaces else { return body(word) }
    func isMark(_ place: Int) -> Bool {
      place >= 0 && place + 3 <= word.count && word[place] == Self.spaceMark[0] && word[place + 1] == Self.spaceMark[1]
        && word[place + 2] == Self.spaceMark[2]
    }
    var start = 0
    var place = 1
    while place < word.count {
      if word[place] == Self.spaceMark[0], isMark(place), !isMark(place - 3) {
        body(UnsafeBufferPointer(rebasing: word[start..<place]))
        start = place
      }
      place += 1
    }
    body(UnsafeBufferPointer(rebasing: word[start...]))
  }

  private func wholeWord(_ word: UnsafeBufferPointer<UInt8>) -> Int32? {
    isByteLevel ? vocabulary.id(of: ByteLevelAlphabet.text(of: word)) : vocabulary.id(of: word)
  }

  private func appendBytes(_ word: UnsafeBufferPointer<UInt8>, _ symbols: inout [Int32]) {
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
  }

  private func appendCharacters(_ word: UnsafeBufferPointer<UInt8>, _ symbols: inout [Int32]) {
    // An unknown character waits for the next known one. One that falls back to bytes passes it by, as in `tokenizers`.
    var waiting = false
    var start = 0
    while start < word.count {
      var end = start + 1
      while end < word.count, word[end] & 0xC0 == 0x80 { end += 1 }
      let character = UnsafeBufferPointer(rebasing: word[start..<end])
      if let token = symbol(character, isFirst: start == 0, isLast: end == word.count) {
        if waiting, let unknown { symbols.append(unknown) }
        waiting = false
        symbols.append(token)
      } else if fallsBackToBytes, appendFallback(character, start == 0, end == word.count, &symbols) {
      } else if let unknown {
        if waiting, !fusesUnknown { symbols.append(unknown) }
        waiting = true
      }
      start = end
    }
    if waiting, let unknown { symbols.append(unknown) }
  }

  private func decorated(_ character: UnsafeBufferPointer<UInt8>, _ isFirst: Bool, _ isLast: Bool) -> [UInt8] {
    (isFirst ? [] : prefix) + Array(character) + (isLast ? suffix : [])
  }

  private func symbol(_ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool) -> Int32? {
    if prefix.isEmpty, suffix.isEmpty { return vocabulary.id(of: character) }
    return vocabulary.id(of: decorated(character, isFirst, isLast))
  }

  private func appendFallback(
    _ character: UnsafeBufferPointer<UInt8>, _ isFirst: Bool, _ isLast: Bool, _ symbols: inout [Int32]
  ) -> Bool {
    let bytes = prefix.isEmpty && suffix.isEmpty ? Array(character) : decorated(character, isFirst, isLast)
    guard bytes.allSatisfy({ byteTokens[Int($0)] >= 0 }) else { return false }
    for byte in bytes { symbols.append(byteTokens[Int(byte)]) }
    return true
  }

  /// Keeps the merge of every pair and looks for the best among them: quadratic, and fastest for a usual word.
  private func mergeShort(_ symbols: inout [Int32]) {
    guard symbols.count > 1 else { return }
    let none = MergeTable.Merge(rank: Int32.max, result: -1)
    var pairs = (0..<(symbols.count - 1)).map { merges.merge(symbols[$0], symbols[$0 + 1]) ?? none }
    while true {
      var best = none
      var place = -1
      for (index, pair) in pairs.enumerated() where pair.rank < best.rank {
        best = pair
        place = index
      }
      guard place >= 0 else { return }
      symbols[place] = best.result
      symbols.remove(at: place + 1)
      pairs.remove(at: place)
      if place > 0 { pairs[place - 1] = merges.merge(symbols[place - 1], symbols[place]) ?? none }
      if place < pairs.count { pairs[place] = merges.merge(symbols[place], symbols[place + 1]) ?? none }
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
    var queue = Heap<MergeCandidate>()
    func offer(_ left: Int, _ right: Int) {
      if let merge = merges.merge(symbols[left], symbols[right]) {
        queue.insert(MergeCandidate(rank: merge.rank, position: Int32(left), result: merge.result))
      }
    }
    for index in 0..<(count - 1) { offer(index, index + 1) }
    while let entry = queue.popMin() {
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

/// The merges of a BPE model by the pair of ids that they join: an open-addressing table, since a long word asks for
/// millions of pairs.
struct MergeTable: Sendable {
  struct Merge: Sendable {
    /// The lower, the earlier.
    let rank: Int32
    let result: Int32
  }

  private var keys: [UInt64]
  private var merges: [Merge]
  private let mask: Int
  private static let empty = UInt64.max

  init(count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    keys = [UInt64](repeating: Self.empty, count: capacity)
    merges = [Merge](repeating: Merge(rank: 0, result: 0), count: capacity)
    mask = capacity - 1
  }

  /// The last of two merges of the same pair counts, as in `tokenizers`.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    keys[slot] = key
    merges[slot] = merge
  }

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge? {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    return keys[slot] == key ? merges[slot] : nil
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
    while keys[slot] != key && keys[slot] != Self.empty { slot = (slot &+ 1) & mask }
    return slot
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// A possible merge in a word: the lowest rank goes first, then the leftmost.
private struct MergeCandidate: Comparable {
  let rank: Int32
  let position: Int32
  let result: Int32

  static func < (left: MergeCandidate, right: MergeCandidate) -> Bool {
    left.rank != right.rank ? left.rank < right.rank : left.position < right.position
  }
}

/// What an encoding call needs besides the tokenizer; kept from call to call.
///
/// `@unchecked Sendable`: a call takes one out of the tokenizer's pool, under its lock, and puts it back when it is done, so
/// only one thread uses it at a time.
final class EncodingWorkspace: @unchecked Sendable {
  let words = WordCache()
  /// One for each pre-tokenizer, and one for the normalizers.
  let matchers: [PatternMatcher]

  init(stages: Int) { matchers = (0...stages).map { _ in PatternMatcher() } }
}
