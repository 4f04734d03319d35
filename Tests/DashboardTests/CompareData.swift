import Dashboard
import Messages
import Recipe
import Terminal

/// Compare with as many runs and examples as a test asks for; invented, and the same everywhere.
enum CompareData {
  /// - Parameters:
  ///   - runs: two to eight, the first is the baseline.
  ///   - examples: of a task in which later runs have more right.
  static func comparison(runs count: Int, examples: Int) -> Comparison {
    let digits: [Character] = ["C", "D", "4", "F", "1", "2", "8", "E"]
    let runs = (0..<count).map { place in
      TestData.run(
        RunID(place + 5), digits[place], state: .done, loss: 0.5 + Double(place) / 20, score: 0.6 + Double(place) / 50,
        overhead: 2 + Double(place))
    }
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    func draw() -> Double {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      return Double(random % 10_000) / 10_000
    }
    let samples = (0..<examples).map { index -> Comparison.Sample in
      let ease = draw()
      return Comparison.Sample(
        prompt: "Question \(index): which drug treats nibiemia after \(index % 7) days?", expected: "havex [D]",
        outcomes: (0..<count).map { run in
          let isRight = draw() < (ease < 0.7 ? 0.98 : ease < 0.8 ? 0.02 : 0.4 + Double(run) / 20)
          let parsed = isRight || draw() < 0.8
          return ExampleOutcome(
            index: index, prompt: "", expected: "havex [D]",
            output: isRight ? "havex [D]" : parsed ? "haveot [A]" : "I do not know", score: isRight ? 1 : 0,
            parsed: parsed, lenient: 0, outputTokens: 4)
        })
    }
    var comparison = Comparison(
      baseline: 5,
      rows: runs.enumerated().map { place, run in
        Comparison.Row(
          run: run,
          difference: place == 0
            ? nil : Interval(estimate: Double(place), low: Double(place) - 2, high: Double(place) + 2),
          pValue: place == 0 ? nil : 0.2 / Double(place * place), test: place == 0 ? "" : "exact McNemar",
          verdict: place == 0 ? .baseline : place > 2 ? .better : .cannotTell, pairedExamples: examples,
          onFront: place < 2)
      },
      settings: [Comparison.Setting(name: "targets", values: runs.map(\.plan.targets.label))], samples: samples,
      conclusion: "Can't tell #6 and #7 from #5 at n = \(examples).")
    for first in 0..<count {
      for second in (first + 1)..<max(first + 1, count) {
        let points = Double(first - second)
        comparison.pairs.append(
          Comparison.Pair(
            first: first, second: second, points: Interval(estimate: points, low: points - 2, high: points + 2),
            pValue: second - first > 2 ? 0.003 : 0.4, pIsBound: false, test: "exact McNemar",
            verdict: second - first > 2 ? .worse : .cannotTell, examples: examples))
      }
    }
    comparison.tokenTimes = TokenTimes(
      runs.enumerated().map { place, run in
        (run.id, (0..<400).map { _ in 18.8 + Double(place) * 0.4 + (draw() + draw() + draw()) * 0.9 })
      } + [(nil, (0..<400).map { _ in 18.2 + (draw() + draw() + draw()) * 0.8 })])
    return comparison
  }

  /// Compare's screen with that comparison as the engine's answer.
  static func state(
    runs count: Int, examples: Int = 240, columns: Int = 120, rows: Int = 36,
    characterSet: Terminal.CharacterSet = .braille
  ) -> DashboardState {
    let comparison = comparison(runs: count, examples: examples)
    var snapshot = TestData.snapshot
    snapshot.runs = comparison.rows.enumerated().map { place, row in
      var run = row.run
      run.seriesSlot = place
      return run
    }
    snapshot.queue = []
    var state = TestData.state(columns: columns, rows: rows, characterSet: characterSet, snapshot: snapshot)
    Driver.type("C", on: &state)
    if let request = state.compare.answer.key {
      state.compare.answer.value = nil
      Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    }
    return state
  }
}
