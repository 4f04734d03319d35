import CPCRE2

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
