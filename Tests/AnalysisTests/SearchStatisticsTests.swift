import Analysis
import Foundation
import Messages
import Recipe
import Testing

@Suite struct SearchStatisticsTests {
  /// Against the density, integrated by Simpson's rule on 20 000 pieces.
  @Test(arguments: [
    (1.0, 12.706204736), (3.0, 3.182446305), (7.5, 2.333039627), (30.0, 2.042272456), (200.0, 1.971896224),
  ])
  func studentsQuantiles(_ degrees: Double, _ expected: Double) {
    #expect(abs(StudentT.quantile(0.975, degrees: degrees) - expected) < 1e-6)
    #expect(abs(StudentT.cumulative(expected, degrees: degrees) - 0.975) < 1e-9)
  }

  @Test func signsOfEqualSizesAreMcNemarsTest() {
    let differences = [Double](repeating: -1, count: 8) + [1, 1] + [Double](repeating: 0, count: 50)
    // P(X ≥ 8), X of 10 tosses: (45 + 10 + 1) / 1024.
    #expect(abs(PairedSigns.pBelow(differences) - 56.0 / 1024) < 1e-12)
    #expect(abs(PairedSigns.pBelow(differences.map { -$0 }) - 1013.0 / 1024) < 1e-12)
    #expect(PairedSigns.pBelow([0, 0]) == 1)
    #expect(PairedSigns.pBelow([]) == 1)
  }

  @Test func unequalSizesAreCounted() {
    // Of the 8 sign patterns only −1 −2 −3 is as low.
    #expect(PairedSigns.pBelow([-1, -2, -3]) == 1.0 / 8)
    // −1 −2 +3 = 0, +1 +2 −3 = 0, and those below: −6, −4, −2, 0, 0.
    #expect(PairedSigns.pBelow([1, 2, -3]) == 5.0 / 8)
  }

  @Test func examplesAboutTheSameThingFlipTogether() {
    let differences = [Double](repeating: -1, count: 9)
    let one = PairedSigns.pBelow(differences, groups: [String?](repeating: "a", count: 9))
    #expect(one == 0.5)
    #expect(PairedSigns.pBelow(differences) == 1.0 / 512)
    let mixed = PairedSigns.pBelow(differences, groups: ["a", "a", nil, nil, nil, nil, nil, nil, nil])
    #expect(mixed == 1.0 / 256)
  }

  /// Intervals of tables with known variances: they hold the truth about as often as they say.
  @Test(arguments: [1, 2, 4]) func intervalsCover(_ seeds: Int) throws {
    var generator = Normal(seed: UInt64(seeds))
    var held = 0
    for _ in 0..<300 {
      let examples = (0..<100).map { _ in 30 * generator.next() }
      // A difference of two runs, each of the usual spread.
      let rows = (0..<seeds).map { _ in
        let seed = SeedsAndExamples.usualSeedSpread * 2.0.squareRoot() * generator.next()
        return examples.map { 5 + seed + $0 + 20 * generator.next() }
      }
      let table = try #require(SeedsAndExamples(rows, isDifference: true))
      let interval = table.interval()
      if interval.low <= 5, 5 <= interval.high { held += 1 }
      #expect((table.pValue < 0.05) == (interval.low > 0 || interval.high < 0))
    }
    // At least 95 % less three standard errors; more is wide, not wrong.
    #expect(held >= 274)
  }

  @Test func groupsWidenAndKeepTheMean() throws {
    let values = (0..<60).map { Double($0 / 6 % 2) * 100 }
    let groups = (0..<60).map { Optional("\($0 / 6)") }
    let plain = try #require(SeedsAndExamples([values, values], isDifference: false))
    let grouped = try #require(SeedsAndExamples([values, values], groups: groups, isDifference: false))
    #expect(abs(plain.mean - grouped.mean) < 1e-9)
    #expect(grouped.examples == 10)
    #expect(grouped.interval().halfWidth > 1.5 * plain.interval().halfWidth)
    #expect(SeedsAndExamples([], isDifference: false) == nil)
    #expect(SeedsAndExamples([[1], []], isDifference: false) == nil)
  }

  @Test func lossesAreComparedInEqualParts() {
    let losses = (0..<300).map { Float($0) }
    let means = SearchPlan.blockMeans(Array(losses.prefix(90)), steps: 300)
    #expect(means.count == 12)
    // Steps 0 to 6, then 7 to 14.
    #expect(means[0] == 3 && means[1] == 10.5)
    // Fewer steps than parts: as many as there are.
    #expect(SearchPlan.blockMeans([1, 2, 3], steps: 3) == [1, 2, 3])
    #expect(SearchPlan.blockMeans([], steps: 0).isEmpty)
    let order = HeatOrder(shares: SearchRequest.heats, examples: 1, waitsAfter: nil)
    #expect((1...3).map { order.step($0, of: 3) } == [1, 2, 3])
  }
}
