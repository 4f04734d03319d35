import Engine
import Messages
import Recipe
import Testing

/// The arithmetic of a search's promise, from what the parts of a run take.
@Suite struct SearchTimesTests {
  /// A run: 2 s of preparing, 100 of training, 10 of scoring at a heat, 20 of evaluation, 5 of TPOT.
  private static let cost = SearchCost(preparing: 2, training: 100, heat: 10, evaluating: 20, measuring: 5)

  /// Six to the first heat, one on to the second and the third.
  private static let least: Double = 252 + 42 + 52

  private func plan(_ sets: [Targets], rates: [Double] = [1e-3], seeds: [UInt64] = [1, 2]) -> SearchPlan {
    var plan = SearchPlan(
      combinations: sets.map { SearchPrior(targets: $0, parameters: 1) }, rates: rates, tuningExamples: 200,
      confirmSeeds: seeds)
    plan.heats = [0.3, 0.6, 1]
    plan.places = [4, 2]
    return plan
  }

  private func isNear(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-9 }

  @Test func sixEnterFourStayTwoEnd() {
    let sets = Array(Targets.fifteen.prefix(6))
    let times = SearchTimes(plan(sets), costs: sets.map { _ in Self.cost }, isForRates: false)
    // Heats cost 2 + 30 + 10, 2 + 30 + 10 and 2 + 40 + 10; a confirming seed 2 + 100 + 10.
    let most: Double = 252 + 168 + 104 + 448
    #expect(isNear(times.most, most))
    #expect(isNear(times.least, Self.least))
    // Of four places 3.4 are taken, of two 1.7; two leaders need one and a half of the two further seeds.
    let expected: Double = 252 + 142.8 + 88.4 + 336
    #expect(isNear(times.expected, expected))
    // Both leaders with three seeds are evaluated (22 each), and measured once.
    #expect(isNear(times.finishing, 142))
    #expect(isNear(times.whole, 127))
  }

  /// Whatever all fifteen cost, a look lets six of them in.
  @Test func whoWillRaceIsTheMeanOfAll() {
    var plan = plan(Targets.fifteen)
    plan.look = SearchLook(batches: 4, measuresLatency: false)
    let costs = Targets.fifteen.indices.map { place in
      SearchCost(
        preparing: 2, training: 93 + Double(place), heat: 10, evaluating: 20, measuring: 5)
    }
    let times = SearchTimes(plan, costs: costs, isForRates: false)
    #expect(isNear(times.least, Self.least))
  }

  @Test func ratesRaceInTheFirstHeatAlone() {
    let times = SearchTimes(
      plan([.qkv], rates: [1e-3, 2e-3, 4e-3], seeds: []), costs: [Self.cost], isForRates: true)
    // Three rates to the first heat, one on to the end.
    #expect(isNear(times.most, 220))
    #expect(isNear(times.expected, 220))
    #expect(isNear(times.finishing, 27))
  }

  /// One combination has nobody to be told from: no further seed.
  @Test func nobodyConfirmsOne() {
    let times = SearchTimes(plan([.qkv]), costs: [Self.cost], isForRates: false)
    #expect(isNear(times.most, 136))
    #expect(isNear(times.least, 136))
  }

  @Test func nothingIsPromisedWithoutCosts() {
    let times = SearchTimes(plan([.qkv]), costs: [], isForRates: false)
    #expect(times.most == 0 && times.whole == 0 && times.finishing == 0)
  }
}
