import Foundation
import TestFiles
import Testing
import Text

/// A pattern that would take for ever is an error with its place; it never counts as no match.
@Suite struct PatternLimitsTests {
  private static let endless = [
    "(a+)+$", "(a|aa)+$", "(.*)*(.*)*[xy]", "(?:a|a)*$", "(a*)*[bc]", "^(([a-z])+.)+[A-Z]$", "(a?){30}a{30}$",
  ]
  private static let text = String(repeating: "a", count: 60) + "!"

  private static func tokenizer(_ members: [(String, JSONValue)]) throws -> Tokenizer {
    let vocabulary = JSONObject([("a", .integer(0)), ("!", .integer(1)), (text, .integer(2))])
    let model = JSONValue.object(
      JSONObject([("type", .string("BPE")), ("vocab", .object(vocabulary)), ("merges", .array([]))]))
    let file = JSONObject(members + [("model", model)])
    return try Tokenizer(json: Data(JSONWriter.text(.object(file)).utf8))
  }

  private static func component(_ type: String, _ pattern: String, _ more: [(String, JSONValue)]) -> JSONValue {
    .object(
      JSONObject(
        [("type", .string(type)), ("pattern", .object(JSONObject([("Regex", .string(pattern))])))] + more))
  }

  private static func split(_ pattern: String) -> JSONValue {
    component("Split", pattern, [("behavior", .string("Isolated")), ("invert", .bool(false))])
  }

  private static func replacement(_ pattern: String, _ content: String = "x") -> JSONValue {
    component("Replace", pattern, [("content", .string(content))])
  }

  @Test(arguments: endless)
  func endsWithItsPlace(_ pattern: String) throws {
    for (place, part) in [("pre_tokenizer", Self.split(pattern)), ("normalizer", Self.replacement(pattern))] {
      let tokenizer = try Self.tokenizer([(place, part)])
      try tokenizer.check()
      #expect(tokenizer.encode(Self.text, addSpecial: true).isEmpty)
      let refused = try #require(refusal { try tokenizer.check() }, "\(pattern) as \(place)")
      #expect(refused.text.contains("tokenizer.json: \(place): pattern \(pattern): takes more than"), "\(refused.text)")
      #expect(refused.status == 65)
    }
    let tokenizer = try Self.tokenizer([("decoder", Self.replacement(pattern))])
    #expect(tokenizer.decode([2], skipSpecial: false).isEmpty)
    #expect(refusal { try tokenizer.check() }?.text.contains("decoder: pattern") == true)
  }

  @Test(arguments: ["(.*)*(.*)*(.*)*(.*)*[xy]", "(a+)+$", "(a|aa)+[bc]"])
  func wholeNamesAreNeverSilentlyUnmatched(_ source: String) throws {
    let pattern = try Pattern(source, place: "adapter_config.json: target_modules")
    let refused = try #require(refusal { _ = try pattern.matchesWhole(Self.text) })
    #expect(refused.text.hasPrefix("adapter_config.json: target_modules: pattern ") && refused.status == 65)
    #expect(try Pattern("(a|b)+!").matchesWhole(Self.text))
    #expect(try !Pattern("(a|b)+").matchesWhole(Self.text))
  }

  /// Each beginning goes through the whole text, which costs no step of backtracking.
  @Test func lookingThroughAllOfALongTextIsStopped() throws {
    let tokenizer = try Self.tokenizer([("pre_tokenizer", Self.split("a(?=[^c]*c)"))])
    let text = String(repeating: "a", count: 400_000)
    #expect(tokenizer.encode(text, addSpecial: true).isEmpty)
    #expect(refusal { try tokenizer.check() }?.text.contains("pattern a(?=[^c]*c): takes more than") == true)
  }

  /// What is far away is found, whatever the number of beginnings at a time.
  @Test func aMatchFarAwayIsFound() throws {
    let tokenizer = try Self.tokenizer([("pre_tokenizer", Self.split("é+[^b]*(?=b)"))])
    let text = String(repeating: "a", count: 150_000) + String(repeating: "é", count: 1000) + "ab"
    #expect(tokenizer.words(of: text).map(\.utf8.count) == [150_000, 2001, 1])
    try tokenizer.check()
  }

  /// The kinds that real files have, on long texts.
  @Test(arguments: [
    #"'s|'t| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    #"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
  ])
  func longTextsStayWithinTheBudget(_ pattern: String) throws {
    let tokenizer = try Self.tokenizer([("pre_tokenizer", Self.split(pattern))])
    for text in [
      String(repeating: " ", count: 200_000) + "a", String(repeating: "a", count: 200_000),
      String(repeating: "a! ", count: 60_000),
    ] {
      _ = tokenizer.words(of: text)
      _ = tokenizer.encode(text, addSpecial: true)
      try tokenizer.check()
    }
  }

  /// Replacements that make more and more of a text end before the memory does.
  @Test func growingTextsEnd() throws {
    let chain = JSONValue.object(
      JSONObject([
        ("type", .string("Sequence")),
        ("normalizers", .array((0..<4).map { _ in Self.replacement("a", String(repeating: "a", count: 1000)) })),
      ]))
    let tokenizer = try Self.tokenizer([("normalizer", chain)])
    #expect(tokenizer.encode("aaa", addSpecial: true).isEmpty)
    #expect(refusal { try tokenizer.check() }?.text.contains("normalizer.normalizers[") == true)
  }
}
