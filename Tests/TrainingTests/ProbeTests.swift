import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Training
import Transformer

/// Gradient energy and feature norms: against PyTorch and PEFT, and against what they must be by their definition.
@Suite struct ProbeTests {
  private struct Content: Decodable {
    struct Norms: Decodable {
      var features: Double
      var random: Double
    }
    var model: String
    var rows: [Fixture.Row]
    var lossTokens: Int
    var loss: Double
    var energies: [[String: Double]]
    var norms: [String: Norms]
  }

  private static let families = [
    "llama3", "llama-linear-bias", "mistral", "smollm3", "qwen2", "qwen3", "phi3", "phi3-longrope", "gemma2", "gemma3",
    "gpt2",
  ]

  private func content(_ name: String) throws -> Content {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let url = Fixture.folder.appendingPathComponent("probe/\(name)/case.json")
    return try decoder.decode(Content.self, from: Data(contentsOf: url))
  }

  @Test(arguments: ["gqa", "wide"])
  func energiesArePyTorchs(name: String) throws {
    let content = try content(name)
    let base = try Fixture.base(content.model)
    let starts = try content.energies.indices.map { start in
      try PEFTAdapterFolder.read(
        Fixture.folder.appendingPathComponent("probe/\(name)/start\(start)"), configuration: base.configuration)
    }
    let batch = BatchAssembly.batch(Fixture.examples(content.rows))
    #expect(batch.lossTokens == content.lossTokens)
    let energy = try GradientEnergy(base: base, starts: starts, team: WorkerTeam(threads: 2))
    let measured = energy.measure(batch)
    #expect(abs(measured.loss - content.loss) < 1e-4)
    #expect(measured.energies.count == 14)
    for (path, energies) in measured.energies {
      for (start, value) in energies.enumerated() {
        let reference = try #require(content.energies[start]["\(path)"])
        #expect(abs(value / reference - 1) < 1e-3, "\(path), start \(start): \(value), \(reference)")
      }
    }
  }

  @Test(arguments: ["gqa", "wide"])
  func featureNormsArePyTorchs(name: String) throws {
    let content = try content(name)
    let base = try Fixture.base(content.model)
    let team = WorkerTeam(threads: 2)
    let features = FeatureNorms(base: base, directions: 1 << 16, team: team)
    // However prompts are put together.
    try features.add(content.rows.prefix(2).map { Prompt(tokens: $0.tokens) }, team: team)
    for row in content.rows.dropFirst(2) { try features.add([Prompt(tokens: row.tokens)], team: team) }
    #expect(features.positions == content.rows.reduce(0) { $0 + $1.tokens.count })
    #expect(features.norms.count == 14)
    for norm in features.norms {
      let reference = try #require(content.norms["\(norm.path)"])
      #expect(abs(norm.features / reference.features - 1) < 1e-4, "\(norm.path)")
      // Both are means over drawn directions.
      #expect(abs(norm.random / reference.random - 1) < 3e-3, "\(norm.path)")
    }
  }

  /// Each group's energy alone is what it is among all others, so that sums over groups are exact, whatever the family.
  @Test(arguments: families)
  func energiesAddUp(family: String) throws {
    let base = try ModelFolder.load(at: Fixture.folder.appendingPathComponent("families/\(family)"))
    let team = WorkerTeam(threads: 2)
    var generator = SplitMix64(seed: 8)
    let rows = [13, 5, 9].map { length in
      (0..<length).map { _ in Int32(generator.below(base.configuration.vocabularySize)) }
    }
    let batch = BatchAssembly.batch(
      rows.enumerated().map { TokenizedExample(tokens: $1, lossStart: 3, exampleIndex: $0) })
    func energies(_ targets: Targets) throws -> [ModulePath: [Double]] {
      let specification = try LoRASpecification(targets: targets, in: base.configuration, rank: 3, alpha: 5)
      return try GradientEnergy(base: base, specification: specification, seeds: [1, 2], team: team).measure(batch)
        .energies
    }
    let together = try energies(.all)
    #expect(together.values.joined().allSatisfy { $0 > 0 })
    for combination in Targets.fifteen {
      let alone = try energies(combination)
      #expect(Set(alone.keys) == Set(try combination.paths(in: base.configuration)))
      for start in 0..<2 {
        let sum = alone.values.reduce(0) { $0 + $1[start] }
        let predicted = alone.keys.reduce(0.0) { $0 + (together[$1]?[start] ?? .nan) }
        #expect(abs(sum / predicted - 1) < 1e-5, "\(combination), start \(start): \(sum), \(predicted)")
      }
    }
  }

