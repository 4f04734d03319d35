import Engine
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import RunStore
import Testing
import Training
import Transformer

/// Runs whose adapter acts on prompts alone, from the command to the folder.
@Suite(.timeLimit(.minutes(10))) struct PromptOnlyRunTests {
  private func plan(_ study: TinyStudy, promptOnly: Bool = true, steps: Int = 12) -> RunPlan {
    var plan = study.plan(.all, steps: steps)
    plan.settings.promptOnly = promptOnly
    plan.settings.dropout = 0
    return plan
  }

  @Test func aRunComesToAFolderThatSaysIt() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let ids = await bus.accepted(.queue(plan(study))) + bus.accepted(.queue(plan(study, promptOnly: false)))
    let run = try await bus.run(try #require(ids.first), in: .done)
    let always = try await bus.run(ids[1], in: .done)
    #expect(run.bits != always.bits && run.losses.count == 12)
    #expect(run.score?.examples == 6 && run.latency != nil)
    #expect(run.prepared?.trainableParameters == always.prepared?.trainableParameters)
    let folder = URL(filePath: try #require(run.adapterPath))
    #expect(try PEFTAdapterFolder.isPromptOnly(folder))
    #expect(try !PEFTAdapterFolder.isPromptOnly(URL(filePath: try #require(always.adapterPath))))
    let base = try ModelFolder.load(at: study.modelFolder, progress: nil)
    let adapter = try PEFTAdapterFolder.read(folder, configuration: base.configuration)
    #expect(adapter.specification.promptOnly)
    // The first step's loss is what the base says with nothing learned yet: B is zero, whatever acts where.
    #expect(run.losses.values(0..<1) == always.losses.values(0..<1))
    // It goes with the folder.
    let copy = study.folder.appending(path: "exported")
    #expect(await bus.accepted(.export(run.id, path: copy.path, replace: false)) == [run.id])
    #expect(try PEFTAdapterFolder.isPromptOnly(copy))
    let card = try String(contentsOf: copy.appending(path: "README.md"), encoding: .utf8)
    #expect(card.contains("This adapter acts on the prompt alone") && card.contains("cannot be merged"))
    await engine.shutdown(.save)
    let stored = try #require(try await RunStore(at: study.store, mode: .reading).run(run.id))
    #expect(stored.plan.settings.promptOnly)
  }

  @Test func aKilledRunGoesOnToTheSameBits() async throws {
    let study = try TinyStudy()
    var options = study.options(threads: 2)
    options.checkpointSteps = 4
    let gate = StepGate(before: 14, of: 2)
    options.beforeStep = { gate.hold($0, before: $1) }
    let reference: RunSummary
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      let id = try #require(await bus.accepted(.queue(plan(study, steps: 24))).first)
      reference = try await bus.run(id, in: .done)
      let killed = try #require(await bus.accepted(.queue(plan(study, steps: 24))).first)
      #expect(try await gate.arrival() == killed)
      await bus.flush()
      options.store = try study.copyOfStore()
      gate.open()
      await engine.shutdown(.discard)
    }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let left = try #require(await bus.currentSnapshot().runs.last)
    #expect(await bus.accepted(.resumeUnfinished) == [left.id])
    let run = try await bus.run(left.id, in: .done)
    #expect(run.bits == reference.bits)
    #expect(try run.adapterBytes() == reference.adapterBytes())
    await engine.shutdown(.save)
  }

  /// Where an adapter acts is the run's own choice, whatever it was trained to do before.
  @Test(arguments: [true, false]) func anInitialAdapterActsAsTheRunSays(promptOnly: Bool) async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var first = plan(study, promptOnly: !promptOnly)
    first.settings.measureLatency = false
    let id = try #require(await bus.accepted(.queue(first)).first)
    let start = try await bus.run(id, in: .done)
    var second = plan(study, promptOnly: promptOnly)
    second.settings.measureLatency = false
    second.settings.initialAdapter = start.adapterPath
    let next = try #require(await bus.accepted(.queue(second)).first)
    let run = try await bus.run(next, in: .done)
    #expect(try PEFTAdapterFolder.isPromptOnly(URL(filePath: try #require(run.adapterPath))) == promptOnly)
    await engine.shutdown(.save)
  }

  @Test func withDoRAOneLineSaysWhy() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var both = plan(study)
    both.settings.useDoRA = true
    let refusal = await bus.refused(.queue(both))
    #expect(refusal.contains("prompt-only") && refusal.contains("DoRA"))
    await engine.shutdown(.save)
  }

  /// The two are runs of their own: neither is taken for the other.
  @Test func settingsTellThemApart() {
    let (with, without) = (RunSettings { $0.promptOnly = true }, RunSettings())
    #expect(with.timing != without.timing && with.evaluationOnly == without.evaluationOnly)
    let differences = with.differences(from: without, in: .training)
    #expect(differences.count == 1 && differences.first?.hasPrefix("prompt-only ") == true)
    #expect(TrainingOptions(with) != TrainingOptions(without))
  }
}
