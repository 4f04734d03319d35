/// One stage of cutting a text into words. Stages pass pieces on without copying, except where they change them.
enum PreTokenizer: Sendable {
  /// Pieces are the matches and what lies between them; `inverted` takes the one for the other.
  case split(Pattern, SplitBehavior, inverted: Bool)
  /// A space in front, unless there is one.
  case prefixSpace
  /// `mark` for each space; in front of every piece that does not begin with it, of the text's first only, or of none.
  case metaspace(mark: [UInt8], PrependScheme)
  /// GPT-2's characters for bytes.
  case byteLevel

  enum PrependScheme: String, Sendable {
    case first, never, always
  }

  /// Numbers of all scripts, as Rust's `char::is_numeric`.
  static let numberPattern = #"\p{N}"#
  /// Unicode's White_Space.
  static let spacePattern = #"[\t-\r\x{85}\p{Z}]"#
  static let wordPattern =
    #"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}\t-\r\x{85}\p{Z}]+"#
  static let punctuationPattern = #"[!-/:-@\[-`{-~\p{P}]"#
  /// GPT-2's pattern, as `tokenizers`' ByteLevel has it; in Oniguruma's syntax.
  static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Calls `body` with every piece that the stages from `index` on make of `text`. No piece is empty.
  ///
  /// - Parameters:
  ///   - startsText: the piece begins where the whole text does.
  ///   - matchers: one for each stage, since a stage's matching goes on while later stages match in what it found.
  static func run(
    _ stages: [PreTokenizer], from index: Int = 0, _ text: UnsafeBufferPointer<UInt8>, startsText: Bool,
    _ matchers: [PatternMatcher], _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard !text.isEmpty else { return }
    guard index < stages.count else { return body(text) }
    func pass(_ changed: [UInt8]) {
      changed.withUnsafeBufferPointer {
        run(stages, from: index + 1, $0, startsText: startsText, matchers, body)
      }
    }
    switch stages[index] {
    case .prefixSpace:
      if text[0] == 0x20 {
        run(stages, from: index + 1, text, startsText: startsText, matchers, body)
      } else {
        pass([0x20] + Array(text))
      }
    case .metaspace(let mark, let scheme): pass(metaspaced(text, mark, scheme, startsText: startsText))
    case .byteLevel: pass(ByteLevelAlphabet.text(of: text))
    case .split(let pattern, let behavior, let inverted):
      let isLast = index + 1 == stages.count
      func piece(_ range: Range<Int>) {
        if isLast, !range.isEmpty { return body(UnsafeBufferPointer(rebasing: text[range])) }
        run(
          stages, from: index + 1, UnsafeBufferPointer(rebasing: text[range]),
          startsText: startsText && range.lowerBound == 0, matchers, body)
      }
      if pattern.source == numberPattern, !inverted, !mayHaveNumber(text) { return piece(0..<text.count) }
      if pattern.source == gpt2Pattern, case .isolated = behavior {
        return GPT2Words.forEach(of: text, pattern: pattern, matchers[index], piece)
      }
      split(text, pattern, behavior, inverted: inverted, matchers[index], piece)
    }
  }

  /// Whether a byte is a digit, or may belong to a number of another script.
  private static func mayHaveNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    text.contains { $0 >= 0x80 || (0x30...0x39).contains($0) }
  }

  private static func split(
    _ text: UnsafeBufferPointer<UInt8>, _ pattern: Pattern, _ behavior: SplitBehavior, inverted: Bool,
    _ matcher: PatternMatcher, _ body: (Range<Int>) -> Void
  ) {
    var pending = 0..<0
    var hasPending = false
    var wasMatch = false
    matcher.forEachMatch(of: pattern, in: text) { range, found in
      let isMatch = found != inverted
      let joins: Bool
      switch behavior {
      case .isolated: return body(range)
      case .removed:
        if !isMatch { body(range) }
        return
      case .contiguous: joins = isMatch == wasMatch
      case .mergedWithPrevious: joins = isMatch && !wasMatch
      case .mergedWithNext: joins = !isMatch && wasMatch
      }
      if hasPending, joins {
        pending = pending.lowerBound..<range.upperBound
      } else {
        if hasPending { body(pending) }
        pending = range
      }
      hasPending = true
      wasMatch = isMatch
    }
    if hasPending { body(pending) }
  }

  private static func metaspaced(
    _ text: UnsafeBufferPointer<UInt8>, _ mark: [UInt8], _ scheme: PrependScheme, startsText: Bool
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + 8 * mark.count)
    let beginsMarked = text[0] == 0x20 || text.starts(with: mark)
    if scheme == .always || (scheme == .first && startsText), !beginsMarked { result += mark }
    for byte in text {
      if byte == 0x20 { result.append(contentsOf: mark) } else { result.append(byte) }
    }
    return result
  }
}

