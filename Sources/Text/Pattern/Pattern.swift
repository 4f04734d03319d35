import CPCRE2
import Foundation
import Recipe

/// A regular expression over UTF-8, compiled by PCRE2 to machine code where its compiler knows the machine.
///
/// `@unchecked Sendable`: the compiled pattern is never written after `init`, and PCRE2 lets any number of threads match with
/// one compiled pattern as long as each has match data of its own, which `PatternMatcher` holds.
package final class Pattern: @unchecked Sendable {
  enum Syntax: Sendable {
    /// PCRE2's own, which is Python's for what patterns of module names use.
    case perl
    /// That of `tokenizer.json`: Ruby's, as `tokenizers` compiles it with Oniguruma.
    case oniguruma
    /// The text itself.
    case literal
  }

  let source: String
  /// A match that must begin where the search began is none at later places.
  let isPinned: Bool
  /// File and field that the pattern stands in, for errors.
  let place: String?
  let code: OpaquePointer

  /// A pattern in PCRE2's own syntax.
  package convenience init(_ source: String, place: String? = nil) throws(PatternError) {
    try self.init(source, syntax: .perl, place: place)
  }

  init(_ source: String, syntax: Syntax, place: String? = nil) throws(PatternError) {
    self.source = source
    isPinned = source.contains("\\G")
    self.place = place
    var options = UInt32(PCRE2_UTF) | UInt32(PCRE2_USE_OFFSET_LIMIT)
    var text = Array(source.utf8)
    switch syntax {
    case .perl: options |= UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    case .oniguruma:
      text = try OnigurumaSyntax.translate(source)
      // Ruby's ^ and $ are those of lines.
      options |= UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C) | UInt32(PCRE2_MULTILINE)
    case .literal: options |= UInt32(PCRE2_LITERAL)
    }
    let context = pcre2_compile_context_create_8(nil)
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
    pcre2_set_max_pattern_length_8(context, 1 << 16)
    var status: Int32 = 0
    var offset = 0
    guard let code = pcre2_compile_8(text, text.count, options, &status, &offset, context) else {
      throw PatternError(pattern: source, reason: "PCRE2 refuses it: \(Self.message(status))")
    }
    // Without machine code PCRE2 interprets the pattern: slower, the same matches.
    _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    self.code = code
  }

  deinit { pcre2_code_free_8(code) }

  /// Capturing groups.
  var groups: Int {
    var count: UInt32 = 0
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
    return Int(count)
  }

  /// Whether the pattern matches the text from beginning to end, as Python's `re.fullmatch`.
  /// - Throws: where that takes more steps than a text of that length may cost.
  package func matchesWhole(_ text: String) throws(PatternError) -> Bool {
    let matcher = PatternMatcher()
    let bytes = Array(text.utf8)
    let matches = bytes.withUnsafeBufferPointer { matcher.matchesWhole(self, $0) }
    if let failure = matcher.failure { throw failure }
    return matches
  }

  /// What the first group of the last match holds, or the whole match where there is no group; nil where nothing matches.
  /// - Throws: where that takes more steps than a text of that length may cost.
  package func lastAnswer(in text: String) throws(PatternError) -> String? {
    let matcher = PatternMatcher(groups: 2)
    let bytes = Array(text.utf8)
    matcher.begin(bytes.count)
    let range = bytes.withUnsafeBufferPointer { matcher.lastAnswer(self, $0) }
    if let failure = matcher.failure { throw failure }
    return range.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  private static func message(_ status: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let length = pcre2_get_error_message_8(status, &buffer, buffer.count)
    return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(status)"
  }
}

/// A regular expression that is wrong, that uses what cannot be honoured, or that takes too long on a text.
package struct PatternError: ExitStatusError, Equatable {
  let pattern: String
  let reason: String
  /// File and field that the pattern stands in, where they are known.
  var place: String?

  package var exitStatus: Int32 { ExitStatus.badData }

  /// For an error that names the file itself.
  package var withoutPlace: PatternError { PatternError(pattern: pattern, reason: reason) }

  package var description: String {
    (place.map { $0 + ": " } ?? "") + "pattern \(OneLine.name(pattern)): \(reason)"
  }
}

/// What a match may cost, in one place for all patterns: steps of backtracking in the text's length, and memory.
///
/// PCRE2 counts the steps from each beginning anew and tells of none that were taken. So the first search allows each
/// beginning an equal share of the budget; where one of them needs more, the search goes on beginning by beginning, with more and
/// more steps, until the budget is used up. That is an error, never "no match". Patterns as real files have them take
/// a few steps for each byte.
///
/// A step can go through the whole text, such as giving back one character of `a+` before `[ab]*`. So a call's steps are fewer in a long
/// text, and the time that they take is measured as well: a second and 2 µs for each byte are tens of times what real patterns take.
enum PatternLimits {
  /// Steps for a text of `count` bytes.
  static func steps(_ count: Int) -> Int { 10_000_000 + 1000 * min(max(0, count), 1 << 40) }

  /// Steps that each beginning is allowed at first.
  static func share(_ count: Int) -> Int { atOnce(max(1000, steps(count) / (count + 1)), count) }

  /// As many of the steps as one call may take in a text of `count` bytes: if each went through it, some tenths of a second.
  static func atOnce(_ steps: Int, _ count: Int) -> Int { min(steps, max(64, 200_000_000 / (count + 1))) }

  /// Processor time for a text of `count` bytes, in nanoseconds.
  static func nanoseconds(_ count: Int) -> Int { 1_000_000_000 + 2000 * min(max(0, count), 1 << 32) }

  /// A clock's time in nanoseconds.
  static func now(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return 1_000_000_000 * time.tv_sec + time.tv_nsec
  }

  /// Memory that a match without machine code may take, in KiB.
  static let heap: UInt32 = 64 << 10

  static func apply(_ steps: Int, to context: OpaquePointer?) {
    let limit = UInt32(clamping: steps)
    pcre2_set_match_limit_8(context, limit)
    pcre2_set_depth_limit_8(context, limit)
    pcre2_set_heap_limit_8(context, heap)
  }

  /// Whether the status says that something ran out, rather than that nothing matches.
  static func isExhausted(_ status: Int32) -> Bool {
    [
      PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_JIT_STACKLIMIT,
      PCRE2_ERROR_NOMEMORY,
    ].contains(status)
  }
}
