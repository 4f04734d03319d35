import Foundation
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

/// An answer ends only where every continuation is scored alike.
@Suite struct EarlyStopTests {
  /// What texts are put together of: parts of answers, of records and of numbers, and characters that change what stands before them.
  private static let pieces = [
    "E", "{\"a\": \"}\"}",
    " ", "\n", "\t", "a", "A", "B", "new", "New", "York", "york", "42", "4", "1,0", "00", "1e3", ".", ",", "-", "+",
    "e",
    "é", "e\u{301}", "\u{301}", "İ", "K", "ß", "٣", "{", "}", "{}", "[", "]", "\"", "\"a\"", ":", ": 1", "{\"a\": 1}",
    "{\"a\": {\"b\": 2}}", "\\", "null", "true", "\u{200D}", "\r", "\r\n", "Final: [A]", "[B]", "x{",
    "👩", "Answer:", "```json\n",
  ]

  private static func text(_ most: Int, _ random: inout SplitMix64) -> String {
    (0..<Int(random.next() % UInt64(most + 1))).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
  }

  static let cases: [(name: String, metric: any Metric, golds: [String])] = [
    ("exact", ExactMatch(), ["new york", "42", "1000", "", "a", "é", "k", "{\"a\": 1}", "1e3", "a 42", "٣", "-"]),
    ("key-value", KeyValueMatch(), ["{\"a\": 1}", "{\"a\": {\"b\": 2}, \"c\": \"x\"}", "{}", "no record"]),
    ("field", KeyValueMatch.fieldAccuracy, ["{\"a\": \"}\"}"]),
    ("first choice", StrictChoiceAccuracy(pattern: "{}", choices: ["A", "B", "AB"]), ["A", "B", ""]),
    ("first choice in brackets", StrictChoiceAccuracy(pattern: "{}]", choices: ["A", "[B"]), ["A]", "[B]"]),
  ]

