import Foundation
import Recipe
import Testing
import Text
import Training

@Suite struct MetricsTests {
  private func example(_ completion: String, _ extra: [String: String] = [:]) -> Example {
    Example(id: 0, prompt: "", completion: completion, extra: extra)
  }

  static let choices: [(String, Double, Bool, Double)] = [
    ("Because so.\nFinal: [B]", 1.0, true, 1.0),
    ("Final: [A] no, Final: [B]", 1, true, 1),
    ("Final: [C]", 0, true, 0),
    ("Final: B", 0, false, 1),
    ("final: [b]", 0, false, 1),
    ("The answer is B.", 0, false, 1),
    ("A patient needs rest, so (B)", 0, false, 1),
    ("A patient needs rest", 0, false, 0),
    ("Final: [E]", 0, false, 0),
    ("It is insulin.", 0, false, 1),
    ("It is insulin or aspirin.", 0, false, 0),
    ("", 0, false, 0),
  ]

  @Test(arguments: choices)
  func choice(output: String, value: Double, parsed: Bool, lenient: Double) {
    let gold = example("It lowers sugar. Final: [B]", ["A": "aspirin", "B": "Insulin", "C": "zinc", "D": "gold"])
    let score = StrictChoiceAccuracy().score(output: output, example: gold)
    #expect(score == ExampleScore(value: value, parsed: parsed, lenient: lenient))
  }

  @Test func choiceWithAnotherPattern() {
    let metric = StrictChoiceAccuracy(pattern: "Answer: ", choices: ["1", "10", "yes"])
    let gold = example("Answer: 10")
    #expect(metric.score(output: "Answer: 10", example: gold).value == 1)
    #expect(metric.score(output: "Answer: 10.", example: gold).value == 1)
    #expect(metric.score(output: "Answer: 1", example: gold) == ExampleScore(value: 0, parsed: true, lenient: 0))
    #expect(metric.score(output: "Answer: 100", example: gold).parsed == false)
    #expect(metric.score(output: "Answer: yes", example: example("", ["answer": "yes"])).value == 1)
  }

  /// Numbers in other forms are equal, numbers that only a Double would take for each other are not.
  @Test(arguments: [
    ("1,234.50", "1234.5", true), ("+7", "7", true), ("1e3", "1000", true),
    ("9007199254740993", "9007199254740992", false),
    ("9223372036854775807", "9223372036854775806", false), ("12345678901234567890", "12345678901234567891", false),
    ("12345678901234567890", "12345678901234567890", true),
  ])
  func numbers(_ output: String, _ gold: String, _ isRight: Bool) {
    #expect(ExactMatch().score(output: output, example: example(gold)).value == (isRight ? 1 : 0))
  }

