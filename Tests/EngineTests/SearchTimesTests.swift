import Engine
import Messages
import Recipe
import Testing

/// The arithmetic of a search's promise, from what the parts of a run take.
@Suite struct SearchTimesTests {
  /// A run: 2 s of preparing, 100 of training, 10 of scoring at a heat, 20 of evaluation, 5 of TPOT.
  private static let cost = SearchCost(preparing: 2, training: 100, heat: 10, evaluating: 20, measuring: 5)

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
    #expect(isNear(times.most, 6 * 42 + 4 * 42 + 2 * 52 + 2 * 2 * 112))
    #expect(isNear(times.least, 6 * 42 + 42 + 52))
    // Of four places 3.4 are taken, of two 1.7; two leaders need one and a half of the two further seeds.
    #expect(isNear(times.expected, 6 * 42 + 3.4 * 42 + 1.7 * 52 + 2 * 1.5 * 112))
    // Both leaders with three seeds are evaluated, and measured once.
    #expect(isNear(times.finishing, 2 * (3 * 22 + 5)))
    #expect(isNear(times.whole, 2 + 100 + 20 + 5))
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
    #expect(isNear(times.least, 6 * 42 + 42 + 52))
  }

  @Test func ratesRaceInTheFirstHeatAlone() {
    let times = SearchTimes(
      plan([.qkv], rates: [1e-3, 2e-3, 4e-3], seeds: []), costs: [Self.cost], isForRates: true)
    // Three rates to the first heat, one on to the end.
    #expect(isNear(times.most, 3 * 42 + 42 + 52))
    #expect(isNear(times.expected, 3 * 42 + 42 + 52))
    #expect(isNear(times.finishing, 22 + 5))
  }

  /// One combination has nobody to be told from: no further seed.
  @Test func nobodyConfirmsOne() {
    let times = SearchTimes(plan([.qkv]), costs: [Self.cost], isForRates: false)
    #expect(isNear(times.most, 42 + 42 + 52) && isNear(times.most, times.least))
  }

  @Test func nothingIsPromisedWithoutCosts() {
    let times = SearchTimes(plan([.qkv]), costs: [], isForRates: false)
    #expect(times.most == 0 && times.whole == 0 && times.finishing == 0)
  }
}
