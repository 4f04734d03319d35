import CPCRE2
import Foundation

/// What one thread needs to match with any pattern: where PCRE2 writes a match's ends, its limits, and what is left of the budget for
/// the text at hand.
final class PatternMatcher {
  private let data: OpaquePointer?
  private let context = pcre2_match_context_create_8(nil)
  /// Bytes of the text at hand before anything was made of it, from which its budget follows.
  private var size = 0
  private var stepsLeft = 0
  /// Steps that the context allows now, and the last place at which it lets a match begin, or no limit.
  private var allowed = 0
  private var bound = anywhere
  /// PCRE2's word for no limit.
  private static let anywhere = -1
  /// What a search may take in a text of `count` bytes, kept for the next one.
  private var share = (count: 0, steps: PatternLimits.share(0), span: PatternLimits.atOnce(.max, 0))
  /// Searches in the text at hand.
  private var searches = 0
  /// When the text at hand began, by a clock that is cheap and coarse, and by what this thread had used then.
  private var began = (coarse: 0, used: 0)
  /// Why the text at hand could not be gone through; the first reason.
  private(set) var failure: PatternError?

  /// - Parameter groups: how many groups of a match are looked at, the whole match included.
  init(groups: UInt32 = 1) {
    data = pcre2_match_data_create_8(groups, nil)
    begin(0)
  }

  deinit {
    pcre2_match_data_free_8(data)
    pcre2_match_context_free_8(context)
  }

  /// Before another text of `count` bytes: a budget of its own.
  func begin(_ count: Int) {
    size = count
    stepsLeft = PatternLimits.steps(count)
    searches = 0
    began = (PatternLimits.now(CLOCK_MONOTONIC_COARSE), 0)
    failure = nil
  }

  /// Bytes that a normalizer or a decoder may make of the text. A compatibility form makes 11 bytes of one at most.
  var mostBytes: Int { (1 << 16) + 12 * min(size, 1 << 40) }

  /// Whether the calls for the text at hand took too long. The processor time is asked for only once so much time is over at all, and
  /// counts from then on: another program may have had the processor.
  private var isLate: Bool {
    guard PatternLimits.now(CLOCK_MONOTONIC_COARSE) - began.coarse > PatternLimits.nanoseconds(size) else {
      return false
    }
    let used = PatternLimits.now(CLOCK_THREAD_CPUTIME_ID)
    if began.used == 0 { began.used = used }
    return used - began.used > PatternLimits.nanoseconds(size) / 2
  }

  func fail(_ pattern: Pattern, _ reason: String) {
    if failure == nil { failure = PatternError(pattern: pattern.source, reason: reason, place: pattern.place) }
  }

  private func match(
    _ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ options: UInt32, steps: Int,
    until last: Int = anywhere
  ) -> Int32 {
    if last != bound {
      pcre2_set_offset_limit_8(context, last)
      bound = last
    }
    if steps != allowed {
      PatternLimits.apply(steps, to: context)
      allowed = steps
    }
    return pcre2_match_8(pattern.code, text.baseAddress, text.count, start, options, data, context)
  }

  /// The first match that begins at `start` or after it; nil also where the budget runs out, which `failure` tells then. `text` is valid
  /// UTF-8 and `start` the first byte of a character.
  func firstMatch(of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
    guard data != nil, failure == nil else { return nil }
    searches += 1
    // The clock is read for every sixteenth: each takes some tenths of a second at most.
    if searches & 15 == 0, isLate {
      failExhausted(pattern)
      return nil
    }
    var status = search(pattern, text, start)
    if PatternLimits.isExhausted(status) { status = carefulMatch(of: pattern, in: text, from: start) }
    return ends(0, status)
  }