  /// The gradient that a run's own first step has: the same A, the same scaling, and B at zero.
  @Test(arguments: [false, true])
  func isTheFirstStepsGradient(useRSLoRA: Bool) throws {
    let base = try TinyModel.base()
    let specification = try LoRASpecification(
      targets: .all, in: base.configuration, rank: 40, alpha: 7, useRSLoRA: useRSLoRA)
    let team = WorkerTeam(threads: 2)
    let batch = BatchAssembly.batch(TinyModel.data(count: 4))
    // Rank 40: a stack for each start.
    let energies = try GradientEnergy(base: base, specification: specification, seeds: [3, 9], team: team)
      .measure(batch).energies
    for (start, seed) in [UInt64(3), 9].enumerated() {
      let adapter = try LoRAAdapter(specification: specification, base: base, seed: seed)
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      team.run { pass.lossAndGradients(batch, worker: $0) }
      for module in adapter.modules {
        let own = module.gradB.array.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs((energies[module.path]?[start] ?? 0) / own - 1) < 1e-5, "\(module.path)")
      }
    }
  }

  private func probe(_ base: BaseModel, batches: Int = 3, starts: Int = 2, threads: Int = 2, size: Int = 3) -> Probe {
    var settings = TinyModel.options(steps: 5)
    settings.batchSize = size
    return Probe(
      base: base, settings: settings, options: Probe.Options(batches: batches, starts: starts),
      team: WorkerTeam(threads: threads))
  }

  @Test func sameAtAnyThreadCount() throws {
    let base = try TinyModel.base()
    let results = try [1, 3].map { threads in
      try probe(base, threads: threads).run(TinyModel.data(), source: "data")
    }
    let first = try #require(results[0])
    #expect(results[1] == first)
    #expect(first.cells.count == 14)
    #expect(first.cells.allSatisfy { $0.energies.count == 3 && $0.energies.allSatisfy { $0.count == 2 } })
    #expect(first.cells.allSatisfy { ($0.featureNorm ?? 0) > 0 && ($0.randomNorm ?? 0) > 0 })
    #expect(first.examples == 9)
    #expect(first.notes.isEmpty)
    let decoded = try JSONDecoder().decode(ProbeResult.self, from: JSONEncoder().encode(first))
    #expect(decoded == first)
  }

  @Test func fewExamplesMakeSmallBatches() throws {
    let result = try #require(try probe(try TinyModel.base()).run(TinyModel.data(count: 4), source: "data"))
    #expect(result.examples == 3)
    #expect(result.notes.contains { $0.contains("batches of 1 instead of 3") })
  }

  @Test func endsWhenItIsAsked() throws {
    var seen: [Probe.Progress] = []
    let result = try probe(try TinyModel.base()).run(TinyModel.data(), source: "data") { progress in
      seen.append(progress)
      return progress.done < 2
    }
    #expect(result == nil)
    #expect(seen.map(\.done) == [1, 2])
    #expect(seen.allSatisfy { $0.total == 5 })
  }

  @Test func refusesWhatSaysNothing() throws {
    let base = try TinyModel.base()
    #expect(throws: ProbeError.tooFewExamples(source: "data", examples: 2, batches: 3)) {
      try probe(base).run(TinyModel.data(count: 2), source: "data")
    }
    let silent = TinyModel.data(count: 5).map { example in
      TokenizedExample(tokens: example.tokens, lossStart: example.tokens.count, exampleIndex: example.exampleIndex)
    }
    #expect(throws: TrainingError.noExamples(source: "data", leftOut: 5, sequenceLength: 32)) {
      try probe(base).run(silent, source: "data")
    }
    let broken = try TinyModel.base()
    try #require(broken.blocks[1].inputNorm).pointer[2] = .infinity
    #expect(throws: ProbeError.notFinite(what: "the loss", batch: 1)) {
      try probe(broken).run(TinyModel.data(), source: "data")
    }
  }
}
