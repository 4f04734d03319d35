import Foundation

/// A Unicode normalisation form. Only the parts of a text that could change are given to Foundation.
enum UnicodeForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  func apply(_ text: inout [UInt8]) {
    guard let first = text.firstIndex(where: { $0 >= 0x80 }) else { return }
    var result: [UInt8] = []
    // The beginning of what has yet to be copied, and of the part that may change.
    var copied = 0
    var unstable: Int?
    var previous = max(0, first - 1)
    var place = first
    func flush(_ end: Int) {
      guard let start = unstable else { return }
      result.append(contentsOf: text[copied..<start])
      result.append(contentsOf: converted(text[start..<end]))
      copied = end
      unstable = nil
    }
    while place < text.count {
      let (value, length) = Self.scalar(text, place)
      if isInert(value) {
        // A mark joins the character before it, so an unstable part begins there and ends before an inert character.
        flush(place)
      } else if let start = unstable {
        // Foundation takes time with the square of the length.
        if place - start > 512, Self.standsAlone(value) {
          flush(place)
          unstable = place
        }
      } else {
        unstable = max(previous, copied)
      }
      previous = place
      place += length
    }
    flush(text.count)
    guard copied > 0 else { return }
    result.append(contentsOf: text[copied...])
    text = result
  }

  /// Of valid UTF-8.
  @inline(__always)
  private static func scalar(_ text: [UInt8], _ place: Int) -> (value: UInt32, length: Int) {
    let lead = UInt32(text[place])
    if lead < 0x80 { return (lead, 1) }
    func bits(_ distance: Int) -> UInt32 { UInt32(text[place + distance] & 0x3F) }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | bits(1), 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | bits(1) << 6 | bits(2), 3) }
    return ((lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), 4)
  }

  /// Characters that the form leaves alone and that no character before them joins; far from all of them.
  @inline(__always)
  private func isInert(_ value: UInt32) -> Bool {
    if value < 0x80 { return true }
    switch value {
    // Latin-1 and the rest below the first combining mark are composed already.
    case 0x80..<0x300: return self == .nfc
    // Cyrillic letters: й, ё and such have decompositions.
    case 0x400..<0x483: return self == .nfc || self == .nfkc
    // Ideographs; kana have decompositions and voicing marks.
    case 0x4E00..<0xA000: return true
    // Hangul syllables, which vowels and finals behind them could join.
    case 0xAC00..<0xD7A4: return self == .nfc || self == .nfkc
    default: return false
    }
  }

  /// Characters that join nothing before them, nor does what they decompose to: all but marks, the later letters of Hangul
  /// syllables, and the half-width voicing marks.
  private static func standsAlone(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    switch value {
    case 0x1160..<0x1200, 0xD7B0..<0xD800, 0xFF9E, 0xFF9F: return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .unassigned: return false
    default: return true
    }
  }

  private func converted(_ part: ArraySlice<UInt8>) -> [UInt8] {
    let text = String(decoding: part, as: UTF8.self)
    let result =
      switch self {
      // Decomposed first: Foundation alone does not join a final consonant to a Hangul syllable.
      case .nfc: text.decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
      case .nfd: text.decomposedStringWithCanonicalMapping
      case .nfkc: text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
      case .nfkd: text.decomposedStringWithCompatibilityMapping
      }
    return Array(result.utf8)
  }
}
