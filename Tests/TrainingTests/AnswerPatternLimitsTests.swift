import Testing
import Training

@Suite struct AnswerPatternLimitsTests {
  @Test(
    arguments: [
      ("[0-9]+", "12 or 34", "34"), ("Answer: ([A-D])", "Answer: A. No, Answer: C.", "C"), ("x?", "abx", ""),
      ("(a)|b", "a b", "b"),
      (#"\d+"#, "no", nil), ("é+", "ééa", "éé"), ("(?i)answer (.)", "ANSWER q", "q"), ("^b$", "a\nb", nil),
      ("(?m)^b$", "a\nb", "b"),
    ] as [(String, String, String?)])
  func theLastMatchCounts(_ pattern: String, _ text: String, _ answer: String?) throws {
    let found = try AnswerPattern(pattern)
    #expect(found.answer(in: text) == answer)
    try found.check()
  }

  /// A pattern that takes for ever is an error, not an answer that does not parse.
  @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.*)*(.*)*[xy]"])
  func endlessPatternsAreTold(_ pattern: String) throws {
    let found = try AnswerPattern(pattern)
    #expect(found.answer(in: String(repeating: "a", count: 80) + "!") == nil)
    #expect(throws: (any Error).self) { try found.check() }
    #expect(throws: (any Error).self) { try ExactMatch(pattern: found).check() }
  }

  @Test(arguments: ["(", "[a", "*"])
  func brokenPatternsAreRefused(_ pattern: String) {
    #expect(throws: TrainingError.self) { try AnswerPattern(pattern) }
  }
}
