import Foundation
import HuggingFace
import Testing
import Transformer

@Suite struct PEFTAdapterTests {
  static let cases = [
    "gqa-qkv", "gqa-o", "gqa-fc1", "gqa-fc2", "gqa-all", "gqa-mixed", "gqa-rslora", "gqa-regex", "gqa-layer1",
    "wide-all", "wide-o-fc2",
  ]

  private func configuration(_ name: String) throws -> ModelConfiguration {
    try ModelFolder.configuration(
      at: Fixtures.folder(name.hasPrefix("gqa") ? "models/tiny-gqa" : "models/tiny-wide-heads"))
  }

  private func read(_ name: String) throws -> LoRAAdapter {
    try PEFTAdapterFolder.read(Fixtures.folder("cases/\(name)/adapter"), configuration: try configuration(name))
  }

  @Test(arguments: cases)
  func readsWhatPEFTWrote(_ name: String) throws {
    let adapter = try read(name)
    let file = try SafetensorsFile(path: Fixtures.folder("cases/\(name)/adapter/adapter_model.safetensors").path)
    #expect(adapter.modules.count * 2 == file.names.count)
    for module in adapter.modules {
      let stem = "base_model.model.\(module.path)"
      #expect(module.a.array == (try file.floats(stem + ".lora_A.weight")))
      #expect(module.b.array == (try file.floats(stem + ".lora_B.weight")))
    }
  }

  @Test func patternsChangeRanksAndAlphas() throws {
    let adapter = try read("gqa-mixed")
    func module(_ layer: Int, _ module: LinearModule) -> LoRAModule? {
      adapter[ModulePath(layer: layer, module: module)]
    }
    #expect(module(0, .qProj)?.rank == 3)
    #expect(module(0, .qProj)?.scaling == 2)
    #expect(module(1, .kProj)?.rank == 2)
    #expect(module(1, .kProj)?.scaling == 4.5)
    #expect(module(0, .downProj)?.rank == 2)
    #expect(module(1, .downProj)?.rank == 5)
    #expect(module(1, .downProj)?.scaling == 0.8)
    #expect(module(0, .downProj)?.scaling == 2)
    #expect(try read("gqa-rslora").modules.allSatisfy { $0.scaling == 3 })
  }

