import Foundation
import HuggingFace
import Kernels
import TestFiles
import Testing
import Text
import Transformer

/// Folders that are nearly models: read rightly, or named for what they are with a way out.
@Suite struct NearlyModelTests {
  /// The small model's tensors under other names.
  private func rewrite(_ folder: TemporaryFolder, _ rename: (String) -> String) throws {
    let path = folder.file("model.safetensors")
    let file = try SafetensorsFile(path: path)
    let tensors = try file.tensors.map {
      SafetensorsWriter.Tensor(name: rename($0.name), shape: $0.shape, floats: try file.floats($0.name))
    }
    try SafetensorsWriter.write(path: path, tensors: tensors)
  }

  private func refused(
    _ folder: URL, _ words: [String], status: Int32 = 65, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let problem = try #require(refusal { _ = try ModelFolder.load(at: folder) }, sourceLocation: sourceLocation)
    for word in words { #expect(problem.text.contains(word), "\(problem)", sourceLocation: sourceLocation) }
    #expect(problem.status == status, "\(problem)", sourceLocation: sourceLocation)
    #expect(!problem.text.contains("\n"), sourceLocation: sourceLocation)
  }

  // MARK: The hub's cache

  /// A cache as huggingface_hub makes it: files are links into `blobs`.
  private func cache(snapshots: [String], main: String?) throws -> (root: TemporaryFolder, repository: URL) {
    let root = try TemporaryFolder()
    let repository = root.url.appendingPathComponent("hub/models--some-org--tiny--model")
    let files = FileManager.default
    for snapshot in snapshots {
      let folder = repository.appendingPathComponent("snapshots/\(snapshot)")
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in ["config.json", "model.safetensors"] {
        let blob = repository.appendingPathComponent("blobs/\(snapshot)-\(name)")
        try files.createDirectory(at: blob.deletingLastPathComponent(), withIntermediateDirectories: true)
        try files.copyItem(at: Fixtures.folder("models/tiny-gqa/\(name)"), to: blob)
        try files.createSymbolicLink(
          atPath: folder.appendingPathComponent(name).path, withDestinationPath: "../../blobs/\(snapshot)-\(name)")
      }
    }
    if let main {
      try files.createDirectory(at: repository.appendingPathComponent("refs"), withIntermediateDirectories: true)
      try Data("\(main)".utf8).write(to: repository.appendingPathComponent("refs/main"))
    }
    return (root, repository)
  }

  @Test(
    arguments: [(["aaa"], nil), (["aaa"], "aaa"), (["aaa", "bbb"], "bbb\n"), (["aaa"], "gone")] as [([String], String?)]
  )
  func aCacheOpensItsSnapshot(_ snapshots: [String], _ main: String?) throws {
    let (root, repository) = try cache(snapshots: snapshots, main: main)
    for place in [repository, repository.appendingPathComponent("snapshots")] {
      let snapshot = try #require(HubFolder.snapshot(of: place))
      #expect(snapshot.lastPathComponent == (main?.contains("bbb") == true ? "bbb" : "aaa"))
      #expect(try ModelFolder.load(at: place).parameterCount == ModelFolder.load(at: snapshot).parameterCount)
      #expect(try ModelFolder.fingerprint(at: place) == ModelFolder.fingerprint(at: Fixtures.folder("models/tiny-gqa")))
    }
    for hub in [root.url, root.url.appendingPathComponent("hub")] {
      try refused(hub, ["hub's cache", "models--some-org--tiny--model"], status: 66)
    }
  }

  @Test func severalSnapshotsAreNamed() throws {
    let (root, repository) = try cache(snapshots: ["aaa", "bbb"], main: nil)
    try refused(repository, ["2 snapshots", "snapshots/aaa", "snapshots/bbb"], status: 66)
    let (other, outside) = try cache(snapshots: ["aaa", "bbb"], main: "../../..")
    try refused(outside, ["2 snapshots"], status: 66)
    withExtendedLifetime((root, other)) {}
  }

  @Test func anInterruptedDownload() throws {
    let (root, repository) = try cache(snapshots: ["aaa"], main: "aaa")
    try FileManager.default.removeItem(at: repository.appendingPathComponent("blobs/aaa-model.safetensors"))
    try refused(repository, ["model.safetensors is a link to a file that is not there"], status: 66)
    try FileManager.default.removeItem(at: repository.appendingPathComponent("snapshots/aaa"))
    try refused(repository, ["without a snapshot"], status: 66)
    withExtendedLifetime(root) {}
  }

  // MARK: Other layouts

  static let layouts: [(files: [String: String], words: [String])] = [
    (
      ["adapter_config.json": #"{"base_model_name_or_path":"org/base"}"#],
      ["adapter and not a model", "--adapter", "org/base"]
    ),
    (["adapters.safetensors": ""], ["adapter and not a model"]),
    (
      ["model-Q4_K_M.gguf": "GGUF", "model-Q8_0.gguf": "GGUF"], ["2 GGUF files", "model-Q4_K_M.gguf, model-Q8_0.gguf"]
    ),
    (["ggml-model.ggml": ""], ["ggml-model.ggml", "llama.cpp"]),
    (["params.json": "{}", "consolidated.00.pth": ""], ["consolidated.00.pth", "-hf"]),
    (["weights.npz": ""], ["weights.npz", "MLX"]), (["model.onnx": ""], ["model.onnx", "save_pretrained"]),
    (["tf_model.h5": ""], ["tf_model.h5"]), (["model_index.json": "{}"], ["diffusers"]),
    (["model.safetensors": ""], ["config.json that belongs"]), ([:], ["has no config.json"]),
    (["sub/config.json": "{}"], ["sub in it has one"]),
    (
      ["checkpoint-1/adapter_config.json": "{}", "checkpoint-2/adapter_config.json": "{}"],
      ["checkpoint-1, checkpoint-2", "are adapters"]
    ),
  ]

  @Test(arguments: layouts.indices)
  func otherLayoutsAreNamed(_ index: Int) throws {
    let folder = try TemporaryFolder()
    for (name, text) in Self.layouts[index].files {
      let file = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try refused(folder.url, Self.layouts[index].words, status: 66)
  }

  static let withoutWeights: [(files: [String], words: [String])] = [
    (["pytorch_model.bin"], ["pytorch_model.bin", "save_pretrained"]),
    (["pytorch_model-00001-of-00002.bin"], ["pickle", "save_pretrained"]), (["weights.00.safetensors"], ["MLX"]),
    (["consolidated.safetensors"], ["consolidated.safetensors", "authors"]),
    (["tiny.gguf", "other.gguf"], ["2 GGUF files"]),
    (["adapter_model.safetensors"], ["adapter's weights", "--adapter"]),
    (["other.safetensors"], ["other.safetensors", "rename"]),
    (["model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors"], ["2 of 3 shards"]), ([], ["neither"]),
  ]

  @Test(arguments: withoutWeights.indices)
  func missingWeightsAreNamed(_ index: Int) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try FileManager.default.removeItem(atPath: folder.file("model.safetensors"))
    for name in Self.withoutWeights[index].files { _ = try folder.write("", name) }
    try refused(folder.url, Self.withoutWeights[index].words, status: 66)
  }

  @Test func aFileInsteadOfAFolder() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try refused(folder.url.appendingPathComponent("model.safetensors"), ["folder is needed", "lies in"], status: 66)
    let gguf = try folder.write("GGUF....", "m.gguf")
    try refused(gguf, ["GGUF version", "versions 2 and 3"], status: 65)
  }

  @Test func shards() throws {
    let whole = try ModelFolder.load(at: Fixtures.folder("models/tiny-wide-heads-f16-shards"))
    // Without an index the names of the shards say which there are.
    let bare = try TemporaryFolder.copy(of: "models/tiny-wide-heads-f16-shards")
    try FileManager.default.removeItem(atPath: bare.file("model.safetensors.index.json"))
    #expect(try ModelFolder.load(at: bare.url).embedding.toFloats() == whole.embedding.toFloats())
    let cut = try TemporaryFolder.copy(of: "models/tiny-wide-heads-f16-shards")
    try FileManager.default.removeItem(atPath: cut.file("model-00002-of-00002.safetensors"))
    try refused(cut.url, ["lacks 1 of the 2 shards", "model-00002-of-00002.safetensors", "download"], status: 66)
    try FileManager.default.removeItem(atPath: cut.file("model.safetensors.index.json"))
    try refused(cut.url, ["1 of 2 shards"], status: 66)
    let pointer = try TemporaryFolder.copy(of: "models/tiny-wide-heads-f16-shards")
    _ = try pointer.write(FileKindTests.pointer, "model-00002-of-00002.safetensors")
    try refused(pointer.url, ["model-00002-of-00002.safetensors: is a Git LFS pointer"])
  }

  // MARK: Quantised, wrapped, saved otherwise

  static let quantised: [(key: String, json: String, words: [String])] = [
    ("quantization", #"{"group_size":64,"bits":4}"#, ["quantised by MLX to 4 bits in groups of 64", "--dequantize"]),
    ("quantization_config", #"{"group_size":32,"bits":8}"#, ["quantised by MLX to 8 bits in groups of 32"]),
    (
      "quantization_config", #"{"quant_method":"bitsandbytes","load_in_4bit":true}"#,
      ["bitsandbytes to 4 bits", "dequantize()"]
    ),
    ("quantization_config", #"{"load_in_8bit":true}"#, ["bitsandbytes to 8 bits"]),
    ("quantization_config", #"{"quant_method":"gptq","bits":4,"group_size":128}"#, ["GPTQ to 4 bits", "made from"]),
    ("quantization_config", #"{"quant_method":"awq","bits":4}"#, ["AWQ to 4 bits"]),
    ("quantization_config", #"{"quant_method":"fp8"}"#, ["FP8", "FineGrainedFP8Config(dequantize=True)"]),
    ("quantization_config", #"{"quant_method":"mxfp4"}"#, ["MXFP4", "Mxfp4Config(dequantize=True)"]),
    ("quantization_config", #"{"quant_method":"compressed-tensors"}"#, ["compressed-tensors", "run_compressed=False"]),
    ("quantization_config", #"{"quant_method":"hqq"}"#, ["quantised by hqq"]),
    ("compression_config", #"{"quant_method":"compressed-tensors"}"#, ["compressed-tensors"]),
  ]

  @Test(arguments: quantised.indices)
  func quantisedModelsAreNamed(_ index: Int) throws {
    let (key, json, words) = Self.quantised[index]
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", key, try JSONParser.parse(Array(json.utf8)))
    try refused(folder.url, words)
  }

  @Test func aNullIsNoQuantisation() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try folder.set("config.json", "quantization_config", .null)
    _ = try ModelFolder.load(at: folder.url)
  }

  static let names: [(part: String, replacement: String, words: [String])] = [
    ("q_proj.weight", "q_proj.base_layer.weight", ["PEFT model that was saved whole", "merge_and_unload"]),
    ("q_proj.weight", "q_proj.qweight", ["GPTQ or AWQ"]), ("q_proj.weight", "q_proj.weight_scale_inv", ["FP8"]),
    ("q_proj.weight", "q_proj.scales", ["MLX"]), ("q_proj.weight", "q_proj.weight.absmax", ["bitsandbytes"]),
  ]

  @Test(arguments: names.indices)
  func otherTensorsAreNamed(_ index: Int) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let (part, replacement, words) = Self.names[index]
    try rewrite(folder) { $0.replacing(part, with: replacement) }
    try refused(folder.url, words)
  }

  @Test(arguments: [
    ("_orig_mod.", "torch.compile"), ("module.", "several devices"), ("base_model.model.", "within PEFT"),
    ("language_model.", "larger model"),
  ])
  func prefixesAreNamed(_ prefix: String, _ origin: String) throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try rewrite(folder) { prefix + $0 }
    try refused(folder.url, [prefix, origin, "save_file"])
  }

  /// An MLX folder that is not quantised has transformers' own names, and metadata of its own.
  @Test func plainMLXIsRead() throws {
    let folder = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let path = folder.file("model.safetensors")
    let file = try SafetensorsFile(path: path)
    let tensors = try file.tensors.map {
      SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, floats: try file.floats($0.name))
    }
    try SafetensorsWriter.write(path: path, tensors: tensors, metadata: ["format": "mlx"])
    let model = try ModelFolder.load(at: folder.url)
    #expect(
      model.embedding.toFloats() == (try ModelFolder.load(at: Fixtures.folder("models/tiny-gqa")).embedding.toFloats()))
  }

  // MARK: Heads

  private func head(_ folder: TemporaryFolder, changed: Bool, as element: WeightElement = .float32) throws
    -> SafetensorsWriter.Tensor
  {
    let file = try SafetensorsFile(path: folder.file("model.safetensors"))
    var values = try file.floats("model.embed_tokens.weight")
    if changed { values[values.count - 1] += 1 }
    return SafetensorsWriter.Tensor(name: "lm_head.weight", shape: [97, 32], floats: values, as: element)
  }

  @Test func tiedHeads() throws {
    let same = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try same.add([head(same, changed: false)])
    let model = try ModelFolder.load(at: same.url)
    #expect(model.output === model.embedding)
    let notices = try ModelFolder.outline(at: same.url).notices
    #expect(notices.count == 1 && notices[0].contains("lm_head"))

    let other = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try other.add([head(other, changed: true)])
    try refused(
      other.url, ["lm_head.weight: differs from the embeddings", "tie_word_embeddings", "false", "delete the tensor"])
    // The advice works.
    try other.set("config.json", "tie_word_embeddings", .bool(false))
    let untied = try ModelFolder.load(at: other.url)
    #expect(untied.output !== untied.embedding)

    // Of two tied tables the head alone was saved.
    let only = try TemporaryFolder.copy(of: "models/tiny-gqa")
    let table = try SafetensorsFile(path: only.file("model.safetensors")).floats("model.embed_tokens.weight")
    try only.add([head(only, changed: false)], without: ["model.embed_tokens.weight"])
    #expect(try ModelFolder.load(at: only.url).embedding.toFloats() == table)

    let missing = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try missing.set("config.json", "tie_word_embeddings", .bool(false))
    try refused(missing.url, ["has no lm_head.weight", "tie_word_embeddings", "true"])
  }

  // MARK: Positions

  @Test func contradictingPositions() throws {
    func object(_ json: String) throws -> JSONValue { try JSONParser.parse(Array(json.utf8)) }
    let both = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try both.set("config.json", "rope_theta", nil)
    try both.set("config.json", "rope_parameters", object(#"{"rope_theta":100,"rope_type":"default"}"#))
    _ = try ModelFolder.load(at: both.url)
    try both.set("config.json", "rope_scaling", object(#"{"rope_type":"linear","factor":2}"#))
    try refused(both.url, ["config.json", "rope_scaling and rope_parameters contradict", "10000", "100", "delete"])
    // Two fields that say the same are one.
    try both.set("config.json", "rope_parameters", object(#"{"rope_theta":10000,"rope_type":"linear","factor":2}"#))
    #expect(try ModelFolder.configuration(at: both.url).rotary.map(\.theta) == [10_000])

    let theta = try TemporaryFolder.copy(of: "models/tiny-gqa")
    try theta.set("config.json", "rope_theta", .integer(10_000))
    try theta.set("config.json", "rope_parameters", object(#"{"rope_theta":500000,"rope_type":"default"}"#))
    let (model, notices) = try ModelFolder.open(at: theta.url)
    #expect(model.configuration.rotary.map(\.theta) == [500_000])
    #expect(notices.count == 1 && notices[0].contains("rope_theta 10000"), "\(notices)")
  }

  // MARK: Shapes alone

  @Test(arguments: [
    "models/tiny-gqa", "models/tiny-wide-heads", "models/tiny-wide-heads-f16-shards", "families/gemma2",
    "families/smollm3",
    "families/gpt2", "families/phi3", "families/qwen2", "families/qwen3", "vision/smolvlm",
  ])
  func theOutlineIsWhatLoadingMakes(_ name: String) throws {
    let folder = Fixtures.folder(name)
    try #require(FileManager.default.fileExists(atPath: folder.path), "\(name)")
    let outline = try ModelFolder.outline(at: folder)
    let model = try ModelFolder.load(at: folder)
    #expect(outline.byteCount == model.byteCount)
    #expect(outline.parameterCount == model.parameterCount)
    #expect(outline.element == model.embedding.element)
    #expect(outline.configuration == model.configuration)
    #expect(outline.notices.isEmpty)
  }

  /// Ids with holes: as the library numbers them, and told.
  @Test func idsWithHoles() throws {
    let json = #"""
      {"version":"1.0","added_tokens":[{"id":9,"content":"<x>","special":true},{"id":10,"content":"<y>","special":true},
      {"id":11,"content":"<z>","special":true}],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
      "model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3,"e":4,"<x>":9},"merges":[]}}
      """#
    let tokenizer = try Tokenizer(json: Data(json.utf8))
    #expect(tokenizer.encode("a<x>b<y>c<z>", addSpecial: false) == [0, 9, 1, 6, 2, 7])
    #expect(
      tokenizer.notices.count == 1 && tokenizer.notices[0].contains("holes")
        && tokenizer.notices[0].contains("6 and not 10"))
    #expect(try Tokenizer(folder: Fixtures.folder("tokenizers/digits")).notices.isEmpty)
  }
}
