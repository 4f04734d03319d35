import CPCRE2
import Foundation

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
