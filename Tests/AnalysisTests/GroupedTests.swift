import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// Examples that are about the same thing, and seeds that are few.
@Suite struct GroupedTests {
  @Test(
    arguments: [
      ([], 1.0, true), ([0, 0], 1, true), ([1, 1, 1], 0.25, true), ([3, 1], 0.5, true), ([2, -1, 1], 0.75, true),
      ([0.5, 0.25, 0.25], 0.25, true), ([0.5, -0.5], 1, true), ([0.3, 0.4, 0.1, 0.2], 0.125, true),
      ([5, -3, 4, 4, 2, -1], 0.25, true),
    ] as [([Double], Double, Bool)])
  func signFlips(sums: [Double], expected: Double, isExact: Bool) {
    let outcome = SignFlip.test(sums)
    #expect(abs(outcome.pValue - expected) < 1e-12)
    #expect(outcome.isExact == isExact && !outcome.isBound)
  }

  /// Single right and wrong answers are McNemar's.
  @Test(arguments: [(5, 0), (3, 9), (10, 10), (21, 5), (130, 171)])
  func groupsOfOneAreMcNemars(first: Int, second: Int) {
    let sums = [Double](repeating: 1, count: first) + [Double](repeating: -1, count: second)
    let p = McNemar.pValue(onlyFirst: first, onlySecond: second)
    #expect(abs(SignFlip.test(sums).pValue / p - 1) < 1e-9)
  }

  @Test func manyFractionsAreSampled() {
    let outcome = SignFlip.test([Double](repeating: 0.3, count: 40))
    #expect(!outcome.isExact && outcome.isBound && outcome.pValue == 1.0 / Double(SignFlip.samples + 1))
    // Against all 2²⁰ changes of sign of the same numbers as whole ones.
    let numbers = (0..<20).map { Double($0 % 7) - 2.5 }
    let exact = SignFlip.test(numbers.map { 2 * $0 }).pValue
    #expect(abs(SignFlip.test(numbers.map { $0 / 3 }).pValue - exact) < 0.02)
  }

  @Test(arguments: [
    (0.004, true, "≤ 0.004"), (8.0 / 2001, true, "≤ 0.004"), (0.0121, true, "≤ 0.013"), (0.0121, false, "= 0.012"),
    (0.0005, true, "< 0.001"), (1, false, "= 1.000"),
  ])
  func floorsAreBounds(value: Double, isBound: Bool, expected: String) {
    #expect(PValueText.relation(value, isBound: isBound) == expected)
  }

  private func cell(_ targets: Targets, _ seeds: [[Double]], groups: Int?) -> StudyCell {
    var cell = StudyDifferenceTests.cell(targets, seeds)
    guard let groups else { return cell }
    for seed in cell.outcomes.indices {
      for place in cell.outcomes[seed].indices { cell.outcomes[seed][place].group = "g\(place % groups)" }
    }
    return cell
  }

  /// Of 40 questions about four things, all about two of which are answered by the first only: four groups decide nothing.
  @Test func aStudyTestsGroups() throws {
    let first = (0..<40).map { $0 % 4 < 2 ? 1.0 : 0 }
    let none = [Double](repeating: 0, count: 40)
    let grouped = try #require(StudyDifference([(cell(.all, [first], groups: 4), cell(.oProj, [none], groups: 4))]))
    #expect(grouped.test == "exact permutation" && grouped.pValue == 0.5 && grouped.probability == "p = 0.500")
    let single = try #require(StudyDifference([(cell(.all, [first], groups: nil), cell(.oProj, [none], groups: nil))]))
    #expect(single.test == "exact McNemar" && (single.pValue ?? 1) < 1e-5)
    let (wide, narrow) = (try #require(grouped.interval), try #require(single.interval))
    #expect(wide.halfWidth > 2 * narrow.halfWidth)
    // An older run without groups beside a newer one that has them is tested by these.
    let mixed = try #require(StudyDifference([(cell(.all, [first], groups: nil), cell(.oProj, [none], groups: 4))]))
    #expect(mixed.test == "exact permutation" && mixed.pValue == 0.5)
  }

  @Test func aResamplingsFloorIsABound() throws {
    let rows = (0..<3).map { seed in (0..<200).map { ($0 + seed) % 50 == 0 ? 0.0 : 1 } }
    let none = [[Double]](repeating: [Double](repeating: 0, count: 200), count: 3)
    let difference = try #require(
      StudyDifference([(cell(.all, rows, groups: 20), cell(.oProj, none, groups: 20))]))
    #expect(difference.pIsBound && difference.pValue == 1.0 / 2001)
    var corrected = difference
    corrected.pValue = 8.0 / 2001
    #expect(corrected.probability == "p ≤ 0.004")
  }

