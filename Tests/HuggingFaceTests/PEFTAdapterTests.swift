import Foundation
import HuggingFace
import Recipe
import TestFiles
import Testing
import Text
import Transformer

@Suite struct PEFTAdapterTests {
  static let cases = [
    "gqa-qkv", "gqa-o", "gqa-fc1", "gqa-fc2", "gqa-all", "gqa-mixed", "gqa-rslora", "gqa-regex", "gqa-layer1",
    "gqa-pruned", "wide-all", "wide-o-fc2", "gqa-dora", "gqa-dora-mixed", "wide-dora",
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
    #expect(adapter.modules.count * (adapter.specification.useDoRA ? 3 : 2) == file.names.count)
    for module in adapter.modules {
      let stem = "base_model.model.\(module.path)"
      #expect(module.a.array == (try file.floats(stem + ".lora_A.weight")))
      #expect(module.b.array == (try file.floats(stem + ".lora_B.weight")))
      if let magnitude = module.magnitude {
        #expect(magnitude.array == (try file.floats(stem + ".lora_magnitude_vector")))
      }
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
    #expect(copy.modules.map(\.magnitude?.array) == original.modules.map(\.magnitude?.array))
    #expect(copy.specification.useDoRA == original.specification.useDoRA)
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

  /// The same layers for all modules are written as layers, others as whole names.
  @Test func layersAreWrittenAsPEFTReadsThem() throws {
    func fields(_ targets: String) throws -> [JSONValue?] {
      let folder = try TemporaryFolder()
      let configuration = try configuration("gqa-o")
      let specification = try LoRASpecification(
        targets: Targets(parsing: targets), in: configuration, rank: 2, alpha: 4)
      let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 1)
      try PEFTAdapterFolder.write(adapter, to: folder.url, baseModelName: "b", baseFingerprint: "abc")
      #expect(try PEFTAdapterFolder.baseFingerprint(of: folder.url) == "abc")
      let back = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
      #expect(back.modules.map(\.path) == adapter.modules.map(\.path))
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("adapter_config.json"))))
      let object = try #require(try JSONParser.parse(bytes).object)
      return ["target_modules", "layers_to_transform", "layers_pattern"].map { object[$0] }
    }
    func list(_ names: String...) -> JSONValue { .array(names.map { .string($0) }) }
    #expect(try fields("q_proj,fc1") == [list("q_proj", "gate_proj", "up_proj"), .null, .null])
    #expect(
      try fields("q_proj@1,fc2@last:1")
        == [list("q_proj", "down_proj"), .array([.integer(1)]), .string("layers")])
    #expect(
      try fields("q_proj@1,fc2")
        == [
          list("model.layers.0.mlp.down_proj", "model.layers.1.self_attn.q_proj", "model.layers.1.mlp.down_proj"),
          .null, .null,
        ])
  }

  /// What each configuration hits in PEFT, with rank and scaling.
  @Test func rulesHitWhatTheyHitInPEFT() throws {
    let configuration = try configuration("gqa-o")
    let folder = try TemporaryFolder()
    let rules = try #require(try Fixtures.json("rules.json")["rules"]?.array)
    #expect(rules.count > 20)
    for rule in rules {
      let fields = try #require(rule.object?["fields"]?.object)
      let text = JSONWriter.text(.object(fields), indent: nil)
      let object = JSONObject(
        fields.members.map { ($0.key, $0.value) } + [("peft_type", .string("LORA"))])
      _ = try folder.write(JSONWriter.text(.object(object)), "adapter_config.json")
      guard let modules = rule.object?["modules"]?.object else {
        #expect(
          refusal { _ = try PEFTAdapterFolder.specification(of: folder.url, configuration: configuration) }?.status
            == 65,
          "\(text)")
        continue
      }
      let specification = try PEFTAdapterFolder.specification(of: folder.url, configuration: configuration)
      #expect(Set(specification.targets.map(\.description)) == Set(modules.members.map(\.key)), "\(text)")
      for path in specification.targets {
        let expected = modules[path.description]?.array
        #expect(specification.rank(of: path) == expected?[0].integer, "\(text): \(path)")
        #expect(abs(Double(specification.scaling(of: path)) - (expected?[1].double ?? 0)) < 1e-5, "\(text): \(path)")
      }
    }
  }

  /// Embeddings and head share a weight, and no layer that is adapted does.
  @Test func tiedWeightsThatTheAdapterLeavesAloneChangeNothing() throws {
    let configuration = try configuration("gqa-o")
    let plain = try PEFTAdapterFolder.open(Fixtures.folder("cases/gqa-o/adapter"), configuration: configuration)
    let folder = try TemporaryFolder.copy(of: "cases/gqa-o/adapter")
    try folder.set("adapter_config.json", "ensure_weight_tying", .bool(true))
    let read = try PEFTAdapterFolder.open(folder.url, configuration: configuration)
    #expect(read.adapter.specification == plain.adapter.specification && read.notes == plain.notes)
  }

  static let refusedFields: [(String, JSONValue?)] = [
    ("use_dora", .integer(1)), ("modules_to_save", .array([.string("lm_head")])), ("bias", .string("all")),
    ("lora_bias", .bool(true)), ("peft_type", .string("IA3")), ("peft_type", nil),
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

  /// A claimed rank costs no memory: the file is asked first.
  @Test func ranksBeyondTheFileAreRefused() throws {
    let folder = try TemporaryFolder.copy(of: "cases/gqa-all/adapter")
    try folder.set("adapter_config.json", "r", .integer(65_536))
    let before = PeakResidentMemory.bytes
    let refused = refusal { _ = try PEFTAdapterFolder.read(folder.url, configuration: try configuration("gqa-all")) }
    #expect(refused?.text.contains("expected [65536, ") == true, "\(refused?.text ?? "nothing")")
    #expect(PeakResidentMemory.bytes - before < 16 << 20)
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
    var generator = SplitMix64(seed: 29)
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

  /// Damage anywhere in the weights: a clear line or numbers that are finite, and never one from elsewhere.
  @Test func damagedWeightsNeverTrap() throws {
    let configuration = try configuration("gqa-dora-mixed")
    let folder = try TemporaryFolder.copy(of: "cases/gqa-dora-mixed/adapter")
    let path = URL(fileURLWithPath: folder.file("adapter_model.safetensors"))
    let original = Array(try Data(contentsOf: path))
    var generator = SplitMix64(seed: 31)
    var refused = 0
    for round in 0..<300 {
      var bytes = original
      // Half of the damage goes to the header, where it does most.
      let range = round % 2 == 0 ? min(2_000, bytes.count) : bytes.count
      for _ in 0..<(1 + generator.next() % 4) {
        let place = Int(generator.next() % UInt64(min(range, bytes.count)))
        switch generator.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 40)))
        case 2: bytes.insert(contentsOf: Array("9".utf8), at: place)
        default: bytes.removeLast(min(bytes.count - 1, Int(generator.next() % 300)))
        }
      }
      try Data(bytes).write(to: path)
      do {
        let adapter = try PEFTAdapterFolder.read(folder.url, configuration: configuration)
        for module in adapter.modules {
          for buffer in [module.a, module.b, module.magnitude].compactMap({ $0 }) {
            let isFinite = buffer.array.allSatisfy { $0.isFinite }
            #expect(isFinite)
          }
        }
      } catch {
        refused += 1
        #expect(!"\(error)".contains("\n"))
      }
    }
    #expect(refused > 100)
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

/// The high-water mark of the tests' own process.
enum PeakResidentMemory {
  static var bytes: Int {
    var usage = rusage()
    #if os(Linux)
      return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    #else
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #endif
  }
}
