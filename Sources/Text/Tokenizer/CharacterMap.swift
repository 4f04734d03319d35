/// A SentencePiece normalisation table (`precompiled_charsmap`): a double-array trie over the bytes of what is replaced
/// (Darts-clone's layout), and the replacements, each ended by a zero byte.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// What becomes of each ASCII character by itself; nil keeps it.
  private var ascii: [Range<Int>?] = []

  /// - Parameter bytes: the table as the file holds it, decoded from Base64.
  /// - Returns: nil if the bytes are no such table.
  init?(_ bytes: [UInt8]) {
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 4 else { return nil }
    let size = Int(word(0))
    guard size % 4 == 0, size >= 4, size <= bytes.count - 4 else { return nil }
    units = stride(from: 4, to: 4 + size, by: 4).map(word)
    replacements = Array(bytes[(4 + size)...])
    guard UTF8Validation.firstInvalidOffset(replacements) == nil else { return nil }
    ascii = (0..<128).map { byte in [UInt8(byte)].withUnsafeBufferPointer { replacement(of: $0) } }
  }

  /// Replaces, as SentencePiece does it, whole short grapheme clusters where the table has one that begins so, and single
  /// characters elsewhere.
  func apply(_ text: inout [UInt8]) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { text in
      // Between two ASCII characters, except CR and LF, clusters always end.
      func isBoundary(_ place: Int) -> Bool {
        place == text.count
          || (text[place - 1] | text[place] < 0x80 && !(text[place - 1] == 0x0D && text[place] == 0x0A))
      }
      var place = 0
      while place < text.count {
        var end = place + 1
        while !isBoundary(end) { end += 1 }
        if end == place + 1, text[place] < 0x80 {
          if let range = ascii[Int(text[place])] {
            result.append(contentsOf: replacements[range])
          } else {
            result.append(text[place])
          }
        } else {
          let part = String(decoding: UnsafeBufferPointer(rebasing: text[place..<end]), as: UTF8.self)
          for character in part { append(character, to: &result) }
        }
        place = end
      }
    }
    text = result
  }

  private func append(_ cluster: Character, to result: inout [UInt8]) {
    let bytes = Array(cluster.utf8)
    if bytes.count < 6, let range = bytes.withUnsafeBufferPointer({ replacement(of: $0) }) {
      result.append(contentsOf: replacements[range])
      return
    }
    for scalar in cluster.unicodeScalars {
      let bytes = Array(UTF8.encode(scalar) ?? UTF8.EncodedScalar())
      if let range = bytes.withUnsafeBufferPointer({ replacement(of: $0) }) {
        result.append(contentsOf: replacements[range])
      } else {
        result.append(contentsOf: bytes)
      }
    }
  }

  /// Where the replacement of the shortest entry stands that `text` begins with.
  private func replacement(of text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var node = Self.offset(units[0])
    for byte in text {
      guard byte != 0 else { return nil }
      node ^= Int(byte)
      guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return nil }
      let unit = units[node]
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard node < units.count else { return nil }
      let start = Int(units[node] & 0x7FFF_FFFF)
      guard start < replacements.count, replacements[start] & 0xC0 != 0x80,
        let end = replacements[start...].firstIndex(of: 0)
      else { return nil }
      return start..<end
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
}
