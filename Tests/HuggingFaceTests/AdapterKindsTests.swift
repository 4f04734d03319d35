import Foundation
import HuggingFace
import TestFiles
import Testing
import Text
import Transformer

/// Adapters as other programs leave them: read alike, or named for what they change.
@Suite struct AdapterKindsTests {
  private static let source = "cases/gqa-all/adapter"

  private func configuration() throws -> ModelConfiguration {
    try ModelFolder.configuration(at: Fixtures.folder("models/tiny-gqa"))
  }

  private func tensors(_ folder: TemporaryFolder) throws -> [(name: String, shape: [Int], values: [Float])] {
    let file = try SafetensorsFile(path: folder.file("adapter_model.safetensors"))
    return try file.tensors.map { ($0.name, $0.shape, try file.floats($0.name)) }
  }

  private func write(_ folder: TemporaryFolder, _ tensors: [(name: String, shape: [Int], values: [Float])]) throws {
    try SafetensorsWriter.write(
      path: folder.file("adapter_model.safetensors"),
      tensors: tensors.map { SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, floats: $0.values) })
  }

  private func expectSame(_ folder: TemporaryFolder, as source: String = source) throws -> [String] {
    let (adapter, notes) = try PEFTAdapterFolder.open(folder.url, configuration: configuration())
    let own = try PEFTAdapterFolder.read(Fixtures.folder(source), configuration: configuration())
    #expect(adapter.specification == own.specification)
    for (left, right) in zip(adapter.modules, own.modules) {
      #expect(left.a.array == right.a.array && left.b.array == right.b.array)
      #expect(left.magnitude?.array == right.magnitude?.array)
    }
    return notes
  }

  private func refused(
    _ folder: URL, _ words: [String], status: Int32 = 65, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let problem = try #require(
      refusal { _ = try PEFTAdapterFolder.open(folder, configuration: configuration()) }, sourceLocation: sourceLocation
    )
    for word in words { #expect(problem.text.contains(word), "\(problem)", sourceLocation: sourceLocation) }
    #expect(problem.status == status, "\(problem)", sourceLocation: sourceLocation)
  }

  // MARK: Names

  static let renamings: [(how: String, words: [String], rename: @Sendable (String) -> String)] = [
    ("as PEFT", [], { $0 }),
    ("default", ["default"], { $0.replacing(".weight", with: ".default.weight") }),
    ("another name", ["my_task"], { $0.replacing(".weight", with: ".my_task.weight") }),
    ("a prefix too many", ["more than once"], { "base_model.model." + $0 }),
    ("no prefix", ["no base_model.model."], { $0.replacing("base_model.model.", with: "") }),
    ("a wrapper's", [], { "_orig_mod." + $0 }),
    (
      "both", ["default", "more than once"], { "base_model.model." + $0.replacing(".weight", with: ".default.weight") }
    ),
  ]

  @Test(arguments: renamings.indices)
  func namesAreRead(_ index: Int) throws {
    let (_, words, rename) = Self.renamings[index]
    let folder = try TemporaryFolder.copy(of: Self.source)
    try write(folder, tensors(folder).map { (rename($0.name), $0.shape, $0.values) })
    let notes = try expectSame(folder)
    #expect(notes.count == (words.isEmpty ? 0 : 1))
    for word in words { #expect(notes.contains { $0.contains(word) }, "\(notes)") }
  }

  @Test(arguments: [".default", ".weight", ".default.weight"])
  func magnitudesAreRead(_ ending: String) throws {
    let folder = try TemporaryFolder.copy(of: "cases/gqa-dora/adapter")
    try write(
      folder,
      tensors(folder).map { tensor in
        (
          tensor.name.hasSuffix("lora_magnitude_vector") ? tensor.name + ending : tensor.name, tensor.shape,
          tensor.values
        )
      })
    _ = try expectSame(folder, as: "cases/gqa-dora/adapter")
  }

  @Test func severalAdaptersInOneFile() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    let own = try tensors(folder)
    try write(
      folder,
      ["one", "two"].flatMap { adapter in
        own.map { ($0.name.replacing(".weight", with: ".\(adapter).weight"), $0.shape, $0.values) }
      })
    try refused(folder.url, ["of several adapters (one, two)", "selected_adapters"])
  }

  // MARK: More than low-rank layers

  static let excess: [(extra: [(String, [Int])], key: String?, json: String, words: [String])] = [
    (
      [("base_model.model.model.embed_tokens.weight", [99, 32]), ("base_model.model.lm_head.weight", [99, 32])], nil,
      "null",
      [
        "replaces whole layers", "model.embed_tokens.weight [99, 32]", "lm_head.weight [99, 32]", "merge_and_unload",
        "--model",
      ]
    ),
    ([], "modules_to_save", #"["embed_tokens","lm_head"]"#, ["embed_tokens, lm_head", "modules_to_save"]),
    (
      [("base_model.model.lm_head.weight", [97, 32])], "modules_to_save", #"["lm_head"]"#,
      ["lm_head.weight [97, 32]", "modules_to_save"]
    ),
    ([], "trainable_token_indices", "[1,2,3]", ["3 single tokens", "merge_and_unload"]),
    (
      [("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", [2, 32])],
      "trainable_token_indices",
      #"{"embed_tokens":[5,6]}"#, ["2 single tokens", "[2, 32]"]
    ),
    (
      [("base_model.model.lm_head.lora_A.weight", [4, 32]), ("base_model.model.lm_head.lora_B.weight", [97, 4])], nil,
      "null",
      ["adapts the head", "lm_head.lora_A.weight [4, 32]", "lm_head.lora_B.weight [97, 4]"]
    ),
    (
      [("base_model.model.model.embed_tokens.lora_embedding_A", [4, 97])], nil, "null",
      ["adapts the embeddings", "lora_embedding_A [4, 97]"]
    ),
  ]

  @Test(arguments: excess.indices)
  func whatIsMoreIsNamedWithSizes(_ index: Int) throws {
    let (extra, key, json, words) = Self.excess[index]
    let folder = try TemporaryFolder.copy(of: Self.source)
    try write(
      folder,
      tensors(folder) + extra.map { ($0.0, $0.1, [Float](repeating: 1, count: $0.1.reduce(1, *))) })
    if let key { try folder.set("adapter_config.json", key, try JSONParser.parse(Array(json.utf8))) }
    try refused(folder.url, words)
  }

  // MARK: MLX

  @Test func anMLXAdapterIsNamedWithItsConversion() throws {
    let folder = try TemporaryFolder()
    let json = #"{"fine_tune_type":"lora","num_layers":2,"lora_parameters":{"rank":8,"scale":20.0,"dropout":0.0}}"#
    _ = try folder.write(json, "adapter_config.json")
    _ = try folder.write("", "adapters.safetensors")
    try refused(
      folder.url, ["is an MLX adapter", "lora_a transposed", "lora_b transposed", "r 8", "scale × rank = 160"])
    try FileManager.default.removeItem(atPath: folder.file("adapter_config.json"))
    try refused(folder.url, ["is an MLX adapter"], status: 66)
  }

  /// The conversion that the refusal describes gives the adapter that MLX computes: s·(x·a)·b.
  @Test func theConversionIsRight() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    let own = try tensors(folder)
    // As MLX has it: transposed. And back, as the refusal says.
    func transposed(_ shape: [Int], _ values: [Float]) -> [Float] {
      (0..<shape[1]).flatMap { column in (0..<shape[0]).map { values[$0 * shape[1] + column] } }
    }
    let mlx = own.map { ($0.name, Array($0.shape.reversed()), transposed($0.shape, $0.values)) }
    try write(folder, mlx.map { ($0.0, Array($0.1.reversed()), transposed($0.1, $0.2)) })
    #expect(try expectSame(folder).isEmpty)
  }

  // MARK: Other folders

  static let folders: [(files: [String: String], words: [String])] = [
    (["config.json": "{}", "model.safetensors": ""], ["is a model and not an adapter", "--model"]),
    (["default/adapter_config.json": "{}"], ["default in it has one"]),
    (["adapter_model.safetensors": ""], ["no adapter_config.json", "belongs to them"]),
    (["lora.gguf": "GGUF"], ["llama.cpp"]), ([:], ["has no adapter_config.json"]),
  ]

  @Test(arguments: folders.indices)
  func otherFoldersAreNamed(_ index: Int) throws {
    let folder = try TemporaryFolder()
    for (name, text) in Self.folders[index].files {
      let file = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try refused(folder.url, Self.folders[index].words, status: 66)
  }

  @Test func anAdapterInTheHubsCache() throws {
    let root = try TemporaryFolder()
    let snapshot = root.url.appendingPathComponent("models--org--adapter/snapshots/abc")
    try FileManager.default.createDirectory(
      at: snapshot.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Fixtures.folder(Self.source), to: snapshot)
    let adapter = try PEFTAdapterFolder.read(
      root.url.appendingPathComponent("models--org--adapter"), configuration: configuration())
    #expect(!adapter.modules.isEmpty)
  }

  @Test(arguments: ["IA3", "ADALORA", "PREFIX_TUNING"])
  func otherMethodsAreNamed(_ type: String) throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    try folder.set("adapter_config.json", "peft_type", .string(type))
    try refused(folder.url, [type, "merge_and_unload"])
  }

  // MARK: What hits nothing, and what changes nothing

  static let idle: [(key: String, json: String, words: [String])] = [
    ("rank_pattern", #"{"^nothing_proj": 99}"#, ["rank_pattern names ^nothing_proj", "hits none"]),
    ("alpha_pattern", #"{"layers.7.mlp": 4}"#, ["alpha_pattern names layers.7.mlp"]),
    ("exclude_modules", #"["router"]"#, ["exclude_modules names router"]),
    ("layers_to_transform", "[0, 1, 40]", ["layers_to_transform names 40", "layers 0 to 1"]),
  ]

  @Test(arguments: idle.indices)
  func whatHitsNothingIsTold(_ index: Int) throws {
    let (key, json, words) = Self.idle[index]
    let folder = try TemporaryFolder.copy(of: Self.source)
    try folder.set("adapter_config.json", key, try JSONParser.parse(Array(json.utf8)))
    let (_, notes) = try PEFTAdapterFolder.open(folder.url, configuration: configuration())
    #expect(notes.count == 1, "\(notes)")
    for word in words { #expect(notes.first?.contains(word) == true, "\(notes)") }
  }

  @Test func aTargetThatHitsNothingIsTold() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    let names = try #require(
      JSONParser.parse(Array(Data(contentsOf: folder.url.appendingPathComponent("adapter_config.json")))).object?[
        "target_modules"]?
        .array)
    try folder.set("adapter_config.json", "target_modules", .array(names + [.string("router")]))
    let (_, notes) = try PEFTAdapterFolder.open(folder.url, configuration: configuration())
    #expect(notes.count == 1 && notes[0].contains("target_modules names router"), "\(notes)")
    try folder.set("adapter_config.json", "target_modules", .array([.string("query_key_value")]))
    try refused(folder.url, ["query_key_value", "matches no linear layer", "model.layers.0."])
  }

  /// A layer that is excluded, or in no layer that is meant, is one of the model all the same.
  @Test(arguments: [
    ("exclude_modules", #"["up_proj"]"#, "which exclude_modules leaves out"),
    ("exclude_modules", #"".*up_proj""#, "which exclude_modules leaves out"),
    ("exclude_modules", #"["model.layers.0.mlp.up_proj", "1.mlp.up_proj"]"#, "which exclude_modules leaves out"),
  ])
  func aTargetThatIsExcludedIsTold(_ key: String, _ json: String, _ words: String) throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    try write(folder, tensors(folder).filter { !$0.name.contains(".up_proj.") })
    try folder.set("adapter_config.json", key, try JSONParser.parse(Array(json.utf8)))
    let (_, notes) = try PEFTAdapterFolder.open(folder.url, configuration: configuration())
    #expect(notes.count == 1 && notes[0].contains("target_modules names up_proj, \(words)"), "\(notes)")
  }

  @Test func whereNothingIsLeftTheFieldIsNamed() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    try folder.set("adapter_config.json", "target_modules", .array([.string("up_proj")]))
    try folder.set("adapter_config.json", "exclude_modules", .array([.string("up_proj")]))
    try refused(folder.url, ["exclude_modules leaves none of the layers that target_modules", "up_proj"])
    try folder.set("adapter_config.json", "exclude_modules", nil)
    try folder.set("adapter_config.json", "layers_to_transform", .array([.integer(7)]))
    try refused(folder.url, ["layers_to_transform leaves none of the layers that target_modules"])
  }

  @Test func aTargetInNoLayerThatIsMeantIsTold() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    // A whole name is a target in whatever layer it is.
    let names = ["model.layers.1.self_attn.q_proj", "up_proj", "1.mlp.down_proj"].map { JSONValue.string($0) }
    try write(
      folder,
      tensors(folder).filter { $0.name.contains("1.self_attn.q_proj") || $0.name.contains("0.mlp.up_proj") })
    try folder.set("adapter_config.json", "target_modules", .array(names))
    try folder.set("adapter_config.json", "layers_to_transform", .array([.integer(0)]))
    let (_, notes) = try PEFTAdapterFolder.open(folder.url, configuration: configuration())
    #expect(
      notes.count == 1
        && notes[0].contains("target_modules names 1.mlp.down_proj, which hits no layer that layers_to_transform names"),
      "\(notes)")
  }

  @Test func aZeroBIsTold() throws {
    let folder = try TemporaryFolder.copy(of: Self.source)
    let own = try tensors(folder)
    try write(
      folder, own.map { ($0.name, $0.shape, $0.name.contains("lora_B") ? $0.values.map { _ in 0 } : $0.values) })
    var notes = try PEFTAdapterFolder.open(folder.url, configuration: configuration()).notes
    #expect(notes.count == 1 && notes[0].contains("B is zero in every layer: the adapter changes nothing"), "\(notes)")
    let one = try #require(own.first { $0.name.contains("lora_B") }).name
    try write(folder, own.map { ($0.name, $0.shape, $0.name == one ? $0.values.map { _ in 0 } : $0.values) })
    notes = try PEFTAdapterFolder.open(folder.url, configuration: configuration()).notes
    #expect(notes.count == 1 && notes[0].contains("B is zero in 1 of "), "\(notes)")
  }

  @Test func ordinaryAdaptersAreNotRemarkedUpon() throws {
    for name in PEFTAdapterTests.cases where name.hasPrefix("gqa") {
      let notes = try PEFTAdapterFolder.open(Fixtures.folder("cases/\(name)/adapter"), configuration: configuration())
        .notes
      #expect(notes.isEmpty, "\(name): \(notes)")
    }
  }
}
