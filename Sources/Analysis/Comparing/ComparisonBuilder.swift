import Foundation
import Messages
import Recipe

/// Puts two to eight runs side by side, and says of their differences no more than the tests do.
public enum ComparisonBuilder {
  /// One run with its evaluation.
  public struct Entry: Sendable {
    public var run: RunSummary
    public var examples: [ExampleOutcome]

    public init(run: RunSummary, examples: [ExampleOutcome]) {
      self.run = run
      self.examples = examples
    }
  }

  /// Below this corrected p-value a difference is called one.
  public static let level = 0.05

  /// - Parameters:
  ///   - baseline: the id of one of the entries' runs; nil is returned if it is none of them.
  ///   - base: the evaluation of the base without adapters, where there is one.
  public static func build(_ entries: [Entry], baseline: RunID, base: Entry? = nil, seed: UInt64 = 0) -> Comparison? {
    guard let chosen = entries.first(where: { $0.run.id == baseline }) else { return nil }
    let tests = entries.map { $0.run.id == baseline ? nil : PairTest($0.examples, chosen.examples, seed: seed) }
    let overBase = entries.map { entry in
      entry.run.plan.isBaseline ? nil : base.flatMap { PairTest(entry.examples, $0.examples, seed: seed)?.points }
    }
    let adjusted = Holm.adjusted(tests.map { $0?.pValue })
    let front = Front.members(entries.map { point(of: $0.run) })
    let rows = entries.indices.map { index -> Comparison.Row in
      let entry = entries[index]
      if entry.run.id == baseline {
        return Comparison.Row(
          run: entry.run, difference: nil, pValue: nil, test: "", verdict: .baseline,
          pairedExamples: entry.examples.count, onFront: front[index], overBase: overBase[index])
      }
      guard let test = tests[index], let p = adjusted[index] else {
        return Comparison.Row(
          run: entry.run, difference: nil, pValue: nil, test: "", verdict: .notComparable, pairedExamples: 0,
          onFront: front[index], overBase: overBase[index])
      }
      return Comparison.Row(
        run: entry.run, difference: test.points, pValue: p, test: test.name,
        verdict: p >= level || test.points.estimate == 0 ? .cannotTell : test.points.estimate > 0 ? .better : .worse,
        pairedExamples: test.pairs, onFront: front[index], overBase: overBase[index])
    }
    return Comparison(
      baseline: baseline, rows: rows, settings: SettingsTable.rows(entries.map(\.run)),
      samples: samples(entries), conclusion: Conclusion.sentence(rows, baseline: baseline))
  }

  private static func point(of run: RunSummary) -> Front.Point? {
    guard let score = run.score, let latency = run.quietLatency else { return nil }
    return Front.Point(score: score.score.estimate, cost: latency.overheadPercent.estimate)
  }

  /// Prompts that at least one run evaluated; those on which the runs differ first, each group in the examples' order.
  static func samples(_ entries: [Entry]) -> [Comparison.Sample] {
    var order: [String] = []
    var outcomes: [String: [ExampleOutcome?]] = [:]
    for (place, entry) in entries.enumerated() {
      for example in entry.examples {
        let key = "\(example.index)\u{0}\(example.prompt)"
        if outcomes[key] == nil {
          order.append(key)
          outcomes[key] = Array(repeating: nil, count: entries.count)
        }
        outcomes[key]?[place] = example
      }
    }
    var agreeing: [Comparison.Sample] = []
    var disagreeing: [Comparison.Sample] = []
    for key in order {
      guard let row = outcomes[key], let first = row.compactMap({ $0 }).first else { continue }
      let sample = Comparison.Sample(prompt: first.prompt, expected: first.expected, outcomes: row)
      let marks = Set(row.compactMap { $0.map { "\($0.score) \($0.parsed)" } })
      if marks.count > 1 { disagreeing.append(sample) } else { agreeing.append(sample) }
    }
    return disagreeing + agreeing
  }
}
