import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Every family of models against transformers and PEFT, with and without an adapter on all of its linear layers.
@Suite struct FamilyTests {
  private let team = WorkerTeam(threads: 2)

  @Test(arguments: FamilyFixture.names)
  func logits(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    for (adapter, tensor) in [(nil, "logits"), (fixture.adapter, "adapted.logits")] {
      let reference = try fixture.reference.floats(tensor)
      let found = try FamilyFixture.logits(fixture.base, adapter, fixture.content, team)
      #expect(largestDifference(found, reference) < 1e-4, "\(tensor)")
    }
  }

  @Test(arguments: FamilyFixture.names)
  func lossAndGradientsOfAPackedBatch(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    let pass = try LoRATrainingPass(base: fixture.base, adapter: fixture.adapter)
    let batch = fixture.batch
    try batch.check(in: fixture.base.configuration)
    #expect(batch.lossTokens == fixture.content.lossTokens)
    team.run { worker in pass.lossAndGradients(batch, worker: worker) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - fixture.content.loss) < 1e-4)
    for module in fixture.adapter.modules {
      for (matrix, gradient) in [("A", module.gradA), ("B", module.gradB)] {
        let tensor = FamilyFixture.tensor(module.path, matrix, fixture.base.configuration)
        let reference = try fixture.reference.floats("gradient." + tensor)
        let largest = reference.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0)
        #expect(largestDifference(gradient.array, reference) < 1e-3 * largest, "\(tensor)")
      }
    }
  }

  /// Adapters on some of the modules only: nothing is computed below the lowest, and what is computed is the same.
  @Test(arguments: FamilyFixture.names)
  func gradientsDoNotDependOnOtherModules(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    let configuration = fixture.base.configuration
    // Of blocks that are all alike one says it all.
    let layers = configuration.isUniform ? 1..<2 : 0..<configuration.layers
    let paths = layers.flatMap { layer in
      configuration.modules(of: layer).map { ModulePath(layer: layer, module: $0) }
    }
    for path in paths where fixture.adapter[path] != nil {
      let source = try #require(fixture.adapter[path])
      let zero = try LoRAAdapter(
        specification: fixture.adapter.specification, configuration: configuration, seed: 0)
      let single = try LoRAAdapter(
        specification: LoRASpecification(targets: [path], rank: 2, alpha: 3), configuration: configuration, seed: 0)
      let modules = [try #require(zero[path]), try #require(single[path])]
      for module in modules {
        module.a.pointer.update(from: source.a.pointer, count: source.a.count)
        module.b.pointer.update(from: source.b.pointer, count: source.b.count)
      }
      for adapter in [zero, single] {
        let pass = try LoRATrainingPass(base: fixture.base, adapter: adapter)
        let batch = fixture.batch
        team.run { worker in pass.lossAndGradients(batch, worker: worker) }
      }
      let largest = modules[0].gradA.array.reduce(0) { max($0, abs($1)) }
      #expect(largestDifference(modules[0].gradA.array, modules[1].gradA.array) <= 1e-5 * largest, "\(path)")
    }
  }

  @Test(arguments: FamilyFixture.names)
  func greedyTextWhereCandidatesAreApart(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    let cases = [(nil, fixture.content.greedy), (fixture.adapter, fixture.content.adaptedGreedy)]
    for (adapter, expected) in cases {
      let found = try Generation.generate(
        base: fixture.base, adapter: adapter, prompts: expected.map(\.prompt), maxNewTokens: 8, stop: [], slots: 2,
        team: team)
      for (entry, tokens) in zip(expected, found) {
        let sure = entry.gaps.prefix { $0 > 1e-3 }.count
        #expect(tokens.count == 8 && tokens.prefix(sure) == entry.continuation.prefix(sure))
      }
      #expect(expected.contains { ($0.gaps.first ?? 0) > 1e-3 })
    }
  }

  /// With few slots weights are streamed, with many they are multiplied as matrices.
  @Test(arguments: FamilyFixture.names, [1, 6])
  func decodingEqualsTheForwardPass(_ name: String, slots: Int) throws {
    let fixture = try FamilyFixture(name)
    let tokens = try #require(fixture.content.rows.last).tokens
    for adapter in [nil, fixture.adapter] {
      let expected = try Scoring.logits(base: fixture.base, adapter: adapter, tokens: tokens, team: team)
      let decoder = try Decoder(
        base: fixture.base, adapter: adapter, slots: slots, maxLength: tokens.count, team: team)
      var found = [try decoder.prefill(slot: slots - 1, tokens: Array(tokens.prefix(2)))]
      for token in tokens.dropFirst(2) { found += try decoder.step([(slot: slots - 1, token: token)]) }
      for (left, right) in zip(found, expected.dropFirst()) { #expect(largestDifference(left, right) < 1e-4) }
      #expect(found.count == tokens.count - 1)
    }
  }

  /// Each feature that `config.json` can switch off moves the logits, and as far as it moves transformers' logits.
  @Test(arguments: FamilyFixture.names)
  func everyFeatureMatters(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    let original = try FamilyFixture.logits(fixture.base, nil, fixture.content, team)
    for entry in try Fixtures.json("\(fixture.path)/case.json")["without"]?.array ?? [] {
      let folder = try TemporaryFolder()
      for file in ["config.json", "model.safetensors"] {
        try FileManager.default.copyItem(
          at: Fixtures.folder("\(fixture.path)/\(file)"), to: folder.url.appendingPathComponent(file))
      }
      for member in entry.object?["config"]?.object?.members ?? [] {
        try folder.set("config.json", member.key, member.value)
      }
      let changed = try ModelFolder.load(at: folder.url)
      let difference = largestDifference(
        try FamilyFixture.logits(changed, nil, fixture.content, team), original)
      let expected = Float(try #require(entry.object?["difference"]?.double))
      #expect(expected > 0.01)
      #expect(abs(difference - expected) < 1e-3, "\(entry.object?["feature"]?.string ?? "")")
    }
  }

  @Test(arguments: FamilyFixture.names)
  func weightsAreWrittenAsTheyWereRead(_ name: String) throws {
    let fixture = try FamilyFixture(name)
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Fixtures.folder("\(fixture.path)/config.json"), to: folder.url.appendingPathComponent("config.json"))
    try ModelFolder.writeWeights(fixture.base, to: folder.url, element: .float32)
    let copy = try ModelFolder.load(at: folder.url)
    #expect(copy.configuration == fixture.base.configuration)
    let written = try SafetensorsFile(path: folder.file("model.safetensors"))
    let theirs = try SafetensorsFile(path: Fixtures.folder("\(fixture.path)/model.safetensors").path)
    #expect(written.names.sorted() == theirs.names.sorted())
    for name in written.names { #expect(try written.floats(name) == theirs.floats(name), "\(name)") }
  }

  /// Every group's names in `adapter_config.json` hit its layers and no others, by the rule by which PEFT finds them.
  @Test(arguments: FamilyFixture.names)
  func anAdapterIsFoundByTheNamesThatAreWritten(_ name: String) throws {
    let configuration = try ModelFolder.configuration(at: Fixtures.folder("families/\(name)"))
    for group in configuration.linears.groups {
      let adapter = try LoRAAdapter(
        specification: LoRASpecification(targets: group.set, in: configuration, rank: 2, alpha: 3),
        configuration: configuration, seed: 4)
      let folder = try TemporaryFolder()
      try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "some/base")
      let config = try #require(JSONParser.parse(InputFile.contents(of: folder.file("adapter_config.json"))).object)
      let targets = (config.value("target_modules")?.array ?? []).compactMap { $0.string }
      let layers = configuration.linears.all.present(in: configuration.linears)
      let hit = layers.filter { path in
        let layer = configuration.name(of: path)
        return targets.contains { layer == $0 || layer.hasSuffix(".\($0)") }
      }
      #expect(hit == adapter.modules.map(\.path), "\(group): \(targets)")
      let copy = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
      #expect(copy.modules.map(\.path) == adapter.modules.map(\.path))
    }
  }

  /// Parameters counted from the shape alone are those of the file.
  @Test(arguments: FamilyFixture.names)
  func parametersAreCounted(_ name: String) throws {
    let folder = Fixtures.folder("families/\(name)")
    let configuration = try ModelFolder.configuration(at: folder)
    let file = try SafetensorsFile(path: folder.appendingPathComponent("model.safetensors").path)
    #expect(configuration.parameterCount == file.tensors.reduce(0) { $0 + $1.elementCount })
  }

  /// What `inspect` says a run needs is what it takes.
  @Test(arguments: FamilyFixture.names)
  func memoryOfARunIsForetold(_ name: String) throws {
    let base = try FamilyFixture(name).base
    for layer in 0..<2 {
      let specification = LoRASpecification(
        targets: [ModulePath(layer: layer, module: .downProj), ModulePath(layer: 1, module: .oProj)], rank: 5, alpha: 3)
      let adapter = try LoRAAdapter(specification: specification, configuration: base.configuration, seed: 1)
      let pass = try LoRATrainingPass(base: base, adapter: adapter)
      let sequence = (0..<9).map { Int32($0) }
      let batch = TokenBatch(
        sequences: [sequence, sequence], targets: [sequence.dropFirst() + [-1], sequence.dropFirst() + [-1]])
      team.run { worker in pass.lossAndGradients(batch, worker: worker) }
      let foretold = TrainingMemory.activations(
        configuration: base.configuration, specification: specification, sequences: 2, length: 9)
      #expect(foretold == pass.activationBytes)
    }
  }

  /// What the article calls a module is what this model has of it.
  @Test func targetsOfFusedAndUngatedModels() throws {
    let phi = try ModelFolder.configuration(at: Fixtures.folder("families/phi3"))
    let gpt = try ModelFolder.configuration(at: Fixtures.folder("families/gpt2"))
    func modules(_ targets: Targets, _ configuration: ModelConfiguration) throws -> [LinearModule] {
      try targets.paths(in: configuration).filter { $0.layer == 0 }.map(\.module)
    }
    #expect(try modules(.all, phi) == [.qkvProj, .oProj, .gateUpProj, .downProj])
    #expect(try modules(.all, gpt) == [.qkvProj, .oProj, .upProj, .downProj])
    #expect(try modules(.fc1, gpt) == [.upProj])
    for targets in Targets.fifteen {
      for configuration in [phi, gpt] {
        #expect(try Targets(paths: targets.paths(in: configuration), in: configuration) == targets)
      }
    }
    #expect(
      throws: TargetError.fused(name: "q_proj", into: "self_attn.qkv_proj", needed: ["q_proj", "k_proj", "v_proj"])
    ) { try Targets(parsing: "q_proj,o_proj").check(in: phi.linears) }
    #expect(throws: TargetError.absent(name: "gate_proj", candidates: ["qkv", "o_proj", "fc1", "fc2"])) {
      try Targets(parsing: "gate_proj").check(in: gpt.linears)
    }
    #expect(gpt.name(of: ModulePath(layer: 1, module: .qkvProj)) == "transformer.h.1.attn.c_attn")
    #expect(throws: AdapterError.absentModule(path: ModulePath(layer: 0, module: .qProj))) {
      try LoRASpecification(targets: [ModulePath(layer: 0, module: .qProj)], rank: 2, alpha: 3).validate(in: phi)
    }
  }

  @Test func onlyLlamaTypesAreTrainedWhole() throws {
    for (name, isWhole) in [("llama3", true), ("mistral", true), ("qwen2", false), ("gemma2", false), ("gpt2", false)] {
      let base = try FamilyFixture(name).base
      if isWhole {
        #expect(try TrainableModel(copying: base).parameterCount == base.parameterCount)
      } else {
        #expect(throws: ModelError.self) { try TrainableModel(copying: base) }
        #expect(throws: ModelError.self) { try TrainableModel(configuration: base.configuration, seed: 0) }
      }
    }
  }
}
