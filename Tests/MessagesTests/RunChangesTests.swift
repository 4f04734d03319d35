import Foundation
import Messages
import Recipe
import Testing

@Suite struct RunChangesTests {
  private func run(_ id: RunID) -> RunSummary {
    RunSummary(
      id: id, plan: RunPlan(model: .builtin, data: .task(name: "a"), targets: .all, settings: RunSettings()),
      state: .training, created: 0)
  }

  @Test func whatWasWrittenToHasChangedAndNothingElse() {
    let before = (1...5).map { run($0) }
    var after = before
    #expect(RunChanges(from: before, to: after).isEmpty)
    after[3].step = 7
    after.append(run(6))
    let changes = RunChanges(from: before, to: after)
    #expect(changes.places == [3, 5] && !changes.areOthers)
  }

  @Test func aRunThatIsGoneMovesThoseAfterIt() {
    let before = (1...3).map { run($0) }
    #expect(RunChanges(from: before, to: Array(before.dropFirst())).areOthers)
    let others = [before[0], run(9), before[2]]
    #expect(RunChanges(from: before, to: others).areOthers)
  }

  @Test func progressIsToldFromWhatIsCounted() {
    let before = (1...3).map { run($0) }
    var after = before
    after[1].losses.append(1)
    after[1].step = 1
    after[1].tokensPerSecond = 3
    func isProgress() -> Bool { RunChanges(from: before, to: after).areProgress(from: before, to: after) }
    #expect(isProgress())
    after[1].labels.isPinned = true
    #expect(!isProgress())
    after = before
    after[2].state = .done
    #expect(!isProgress())
    after = before + [run(4)]
    #expect(!isProgress())
  }

  @Test("copies of a plan share settings, and what is changed in one does not show in another")
  func plansAreValues() throws {
    let plan = run(1).plan
    var other = plan
    #expect(other == plan && Set([plan, other]).count == 1)
    other.settings.rank = 64
    #expect(plan.settings.rank == RunSettings().rank && other.settings.rank == 64 && other != plan)
    let data = try JSONEncoder().encode(other)
    #expect(try JSONDecoder().decode(RunPlan.self, from: data) == other)
    // As every store has it: the settings by their own names, one level down.
    let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(fields.keys) == ["model", "data", "targets", "settings"])
    #expect((fields["settings"] as? [String: Any])?["rank"] as? Int == 64)
  }
}
