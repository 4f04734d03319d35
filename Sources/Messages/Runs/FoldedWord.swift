/// A word to be looked for in texts whatever their case. Filters look through thousands of runs between two frames, and nearly all of
/// their texts are ASCII, which is compared byte by byte without a copy.
struct FoldedWord: Sendable {
  /// Lower case, UTF-8.
  private let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.lowercased().utf8) }

  /// - Parameter isWhole: the text has to be the word, instead of having it somewhere.
  func fits(_ text: String, isWhole: Bool) -> Bool {
    var text = text
    return text.withUTF8 { own in
      if own.allSatisfy({ $0 < 0x80 }) { return find(own, isWhole: isWhole) }
      let folded = Array(String(decoding: own, as: UTF8.self).lowercased().utf8)
      return folded.withUnsafeBufferPointer { find($0, isWhole: isWhole) }
    }
  }

  private func find(_ text: UnsafeBufferPointer<UInt8>, isWhole: Bool) -> Bool {
    guard text.count >= bytes.count, !isWhole || text.count == bytes.count else { return false }
    for start in 0...(text.count - bytes.count) {
      var place = 0
      while place < bytes.count, Self.lower(text[start + place]) == bytes[place] { place += 1 }
      if place == bytes.count { return true }
    }
    return false
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte }
}
