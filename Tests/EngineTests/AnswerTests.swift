import Engine
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Testing
import Text
import Training
import Transformer

/// One prompt to the adapters of several runs in one batch, over the bus.
@Suite(.timeLimit(.minutes(10))) struct AnswerTests {
  /// Three runs of other modules, ranks and kinds, whose adapters say different things.
  private func trained(_ study: TinyStudy, on bus: MessageBus) async throws -> [RunSummary] {
    var plans = [
      study.plan(.oProj, steps: 40), study.plan(.all, steps: 40, seed: 1), study.plan(.fc2, steps: 40, seed: 2),
    ]
    plans[1].settings.rank = 4
    plans[2].settings.useDoRA = true
    var runs: [RunSummary] = []
    for plan in plans { runs.append(try await bus.run(await bus.accepted(.queue(plan))[0], in: .done)) }
    return runs
  }

  private func answers(_ question: AdapterQuestion, _ bus: MessageBus) async throws -> AdapterAnswers {
    switch await bus.ask(.answers(question)) {
    case .answers(let answers): return answers
    case .refused(let refusal): throw refusal
    default: throw CancellationError()
    }
  }

  private func refusal(_ question: AdapterQuestion, _ bus: MessageBus) async -> String {
    guard case .refused(let refusal) = await bus.ask(.answers(question)) else {
      Issue.record("answered")
      return ""
    }
    #expect(!refusal.line.contains("\n"))
    return refusal.line
  }

  @Test func eachAnswersAsAlone() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(threads: 2), bus: bus)
    let runs = try await trained(study, on: bus)
    let ids = runs.map(\.id)
    let (base, tokenizer) = (try ModelFolder.load(at: study.modelFolder), try Tokenizer(folder: study.modelFolder))
    for temperature in [0, 0.9] {
      let question = AdapterQuestion(
        runs: [ids[2], ids[0], ids[1]], prompt: "7 + 1 = ", maxNewTokens: 24, temperature: temperature, seed: 3)
      let together = try await answers(question, bus)
      #expect(together.answers.map(\.run) == question.runs && !together.wasStopped)
      #expect(together.answers.allSatisfy { $0.isOver })
      // What two adapters say is not the same.
      #expect(Set(together.answers.map(\.tokens)).count > 1)
      for answer in together.answers {
        var alone = question
        alone.runs = [answer.run]
        let single = try await answers(alone, bus)
        #expect(single.answers[0].tokens == answer.tokens, "\(temperature) \(answer.label)")
        // And what a decoder of one slot writes, with the adapter as it lies on disk.
        let run = try #require(runs.first { $0.id == answer.run })
        let adapter = try PEFTAdapterFolder.read(
          URL(filePath: try #require(run.adapterPath)), configuration: base.configuration)
        let tokenising = Tokenising(tokenizer)
        let written = try Generation.generate(
          base: base, adapter: adapter, prompts: [tokenising.prompt(question.prompt)], maxNewTokens: 24,
          stop: tokenising.stopTokens, sampler: Sampler(temperature: Float(temperature), seed: 3), slots: 1,
          team: WorkerTeam(threads: 1))
        #expect(written[0] == answer.tokens && tokenizer.decode(written[0], skipSpecial: true) == answer.text)
        #expect(answer.tokensPerSecond.map { $0 > 0 } ?? (answer.tokens.count < 3))
      }
    }
    // Nothing is stored of it, and runs go on.
    #expect(await bus.currentSnapshot().engine.answers == nil)
    _ = try await bus.run(await bus.accepted(.queue(study.plan(.qkv, seed: 4)))[0], in: .done)
    await engine.shutdown(.save)
  }

  @Test func whatCannotBeAskedIsSaid() async throws {
    let study = try TinyStudy()
    let (other, stranger) = (try TinyStudy(), try TinyStudy(seed: 2))
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    // The same weights in another folder are the same base, where tokens mean the same.
    for model in [study.model, other.model, stranger.model] {
      var plan = study.plan(.fc2)
      plan.model = model
      _ = try await bus.run(await bus.accepted(.queue(plan))[0], in: .done)
    }
    func question(_ runs: [RunID], _ prompt: String = "1 + 1 = ") -> AdapterQuestion {
      AdapterQuestion(runs: runs, prompt: prompt, maxNewTokens: 4)
    }
    #expect(try await answers(question([1, 2]), bus).answers.count == 2)
    #expect(await refusal(question([]), bus).contains("one at least"))
    #expect(await refusal(question([1, 1]), bus).contains("each run once"))
    #expect(await refusal(question([9]), bus).contains("no run 9"))
    #expect(await refusal(question(Array(1...17)), bus).contains("at most 16"))
    #expect(await refusal(question([1], String(repeating: "1 + 1 ", count: 400)), bus).contains("256 positions"))
    // Unequal tokenizers over equal weights.
    let file = other.modelFolder.appending(path: "tokenizer.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data((text + "\n").utf8).write(to: file)
    #expect(await refusal(question([1, 2]), bus).contains("unequal tokenizers"))
    #expect(await refusal(question([1, 3]), bus).contains("different bases"))
    // More adapters than memory, which their files say before one of them is read.
    let path = try #require(await bus.currentSnapshot().run(1)?.adapterPath)
    #expect(truncate(path + "/adapter_model.safetensors", 1 << 40) == 0)
    let shortage = await refusal(AdapterQuestion(runs: [1], prompt: "1"), bus)
    #expect(
      shortage.contains("the values of the adapter of run 1, read and copied for decoding, need 3"), "\(shortage)")
    await engine.shutdown(.save)
  }

  @Test func anEndIsHeardAndAnAdapterThatIsGoneIsSaid() async throws {
    let study = try TinyStudy()
    let gate = StepGate(before: 3, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let run = try await bus.run(await bus.accepted(.queue(study.plan()))[0], in: .done)
    let question = AdapterQuestion(runs: [1], prompt: "1 + 1 = ", maxNewTokens: 200)
    // Beside a run under way.
    _ = await bus.accepted(.queue(study.plan(.fc2)))
    _ = try await gate.arrival()
    #expect(await refusal(question, bus).contains("nothing else computes"))
    #expect(await refusal(AdapterQuestion(runs: [2], prompt: "1"), bus).contains("is not finished"))
    gate.open()
    _ = try await bus.run(2, in: .done)
    // Nothing is under way that could be stopped.
    #expect(await bus.accepted(.stopAnswers) == [])
    #expect(try await answers(question, bus).answers[0].isOver)
    try FileManager.default.removeItem(atPath: try #require(run.adapterPath))
    #expect(await refusal(question, bus).contains("no adapter any more"))
    await engine.shutdown(.save)
  }
}
