import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Training
import Transformer

/// Adapters that act on prompts alone against PyTorch, where a hook on each adapter's output masks it by position.
@Suite struct PromptOnlyPeerTests {
  static let cases = ["gqa-all", "gqa-qkv", "gqa-fc2", "gqa-layer1", "wide-all"]

  private func load(
    _ name: String
  ) throws -> (content: Fixture.Case, base: BaseModel, adapter: LoRAAdapter, reference: SafetensorsFile) {
    let folder = Fixture.folder.appendingPathComponent("prompt-only/\(name)")
    let content = try Fixture.decoded(Fixture.Case.self, at: folder)
    let base = try Fixture.base(content.model)
    let adapter = try PEFTAdapterFolder.read(
      folder.appendingPathComponent("adapter"), configuration: base.configuration)
    // PEFT has no name for it.
    #expect(!adapter.specification.promptOnly)
    return (
      content, base, try adapter.acting(promptOnly: true),
      try SafetensorsFile(path: folder.appendingPathComponent("reference.safetensors").path)
    )
  }

  @Test(arguments: cases) func logits(name: String) throws {
    let (content, base, adapter, file) = try load(name)
    let reference = try file.floats("logits")
    var position = 0
    var worst: Float = 0
    for row in content.rows {
      let logits = try Scoring.logits(
        base: base, adapter: adapter, tokens: row.tokens, promptTokens: max(1, row.lossStart),
        team: WorkerTeam(threads: 2))
      for own in logits {
        for (index, value) in own.enumerated() { worst = max(worst, abs(value - reference[position + index])) }
        position += own.count
      }
    }
    #expect(position == reference.count && worst < 1e-4)
  }

  @Test(arguments: cases) func lossAndGradients(name: String) throws {
    let (content, base, adapter, file) = try load(name)
    let pass = try LoRATrainingPass(base: base, adapter: adapter)
    let batch = BatchAssembly.batch(Fixture.examples(content.rows))
    #expect(batch.lossTokens == content.lossTokens)
    WorkerTeam(threads: 2).run { worker in pass.lossAndGradients(batch, worker: worker) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - content.loss) < 1e-4)
    for module in adapter.modules {
      for (matrix, gradient) in [("lora_A.weight", module.gradA), ("lora_B.weight", module.gradB)] {
        let reference = try file.floats("gradient." + Fixture.name(module, matrix))
        let error = PeerForwardTests.relativeDistance(gradient.array, reference)
        #expect(reference.count == gradient.count && error < 1e-3, "\(module.path) \(matrix): \(error)")
      }
    }
  }

  @Test(arguments: cases) func greedyContinuations(name: String) throws {
    let (content, base, adapter, _) = try load(name)
    let count = content.greedy.map(\.continuation.count).max() ?? 0
    for slots in [1, 3, 18] {
      let outputs = try Generation.generate(
        base: base, adapter: adapter, prompts: content.greedy.map(\.prompt), maxNewTokens: count, stop: [],
        slots: slots, team: WorkerTeam(threads: 2))
      for (output, reference) in zip(outputs, content.greedy) {
        let certain = reference.gaps.firstIndex { $0 <= 1e-3 } ?? reference.gaps.count
        #expect(output.prefix(certain) == reference.continuation.prefix(certain))
      }
    }
  }

  /// A conversation with two answers that are learned: the second question, and all that follows the first answer's beginning, goes through
  /// the plain base. What is scored after a prompt is the last answer, whose prompt is everything before it.
  @Test func furtherTurnsCountAsCompletion() throws {
    let base = try TinyModel.base()
    let adapter = try TinyModel.adapter().acting(promptOnly: true)
    for module in adapter.modules {
      for index in 0..<module.b.count { module.b.pointer[index] = Float(index % 7 - 3) * 0.05 }
    }
    let tokens = (0..<20).map { Int32(($0 * 11 + 3) % 61) }
    let example = TokenizedExample(tokens: tokens, lossRanges: [5..<9, 14..<20], exampleIndex: 0)
    let team = WorkerTeam(threads: 2)
    let trainer = try Trainer(
      base: base, adapter: adapter, data: [example],
      options: TinyModel.options(steps: 1) { ($0.promptOnly, $0.batchSize) = (true, 1) }, team: team)
    let held = try #require(try trainer.loss(of: [example]))
    let scores = try Scoring.logProbabilities(
      base: base, adapter: adapter, tokens: tokens, promptTokens: 5, team: team)
    let expected = -example.lossRanges.joined().reduce(0.0) { $0 + Double(scores[$1 - 1]) } / 10
    #expect(held.tokens == 10 && abs(held.loss - expected) < 1e-5)
    #expect(try trainer.step().loss.bitPattern == held.loss.bitPattern)
    // It matters where it ends.
    let later = try Scoring.logProbabilities(
      base: base, adapter: adapter, tokens: tokens, promptTokens: 14, team: team)
    #expect(zip(scores, later).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func aCheckpointOfTheOtherKindIsRefused() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "prompt-only-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    func trainer(_ promptOnly: Bool) throws -> Trainer {
      try Trainer(
        base: try TinyModel.base(), adapter: try TinyModel.adapter().acting(promptOnly: promptOnly),
        data: TinyModel.data(), options: TinyModel.options(steps: 4) { $0.promptOnly = promptOnly },
        team: WorkerTeam(threads: 1))
    }
    let first = try trainer(true)
    _ = try first.step()
    try first.saveCheckpoint(to: file)
    let again = try trainer(true)
    try again.restoreCheckpoint(from: file)
    #expect(again.stepIndex == 1 && TinyModel.bits(again.adapter) == TinyModel.bits(first.adapter))
    let error = #expect(throws: TrainingError.self) { try trainer(false).restoreCheckpoint(from: file) }
    #expect(error?.description.contains("prompt-only") == true)
  }

  @Test func settingsAskForIt() throws {
    let configuration = TinyModel.configuration
    let options = TinyModel.options(steps: 1) { $0.promptOnly = true }
    #expect(try options.specification(targets: .all, in: configuration).promptOnly)
    #expect(try !TinyModel.options(steps: 1).specification(targets: .all, in: configuration).promptOnly)
    let both = TinyModel.options(steps: 1) { ($0.promptOnly, $0.useDoRA) = (true, true) }
    let error = #expect(throws: TrainingError.self) { try both.validate() }
    #expect(error?.description.contains("prompt-only") == true && error?.exitStatus == 64)
  }
}
