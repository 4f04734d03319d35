import Testing
import Transformer

@Suite struct TargetsTests {
  @Test(arguments: [
    ("qkv,o_proj", "qkv+o_proj"), ("fc1 + qkv", "qkv+fc1"), ("all", "qkv+o_proj+fc1+fc2"),
    ("q_proj,up_proj", "q_proj+up_proj"), ("gate_up_proj", "fc1"), ("gate_down_proj", "fc2"), ("down_proj", "fc2"),
    ("v_proj,k_proj,q_proj", "qkv"), ("QKV", "qkv"), ("qkv_proj,qkv,,", "qkv"), ("up_proj+gate_proj", "fc1"),
  ])
  func parsing(text: String, label: String) throws {
    #expect(try Targets(parsing: text).label == label)
    #expect(try Targets(parsing: label) == Targets(parsing: text))
  }

  @Test func refusalsListWhatWouldMatch() {
    #expect(throws: TargetError.unknown(name: "Wqkv", candidates: Targets.candidates)) {
      try Targets(parsing: "fc1,Wqkv")
    }
    #expect(throws: TargetError.empty(candidates: Targets.candidates)) { try Targets(parsing: " , ") }
    let text = "\(TargetError.unknown(name: "Wqkv", candidates: Targets.candidates))"
    for name in ["Wqkv", "qkv", "o_proj", "fc1", "fc2", "gate_up_proj", "gate_down_proj", "q_proj", "down_proj", "all"]
    {
      #expect(text.contains(name))
    }
    #expect(!text.contains("\n"))
    #expect(Set(Targets.candidates).count == Targets.candidates.count)
  }

  @Test func combinations() {
    #expect(Targets.fifteen.count == 15 && Set(Targets.fifteen).count == 15)
    #expect(Targets.fifteen[0].label == "qkv" && Targets.fifteen[1].label == "o_proj")
    #expect(Targets.fifteen[8].label == "qkv+fc2" && Targets.fifteen[14].modules == LinearModule.split)
    #expect(
      Targets.articleNine.map(\.label) == [
        "qkv", "o_proj", "fc1", "fc2", "o_proj+fc1", "qkv+fc2", "o_proj+fc2", "qkv+fc1", "qkv+o_proj+fc1+fc2",
      ])
  }

  @Test func parameterCounts() throws {
    // SmolLM2-135M: 30 layers, hidden 576, 9 heads of 64 over 3, intermediate 1536.
    let configuration = ModelConfiguration(
      vocabularySize: 49_152, hiddenSize: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64, intermediateSize: 1536)
    #expect(configuration.parameterCount == 134_515_008)
    func count(_ targets: String, rsLoRA: Bool = false) throws -> Int {
      LoRASpecification(targets: try Targets(parsing: targets), layers: 30, rank: 16, alpha: 32)
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
    let specification = LoRASpecification(
      targets: Targets(groups: [.qkv, .fc2]), layers: 2, rank: 8, alpha: 16)
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
      specification: LoRASpecification(targets: Targets(groups: [.fc2]), layers: 2, rank: 8, alpha: 16),
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