/// What becomes of the matches where a text is split at them, by the names in `tokenizer.json`.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// The words of GPT-2's pattern, most of them without the pattern: letters or digits of ASCII, with a space before them or none, end
/// where the next byte is of ASCII and none of them. What begins otherwise is left to the pattern.
enum GPT2Words {
  /// Calls `body` with the pattern's matches in order; together they are the text.
  static func forEach(
    of text: UnsafeBufferPointer<UInt8>, pattern: Pattern, _ matcher: PatternMatcher, _ body: (Range<Int>) -> Void
  ) {
    var place = 0
    while place < text.count {
      if let end = plainEnd(text, place) {
        body(place..<end)
        place = end
        continue
      }
      // The pattern matches every text at once, so that there is nothing between two matches.
      guard let match = matcher.firstMatch(of: pattern, in: text, from: place), !match.isEmpty else {
        return body(place..<text.count)
      }
      if place < match.lowerBound { body(place..<match.lowerBound) }
      body(match)
      place = match.upperBound
    }
  }

  /// Where a word that begins at `place` ends, if ASCII alone tells.
  @inline(__always)
  private static func plainEnd(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int? {
    var end = place
    if text[end] == 0x20 { end += 1 }
    guard end < text.count else { return nil }
    let isWord: Bool
    if isLetter(text[end]) {
      repeat { end += 1 } while end < text.count && isLetter(text[end])
      isWord = true
    } else if isDigit(text[end]) {
      repeat { end += 1 } while end < text.count && isDigit(text[end])
      isWord = true
    } else {
      isWord = false
    }
    return isWord && (end == text.count || text[end] < 0x80) ? end : nil
  }

  @inline(__always)
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// GPT-2's mapping between bytes and printable characters, in which byte-level vocabularies are written.
enum ByteLevelAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var result: [Unicode.Scalar] = []
    var spare: UInt32 = 0
    for byte in UInt32(0)..<256 {
      let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
      result.append(Unicode.Scalar(isPrintable ? byte : 256 + spare) ?? " ")
      if !isPrintable { spare += 1 }
    }
    return result
  }()

  /// The byte of each scalar below `bytes.count`, or −1.
  private static let bytes: [Int16] = {
    var result = [Int16](repeating: -1, count: 324)
    for (byte, scalar) in scalars.enumerated() { result[Int(scalar.value)] = Int16(byte) }
    return result
  }()

  /// The bytes that a token's text, in UTF-8, stands for, or nil if it holds another character.
  static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var iterator = text.makeIterator()
    while let lead = iterator.next() {
      var value = Int(lead)
      if lead >= 0x80 {
        // The alphabet ends below U+0800, so two bytes hold any of it.
        guard (0xC2..<0xE0).contains(lead), let next = iterator.next() else { return nil }
        value = Int(lead & 0x1F) << 6 | Int(next & 0x3F)
      }
      guard value < bytes.count, let byte = UInt8(exactly: bytes[value]) else { return nil }
      result.append(byte)
    }
    return result
  }

  /// What stands for the bytes, in UTF-8.
  static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes {
      let value = scalars[Int(byte)].value
      if value < 0x80 {
        result.append(UInt8(value))
      } else {
        result.append(UInt8(0xC0 | value >> 6))
        result.append(UInt8(0x80 | value & 0x3F))
      }
    }
    return result
  }
}
