import Analysis
import Messages
import Recipe
import Testing

/// What races on other data sets may do to a shortlist, and what not.
@Suite struct SharedHeatsTests {
  private func bracket(_ order: [Targets], standing: SearchBracket.Standing = .scored) -> SearchBracket {
    let entries = order.map { targets in
      SearchBracket.Entry(
        candidate: SearchCandidate(targets: targets, learningRate: 1e-3), seed: 0, standing: standing, step: 10,
        score: 50, loss: 1)
    }
    return SearchBracket(heats: [SearchBracket.Heat(kind: .race(share: 0.3), entries: entries)])
  }

  private func plan() -> SearchPlan {
    func exactly(_ value: Double) -> Interval { Interval(estimate: value, low: value, high: value) }
    return SearchPlan(
      combinations: Targets.fifteen.enumerated().map { place, targets in
        // The more it costs the more energy: the front is all of them.
        SearchPrior(
          targets: targets, parameters: place + 1, overhead: exactly(Double(place + 1)),
          energy: exactly(Double(place + 1)))
      }, rates: [1e-3], tuningExamples: 300)
  }

  @Test func placesAreDrawnTowardsNothing() throws {
    let one = SharedHeats([bracket([.qkv, .oProj, .fc1])])
    #expect(one.sets == 1)
    let expected: [Targets: Double] = [.qkv: 0.5, .oProj: 0, .fc1: -0.5]
    #expect(one.standings == expected)
    let three = SharedHeats([[.qkv, .fc1], [.qkv, .fc1], [.qkv, .fc1]].map { bracket($0) })
    let drawn: [Targets: Double] = [.qkv: 0.75, .fc1: -0.75]
    #expect(three.standings == drawn)
  }

  /// A heat that is under way, and what a person took out of it, says nothing.
  @Test func whatIsNotOverSaysNothing() {
    #expect(SharedHeats([bracket([.qkv, .fc1], standing: .running)]).sets == 0)
    #expect(SharedHeats([bracket([.qkv, .fc1], standing: .left(.withdrawn))]).sets == 0)
    #expect(SharedHeats([]).standings.isEmpty)
  }

  @Test func itOrdersAndShortensAndKeepsTheBaselines() throws {
    // Seventh by energy: six enter, of which one is all four.
    let late = Targets.fifteen[8]
    let usual = Shortlist(plan()).entrants
    #expect(usual.count == 6)
    #expect(usual.contains(.all))
    #expect(!usual.contains(late))
    // It came first twice, all four last.
    let shared = SharedHeats([[late, .qkv, .fc2, .all], [late, .fc2, .qkv, .all]].map { bracket($0) })
    var plan = plan()
    shared.apply(to: &plan)
    let list = Shortlist(plan)
    #expect(list.entrants.count == 4)
    #expect(list.entrants.contains(.all), "the baseline enters whatever others say")
    #expect(list.entrants.contains(late))
    // What stays out is open: the answer names it.
    #expect(list.reasons.count == 11)
    #expect(list.reasons.values.allSatisfy { $0.isOpen })
    // One race orders, and shortens nothing.
    var ordered = self.plan()
    SharedHeats([bracket([late, .qkv])]).apply(to: &ordered)
    #expect(Shortlist(ordered).entrants.count == 6)
  }
}
