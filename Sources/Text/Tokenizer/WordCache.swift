/// The tokens of words met before: flat storage, so that neither asking nor remembering allocates for a word, and memory of its own,
/// since arrays in a class are retained and released at each access, which took an eighth of the time of encoding.
final class WordCache {
  private struct Entry {
    let hash: UInt64
    let wordStart: Int32
    let wordCount: Int32
    let tokenStart: Int32
    let tokenCount: Int32
  }

  private static let slotCount = 1 << 17
  private static let mostWords = 1 << 16
  /// Longer words seldom come again.
  static let longestWord = 48
  private static let mostBytes = mostWords * longestWord

  /// Pages that nothing was written to take no memory.
  private let slots = UnsafeMutablePointer<Int32>.allocate(capacity: slotCount)
  private let entries = UnsafeMutablePointer<Entry>.allocate(capacity: mostWords)
  private let words = UnsafeMutablePointer<UInt8>.allocate(capacity: mostBytes)
  private let tokens = UnsafeMutablePointer<Int32>.allocate(capacity: mostBytes)
  private var entryCount = 0
  private var byteCount = 0
  private var tokenCount = 0

  init() { slots.initialize(repeating: -1, count: Self.slotCount) }

  deinit {
    slots.deallocate()
    entries.deallocate()
    words.deallocate()
    tokens.deallocate()
  }

  /// Appends the tokens of a word that is known, and says whether it is.
  @inline(__always)
  func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to output: inout [Int32]) -> Bool {
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, holds(word, at: entry) {
        let start = tokens + Int(entry.tokenStart)
        if entry.tokenCount == 1 {
          output.append(start[0])
        } else {
          output.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(entry.tokenCount)))
        }
        return true
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    return false
  }

  @inline(__always)
  private func holds(_ word: UnsafeBufferPointer<UInt8>, at entry: Entry) -> Bool {
    guard Int(entry.wordCount) == word.count else { return false }
    let start = words + Int(entry.wordStart)
    for index in 0..<word.count where start[index] != word[index] { return false }
    return true
  }

  /// Remembers a word that is not known; a full cache stays as it is.
  func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, tokens new: ArraySlice<Int32>) {
    guard entryCount < Self.mostWords, byteCount + word.count <= Self.mostBytes,
      tokenCount + new.count <= Self.mostBytes
    else { return }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    slots[slot] = Int32(entryCount)
    (entries + entryCount).initialize(
      to: Entry(
        hash: hash, wordStart: Int32(byteCount), wordCount: Int32(word.count), tokenStart: Int32(tokenCount),
        tokenCount: Int32(new.count)))
    entryCount += 1
    for byte in word {
      words[byteCount] = byte
      byteCount += 1
    }
    for token in new {
      tokens[tokenCount] = token
      tokenCount += 1
    }
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
