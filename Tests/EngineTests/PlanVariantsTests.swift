import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Testing

/// A plan that runs its study several times, under other settings each time.
@Suite(.timeLimit(.minutes(10))) struct PlanVariantsTests {
  private static let text = """
    data = ["medmcqa", "cocohd"]
    combinations = ["o_proj", "qkv"]
    seeds = [0, 1, 2]
    [settings]
    rank = 8
    [settings_of.cocohd]
    epochs = 2
    [[variants]]
    [[variants]]
    prompt_only = true
    [[variants]]
    prompt_only = true
    rank = 16
    """
  private static let url = URL(filePath: "/nowhere/plan.toml")

  @Test func eachIsTheWholeStudy() throws {
    let plan = try SweepPlanFile.read(text: Self.text, Self.url)
    #expect(plan.parts.map(\.data.displayName) == ["medmcqa", "cocohd", "medmcqa", "cocohd", "medmcqa", "cocohd"])
    #expect(plan.parts.map(\.settings.promptOnly) == [false, false, true, true, true, true])
    #expect(plan.parts.map(\.settings.rank) == [8, 8, 8, 8, 16, 16])
    #expect(plan.parts.map(\.settings.epochs)[1] == 2 && plan.parts[5].settings.epochs == 2)
    #expect(plan.parts.allSatisfy { $0.settings.resolvedAlpha == Double(2 * $0.settings.rank) })
  }

  /// The plan that sets both kinds of adapters side by side.
  @Test func thePlanOfTheBenchmarks() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Benchmarks/prompt-only.toml").standardizedFileURL
    let plan = try SweepPlanFile.read(file)
    #expect(plan.parts.count == 16 && Set(plan.parts.map(\.data)).count == 4 && plan.seeds == [0, 1, 2])
    let kinds = plan.parts.map { "\($0.settings.rank) \($0.settings.promptOnly)" }
    #expect(Set(kinds) == ["8 false", "16 false", "8 true", "16 true"])
    #expect(plan.combinations == [.qkv, .oProj, .all] && plan.parts.allSatisfy(\.settings.measureLatency))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-variants-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "plan.toml")
    let plan = try SweepPlanFile.read(text: Self.text, Self.url)
    try SweepPlanFile.write(plan, to: file)
    #expect(try SweepPlanFile.read(file) == plan)
    // Data sets whose variants differ from each other have no spelling.
    var uneven = plan
    uneven.parts[3].settings.rank = 4
    let error = #expect(throws: Refusal.self) { try SweepPlanFile.write(uneven, to: file) }
    #expect(error?.exitStatus == 65)
  }

  @Test(arguments: [
    ("[[variants]]\nprompt_onyl = true", "prompt_onyl"), ("variants = 3", "variants"),
    ("[[variants]]\n[[variants]]", "differ"), ("[[variants]]\nprompt_only = 1", "prompt_only"),
    ("[[variants]]\nprompt_only = true\ndora = true", "DoRA"),
  ]) func oneLineSaysWhatIsWrong(_ end: String, _ word: String) throws {
    let error = #expect(throws: Refusal.self) {
      try SweepPlanFile.read(text: "data = \"medmcqa\"\ncombinations = \"all\"\n" + end, Self.url)
    }
    #expect(error?.line.contains(word) == true && error?.line.contains("\n") == false && error?.exitStatus == 65)
  }

  @Test func nothingRacesInVariants() throws {
    let text = "data = \"medmcqa\"\ncombinations = \"all\"\nstrategy = \"search\"\n[[variants]]\n[[variants]]\nrank = 4"
    let error = #expect(throws: Refusal.self) { try SweepPlanFile.read(text: text, Self.url) }
    #expect(error?.line.contains("variants") == true)
  }

  /// Every run of every variant once, counted once; started again it goes on with what is missing.
  @Test func theEngineRunsThemAll() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let settings = study.plan(steps: 3).settings
    func part(_ change: (inout RunSettings) -> Void) -> SweepPlan.Part {
      var own = settings
      own.measureLatency = false
      own.evaluationExamples = 0
      change(&own)
      return SweepPlan.Part(data: study.data, settings: own)
    }
    let plan = SweepPlan(
      model: study.model,
      parts: [part { _ in }, part { $0.promptOnly = true }, part { ($0.promptOnly, $0.rank) = (true, 4) }],
      combinations: [.oProj], seeds: [0, 1])
    guard case .estimate(let estimate) = await bus.ask(.estimate(plan)) else {
      Issue.record("no estimate")
      return
    }
    #expect(estimate.items.map(\.wanted) == [2, 2, 2] && estimate.items.map(\.rank) == [2, 2, 4])
    let ids = await bus.accepted(.sweep(plan))
    #expect(ids.count == 6)
    for id in ids { _ = try await bus.run(id, in: .done) }
    let runs = await bus.currentSnapshot().runs.filter { ids.contains($0.id) }
    #expect(runs.map(\.plan.settings.promptOnly) == [false, true, true, false, true, true])
    #expect(Set(runs.map(\.bits)).count == 6)
    guard case .estimate(let after) = await bus.ask(.estimate(plan)) else {
      Issue.record("no estimate")
      return
    }
    #expect(after.runsToDo == 0 && after.items.map(\.have) == [2, 2, 2])
    await engine.shutdown(.save)
  }
}