  /// In a long text so many beginnings at a time, that a pattern which goes through all of it from each of them is stopped.
  private func search(_ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int32 {
    if share.count != text.count {
      share = (text.count, PatternLimits.share(text.count), PatternLimits.atOnce(.max, text.count))
    }
    let options = UInt32(PCRE2_NO_UTF_CHECK)
    if text.count - start <= share.span || pattern.isPinned {
      return match(pattern, text, start, options, steps: share.steps)
    }
    var place = start
    while true {
      // The last search's end serves until half of its beginnings are used up.
      let isNear = bound >= place + share.span / 2 && bound <= place + share.span
      let status = match(
        pattern, text, place, options, steps: share.steps, until: isNear ? bound : place + share.span)
      if status != PCRE2_ERROR_NOMATCH { return status }
      place = bound + 1
      while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
      if place > text.count { return status }
      if isLate { return PCRE2_ERROR_MATCHLIMIT }
    }
  }

  /// Where the match's group begins and ends.
  private func ends(_ group: Int, _ status: Int32) -> Range<Int>? {
    // 0 says that the pattern has more groups than are looked at: the whole match is known all the same.
    guard status > group || (status == 0 && group == 0), let ends = pcre2_get_ovector_pointer_8(data) else {
      return nil
    }
    let (low, high) = (ends[2 * group], ends[2 * group + 1])
    // A group that took no part has no place.
    return low >= 0 && low <= high ? low..<high : nil
  }

  /// Beginning by beginning, each with more steps until it is decided or the budget is used up. Machine code has a small stack
  /// of its own; the interpreter takes memory as it needs it.
  private func carefulMatch(of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int32 {
    let options = UInt32(PCRE2_NO_UTF_CHECK) | UInt32(PCRE2_NO_JIT) | UInt32(PCRE2_ANCHORED)
    var place = start
    var steps = PatternLimits.share(text.count)
    while place <= text.count {
      steps = min(steps, stepsLeft)
      guard steps > 0, !isLate else { break }
      let status = match(pattern, text, place, options, steps: steps)
      if status == PCRE2_ERROR_HEAPLIMIT || status == PCRE2_ERROR_NOMEMORY { break }
      if PatternLimits.isExhausted(status) {
        stepsLeft -= steps
        steps = steps < 1 << 40 ? 4 * steps : steps
        continue
      }
      // At least what a beginning costs that fails at once.
      stepsLeft -= 16
      if status != PCRE2_ERROR_NOMATCH || pattern.isPinned { return status }
      place += 1
      while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
    }
    if place > text.count { return PCRE2_ERROR_NOMATCH }
    failExhausted(pattern)
    return PCRE2_ERROR_MATCHLIMIT
  }

  private func failExhausted(_ pattern: Pattern) {
    fail(
      pattern,
      "takes more than \(PatternLimits.steps(size)) steps, \(PatternLimits.heap >> 10) MiB or "
        + "\(PatternLimits.nanoseconds(size) / 1_000_000_000) s on a text of \(size) bytes; write it without repetitions of "
        + "repetitions, such as (a+)+")
  }

  /// Calls `body` with the matches and what lies between them, in order; together they are the text, unless the budget runs out.
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

  /// Whether the pattern matches the text from beginning to end, as Python's `re.fullmatch`.
  func matchesWhole(_ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let options = UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED)
    let steps = PatternLimits.atOnce(PatternLimits.steps(text.count) / 10, text.count)
    let status = match(pattern, text, 0, options, steps: steps)
    if PatternLimits.isExhausted(status) {
      fail(
        pattern,
        "takes more than \(steps) steps on a text of \(text.count) bytes; write it without "
          + "repetitions of repetitions, such as (.*)*")
    }
    return status >= 0
  }

  /// The first group of the last match, or the match itself where the pattern has no group.
  func lastAnswer(_ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var found: Range<Int>?
    var position = 0
    while position <= text.count, let match = firstMatch(of: pattern, in: text, from: position) {
      found = pattern.groups > 0 ? ends(1, 2) ?? match : match
      position = match.isEmpty ? match.upperBound + 1 : match.upperBound
      while position < text.count, text[position] & 0xC0 == 0x80 { position += 1 }
    }
    return failure == nil ? found : nil
  }
}
