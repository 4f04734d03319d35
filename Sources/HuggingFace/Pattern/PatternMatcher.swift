import CPCRE2

/// What one thread needs to match with any pattern: where PCRE2 writes a match's ends, and its limits.
final class PatternMatcher {
  private let data = pcre2_match_data_create_8(1, nil)
  private let context = pcre2_match_context_create_8(nil)
  /// Memory that a match without machine code may take, in KiB.
  private static let largestHeap: UInt32 = 1 << 20

  init() {
    // A long text may need many steps; Oniguruma and Python count none either.
    pcre2_set_match_limit_8(context, UInt32.max)
    pcre2_set_depth_limit_8(context, UInt32.max)
    pcre2_set_heap_limit_8(context, Self.largestHeap)
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
  }

  /// The first match that begins at `start` or after it. `text` is valid UTF-8 and `start` the first byte of a character.
  func firstMatch(of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
    guard let data else { return nil }
    let options = UInt32(PCRE2_NO_UTF_CHECK)
    var status = pcre2_match_8(pattern.code, text.baseAddress, text.count, start, options, data, context)
    if status < 0, status != PCRE2_ERROR_NOMATCH {
      // Machine code has a small stack of its own; the interpreter takes memory as it needs it.
      let interpreted = options | UInt32(PCRE2_NO_JIT)
      status = pcre2_match_8(pattern.code, text.baseAddress, text.count, start, interpreted, data, context)
    }
    guard status >= 0, let ends = pcre2_get_ovector_pointer_8(data), ends[0] <= ends[1] else { return nil }
    return ends[0]..<ends[1]
  }

  /// Calls `body` with the matches and what lies between them, in order; together they are the text.
  ///
  /// Empty matches count, except right after a match, as in the Oniguruma binding that `tokenizers` uses.
  func forEachMatch(
    of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, _ body: (_ range: Range<Int>, _ isMatch: Bool) -> Void
  ) {
    var done = 0
    var position = 0
    var lastEnd = -1
    while position <= text.count, let match = firstMatch(of: pattern, in: text, from: position) {
      if match.isEmpty, match.lowerBound == lastEnd {
        guard position < text.count else { break }
        position += 1
        while position < text.count, text[position] & 0xC0 == 0x80 { position += 1 }
        continue
      }
      if done < match.lowerBound { body(done..<match.lowerBound, false) }
      body(match, true)
      done = match.upperBound
      position = done
      lastEnd = done
    }
    if done < text.count { body(done..<text.count, false) }
  }
}
