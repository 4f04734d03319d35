import Recipe
import Testing
import Training

@Suite struct NumberAccuracyTests {
  private func score(
    _ output: String, _ completion: String, metric: NumberAccuracy = NumberAccuracy()
  ) -> ExampleScore {
    metric.score(output: output, example: Example(id: 1, prompt: "", completion: completion))
  }

  private static let right = ExampleScore(value: 1, parsed: true, lenient: 1)

  @Test func theFinalLineCounts() {
    let gold = "310 - 234 : 10 - 4 = 6, 76.\nFinal: 76"
    #expect(score("I see.\nFinal: 76", gold) == Self.right)
    #expect(score("Final: 75\nFinal: 76\nmore 12", gold) == Self.right)
    #expect(score("Final: 76\nFinal: 75", gold) == ExampleScore(value: 0, parsed: true, lenient: 1))
    #expect(score("Final: 76 or 75", gold) == ExampleScore(value: 0, parsed: true, lenient: 1))
    #expect(score("It is 76.", gold) == ExampleScore(value: 0, parsed: false, lenient: 1))
    #expect(score("Final: none", gold) == ExampleScore(value: 0, parsed: false, lenient: 0))
    #expect(score("", gold) == ExampleScore(value: 0, parsed: false, lenient: 0))
  }

  @Test func rowsAndTablesCountWhole() {
    let row = "Final: 76 | 22"
    #expect(score("so\nFinal: 76, 22", row) == Self.right)
    #expect(score("Final: 22 | 76", row).value == 0)
    #expect(score("Final: 76", row) == ExampleScore(value: 0, parsed: true, lenient: 0))
    #expect(score("first 76, then 22", row) == ExampleScore(value: 0, parsed: false, lenient: 1))
    let table = "Final:\n| 2020 | 1,000 |\n| 2021 | 1,500 |"
    #expect(score("x\nFinal:\n| 2020 | 1000 |\n| 2021 | 1500 |\n\nRemark 7", table) == Self.right)
    #expect(score("Final:\n| 2020 | 1000 |", table) == ExampleScore(value: 0, parsed: true, lenient: 0))
  }

  @Test(arguments: [
    ("1234.5", "1,234.50"), ("-5", "−5"), ("($5)", "-$5"), ("12.5%", "12.5 percent"), ("0.125", "12.5%"),
    ("12.5", "12.5 %"), ("1,234,567", "1.2 million"), ("$1.2m", "1,200,000"), ("3bn", "3 billion"), (".5", "0.5"),
    ("1.2e3", "1200"), ("93.48", "93.5"), ("€ 7", "7"), ("1\u{202F}000", "1000"), ("5", "5 million"),
  ])
  func numbersThatAreTheSame(_ output: String, _ gold: String) {
    #expect(score("Final: \(output)", "Final: \(gold)") == Self.right)
  }

  @Test(arguments: [
    ("93.4", "93.5"), ("42.3", "42"), ("-5", "5"), ("1.25", "12.5%"), ("1,234", "1.234"), ("12", "1 2"),
    ("5 thousand", "5 million"), ("12.5", "12.54"),
  ])
  func numbersThatDiffer(_ output: String, _ gold: String) {
    let found = score("Final: \(output)", "Final: \(gold)")
    #expect(found.value == 0 && found.parsed)
  }

  @Test func labelsAndOrdinalsAreNoNumbers() {
    #expect(score("Final: Q3 and the 2nd of FY2020: 7", "Final: 7") == Self.right)
    #expect(score("Final: 2019-2020", "Final: 2019 2020") == Self.right)
  }

  @Test func exponentsBeyondAllNumbers() {
    #expect(score("Final: 1.5e-9223372036854775807", "Final: 2").value == 0)
    #expect(score("Final: 2", "Final: 1e-1000000000").value == 0)
  }

  @Test func withoutAMarkerTheLastLineWithANumber() {
    #expect(score("step 1\n#### 42\n", "3 * 14\n#### 42") == Self.right)
    #expect(score("The answer is 1,000", " 1000") == Self.right)
    #expect(score("none", " 1000") == ExampleScore(value: 0, parsed: false, lenient: 0))
  }

  @Test func aPatternFindsIt() throws {
    let metric = try MetricName.number.metric(answering: try AnswerPattern(#"<a>(.*?)</a>"#))
    let example = Example(id: 1, prompt: "", completion: "so <a>12.50</a>")
    #expect(metric.score(output: "4 <a>12.5</a> 9", example: example).value == 1)
    #expect(metric.score(output: "12.5", example: example) == ExampleScore(value: 0, parsed: false, lenient: 1))
    #expect(MetricName(rawValue: "number")?.metric is NumberAccuracy)
  }

  @Test func withinASentence() {
    let metric = NumberAccuracy(isWithin: true)
    #expect(score("Final: from 2008 to 2009 it rose by 19.2%.", " Final: 19.2%", metric: metric) == Self.right)
    #expect(score("Final: from 2008 to 2009 it rose by 18%.", " Final: 19.2%", metric: metric).value == 0)
  }

  @Test func answersWithoutNumbersAreText() {
    #expect(score("Final:  Yes ", "Final: yes") == Self.right)
    #expect(score("Final: no", "Final: yes") == ExampleScore(value: 0, parsed: true, lenient: 0))
    #expect(score("yes", "Final: yes") == ExampleScore(value: 0, parsed: false, lenient: 1))
  }
}