  @Test func comparisonsSayOverWhat() throws {
    func entry(_ id: RunID, _ right: (Int) -> Bool) -> ComparisonBuilder.Entry {
      var run = RunSummary(
        id: id, plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: .oProj, settings: RunSettings()),
        state: .done, created: 0)
      run.score = ScoreSummary(
        metric: "m", score: Interval(estimate: 0.5, low: 0, high: 1), examples: 120, parseFailureRate: 0, lenient: 0,
        meanOutputTokens: 1, groups: ExampleGroups(count: 12, noun: "conditions"))
      return ComparisonBuilder.Entry(
        run: run,
        examples: (0..<120).map {
          ExampleOutcome(
            index: $0, prompt: "p\($0)", expected: "e", output: "o", score: right($0 % 12) ? 1 : 0, parsed: true,
            lenient: 0, outputTokens: 1, group: "c\($0 % 12)")
        })
    }
    let comparison = try #require(
      ComparisonBuilder.build([entry(1) { _ in false }, entry(2) { $0 != 0 }], baseline: 1))
    let row = comparison.rows[1]
    #expect(row.test == "exact permutation" && row.pValue == 2.0 / 2048 && !row.pIsBound)
    #expect(row.groups == ExampleGroups(count: 12, noun: "conditions"))
    #expect(comparison.conclusion.contains("n = 120 over 12 conditions, exact permutation p < 0.001"))
  }

  // MARK: Seeds

  @Test func derivativesOfGamma() {
    #expect(abs(Gamma.digamma(1) + 0.577_215_664_901_532_9) < 1e-12)
    #expect(abs(Gamma.digamma(0.5) + 1.963_510_026_021_423_5) < 1e-12)
    #expect(abs(Gamma.trigamma(1) - Double.pi * Double.pi / 6) < 1e-12)
    #expect(abs(Gamma.trigamma(0.5) - Double.pi * Double.pi / 2) < 1e-12)
    for x in [0.3, 1, 7.5] { #expect(abs(Gamma.inverseTrigamma(Gamma.trigamma(x)) / x - 1) < 1e-9) }
  }

  /// Variances that scatter as chance alone would make them are pooled; wild ones stand for themselves.
  @Test func variancesArePooledAsFarAsTheyAgree() throws {
    let alike = try #require(SeedSpread([1.0, 1.2, 0.9, 1.1, 0.8].map { ($0, 2) }))
    #expect(abs(alike.variance - 1) < 1e-9 && alike.degrees == 10)
    let wild = try #require(SeedSpread([1e-4, 1e4, 1e-3, 1e3, 1, 1e-5, 1e5].map { ($0, 2) }))
    #expect(wild.degrees < 1)
    #expect(SeedSpread([(1, 1), (1, 1), (1, 1)]) == nil)
    #expect(SeedSpread([(0, 1), (0, 1), (0, 1), (4, 1)]) == nil)
    let moderated = alike.moderated(4, degrees: 2)
    #expect(abs(moderated.variance - 1.5) < 1e-9 && moderated.degrees == 12)
  }

  /// Simulated studies of nine results with effects of seeds and of groups: 95 % intervals have to hold the truth nine times in ten or
  /// more. Intervals that resampled the seeds held it in as few as 73 %.
  @Test(arguments: [
    (2, 0.1, 0.05), (2, 0.05, 0.1), (2, 0.0, 0.1), (3, 0.1, 0.05), (3, 0.05, 0.1), (5, 0.1, 0.05), (5, 0.05, 0.1),
  ])
  func intervalsHoldTheTruth(seeds: Int, seedDeviation: Double, groupDeviation: Double) throws {
    var generator = SplitMix64(seed: 20, stream: UInt64(seeds))
    let (groups, each, results, studies) = (12, 4, 9, 40)
    let grouping = try #require(ExampleGrouping((0..<groups * each).map { "\($0 % groups)" }))
    var (pooled, alone) = (0, 0)
    for study in 0..<studies {
      let scores = (0..<results).map { _ in
        let ofGroups = (0..<groups).map { _ in groupDeviation * generator.normal() }
        return (0..<seeds).map { _ in
          let ofSeed = seedDeviation * generator.normal()
          return (0..<groups * each).map { 0.5 + ofSeed + ofGroups[$0 % groups] + (generator.chance() ? 0.4 : -0.4) }
        }
      }
      let spread = SeedSpread(means: scores.map { $0.map { $0.reduce(0, +) / Double($0.count) } })
      for result in scores {
        func holds(_ spread: SeedSpread?) -> Bool {
          let means =
            HierarchicalBootstrap.replicates(
              result, grouping, spread: spread, resamples: 400, seed: UInt64(study))?.sorted() ?? []
          return Percentile.ofSorted(means, 0.025) <= 0.5 && Percentile.ofSorted(means, 0.975) >= 0.5
        }
        if holds(spread) { pooled += 1 }
        if holds(nil) { alone += 1 }
      }
    }
    let all = Double(studies * results)
    #expect(Double(pooled) / all >= 0.9, "\(pooled) of \(all)")
    #expect(Double(alone) / all >= 0.9, "\(alone) of \(all)")
  }
}

extension SplitMix64 {
  fileprivate mutating func chance() -> Bool { uniform() < 0.5 }
}
