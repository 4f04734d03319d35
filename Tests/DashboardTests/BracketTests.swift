import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

/// A search on the Sweep screen: the look before its race, its heats, and how it is begun there.
@Suite struct BracketTests {
  private static func fixed(_ value: Double) -> Interval { Interval(estimate: value, low: value, high: value) }

  /// In its second heat under a latency budget of 12 %, of which all four and one more do not fit by prediction.
  private static let search: SearchSummary = {
    var request = SearchRequest(
      model: .builtin, data: TestData.data.reference, settings: TestData.settings, combinations: Targets.fifteen,
      rates: [2e-4])
    request.latencyBudget = 12
    var plan = SearchPlan(
      combinations: Targets.fifteen.map { SearchPrior(targets: $0, parameters: 1) }, rates: [2e-4], tuningExamples: 200)
    plan.latencyBudget = 12
    plan.look = SearchLook(batches: 4, measuresLatency: true)
    plan.look?.isOver = true
    var summary = SearchSummary(
      id: 3, request: request, plan: plan, status: .running, created: TestData.now - 300, secondsPromised: 1260,
      secondsUsed: 312)
    func entry(
      _ targets: Targets, _ standing: SearchBracket.Standing, _ step: Int?, _ score: Double? = nil
    ) -> SearchBracket.Entry {
      SearchBracket.Entry(
        candidate: SearchCandidate(targets: targets, learningRate: 2e-4), seed: 0, standing: standing, step: step,
        score: score, loss: score.map { 2 - $0 / 100 })
    }
    let ahead = SearchCandidate(targets: [.qkv, .fc2], learningRate: 2e-4)
    summary.bracket = SearchBracket(
      notStarted: [
        .all: .overBudget(overhead: 16, budget: 12, isPredicted: true),
        [.oProj, .fc1, .fc2]: .overBudget(overhead: 12.3, budget: 12, isPredicted: true), .fc2: .notShortlisted,
      ],
      heats: [
        SearchBracket.Heat(
          kind: .race(share: 0.3),
          entries: [
            entry(ahead.targets, .scored, 120, 61.5), entry([.qkv, .fc1], .scored, 120, 58),
            entry(.qkv, .left(.noPlace(rank: 3, places: 2)), 120, 55.5),
            entry(.oProj, .left(.worse(than: ahead, points: -24.5, scoreP: 0.002, lossP: 0.001)), 120, 37),
          ]),
        SearchBracket.Heat(
          kind: .race(share: 0.6),
          entries: [entry(ahead.targets, .scored, 240, 66), entry([.qkv, .fc1], .running, nil)]),
      ])
    summary.answer = SearchAnswer(
      kind: .cannotTell, candidates: [], pick: ahead,
      sentence: "so far qkv+fc2 at 0.0002 is ahead of 2 at 60 % of the steps (66.0 ± 6.6 %, 1 seed)")
    return summary
  }()

  private func state(_ search: SearchSummary, _ columns: Int, _ rows: Int) -> DashboardState {
    var snapshot = TestData.snapshot
    snapshot.searches = [search]
    var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
    Driver.type("S", on: &state)
    return state
  }

  /// The cursor moves over candidates and over what never started, and tells the whole story of the one it is on.
  @Test func scrolls() throws {
    var state = state(Self.search, 80, 24)
    func shows(_ text: String) -> Bool { Render.screen(state).text.contains { $0.contains(text) } }
    Driver.type("1", on: &state)
    #expect(shows("61.5 % at step 120") && shows("still in"))
    Driver.type("jjj", on: &state)
    #expect(state.sweep.bracketRow == 3 && shows("worse than qkv+fc2 by 24.5 points"))
    for _ in 0..<20 { Driver.type("j", on: &state) }
    #expect(state.sweep.bracketRow == 6)
    for _ in 0..<20 { Driver.type("k", on: &state) }
    #expect(state.sweep.bracketRow == 0)
    // Sorted by how far they came: what never started is last, and says why.
    Driver.type("G", on: &state)
    #expect(shows("TPOT +16.0 %") && shows("qkv+o_proj+fc1+fc2: not started"))
    state = self.state(Self.search, 200, 60)
    for text in ["heat 1 of 3", "60 % of steps", "out at step 120: rank 3 for 2 places", "others promise more"] {
      #expect(shows(text), "\(text)")
    }
  }

  /// A search that is over has a screen: at a key, and by itself where it was shown when it ended.
  @Test func aFinishedRaceCanBeSeen() {
    var over = Self.search
    over.status = .answered
    func shows(_ state: DashboardState) -> Bool { Render.screen(state).text.contains { $0.contains("heat 1 of 3") } }
    var later = state(over, 120, 36)
    #expect(!shows(later))
    Driver.type("b", on: &later)
    #expect(shows(later))
    Driver.type("b", on: &later)
    #expect(!shows(later))
    var watched = state(Self.search, 120, 36)
    var snapshot = watched.snapshot
    snapshot.searches = [over]
    Driver.apply(.snapshot(snapshot), to: &watched)
    #expect(shows(watched))
    var none = TestData.state(columns: 120, rows: 36)
    Driver.type("Sb", on: &none)
    #expect(none.notice?.text.contains("no search yet") == true)
  }

  @Test func drawnInASCII() throws {
    var state = state(Self.search, 120, 36)
    state.characterSet = .ascii
    try Golden.check(state, "sweep-bracket-ascii-120x36")
  }

  @Test(arguments: [(80, 24), (120, 36), (200, 60)]) func drawn(columns: Int, rows: Int) throws {
    try Golden.check(state(Self.search, columns, rows), "sweep-bracket-\(columns)x\(rows)")
  }

  @Test func theLookIsShownAsItGoesAndWhileItWaits() throws {
    var search = Self.search
    search.plan.look?.isOver = false
    search.bracket = SearchBracket()
    search.answer = nil
    var state = state(search, 80, 24)
    #expect(Render.screen(state).text.contains { $0.contains("waits for the machine, to look at the base") })
    var snapshot = state.snapshot
    // Of another search it says nothing.
    snapshot.engine.probe = ProbeProgress(phase: .gradients, fraction: 0.5, search: 2)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(Render.screen(state).text.contains { $0.contains("waits for the machine, to look at the base") })
    snapshot.engine.probe = ProbeProgress(phase: .latency, fraction: 0.5, search: 3)
    Driver.apply(.snapshot(snapshot), to: &state)
    try Golden.check(state, "sweep-look-80x24")
  }

  @Test func theStrategyIsChosenInOptionsAndStartsASearch() {
    var state = TestData.state(columns: 80, rows: 24)
    Driver.type("S2jl", on: &state)
    #expect(state.sweep.isSearch)
    #expect(Render.screen(state).text.contains { $0.contains("find the best") })
    #expect(Render.screen(state).text.contains { $0.contains("race on the tuning split") })
    Driver.type("n", on: &state)
    #expect(state.dialog?.title == "Start the search")
    guard case .sweep(let plan)? = Driver.commands(Driver.type("s", on: &state)).first else {
      Issue.record("nothing was sent")
      return
    }
    #expect(plan.search?.isSearch == true && plan.seeds.count == 3)
    Driver.type("S2l", on: &state)
    #expect(!state.sweep.isSearch)
    Driver.type("n", on: &state)
    #expect(state.dialog?.title == Dialogs.sweepTitle)
  }
}
