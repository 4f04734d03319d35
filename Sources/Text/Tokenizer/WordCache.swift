/// The tokens of words met before: flat storage, so that neither asking nor remembering allocates for a word.
struct WordCache {
  private struct Entry {
    let hash: UInt64
    let wordStart: Int32
    let wordCount: Int32
    let tokenStart: Int32
    let tokenCount: Int32
  }

  private var slots = [Int32](repeating: -1, count: slotCount)
  private var entries: [Entry] = []
  private var words: [UInt8] = []
  private var tokens: [Int32] = []
  private static let slotCount = 1 << 17
  private static let mostWords = 1 << 16
  /// Longer words seldom come again.
  static let longestWord = 48

  /// Appends the tokens of a word that is known, and says whether it is.
  @inline(__always)
  func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to output: inout [Int32]) -> Bool {
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, holds(word, at: entry) {
        for index in 0..<Int(entry.tokenCount) { output.append(tokens[Int(entry.tokenStart) + index]) }
        return true
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    return false
  }

  @inline(__always)
  private func holds(_ word: UnsafeBufferPointer<UInt8>, at entry: Entry) -> Bool {
    guard Int(entry.wordCount) == word.count else { return false }
    let start = Int(entry.wordStart)
    for index in 0..<word.count where words[start + index] != word[index] { return false }
    return true
  }

  /// Remembers a word that is not known; a full cache stays as it is.
  mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, tokens new: ArraySlice<Int32>) {
    guard entries.count < Self.mostWords else { return }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    slots[slot] = Int32(entries.count)
    entries.append(
      Entry(
        hash: hash, wordStart: Int32(words.count), wordCount: Int32(word.count), tokenStart: Int32(tokens.count),
        tokenCount: Int32(new.count)))
    words.append(contentsOf: word)
    tokens.append(contentsOf: new)
  }
}