  /// For every beginning that settles a score: the score of the beginning and of many continuations is the same, all three parts of it.
  @Test(arguments: cases.map(\.name))
  func everyContinuationIsScoredAlike(name: String) throws {
    let (_, metric, golds) = try #require(Self.cases.first { $0.name == name })
    var random = SplitMix64(seed: 7)
    var settled = 0
    for gold in golds {
      let example = Example(id: 0, prompt: "", completion: gold, extra: ["answer": "A"])
      let isSettled = try #require(metric.settling(for: example))
      for _ in 0..<400 {
        let whole = Self.text(12, &random)
        // Beginnings that no following text can change the characters of, as the tokenizer gives them.
        for count in 0..<max(1, whole.count) where isSettled(String(whole.prefix(count))) {
          let beginning = String(whole.prefix(count))
          let score = metric.score(output: beginning, example: example)
          let rest = [String(whole.dropFirst(count)), gold, " " + gold, "\n\(gold)\n", "}", "\"}", " \(gold) }"]
          for follows in rest + (0..<6).map({ _ in Self.text(8, &random) }) {
            let output = beginning + follows
            // One that grew into the last character is no continuation.
            guard output.hasPrefix(beginning), output.prefix(count).elementsEqual(beginning) else { continue }
            #expect(
              metric.score(output: output, example: example) == score,
              "\(gold.debugDescription): \(output.debugDescription)")
          }
          settled += 1
        }
      }
    }
    #expect(settled > 100, "the rule was never put to the test")
  }

  @Test func whatSettlesAScore() throws {
    func settles(_ metric: some Metric, _ gold: String, _ beginning: String) throws -> Bool {
      let isSettled = try #require(metric.settling(for: Example(id: 0, prompt: "", completion: gold)))
      return isSettled(beginning)
    }
    let exact: [(String, String, Bool)] = [
      ("Paris", "Pa", false), ("Paris", "Lyon", false), ("Paris", "It is Paris", false),
      ("Paris", "It is Paris.", true),
      ("Paris", "It is Parish, ", false), ("Paris", "Paris, ", true), ("42", "43", false), ("42", "4.2", false),
      ("42", "It is 42 or", true), ("", " ", false), ("", "x", true),
    ]
    for (gold, beginning, isSettled) in exact {
      #expect(try settles(ExactMatch(), gold, beginning) == isSettled, "\(gold): \(beginning)")
    }
    let records: [(String, Bool)] = [
      (#"{"a": 1}"#, false), (#"{"a": 1}  "#, false), (#"{"a": 1} x"#, true), (#"Here: {"a": 1"#, false),
      (#"Here: {"a": 1}"#, true), (#"{"a": 1, x"#, false), (#"{"a": x} {"b": 2}"#, true), ("Here: ", false),
    ]
    for (beginning, isSettled) in records {
      #expect(try settles(KeyValueMatch(), #"{"a": 1}"#, beginning) == isSettled, "\(beginning)")
    }
  }

  /// The last marker, pattern, choice or number counts, and every word of a summary.
  @Test func whereTheEndCountsNothingIsSettled() throws {
    let example = Example(id: 0, prompt: "", completion: "Final: [B]")
    let metrics: [any Metric] = [
      ExactMatch(marker: "Final:"), ExactMatch(pattern: try AnswerPattern("[A-D]")), StrictChoiceAccuracy(),
      NumberAccuracy(), RougeLsum(), RougeLsum(stems: true),
    ]
    for metric in metrics { #expect(metric.settling(for: example) == nil, "\(metric.name)") }
  }

  /// Answers end early in the evaluation, at the same token in any company, and are scored as if they did not.
  @Test func scoresAreThoseOfWholeAnswers() throws {
    let tokenizer = try Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
    var configuration = TinyModel.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    let base = try TinyModel.base(configuration)
    func run(_ examples: [Example], _ endsEarly: Bool, slots: Int = 3, threads: Int = 2) throws -> EvaluationResult {
      let result = try Evaluation.run(
        base: base, adapter: nil, tokenizer: tokenizer, examples: examples, metric: ExactMatch(), maxNewTokens: 40,
        slots: slots, endsEarly: endsEarly, team: WorkerTeam(threads: threads))
      return try #require(result)
    }
    let asked = (0..<9).map { Example(id: $0, prompt: "\($0)\($0 + 1) is", completion: "") }
    let answers = try run(asked, false).results.map(\.output)
    // The fourth word of each answer is what is expected, so that it is found on the way.
    let examples = zip(asked, answers).map { example, answer in
      var example = example
      let words = answer.split(whereSeparator: \.isWhitespace)
      example.completion = example.id % 3 == 0 || words.count < 4 ? "" : String(words[3])
      return example
    }
    let (wholeResult, earlyResult) = (try run(examples, false), try run(examples, true))
    let (whole, early) = (wholeResult.results, earlyResult.results)
    #expect(!whole.contains { $0.isCut } && early.contains { $0.isCut })
    for (one, other) in zip(whole, early) {
      #expect((one.score, one.parsed, one.lenient) == (other.score, other.parsed, other.lenient))
      #expect(other.isCut ? other.outputTokens < one.outputTokens : other == one)
    }
    #expect(try run(examples, true, slots: 3, threads: 1).results == early)
    #expect(try run(Array(examples.reversed()), true).results.reversed().map(\.output) == early.map(\.output))
    #expect(earlyResult.summary.cutAnswers == early.count { $0.isCut })
    #expect(wholeResult.summary.cutAnswers == nil)
  }

  /// What earlier versions stored of an example reads as one that was not ended early.
  @Test func outcomesOfBefore() throws {
    let text = """
      {"index":1,"prompt":"p","expected":"e","output":"o","score":1,"parsed":true,"lenient":1,"outputTokens":2}
      """
    #expect(try JSONDecoder().decode(ExampleOutcome.self, from: Data(text.utf8)).isCut == false)
  }
}
