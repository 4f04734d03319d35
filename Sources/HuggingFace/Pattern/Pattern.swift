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
  let code: OpaquePointer

  /// A pattern in PCRE2's own syntax.
  package convenience init(_ source: String) throws(PatternError) { try self.init(source, syntax: .perl) }

  init(_ source: String, syntax: Syntax) throws(PatternError) {
    self.source = source
    var options = UInt32(PCRE2_UTF)
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

  /// Whether the pattern matches the text from beginning to end, as Python's `re.fullmatch`.
  package func matchesWhole(_ text: String) -> Bool {
    let options = UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED)
    let data = pcre2_match_data_create_8(1, nil)
    defer { pcre2_match_data_free_8(data) }
    let bytes = Array(text.utf8)
    return pcre2_match_8(code, bytes, bytes.count, 0, options, data, nil) >= 0
  }

  private static func message(_ status: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let length = pcre2_get_error_message_8(status, &buffer, buffer.count)
    return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(status)"
  }
}
