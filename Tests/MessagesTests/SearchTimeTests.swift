import Foundation
import Messages
import Recipe
import Testing

/// What a search took beside what was promised.
@Suite struct SearchTimeTests {
  private static let pick = SearchCandidate(targets: .qkv, learningRate: 1e-3)

  private func search(
    _ id: SearchID = 1, created: Double = 1000, finished: Double? = 1600, promised: Double? = 720, used: Double = 600
  ) -> SearchSummary {
    let request = SearchRequest(
      model: .builtin, data: .task(name: "medmcqa"), settings: RunSettings(), combinations: [.qkv, .oProj],
      rates: [1e-3])
    var summary = SearchSummary(
      id: id, request: request,
      plan: SearchPlan(
        combinations: request.combinations.map { SearchPrior(targets: $0, parameters: 1) }, rates: [1e-3],
        tuningExamples: 200), status: finished == nil ? .running : .answered, created: created, finished: finished,
      secondsPromised: promised, secondsUsed: used)
    summary.answer = SearchAnswer(kind: .cannotTell, candidates: [], pick: Self.pick, sentence: "")
    return summary
  }

  private func run(_ targets: Targets, ended: Double?, computed: Double) -> RunSummary {
    var settings = RunSettings()
    settings.learningRate = 1e-3
    var run = RunSummary(
      id: 1, plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: targets, settings: settings),
      state: ended == nil ? .evaluating : .done, created: 1000)
    run.search = 1
    run.finished = ended
    var phases = PhaseSeconds()
    phases.evaluating = computed
    run.phases = phases
    return run
  }

  @Test func whatIsNamedIsWaitedFor() {
    let search = search()
    #expect(search.secondsTaken([run(.qkv, ended: 1700, computed: 400)]) == 700)
    #expect(search.secondsTaken([run(.qkv, ended: 1500, computed: 400)]) == 600)
    #expect(search.secondsTaken([]) == 600)
    #expect(search.secondsTaken([run(.qkv, ended: nil, computed: 40)]) == nil)
    #expect(self.search(finished: nil).secondsTaken([]) == nil)
    #expect(
      search.ownNamed([run(.qkv, ended: 1, computed: 1), run(.oProj, ended: 1, computed: 1)]).map(\.plan.targets) == [
        .qkv
      ])
  }

  /// A kill between the answer and the last end: the night that followed is no time of the search.
  @Test func aPauseAfterTheAnswerIsNoTimeOfTheSearch() {
    #expect(search().secondsTaken([run(.qkv, ended: 90_000, computed: 40)]) == 640)
  }

  @Test func searchesThatShareTheMachineShareItsTime() throws {
    func words(_ parts: [(promised: Double?, taken: Double?)]) -> String? {
      SearchOutcome(parts)?.words { "\(Int($0 / 60)) min" }
    }
    #expect(words([(720, 840)]) == "promised about 12 min, took 14 min")
    #expect(words([(720, 1500), (600, 1440)]) == "promised about 22 min, took 25 min")
    #expect(words([(720, 840), (nil, 10)]) == nil && words([(720, nil)]) == nil && words([]) == nil)
    #expect(search().overlaps(search(2, created: 1500)) && !search().overlaps(search(2, created: 1601)))
    #expect(search(finished: nil).overlaps(search(2, created: 5000)))
  }
}
