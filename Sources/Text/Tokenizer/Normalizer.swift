import Foundation

/// What is done to a text before it is cut into words.
enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  /// StripAccents and Nmt are replacements too.
  case replace(Pattern, with: [UInt8])
  case prepend([UInt8])
  case strip(left: Bool, right: Bool)
  case characterMap(CharacterMap)
  /// GPT-2's characters for bytes.
  case byteLevel

  /// - Parameter keepsStart: becomes false where the text's first character no longer stands for the beginning of the original,
  ///   by which Metaspace's scheme `first` goes.
  func apply(_ text: inout [UInt8], keepsStart: inout Bool, matcher: PatternMatcher) {
    guard !text.isEmpty, matcher.failure == nil else { return }
    switch self {
    case .form(let form): form.apply(&text)
    case .lowercase: Self.lowercase(&text)
    case .replace(let pattern, let content):
      Self.replace(&text, pattern, content, keepsStart: &keepsStart, matcher)
    case .prepend(let content): text.insert(contentsOf: content, at: 0)
    case .strip(let left, let right):
      let range = Self.withoutSpaces(text, left: left, right: right)
      if range.lowerBound > 0 { keepsStart = false }
      if range.count < text.count { text = Array(text[range]) }
    case .characterMap(let map): map.apply(&text)
    case .byteLevel: text = ByteLevelAlphabet.text(of: text)
    }
  }

  private static func lowercase(_ text: inout [UInt8]) {
    if text.allSatisfy({ $0 < 0x80 }) {
      for index in text.indices where (0x41...0x5A).contains(text[index]) { text[index] += 0x20 }
      return
    }
    // Each character by itself, as Rust's `char::to_lowercase`: no final sigma.
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if scalar.value < 0x80 {
        result.append(UInt8(scalar.value) + ((0x41...0x5A).contains(scalar.value) ? 0x20 : 0))
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
    }
    text = result
  }

  private static func replace(
    _ text: inout [UInt8], _ pattern: Pattern, _ content: [UInt8], keepsStart: inout Bool, _ matcher: PatternMatcher
  ) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    text.withUnsafeBufferPointer { text in
      matcher.forEachMatch(of: pattern, in: text) { range, isMatch in
        if !isMatch { return result.append(contentsOf: text[range]) }
        guard result.count + content.count <= matcher.mostBytes else {
          return matcher.fail(pattern, "makes more than \(matcher.mostBytes) bytes of the text")
        }
        result.append(contentsOf: content)
        // What replaces several characters stands for the last of them.
        let characters = text[range].count { $0 & 0xC0 != 0x80 }
        if range.lowerBound == 0, !range.isEmpty, content.isEmpty || characters > 1 { keepsStart = false }
      }
    }
    text = result
  }

  private static func withoutSpaces(_ text: [UInt8], left: Bool, right: Bool) -> Range<Int> {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    var rest = scalars[...]
    var start = 0
    var end = text.count
    while left, let first = rest.first, first.properties.isWhitespace {
      start += UTF8.width(first)
      rest.removeFirst()
    }
    while right, let last = rest.last, last.properties.isWhitespace {
      end -= UTF8.width(last)
      rest.removeLast()
    }
    return start..<end
  }
}

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
