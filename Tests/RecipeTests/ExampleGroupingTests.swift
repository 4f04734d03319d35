import Foundation
import Recipe
import Testing

@Suite struct ExampleGroupingTests {
  @Test(arguments: [
    (["a", "b", "a", nil, nil], [0, 1, 0, 2, 3]), (["a", "a"], [0, 0]), ([nil, "a", "a"], [0, 1, 1]),
  ])
  func whatHasNoNameStandsForItself(names: [String?], places: [Int]) throws {
    let grouping = try #require(ExampleGrouping(names))
    #expect(grouping.places == places)
    #expect(grouping.count == (places.max() ?? -1) + 1)
    #expect(grouping.sizes.reduce(0, +) == Double(names.count))
  }

  @Test(arguments: [[], [nil, nil], ["a", "b", "c"], ["a", nil], ["a"]] as [[String?]])
  func withoutARepetitionThereAreNoGroups(names: [String?]) { #expect(ExampleGrouping(names) == nil) }

  /// One group is drawn always: its mean would have an interval of no width.
  @Test func ofOneGroupExamplesAreDrawn() throws {
    let one = try #require(ExampleGrouping(["a", "a", "a", "a"]))
    #expect(one.count == 1 && one.ofIntervals == nil)
    let scores = [0.0, 1, 1, 0]
    func draws(_ grouping: ExampleGrouping?) -> [Double] {
      var generator = SplitMix64(seed: 3)
      let resampling = GroupResampling(scores, grouping)
      return (0..<50).map { _ in resampling.draw(&generator) }
    }
    #expect(draws(one) == draws(nil) && Set(draws(one)).count > 2)
  }

  /// Published tables.
  @Test(arguments: [
    (1.0, 0.975, 12.706_205), (2, 0.975, 4.302_653), (3, 0.975, 3.182_446), (9, 0.975, 2.262_157),
    (35, 0.975, 2.030_108), (4, 0.95, 2.131_847), (1e7, 0.975, 1.959_964),
  ])
  func quantilesOfStudent(degrees: Double, probability: Double, expected: Double) {
    #expect(abs(StudentT.quantile(probability, degrees: degrees) - expected) < 2e-6)
  }

  /// √(10/9) · 2.2622/1.96, and nearly nothing where there are many.
  @Test func fewGroupsAreWidened() throws {
    func widening(_ count: Int) throws -> Double {
      try #require(ExampleGrouping((0..<2 * count).map { "\($0 % count)" })).widening
    }
    #expect(abs(try widening(10) - 1.216_61) < 1e-4)
    #expect(try widening(2000) < 1.002)
  }

  /// Ten answers, each asked twenty times, are ten answers.
  @Test func copiesAreNoEvidence() throws {
    let answers: [Double] = [1, 0, 1, 1, 0, 1, 0, 1, 1, 1]
    let copies = (0..<200).map { answers[$0 % 10] }
    let grouping = try #require(ExampleGrouping((0..<200).map { "\($0 % 10)" }))
    func spread(_ resampling: GroupResampling) -> Double {
      var generator = SplitMix64(seed: 5)
      let means = (0..<8000).map { _ in resampling.draw(&generator) }
      return (means.reduce(0) { $0 + ($1 - 0.7) * ($1 - 0.7) } / 8000).squareRoot()
    }
    let (grouped, single) = (spread(GroupResampling(copies, grouping)), spread(GroupResampling(answers, nil)))
    // Both are of ten, and widened alike.
    #expect(abs(grouped / single - 1) < 1e-9)
    #expect(grouped > 4 * spread(GroupResampling(copies, nil)))
  }

  @Test func deviatesHaveTheirMoments() {
    var generator = SplitMix64(seed: 1)
    for degrees in [0.8, 1, 2.5, 9] {
      let values = (0..<20_000).map { _ in generator.chiSquared(degrees) }
      let mean = values.reduce(0, +) / 20_000
      // The variance of χ² is twice its degrees of freedom.
      #expect(abs(mean - degrees) < 4 * (2 * degrees / 20_000).squareRoot(), "\(degrees)")
    }
  }

  @Test(arguments: [
    ("same", "same", 0), ("seed", "seed", 7), ("0", "same", 0), ("12", "12", 12), ("007", "7", 7),
  ])
  func dataSeeds(text: String, kept: String, number: UInt64) throws {
    let seed = try #require(DataSeed(rawValue: text))
    #expect(seed.rawValue == kept)
    #expect(seed.number(forSeed: 7) == number)
  }

  @Test(arguments: ["", "-1", "seeds", "1.5", "18446744073709551616"])
  func otherDataSeedsAreRefused(text: String) {
    #expect(DataSeed(rawValue: text) == nil)
    #expect(SettingField.named("data_seed")?.expected(insteadOf: .text(text)) != nil)
  }
}
