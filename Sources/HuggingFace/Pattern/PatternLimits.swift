import CPCRE2

/// What a match may cost, in one place for all patterns: steps of backtracking in the text's length, and memory.
///
/// PCRE2 counts the steps from each beginning anew and tells of none that were taken. So the first search allows each
/// beginning an equal share of the budget; where one of them needs more, the search goes on beginning by beginning, with more and
/// more steps, until the budget is used up. That is an error, never "no match". Patterns as real files have them take
/// a few steps for each byte.
enum PatternLimits {
  /// Steps for a text of `count` bytes.
  static func steps(_ count: Int) -> Int { 10_000_000 + 1000 * min(max(0, count), 1 << 40) }

  /// Steps that each beginning is allowed at first.
  static func share(_ count: Int) -> Int { max(1000, steps(count) / (count + 1)) }

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