  @Test func targetsAreThoseThatPEFTHits() throws {
    let expression = try read("gqa-regex").modules.map(\.path.description)
    #expect(
      expression == [
        "model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.q_proj",
        "model.layers.1.self_attn.k_proj", "model.layers.1.self_attn.v_proj",
      ])
    let layer = try read("gqa-layer1").modules.map(\.path.description)
    #expect(layer == ["model.layers.1.self_attn.q_proj", "model.layers.1.mlp.up_proj"])
  }

  @Test(arguments: cases)
  func writesAndReadsBack(_ name: String) throws {
    let folder = try TemporaryFolder()
    let original = try read(name)
    try PEFTAdapterFolder.write(original, to: folder.url, baseModelName: "some/base")
    let copy = try PEFTAdapterFolder.read(folder.url, configuration: try configuration(name))
    #expect(copy.modules.map(\.path) == original.modules.map(\.path))
    #expect(copy.modules.map(\.rank) == original.modules.map(\.rank))
    #expect(copy.modules.map(\.scaling) == original.modules.map(\.scaling))
    #expect(copy.modules.map(\.a.array) == original.modules.map(\.a.array))
    #expect(copy.modules.map(\.b.array) == original.modules.map(\.b.array))
    // The file has PEFT's own names, types and shapes.
    let ours = try SafetensorsFile(path: folder.file("adapter_model.safetensors"))
    let theirs = try SafetensorsFile(path: Fixtures.folder("cases/\(name)/adapter/adapter_model.safetensors").path)
    #expect(Set(ours.names) == Set(theirs.names))
    for name in ours.names {
      #expect(ours.info(name)?.shape == theirs.info(name)?.shape)
      #expect(ours.info(name)?.type == theirs.info(name)?.type)
    }
    #expect(ours.metadata == ["format": "pt"])
  }

  @Test func configurationHasPEFTsFieldsSorted() throws {
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(try read("gqa-all"), to: folder.url, baseModelName: "some/base")
    let text = try String(contentsOfFile: folder.file("adapter_config.json"), encoding: .utf8)
    #expect(text.hasPrefix("{\n  \"alora_invocation_tokens\": null,\n"))
    let object = try #require(try JSONParser.parse(Array(text.utf8)).object)
    let keys = object.members.map(\.key)
    #expect(keys == keys.sorted())
    #expect(object["target_modules"]?.array?.compactMap(\.string) == LinearModule.split.map(\.rawValue))
    #expect(object["r"] == .integer(4))
    #expect(object["lora_alpha"] == .integer(8))
    #expect(object["base_model_name_or_path"] == .string("some/base"))
    let theirs = try Fixtures.json("cases/gqa-all/adapter/adapter_config.json")
    for key in keys { #expect(theirs[key] != nil, "\(key)") }
    let card = try String(contentsOfFile: folder.file("README.md"), encoding: .utf8)
    #expect(card.contains("base_model: \"some/base\""))
    #expect(card.contains("library_name: peft"))
  }

  @Test func unevenLayersAreWrittenInFull() throws {
    let folder = try TemporaryFolder()
    try PEFTAdapterFolder.write(try read("gqa-layer1"), to: folder.url, baseModelName: "b")
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("adapter_config.json"))))
    let object = try #require(try JSONParser.parse(bytes).object)
    #expect(
      object["target_modules"]?.array?.compactMap(\.string)
        == ["model.layers.1.self_attn.q_proj", "model.layers.1.mlp.up_proj"])
  }

  static let refusedFields: [(String, JSONValue?)] = [
    ("use_dora", .bool(true)), ("modules_to_save", .array([.string("lm_head")])), ("bias", .string("all")),
    ("lora_bias", .bool(true)), ("peft_type", .string("IA3")), ("peft_type", nil), ("fan_in_fan_out", .bool(true)),
    ("layer_replication", .array([.array([.integer(0), .integer(1)])])), ("target_parameters", .array([.string("x")])),
    ("trainable_token_indices", .array([.integer(1)])), ("use_qalora", .bool(true)), ("some_new_method", .integer(3)),
    ("init_lora_weights", .string("pissa_niter_4")), ("r", .integer(0)), ("r", .string("8")),
    ("lora_alpha", .integer(0)),
    ("lora_dropout", .integer(1)), ("target_modules", .array([.string("c_attn")])),
    ("target_modules", .string("(a*)*")),
    ("target_modules", nil), ("rank_pattern", .object(JSONObject([("q_proj", .integer(-1))]))),
    ("layers_to_transform", .array([.string("a")])), ("task_type", .string("SEQ_CLS")),
  ]

  @Test(arguments: refusedFields)
  func refusesByName(_ field: String, _ value: JSONValue?) throws {
    let folder = try TemporaryFolder.copy(of: "cases/gqa-o/adapter")
    try folder.set("adapter_config.json", field, value)
    let configuration = try configuration("gqa-o")
    let refused = try #require(refusal { _ = try PEFTAdapterFolder.read(folder.url, configuration: configuration) })
    #expect(refused.text.contains(field), "\(refused.text)")
    #expect(refused.text.contains("adapter_config.json"))
    #expect(refused.status == 65)
  }

  @Test func tensorsMustFitTheConfiguration() throws {
    let configuration = try configuration("gqa-o")
    let folder = try TemporaryFolder.copy(of: "cases/gqa-o/adapter")
    func read() throws { _ = try PEFTAdapterFolder.read(folder.url, configuration: configuration) }
    try folder.set("adapter_config.json", "r", .integer(5))
    #expect(refusal(read)?.text.contains("[4, 32]") == true)
    try folder.set("adapter_config.json", "r", .integer(4))
    try folder.set("adapter_config.json", "target_modules", .array([.string("o_proj"), .string("q_proj")]))
    #expect(refusal(read)?.text.contains("q_proj.lora_A.weight: is missing") == true)
    try folder.set("adapter_config.json", "target_modules", .array([.string("layers.0.self_attn.o_proj")]))
    #expect(refusal(read)?.text.contains("layers.1.self_attn.o_proj") == true)
    try FileManager.default.removeItem(atPath: folder.file("adapter_model.safetensors"))
    #expect(refusal(read)?.status == 66)
    try FileManager.default.removeItem(atPath: folder.file("adapter_config.json"))
    #expect(refusal(read)?.status == 66)
    let other = try self.configuration("wide-all")
    let original = Fixtures.folder("cases/gqa-o/adapter")
    #expect(
      refusal { _ = try PEFTAdapterFolder.read(original, configuration: other) }?.text.contains("base model") == true)
  }

  @Test func allLinearMeansAllSeven() throws {
    let folder = try TemporaryFolder.copy(of: "cases/gqa-all/adapter")
    try folder.set("adapter_config.json", "target_modules", .string("all-linear"))
    let adapter = try PEFTAdapterFolder.read(folder.url, configuration: try configuration("gqa-all"))
    #expect(adapter.modules.count == 14)
  }

  @Test func damagedConfigurationsNeverTrap() throws {
    let configuration = try configuration("gqa-mixed")
    let folder = try TemporaryFolder.copy(of: "cases/gqa-mixed/adapter")
    let path = URL(fileURLWithPath: folder.file("adapter_config.json"))
    let original = Array(try Data(contentsOf: path))
    var generator = SplitMix(state: 29)
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 4) {
        let place = Int(generator.next() % UInt64(bytes.count))
        switch generator.next() % 3 {
        case 0: bytes[place] = Array("0123456789-.{}[](|)*,:\"e".utf8).randomElement(using: &generator) ?? 0
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 20)))
        default: bytes.insert(contentsOf: Array("999".utf8), at: place)
        }
      }
      try Data(bytes).write(to: path)
      do {
        _ = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
      } catch {
        #expect(!"\(error)".contains("\n"))
      }
    }
  }

  @Test func whatCannotBeCreatedIsNamed() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("x", "file")
    let adapter = try read("gqa-o")
    let target = folder.url.appendingPathComponent("file/adapter")
    let refused = try #require(
      refusal { try PEFTAdapterFolder.write(adapter, to: target, baseModelName: "b") })
    #expect(refused.status == 73)
    #expect(refused.text.contains("file/adapter"))
  }
}
