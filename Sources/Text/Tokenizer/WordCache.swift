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

/// A hash of a few bytes, eight at a time; for tables in memory only.
enum ByteHash {
  @inline(__always)
  static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let raw = UnsafeRawBufferPointer(bytes)
    var hash = UInt64(truncatingIfNeeded: raw.count) &* 0x9E37_79B9_7F4A_7C15
    var position = 0
    while position + 8 <= raw.count {
      hash = mixed(hash, raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    var rest: UInt64 = 0
    while position < raw.count {
      rest = rest << 8 | UInt64(raw[position])
      position += 1
    }
    return mixed(hash, rest)
  }

  /// Folds the 128-bit product, as wyhash does.
  @inline(__always)
  private static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    let product = (hash ^ value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