  static let records: [(String, Double, Bool, Double)] = [
    (#"{"name": "Ann Lee", "year": 2020, "total": "1,200.50"}"#, 1.0, true, 1.0),
    (#"{"name": "  ann   LEE ", "year": "2020", "total": 1200.5}"#, 1, true, 1),
    (#"{"name": "Bob", "year": 2020, "total": 1200.5}"#, 5.0 / 6, true, 5.0 / 6),
    (#"{"name": "Ann Lee"}"#, 1.0 / 3, true, 1.0 / 3),
    (#"{"name": "Ann Lee", "year": 2020, "total": 1200.5"#, 0, false, 0),
    (#"Here: {"name": "Ann Lee", "year": 2020, "total": 1200.5} done"#, 0, false, 1),
    (#"{"other": 1}"#, 0, true, 0),
    ("[1, 2]", 0, false, 0),
    ("", 0, false, 0),
  ]

  @Test(arguments: records)
  func keyValue(output: String, value: Double, parsed: Bool, lenient: Double) {
    let gold = example(#"{"name": "Ann Lee", "year": 2020, "total": 1200.50}"#)
    let score = KeyValueMatch().score(output: output, example: gold)
    #expect(abs(score.value - value) < 1e-12)
    #expect(score.parsed == parsed)
    #expect(abs(score.lenient - lenient) < 1e-12)
  }

  @Test func nestedRecordsAndArrays() {
    let gold = example(#"{"a": {"b": 1, "c": "x"}, "list": ["P", 2], "none": null, "flag": true}"#)
    let metric = KeyValueMatch()
    #expect(metric.score(output: gold.completion, example: gold).value == 1)
    let swapped = #"{"flag": true, "none": null, "list": [ "p", "2.0" ], "a": {"c": "X", "b": 1.0}}"#
    #expect(metric.score(output: swapped, example: gold).value == 1)
    let wrongOrder = #"{"a": {"b": 1, "c": "x"}, "list": [2, "P"], "none": null, "flag": true}"#
    #expect(abs(metric.score(output: wrongOrder, example: gold).value - 0.9) < 1e-12)
    let oneIsNotTrue = #"{"a": {"b": 1, "c": "x"}, "list": ["P", 2], "none": null, "flag": 1}"#
    #expect(abs(metric.score(output: oneIsNotTrue, example: gold).value - 0.9) < 1e-12)
  }

  static let answers: [(String, String, Double, Double)] = [
    ("42", " 42 ", 1.0, 1.0), ("1,000", "1000", 1, 1), ("New  York", "new york", 1, 1), ("3.50", "3.5", 1, 1),
    ("42", "The answer is 42.", 0, 1), ("42", "421", 0, 0), ("42", "", 0, 0), ("1,00", "100", 0, 0),
  ]

  @Test(arguments: answers)
  func exactMatch(gold: String, output: String, value: Double, lenient: Double) {
    let score = ExactMatch().score(output: output, example: example(gold))
    #expect(score.value == value)
    #expect(score.lenient == lenient)
    #expect(score.parsed == !output.isEmpty)
  }

  @Test func exactMatchAfterAMarker() {
    let metric = ExactMatch(marker: "Answer:")
    let gold = example("2 + 2 is 4.\nAnswer: 4")
    #expect(metric.score(output: "I think\nAnswer: 4\nreally", example: gold).value == 1)
    #expect(metric.score(output: "4", example: gold) == ExampleScore(value: 0, parsed: false, lenient: 1))
  }

  @Test func namesForTheCommandLine() {
    #expect(MetricName(rawValue: "key-value")?.metric is KeyValueMatch)
    #expect(MetricName(rawValue: "exact-match")?.metric is ExactMatch)
    #expect(MetricName(rawValue: "choice")?.metric is StrictChoiceAccuracy)
  }
}

@Suite struct AnswerPatternTests {
  @Test func theLastMatchsFirstGroupCounts() throws {
    let metric = try MetricName.accuracy.metric(answering: try AnswerPattern(#"(?i)answer:\s*(\w+)"#))
    #expect(metric.name == "accuracy")
    let example = Example(id: 1, prompt: "", completion: "Because. Answer: 1,000")
    let plain = Example(id: 2, prompt: "", completion: "yes")
    #expect(metric.score(output: "Answer: no, ANSWER: Yes", example: plain).value == 1)
    #expect(metric.score(output: "yes", example: plain) == ExampleScore(value: 0, parsed: false, lenient: 1))
    let whole = try MetricName.exactMatch.metric(answering: try AnswerPattern(#"[\d,]+$"#))
    #expect(whole.score(output: "it is 1000", example: example).value == 1)
  }

  @Test func badPatternsAreUsageErrors() throws {
    let error = #expect(throws: TrainingError.self) { try AnswerPattern("(open") }
    #expect(error?.exitStatus == 64)
    let pattern = try AnswerPattern("x")
    #expect(throws: TrainingError.self) { try MetricName.rougeLsum.metric(answering: pattern) }
  }
}

@Suite struct RougeLsumTests {
  private func goldens() throws -> JSONObject {
    let file = Fixture.folder.appendingPathComponent("rouge/goldens.json")
    return try #require(try JSONParser.parse(Array(try Data(contentsOf: file))).object)
  }

  @Test func equalsTheLibraryOnAHundredPairs() throws {
    let pairs = try #require(try goldens()["pairs"]?.array)
    #expect(pairs.count == 100)
    for pair in pairs {
      let reference = try #require(pair.object?["reference"]?.string)
      let candidate = try #require(pair.object?["candidate"]?.string)
      for (stems, name) in [(false, "plain"), (true, "stemmed")] {
        let expected = try #require(pair.object?[name]?.double)
        let value = RougeLsum.f1(reference: reference, candidate: candidate, stems: stems)
        #expect(abs(value - expected) < 1e-6, "\(name) \(value), not \(expected): \(reference) / \(candidate)")
      }
    }
  }

  @Test func stemsEqualTheLibrarys() throws {
    let stems = try #require(try goldens()["stems"]?.object)
    #expect(stems.members.count > 600)
    for member in stems.members {
      #expect(String(decoding: PorterStemmer.stem(Array(member.key.utf8)), as: UTF8.self) == member.value.string)
    }
  }

  @Test func isAMetricByName() throws {
    let metric = try #require(MetricName(rawValue: "rouge-lsum-stemmed")?.metric)
    #expect(metric.name == "ROUGE-Lsum (Porter stems, sentences by line)")
    let example = Example(id: 1, prompt: "", completion: "The agencies reported losses.")
    #expect(metric.score(output: "agency reports loss", example: example).value == 2 * 1 * 0.75 / 1.75)
    #expect(RougeLsum().score(output: "", example: example) == ExampleScore(value: 0, parsed: true, lenient: 0))
  }
}

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
