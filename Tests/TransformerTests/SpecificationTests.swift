import Recipe
import Testing
import Transformer

@Suite struct SpecificationTests {
  @Test func parameterCounts() throws {
    // SmolLM2-135M: 30 layers, hidden 576, 9 heads of 64 over 3, intermediate 1536.
    let configuration = ModelConfiguration(
      vocabularySize: 49_152, hiddenSize: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64, intermediateSize: 1536)
    #expect(configuration.parameterCount == 134_515_008)
    func count(_ targets: String, rsLoRA: Bool = false) throws -> Int {
      try LoRASpecification(targets: Targets(parsing: targets), in: configuration, rank: 16, alpha: 32)
        .parameterCount(in: configuration)
    }
    #expect(try count("o_proj") == 30 * 16 * (576 + 576))
    #expect(try count("all") == 4_884_480)
    let path = ModulePath(layer: 2, module: .vProj)
    #expect("\(path)" == "model.layers.2.self_attn.v_proj")
    var specification = LoRASpecification(targets: [path, path], rank: 16, alpha: 32)
    #expect(specification.targets == [path] && specification.scaling(of: path) == 2)
    specification.useRSLoRA = true
    #expect(specification.scaling(of: path) == 8)
    specification.rankPattern[path] = 4
    #expect(specification.scaling(of: path) == 16)
    #expect(specification.parameterCount(in: configuration) == 4 * (576 + 192))
  }

  @Test func impossibleAdaptersAreRefused() {
    let configuration = TinyModel.configuration()
    let path = ModulePath(layer: 0, module: .qProj)
    func message(_ specification: LoRASpecification) -> String {
      do { try specification.validate(in: configuration) } catch { return "\(error)" }
      return ""
    }
    #expect(message(LoRASpecification(targets: [path], rank: 4, alpha: 8)).isEmpty)
    #expect(message(LoRASpecification(targets: [], rank: 4, alpha: 8)).contains("no target modules"))
    #expect(message(LoRASpecification(targets: [path], rank: 0, alpha: 8)).contains("rank 0"))
    #expect(message(LoRASpecification(targets: [path], rank: 4, alpha: .nan)).contains("alpha nan"))
    #expect(message(LoRASpecification(targets: [path], rank: 4, alpha: 8, dropout: 1)).contains("dropout 1.0"))
    let far = ModulePath(layer: 2, module: .qProj)
    #expect(message(LoRASpecification(targets: [far], rank: 4, alpha: 8)).contains("layers 0 to 1 only"))
  }

  @Test func anAdapterStartsAsPEFTDoes() throws {
    let configuration = TinyModel.configuration()
    let specification = try LoRASpecification(
      targets: [.qkv, .fc2], in: configuration, rank: 8, alpha: 16)
    let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 1)
    #expect(adapter.parameterCount == specification.parameterCount(in: configuration))
    for module in adapter.modules {
      #expect(module.b.array.allSatisfy { $0 == 0 })
      let bound = 1 / Float(module.columns).squareRoot()
      #expect(module.a.array.allSatisfy { abs($0) <= bound })
      #expect((module.a.array.max() ?? 0) > 0.8 * bound && (module.a.array.min() ?? 0) < -0.8 * bound)
    }
    // A module starts alike whatever else is a target.
    let single = try LoRAAdapter(
      specification: LoRASpecification(targets: .fc2, in: configuration, rank: 8, alpha: 16),
      configuration: configuration, seed: 1)
    let path = ModulePath(layer: 1, module: .downProj)
    #expect(single[path]?.a.array == adapter[path]?.a.array)
  }

  @Test func impossibleModelsAreRefused() {
    func message(_ change: (inout ModelConfiguration) -> Void) -> String {
      var configuration = TinyModel.configuration()
      change(&configuration)
      do { try configuration.validate() } catch { return "\(error)" }
      return ""
    }
    #expect(message { _ in }.isEmpty)
    #expect(message { $0.kvHeads = 3 }.contains("4 attention heads cannot share 3"))
    #expect(message { $0.headSize = 5 }.contains("head size is 5"))
    #expect(message { $0.layers = 0 }.contains("number of layers is 0"))
    #expect(message { $0.hiddenSize = -1 }.contains("hidden size is -1"))
    #expect(message { $0.heads = 1 << 20 }.contains("must be between 1 and 4096"))
    #expect(message { $0.rotary[0].theta = 0 }.contains("rope theta"))
    #expect(message { $0.rmsNormEpsilon = .nan }.contains("epsilon"))
  }
}
