import Foundation
import Messages
import Recipe

/// Puts two to eight runs side by side, and says of their differences no more than the tests do.
package enum ComparisonBuilder {
  /// One run with its evaluation.
  package struct Entry: Sendable {
    package var run: RunSummary
    package var examples: [ExampleOutcome]

    package init(run: RunSummary, examples: [ExampleOutcome]) {
      self.run = run
      self.examples = examples
    }
  }

  /// Below this corrected p-value a difference is called one.
  package static let level = 0.05

  /// - Parameters:
  ///   - baseline: the id of one of the entries' runs; nil is returned if it is none of them.
  ///   - base: the evaluation of the base without adapters, where there is one.
  package static func build(_ entries: [Entry], baseline: RunID, base: Entry? = nil, seed: UInt64 = 0) -> Comparison? {
    guard let chosen = entries.first(where: { $0.run.id == baseline }) else { return nil }
    let tests = entries.map { $0.run.id == baseline ? nil : PairTest($0.examples, chosen.examples, seed: seed) }
    let overBase = entries.map { entry in
      entry.run.plan.isBaseline ? nil : base.flatMap { PairTest(entry.examples, $0.examples, seed: seed)?.points }
    }
    let adjusted = Holm.adjusted(tests.map { $0?.pValue })
    let machine = OneMachine(entries.map(\.run))
    let front = Front.members(machine.runs.map { point(of: $0) })
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
        pairedExamples: test.pairs, onFront: front[index], overBase: overBase[index], pIsBound: test.isBound,
        groups: test.groups.map { ExampleGroups(count: $0, noun: entry.run.score?.groups?.noun ?? "groups") })
    }
    var comparison = Comparison(
      baseline: baseline, rows: rows, settings: SettingsTable.rows(entries.map(\.run)),
      samples: samples(entries), conclusion: Conclusion.sentence(rows, baseline: baseline, latencies: machine.note))
    comparison.base = base?.run.score
    comparison.pairs = PairMatrix.pairs(entries, seed: seed)
    let alike = zip(entries, machine.runs).map { Entry(run: $1, examples: $0.examples) }
    comparison.groups = SeedGroups.groups(alike, baseline: baseline, seed: seed)
    return comparison
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

/// The test that STUDY prescribes for two runs on the same examples: a permutation of groups where the examples have such; otherwise exact
/// McNemar where every score is right or wrong, and the paired bootstrap.
struct PairTest {
  var name: String
  /// First minus second, in points (0 to 100).
  var points: Interval
  var pValue: Double
  var isBound: Bool
  var pairs: Int
  /// How many groups the pairs are of; nil where each stands for itself.
  var groups: Int?

  /// Nil if the two have no example in common.
  init?(_ first: [ExampleOutcome], _ second: [ExampleOutcome], seed: UInt64) {
    var other: [Int: ExampleOutcome] = [:]
    for example in second { other[example.index] = example }
    var a: [Double] = []
    var b: [Double] = []
    var names: [String?] = []
    for example in first {
      // The same place in another task's list is another example.
      guard let match = other[example.index], match.prompt == example.prompt, match.expected == example.expected else {
        continue
      }
      if example.score.isFinite && match.score.isFinite {
        a.append(example.score)
        b.append(match.score)
        names.append(example.group ?? match.group)
      }
    }
    self.init(a, b, groups: names, seed: seed)
  }

  /// - Parameters:
  ///   - a, b: finite scores of the same examples in the same order.
  ///   - names: of what each is about.
  init?(_ a: [Double], _ b: [Double], groups names: [String?], seed: UInt64) {
    let grouping = ExampleGrouping(names)
    guard let outcome = PairedBootstrap.compare(a, b, grouping, seed: seed) else { return nil }
    if let grouping {
      let flipped = SignFlip.test(grouping.sums(zip(a, b).map { $0 - $1 }), seed: seed)
      (name, pValue, isBound) = (flipped.name, flipped.pValue, flipped.isBound)
    } else if (a + b).allSatisfy({ $0 == 0 || $0 == 1 }) {
      (name, pValue, isBound) = ("exact McNemar", McNemar.pValue(a, b), false)
    } else {
      (name, pValue, isBound) = ("paired bootstrap", outcome.pValue, outcome.isBound)
    }
    groups = grouping?.count
    points = Interval(
      estimate: 100 * outcome.difference.estimate, low: 100 * outcome.difference.low,
      high: 100 * outcome.difference.high)
    pairs = a.count
  }
}

/// One sentence about a comparison, each claim with its denominator.
enum Conclusion {
  /// - Parameter latencies: what is to be said of them where they are of several machines.
  static func sentence(_ rows: [Comparison.Row], baseline: RunID, latencies: String? = nil) -> String {
    let others = rows.filter { $0.verdict != .baseline }
    var parts: [String] = []
    for row in others where row.verdict == .better || row.verdict == .worse {
      guard let difference = row.difference, let p = row.pValue else { continue }
      parts.append(
        "#\(row.run.id) is \(row.verdict.rawValue) than #\(baseline) by \(number(abs(difference.estimate))) points "
          + "(95 % interval \(signed(difference.low)) to \(signed(difference.high)), n = \(row.pairedExamples)\(ExampleGroups.words(row.groups)), "
          + "\(row.test) p \(PValueText.relation(p, isBound: row.pIsBound))\(others.count > 1 ? " after Holm" : ""))")
    }
    let open = others.filter { $0.verdict == .cannotTell }
    for (count, group) in Dictionary(grouping: open, by: \.pairedExamples).sorted(by: { $0.key > $1.key }) {
      parts.append("can't tell \(list(group)) from #\(baseline) at n = \(count)")
    }
    let without = others.filter { $0.verdict == .notComparable }
    if !without.isEmpty {
      parts.append("\(list(without)) share\(without.count == 1 ? "s" : "") no evaluated example with #\(baseline)")
    }
    let busy = rows.filter { $0.run.latency?.isBusy == true }
    if !busy.isEmpty {
      let shares = busy.compactMap { $0.run.latency?.coreShare }.map(CoreUse.takenPercent)
      let taken = shares.max().map { " (other programs took up to \($0) % of the cores)" } ?? ""
      parts.append("can't tell the latency of \(list(busy)): measured on a busy machine\(taken)")
    }
    if let latencies { parts.append(latencies) }
    guard let first = parts.first else { return "Nothing to compare." }
    let sentence = ([first.prefix(1).uppercased() + first.dropFirst()] + parts.dropFirst()).joined(separator: "; ")
    return sentence + "."
  }

  private static func list(_ rows: [Comparison.Row]) -> String {
    let names = rows.map { "#\($0.run.id)" }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
  private static func signed(_ value: Double) -> String { String(format: "%+.1f", value) }
}

/// One finished run with the scores of its examples.
package struct ScoredRun: Sendable {
  package var run: RunSummary
  package var examples: [ExampleScoreRecord]

  package init(run: RunSummary, examples: [ExampleScoreRecord]) {
    self.run = run
    self.examples = examples
  }
}
