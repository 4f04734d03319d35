import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// PEFT's folders for a base that sees: decoder and tower have modules of the same name.
@Suite struct VisionAdapterTests {
  private let team = WorkerTeam(threads: 2)

  @Test(arguments: VisionFixture.names, VisionFixture.adapters)
  func foldersOfPEFTAreRead(_ name: String, adapter: String) throws {
    let fixture = try VisionFixture(name)
    let folder = Fixtures.folder("\(fixture.path)/\(adapter)")
    let read = try PEFTAdapterFolder.open(folder, configuration: fixture.base.configuration)
    let wanted = try fixture.adapter(adapter)
    #expect(read.notes.isEmpty)
    #expect(read.adapter.specification == wanted.specification)
    #expect(read.adapter.modules.map(\.a.array) == wanted.modules.map(\.a.array))
    #expect(read.adapter.modules.map(\.b.array) == wanted.modules.map(\.b.array))
    let found = try fixture.logits(fixture.base, read.adapter, team)
    #expect(largestDifference(found, try fixture.reference.floats("\(adapter).logits")) < 1e-4)
  }

  /// What each configuration hits in PEFT, with rank and scaling; an adapter of the connector is refused.
  @Test func rulesHitWhatTheyHitInPEFT() throws {
    let configuration = try VisionFixture("smolvlm").base.configuration
    let folder = try TemporaryFolder()
    let rules = try #require(try Fixtures.json("vision/rules.json")["rules"]?.array)
    var refused = 0
    for rule in rules {
      let fields = try #require(rule.object?["fields"]?.object)
      let text = JSONWriter.text(.object(fields), indent: nil)
      let object = JSONObject(fields.members.map { ($0.key, $0.value) } + [("peft_type", .string("LORA"))])
      _ = try folder.write(JSONWriter.text(.object(object)), "adapter_config.json")
      let modules = try #require(rule.object?["modules"]?.object)
      if modules["model.connector.modality_projection.proj"] != nil {
        let refusal = refusal { _ = try PEFTAdapterFolder.specification(of: folder.url, configuration: configuration) }
        #expect(refusal?.status == 65 && refusal?.text.contains("modality_projection") == true, "\(text)")
        refused += 1
        continue
      }
      let specification = try PEFTAdapterFolder.specification(of: folder.url, configuration: configuration)
      #expect(
        Set(specification.targets.map { configuration.name(of: $0) }) == Set(modules.members.map(\.key)), "\(text)")
      for path in specification.targets {
        let expected = modules[configuration.name(of: path)]?.array
        #expect(specification.rank(of: path) == expected?[0].integer, "\(text): \(path)")
        #expect(abs(Double(specification.scaling(of: path)) - (expected?[1].double ?? 0)) < 1e-5, "\(text): \(path)")
      }
    }
    #expect(refused == 2 && rules.count > 15)
  }

  private static let decoder = #"model\.text_model\.layers\."#
  private static let tower = #"model\.vision_model\.encoder\.layers\."#

  /// An adapter with ranks and alphas of its own, in every form that its configuration takes: targets, the expression that is
  /// written for them, and the patterns. vision/rules.json has what PEFT makes of such expressions.
  private static func written() -> [(LoRASpecification, String, ranks: [String], alphas: [String])] {
    func path(_ layer: Int, _ module: LinearModule, _ isVision: Bool) -> ModulePath {
      ModulePath(layer: layer, module: module, isVision: isVision)
    }
    let queries = [false, true].flatMap { part in [0, 1].map { path($0, .qProj, part) } }
    let last = [path(1, .oProj, true), path(1, .upProj, true), path(0, .downProj, true), path(1, .downProj, true)]
    return [
      (
        LoRASpecification(
          targets: [0, 1].flatMap { layer in [.qProj, .kProj, .vProj].map { path(layer, $0, false) } }, rank: 2,
          alpha: 4),
        decoder + #"\d+\.(self_attn\.q_proj|self_attn\.k_proj|self_attn\.v_proj)"#, [], []
      ),
      (
        LoRASpecification(targets: last, rank: 2, alpha: 4, useDoRA: true),
        tower + #"(1)\.(self_attn\.out_proj|mlp\.fc1)|"# + tower + #"\d+\.(mlp\.fc2)"#, [], []
      ),
      (
        LoRASpecification(
          targets: queries, rank: 4, alpha: 6, rankPattern: [queries[0]: 2, queries[1]: 2, queries[3]: 3],
          alphaPattern: [queries[2]: 5, queries[3]: 5]),
        decoder + #"\d+\.(self_attn\.q_proj)|"# + tower + #"\d+\.(self_attn\.q_proj)"#,
        [decoder + #"\d+\.self_attn\.q_proj"#, "model.vision_model.encoder.layers.1.self_attn.q_proj"],
        [tower + #"\d+\.self_attn\.q_proj"#]
      ),
    ]
  }

  @Test func foldersAreWrittenAsPEFTReadsThem() throws {
    let fixture = try VisionFixture("smolvlm")
    let configuration = fixture.base.configuration
    let known = try #require(try Fixtures.json("vision/rules.json")["rules"]?.array)
    for (specification, expression, ranks, alphas) in Self.written() {
      let adapter = try LoRAAdapter(specification: specification, base: fixture.base, seed: 3)
      for module in adapter.modules {
        for index in 0..<module.b.count { module.b.pointer[index] = Float(index % 7) / 16 }
      }
      let folder = try TemporaryFolder()
      try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "some/base", baseFingerprint: "abc")
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("adapter_config.json"))))
      let object = try #require(try JSONParser.parse(bytes).object)
      #expect(object["target_modules"] == .string(expression))
      #expect(object.value("layers_to_transform") == nil && object.value("layers_pattern") == nil)
      #expect(object["task_type"] == .string("CAUSAL_LM"))
      #expect(Set(object["rank_pattern"]?.object?.members.map(\.key) ?? ["?"]) == Set(ranks))
      #expect(Set(object["alpha_pattern"]?.object?.members.map(\.key) ?? ["?"]) == Set(alphas))
      // PEFT's own word for just this expression is among the rules.
      let rule = known.first { $0.object?["fields"]?.object?["target_modules"] == .string(expression) }
      let modules = try #require(rule?.object?["modules"]?.object)
      #expect(Set(modules.members.map(\.key)) == Set(specification.targets.map { configuration.name(of: $0) }))

      let copy = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
      #expect(copy.modules.map(\.path) == adapter.modules.map(\.path))
      #expect(copy.modules.map(\.scaling) == adapter.modules.map(\.scaling))
      #expect(copy.modules.map(\.a.array) == adapter.modules.map(\.a.array))
      #expect(copy.modules.map(\.magnitude?.array) == adapter.modules.map(\.magnitude?.array))
      #expect(try fixture.logits(fixture.base, copy, team) == fixture.logits(fixture.base, adapter, team))
      let names = try SafetensorsFile(path: folder.file("adapter_model.safetensors")).names
      for path in specification.targets {
        #expect(names.contains(FamilyFixture.tensor(path, "A", configuration)))
      }
      let card = try String(contentsOfFile: folder.file("README.md"), encoding: .utf8)
      #expect(card.contains("AutoModelForImageTextToText") && card.contains("pipeline_tag: image-text-to-text"))
    }
  }

  @Test func damagedConfigurationsNeverTrap() throws {
    let configuration = try VisionFixture("smolvlm").base.configuration
    let folder = try TemporaryFolder.copy(of: "vision/smolvlm/both")
    let path = URL(fileURLWithPath: folder.file("adapter_config.json"))
    let original = Array(try Data(contentsOf: path))
    var generator = SplitMix64(seed: 37)
    var refused = 0
    for _ in 0..<100 {
      var bytes = original
      let place = Int(generator.next() % UInt64(bytes.count))
      bytes[place] = Array("0123456789-.{}[](|)*\\d+,:\"e".utf8).randomElement(using: &generator) ?? 0
      try Data(bytes).write(to: path)
      do {
        let adapter = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
        #expect(adapter.modules.count == 26)
      } catch {
        refused += 1
        #expect(!"\(error)".contains("\n"))
      }
    }
    #expect(refused > 5)
  }
}
