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
