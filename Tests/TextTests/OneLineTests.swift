import Recipe
import Testing
import Text

/// Text of strangers: what could command a terminal or turn a line around shows as its number, and words stay words.
@Suite struct OneLineTests {
  static let harmful: [(text: String, shown: String)] = [
    ("a\u{1B}[31mred", "a<U+001B>[31mred"), ("\u{1B}]52;c;aGk=\u{7}", "<U+001B>]52;c;aGk=<U+0007>"),
    ("c1\u{9B}31m", "c1<U+009B>31m"), ("\u{90}q\u{9C}", "<U+0090>q<U+009C>"), ("del\u{7F}", "del<U+007F>"),
    ("\u{202E}gpj.jsonl", "<U+202E>gpj.jsonl"), ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
    ("a\u{200E}b\u{200F}c\u{61C}", "a<U+200E>b<U+200F>c<U+061C>"), ("\u{FEFF}bom", "<U+FEFF>bom"),
    ("tag\u{E0041}\u{E007F}", "tag<U+E0041><U+E007F>"), ("zero\u{200B}width", "zero<U+200B>width"),
    ("filler\u{3164}", "filler<U+3164>"), ("\u{E0100}", "<U+E0100>"), ("\u{FE0F}lone", "<U+FE0F>lone"),
    ("a\u{FE0F}\u{FE0E}", "a\u{FE0F}<U+FE0E>"), ("back\u{8}space", "back<U+0008>space"), ("nul\0", "nul<U+0000>"),
    ("\u{FFF9}x", "<U+FFF9>x"),
  ]

  @Test(arguments: harmful) func whatCouldDoHarmShowsAsItsNumber(text: String, shown: String) {
    #expect(OneLine.text(text) == shown)
    #expect(OneLine.lines(text) == shown)
    #expect(OneLine.name(text) == shown)
    // Once is enough.
    #expect(OneLine.text(shown) == shown)
  }

  @Test(arguments: [
    "plain", "日本語.jsonl", "👨‍👩‍👧 run", "⚠️ x", "e\u{301}", "می‌خواهم", "العربية", "→ ± ⟦x⟧", "🏴", "½ \u{A0}x",
  ]) func wordsAndFacesStay(_ text: String) {
    #expect(OneLine.text(text).unicodeScalars.elementsEqual(text.unicodeScalars))
    #expect(OneLine.lines(text).unicodeScalars.elementsEqual(text.unicodeScalars))
  }

  @Test func linesAreJoinedOrKept() {
    #expect(OneLine.text("a\nb\tc\r\nd\u{2028}e\u{85}f") == "a b c  d e f")
    #expect(OneLine.lines("a\n\tb\rc\u{2028}d") == "a\n\tb<U+000D>c<U+2028>d")
  }

  @Test func aNameHasAReadableLength() {
    #expect(OneLine.name(String(repeating: "x", count: 300)).count == 201)
    #expect(OneLine.name("short") == "short")
  }

  @Test func jsonSaysTheSameWithEscapes() throws {
    let json = Array("{\"a\": \"x\u{202E}\u{9B}\u{E0041}é👨‍👩‍👧\"}".utf8)
    let escaped = OneLine.escapedJSON(json)
    #expect(String(decoding: escaped, as: UTF8.self) == #"{"a": "x\u202e\u009b\udb40\udc41é👨‍👩‍👧"}"#)
    #expect(try JSONParser.parse(escaped) == JSONParser.parse(json))
    let plain = Array(#"{"a": 1}"#.utf8)
    #expect(OneLine.escapedJSON(plain) == plain)
  }
}
