import Testing
import Text

@Suite struct PatternTests {
  @Test(arguments: [
    ("abc", "abc", true), ("abc", "abcd", false), ("a.c", "axc", true), (".*\\.q_proj", "model.layers.0.q_proj", true),
    (".*(q|v)_proj$", "x.v_proj", true), ("(a|ab)(c|bcd)?", "abcd", true), ("a{2,3}", "aa", true),
    ("a{2,3}", "aaaa", false),
    ("a{2}", "aa", true), ("a{2,}", "aaaaa", true), ("[^a-c]+", "xyz", true), ("[^a-c]+", "xbz", false),
    ("\\d+\\.\\w*", "12.ab_", true),
    ("(?i:abc)", "aBC", true), ("x(?=y)y", "xy", true), ("x(?!y).", "xy", false), ("a*+a", "aaa", false),
    ("a*a", "aaa", true),
    ("[\\]\\-x]+", "]-x", true), ("\\x41\\x{1F600}", "A😀", true), ("[]a]+", "]a", true), ("\\p{Lu}\\P{L}", "Q1", true),
    ("^a$", "a", true),
  ])
  func matchesWhole(_ pattern: String, _ text: String, _ expected: Bool) throws {
    #expect(try Pattern(pattern).matchesWhole(text) == expected)
  }

  @Test(arguments: [
    ("a*?b", "aab", true), ("(ab)*", "abab", true), ("(?<=a)b", "b", false), ("(?P<layer>\\d+)", "12", true),
    ("\\p{Greek}+", "αβγ", true), ("(\\w)\\1", "aa", true), ("(a|b|)+x", "abax", true),
    (String(repeating: "(", count: 100) + "a" + String(repeating: ")", count: 100), "a", true),
  ])
  func knowsWhatPythonKnows(_ pattern: String, _ text: String, _ expected: Bool) throws {
    #expect(try Pattern(pattern).matchesWhole(text) == expected)
  }

  @Test(arguments: ["a**", "*a", "(a", "a)", "[a", "[z-a]", "\\q", "\\p{Klingon}", "\\1", "a{3,2}", "\\", "\\C"])
  func refuses(_ pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern) }
  }

  @Test func aRefusalIsOneLineWithThePatternAndTheReason() {
    let error = #expect(throws: PatternError.self) { try Pattern("a(\nb") }
    #expect(error?.description == "pattern a( b: PCRE2 refuses it: missing closing parenthesis")
  }
}
