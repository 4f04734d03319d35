import Foundation
import HuggingFace
import Kernels
import Testing
import Training
import Transformer

/// Forward, backward and decoding against PyTorch and PEFT: grouped-query attention, head sizes that do not divide the hidden size, tied
/// and untied output, FP32 and BF16 weights, each group of modules alone, all of them, and ranks that differ by module.
@Suite struct PeerForwardTests {
  static let cases = [
    "gqa-base", "gqa-qkv", "gqa-o", "gqa-fc1", "gqa-fc2", "gqa-all", "gqa-mixed", "gqa-rslora", "gqa-regex",
    "gqa-layer1", "gqa-pruned", "gqa-dora", "gqa-dora-mixed", "wide-base", "wide-all", "wide-o-fc2", "wide-dora",
  ]

  private struct Loaded {
    var content: Fixture.Case
    var base: BaseModel
    var adapter: LoRAAdapter?
    var reference: SafetensorsFile
  }

  private func load(_ name: String) throws -> Loaded {
    let folder = Fixture.folder.appendingPathComponent("cases/\(name)")
    let content = try Fixture.decoded(Fixture.Case.self, at: folder)
    let base = try Fixture.base(content.model)
    let adapter = try content.adapter.map {
      try PEFTAdapterFolder.read(folder.appendingPathComponent($0), configuration: base.configuration)
    }
    let reference = try SafetensorsFile(path: folder.appendingPathComponent("reference.safetensors").path)
    return Loaded(content: content, base: base, adapter: adapter, reference: reference)
  }

  @Test(arguments: cases)
  func logits(name: String) throws {
    let loaded = try load(name)
    let team = WorkerTeam(threads: 2)
    let reference = try loaded.reference.floats("logits")
    var position = 0
    var worst: Float = 0
    for row in loaded.content.rows {
      for logits in try Scoring.logits(
        base: loaded.base, adapter: loaded.adapter, tokens: row.tokens, team: team)
      {
        for (index, value) in logits.enumerated() {
          worst = max(worst, abs(value - reference[position + index]))
        }
        position += logits.count
      }
    }
    #expect(position == reference.count)
    #expect(worst < 1e-4)
  }

  @Test(arguments: cases.filter { !$0.hasSuffix("-base") })
  func lossAndGradients(name: String) throws {
    let loaded = try load(name)
    let adapter = try #require(loaded.adapter)
    let pass = try LoRATrainingPass(base: loaded.base, adapter: adapter)
    let batch = BatchAssembly.batch(Fixture.examples(loaded.content.rows))
    #expect(batch.lossTokens == loaded.content.lossTokens)
    WorkerTeam(threads: 2).run { worker in pass.lossAndGradients(batch, worker: worker) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - loaded.content.loss) < 1e-4)
    let names = loaded.reference.names.filter { $0.hasPrefix("gradient.") }
    #expect(names.count == (adapter.specification.useDoRA ? 3 : 2) * adapter.modules.count)
    for module in adapter.modules {
      let parts = [("lora_A.weight", module.gradA), ("lora_B.weight", module.gradB)]
      let magnitude = module.gradMagnitude.map { [("lora_magnitude_vector", $0)] } ?? []
      for (matrix, gradient) in parts + magnitude {
        let reference = try loaded.reference.floats("gradient." + Fixture.name(module, matrix))
        #expect(reference.count == gradient.count)
        let error = Self.relativeDistance(gradient.array, reference)
        #expect(error < 1e-3, "\(module.path) \(matrix): \(error)")
      }
    }
  }

  /// What PEFT's own `merge_and_unload` makes of the weights.
  @Test(arguments: ["gqa-dora", "gqa-dora-mixed", "wide-dora"])
  func mergedWeights(name: String) throws {
    let loaded = try load(name)
    let adapter = try #require(loaded.adapter)
    let merged = try MergedModel.merge(adapter, into: loaded.base, team: WorkerTeam(threads: 2))
    for module in adapter.modules {
      let weight = try #require(merged.blocks[module.path.layer][module.path.module]).toFloats()
      let reference = try loaded.reference.floats("merged.\(module.path).weight")
      #expect(Self.relativeDistance(weight, reference) < 1e-6, "\(module.path)")
    }
  }

  @Test(arguments: cases)
  func greedyContinuations(name: String) throws {
    let loaded = try load(name)
    let prompts = loaded.content.greedy.map(\.prompt)
    let count = loaded.content.greedy.map(\.continuation.count).max() ?? 0
    for slots in [1, 3, 6] {
      let outputs = try Generation.generate(
        base: loaded.base, adapter: loaded.adapter, prompts: prompts, maxNewTokens: count, stop: [],
        sampler: .greedy, slots: slots, team: WorkerTeam(threads: 2), shouldStop: { false }, onFinished: { _, _ in })
      for (output, reference) in zip(outputs, loaded.content.greedy) {
        // After the first close call either continuation is right, and what follows depends on it.
        let certain = reference.gaps.firstIndex { $0 <= 1e-3 } ?? reference.gaps.count
        #expect(output.prefix(certain) == reference.continuation.prefix(certain))
      }
    }
  }

  /// ‖a − b‖ / ‖b‖, or ‖a‖ where b is zero.
  static func relativeDistance(_ values: [Float], _ reference: [Float]) -> Double {
    var difference = 0.0
    var size = 0.0
    for (value, expected) in zip(values, reference) {
      difference += Double(value - expected) * Double(value - expected)
      size += Double(expected) * Double(expected)
    }
    return size > 0 ? (difference / size).squareRoot() : difference.squareRoot()
  }
}
