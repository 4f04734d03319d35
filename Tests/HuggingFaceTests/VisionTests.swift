import Foundation
import HuggingFace
import Kernels
import Recipe
import TestFiles
import Testing
import Text
import Transformer

/// Models that see against transformers and PEFT: forward, every gradient, generation, and the way to a folder and back.
@Suite struct VisionTests {
  private let team = WorkerTeam(threads: 2)

  private func expectClose(_ found: [Float], _ reference: [Float], _ what: String) {
    let largest = reference.reduce(0) { max($0, abs($1)) }
    #expect(largest > 0, "\(what)")
    #expect(largestDifference(found, reference) < 1e-3 * largest, "\(what)")
  }

  @Test(arguments: VisionFixture.names)
  func logits(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let plain = try fixture.logits(fixture.base, nil, team)
    #expect(largestDifference(plain, try fixture.reference.floats("logits")) < 1e-4)
    for adapter in VisionFixture.adapters {
      let found = try fixture.logits(fixture.base, try fixture.adapter(adapter), team)
      #expect(largestDifference(found, try fixture.reference.floats("\(adapter).logits")) < 1e-4, "\(adapter)")
      #expect(largestDifference(found, plain) > 0.01)
    }
  }

  @Test(arguments: VisionFixture.names, VisionFixture.adapters)
  func lossAndGradientsOfAnAdapter(_ name: String, adapter: String) throws {
    let fixture = try VisionFixture(name)
    let lora = try fixture.adapter(adapter)
    let pass = try LoRATrainingPass(base: fixture.base, adapter: lora)
    let batch = fixture.batch
    try batch.check(in: fixture.base.configuration)
    #expect(batch.lossTokens == fixture.content.lossTokens)
    team.run { worker in pass.lossAndGradients(batch, worker: worker) }
    let expected = try #require(fixture.content.adapters[adapter])
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - expected.loss) < 1e-4)
    for module in lora.modules {
      for (matrix, gradient) in [("A", module.gradA), ("B", module.gradB)] {
        let tensor = FamilyFixture.tensor(module.path, matrix, fixture.base.configuration)
        expectClose(gradient.array, try fixture.reference.floats("\(adapter).\(tensor)"), tensor)
      }
    }
  }

  /// Adapters on one module of the tower: nothing is computed below it, and what is computed is the same.
  @Test(arguments: VisionFixture.names)
  func gradientsDoNotDependOnOtherModules(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let whole = try fixture.adapter("tower")
    let configuration = fixture.base.configuration
    for source in whole.modules where source.path.layer == fixture.vision.layers - 1 {
      let zero = try LoRAAdapter(specification: whole.specification, configuration: configuration, seed: 0)
      let single = try LoRAAdapter(
        specification: LoRASpecification(targets: [source.path], rank: 2, alpha: 3), configuration: configuration,
        seed: 0)
      let modules = [try #require(zero[source.path]), try #require(single[source.path])]
      for (adapter, module) in zip([zero, single], modules) {
        module.a.pointer.update(from: source.a.pointer, count: source.a.count)
        module.b.pointer.update(from: source.b.pointer, count: source.b.count)
        let pass = try LoRATrainingPass(base: fixture.base, adapter: adapter)
        let batch = fixture.batch
        team.run { worker in pass.lossAndGradients(batch, worker: worker) }
      }
      let largest = modules[0].gradA.array.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0)
      #expect(largestDifference(modules[0].gradA.array, modules[1].gradA.array) <= 1e-5 * largest, "\(source.path)")
    }
  }

  @Test(arguments: VisionFixture.names)
  func everyParametersGradient(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let model = try TrainableModel(copying: fixture.base)
    #expect(model.parameterCount == fixture.base.parameterCount)
    let pass = FullTrainingPass(model: model)
    let batch = fixture.batch
    team.run { worker in pass.lossAndGradients(batch, worker: worker) }
    #expect(abs(pass.lossSum / Double(pass.lossTokens) - fixture.content.loss) < 1e-4)
    // PyTorch gives keys' biases gradients of rounding size: a softmax does not change with them.
    for tensor in model.tensors where !tensor.name.hasSuffix("k_proj.bias") {
      let gradient = Array(UnsafeBufferPointer(start: tensor.gradients, count: tensor.count))
      expectClose(gradient, try fixture.reference.floats("full.\(tensor.name)"), tensor.name)
    }
    let theirs = fixture.reference.names.filter { $0.hasPrefix("full.") && $0 != "full.lm_head.weight" }
    let ours = model.tensors.map { "full.\($0.name)" }.filter { $0 != "full.lm_head.weight" }
    #expect(Set(theirs) == Set(ours))
  }

  /// In parts, some without images and one without loss, gradients add up; and without accumulation nothing stays behind.
  @Test(arguments: VisionFixture.names)
  func gradientsAddUpOverParts(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let rows = fixture.content.rows
    var silent = rows[3]
    silent.lossStart = silent.tokens.count
    let parts = [[rows[2]], [rows[1]], [silent], [rows[0], rows[3]]].map { fixture.batch($0) }
    let count = fixture.batch.lossTokens
    let model = try TrainableModel(copying: fixture.base)
    let pass = FullTrainingPass(model: model)
    let lora = try fixture.adapter("both")
    let adapted = try LoRATrainingPass(base: fixture.base, adapter: lora)
    for (index, part) in parts.enumerated() {
      team.run { worker in
        pass.lossAndGradients(part, lossScaleTokens: count, accumulate: index > 0, worker: worker)
        adapted.lossAndGradients(part, lossScaleTokens: count, accumulate: index > 0, worker: worker)
      }
    }
    for tensor in model.tensors where !tensor.name.hasSuffix("k_proj.bias") {
      let gradient = Array(UnsafeBufferPointer(start: tensor.gradients, count: tensor.count))
      expectClose(gradient, try fixture.reference.floats("full.\(tensor.name)"), tensor.name)
    }
    for module in lora.modules {
      let tensor = FamilyFixture.tensor(module.path, "A", fixture.base.configuration)
      expectClose(module.gradA.array, try fixture.reference.floats("both.\(tensor)"), tensor)
    }
    for batch in [parts[1], parts[2]] {
      team.run { worker in
        pass.lossAndGradients(batch, worker: worker)
        adapted.lossAndGradients(batch, worker: worker)
      }
      for tensor in model.tensors where tensor.name.contains("vision_model") || tensor.name.contains("connector") {
        #expect((0..<tensor.count).allSatisfy { tensor.gradients[$0] == 0 }, "\(tensor.name)")
      }
      for module in lora.modules where module.path.isVision {
        #expect((module.gradA.array + module.gradB.array).allSatisfy { $0 == 0 }, "\(module.path)")
      }
    }
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let fixture = try VisionFixture("smolvlm")
    var wanted: [[UInt32]] = []
    for threads in [1, 2, 3] {
      let team = WorkerTeam(threads: threads)
      let model = try TrainableModel(copying: fixture.base)
      let pass = FullTrainingPass(model: model)
      let lora = try fixture.adapter("both")
      let adapted = try LoRATrainingPass(base: fixture.base, adapter: lora)
      let batch = fixture.batch
      team.run { worker in
        pass.lossAndGradients(batch, worker: worker)
        adapted.lossAndGradients(batch, worker: worker)
      }
      var bits = model.tensors.map { tensor in (0..<tensor.count).map { tensor.gradients[$0].bitPattern } }
      bits += lora.modules.map { ($0.gradA.array + $0.gradB.array).map(\.bitPattern) }
      bits.append(try fixture.logits(fixture.base, lora, team).map(\.bitPattern))
      if wanted.isEmpty { wanted = bits }
      #expect(bits == wanted, "\(threads) threads")
    }
  }

  @Test(arguments: VisionFixture.names, [1, 6])
  func greedyTextAboutImages(_ name: String, slots: Int) throws {
    let fixture = try VisionFixture(name)
    for adapter in [nil] + VisionFixture.adapters.map(Optional.some) {
      let expected = try adapter.map { try #require(fixture.content.adapters[$0]).greedy } ?? fixture.content.greedy
      let found = try Generation.generate(
        base: fixture.base, adapter: try adapter.map { try fixture.adapter($0) },
        prompts: expected.map { fixture.prompt($0) }, maxNewTokens: 6, stop: [], slots: slots, team: team)
      for (entry, tokens) in zip(expected, found) {
        let sure = entry.gaps.prefix { $0 > 1e-3 }.count
        #expect(sure > 0 && tokens.count == 6 && tokens.prefix(sure) == entry.continuation.prefix(sure))
      }
    }
  }

  /// Several prompts, with images and without, in one forward pass.
  @Test(arguments: VisionFixture.names)
  func prefillEqualsTheForwardPass(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let rows = fixture.content.rows
    let decoder = try Decoder(base: fixture.base, adapter: nil, slots: rows.count, maxLength: 40, team: team)
    let found = try decoder.prefill(
      rows.enumerated().map { (slot: $0, prompt: Prompt(tokens: $1.tokens, images: fixture.images($1))) })
    for (row, logits) in zip(rows, found) {
      let expected = try Scoring.logits(
        base: fixture.base, adapter: nil, tokens: row.tokens, images: fixture.images(row), team: team)
      #expect(largestDifference(logits, try #require(expected.last)) < 1e-4)
    }
  }

  @Test(arguments: VisionFixture.names)
  func parametersAndMemoryAreCounted(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let file = try SafetensorsFile(path: Fixtures.folder("\(fixture.path)/model.safetensors").path)
    let stored = file.tensors.reduce(0) { $0 + $1.elementCount }
    #expect(fixture.base.parameterCount == stored)
    let element = name == "smolvlm" ? 4 : 2
    // Norms and biases are FP32 in memory.
    #expect(fixture.base.byteCount >= stored * element && fixture.base.byteCount <= stored * 4)
  }

  /// What a run will hold is what it then holds, wherever the adapter is.
  @Test(arguments: VisionFixture.names)
  func activationsAreForetold(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let configuration = fixture.base.configuration
    let perImage = fixture.vision.tokensPerImage
    for targets in ["qkv", "fc2@1", "vision", "o_proj@1+vision@last:1"] {
      let specification = try LoRASpecification(
        targets: Targets(parsing: targets), in: configuration, rank: 5, alpha: 3)
      let adapter = try LoRAAdapter(specification: specification, configuration: configuration, seed: 1)
      let pass = try LoRATrainingPass(base: fixture.base, adapter: adapter)
      // Loss everywhere, as it is counted.
      let sequence = Array(repeating: fixture.vision.imageToken, count: perImage) + (3..<9)
      let goals = Array(repeating: Int32(4), count: sequence.count - 1) + [-1]
      let image = try #require(fixture.images(fixture.content.rows[0]).first)
      let batch = TokenBatch(sequences: [sequence, sequence], targets: [goals, goals], images: [image, image])
      team.run { worker in pass.lossAndGradients(batch, worker: worker) }
      let foretold = TrainingMemory.activations(
        configuration: configuration, specification: specification, sequences: 2, length: sequence.count, images: 2)
      #expect(foretold == pass.activationBytes, "\(targets)")
    }
  }

  @Test func targetsNameTheTower() throws {
    let configuration = try VisionFixture("smolvlm").base.configuration
    let both = try Targets(parsing: "qkv, vision@last:1")
    #expect(both.label == "qkv+vision@last:1")
    #expect(try Targets(parsing: both.label) == both)
    #expect(try Targets(parsing: "vision").label == "vision")
    #expect(try Targets(parsing: "all").vision == nil)
    #expect(try Targets(parsing: "all@0,vision").label == "all@0+vision")
    let paths = try both.paths(in: configuration)
    #expect(paths.filter(\.isVision).map { configuration.name(of: $0) }.count == 6)
    #expect(paths.allSatisfy { !$0.isVision || $0.layer == 1 } && paths.count == 12)
    let back = Targets(paths: try Targets(parsing: "fc1,vision").paths(in: configuration), in: configuration)
    #expect(try Targets(parsing: "fc1,vision") == back)
    let blind = try FamilyFixture("llama3").base.configuration
    #expect(throws: TargetError.absent(name: "vision", candidates: ["qkv", "o_proj", "fc1", "fc2"])) {
      try both.paths(in: blind)
    }
    #expect(throws: TargetError.self) {
      try Targets(parsing: "vision@7").check(in: configuration.linears)
    }
  }

  @Test(arguments: VisionFixture.names, [WeightElement.float32, .bfloat16])
  func foldersAreWrittenAsTheyWereRead(_ name: String, element: WeightElement) throws {
    let fixture = try VisionFixture(name)
    let folder = try TemporaryFolder()
    let extra = Data("{}\n".utf8)
    try ModelFolder.write(fixture.base, files: ["preprocessor_config.json": extra], to: folder.url, element: element)
    #expect(try Data(contentsOf: folder.url.appendingPathComponent("preprocessor_config.json")) == extra)
    let copy = try ModelFolder.load(at: folder.url)
    var configuration = fixture.base.configuration
    configuration.modelType = "smolvlm"
    #expect(copy.configuration == configuration)
    let written = try SafetensorsFile(path: folder.file("model.safetensors"))
    let theirs = try SafetensorsFile(path: Fixtures.folder("\(fixture.path)/model.safetensors").path)
    #expect(written.names.sorted() == theirs.names.sorted())
    let isExact = element == .float32 || name == "idefics3"
    for name in written.names {
      #expect(written.info(name)?.shape == theirs.info(name)?.shape)
      if isExact { #expect(try written.floats(name) == theirs.floats(name), "\(name)") }
    }
    if isExact {
      #expect(try fixture.logits(copy, nil, team) == fixture.logits(fixture.base, nil, team))
    }
  }

  @Test(arguments: VisionFixture.names)
  func mergedAdaptersGiveTheSameLogits(_ name: String) throws {
    let fixture = try VisionFixture(name)
    let adapter = try fixture.adapter("both")
    let merged = try MergedModel.merge(adapter, into: fixture.base, team: team)
    #expect(
      largestDifference(
        try fixture.logits(merged, nil, team), try fixture.reference.floats("both.logits")) < 1e-4)
    let prompts = fixture.content.rows.map { Prompt(tokens: $0.tokens, images: fixture.images($0)) }
    let comparison = try LogitComparison.measure(
      base: fixture.base, adapter: adapter, merged: merged, prompts: prompts, team: team)
    #expect(comparison.prompts == 4 && comparison.sameNextToken == comparison.positions)
    #expect(comparison.largestDifference < 1e-4 && comparison.largestLogit > 0.1)
    let folder = try TemporaryFolder()
    try MergedModelFolder.write(merged, base: Fixtures.folder(fixture.path), to: folder.url, element: .float32)
    let read = try ModelFolder.load(at: folder.url)
    #expect(read.configuration == fixture.base.configuration)
    #expect(try fixture.logits(read, nil, team) == fixture.logits(merged, nil, team))
  }

  @Test func imagesThatDoNotBelongAreRefused() throws {
    let fixture = try VisionFixture("smolvlm")
    let row = fixture.content.rows[0]
    let images = fixture.images(row)
    var batch = fixture.batch([row])
    batch.images = []
    let none = ImageProblem.count(tokens: 4, images: 0, tokensPerImage: 4)
    #expect(throws: BatchError.images(none)) { try batch.check(in: fixture.base.configuration) }
    batch.images = images + images
    let two = ImageProblem.count(tokens: 4, images: 2, tokensPerImage: 4)
    #expect(throws: BatchError.images(two)) { try batch.check(in: fixture.base.configuration) }
    let small = PixelValues(size: 9, values: [Float](repeating: 0, count: 243))
    batch.images = [small]
    let size = ImageProblem.size(index: 0, size: 9, expected: 12)
    #expect(throws: BatchError.images(size)) { try batch.check(in: fixture.base.configuration) }
    #expect(throws: DecoderError.images(index: 0, size)) {
      try Scoring.logits(base: fixture.base, adapter: nil, tokens: row.tokens, images: [small], team: team)
    }
    #expect(throws: DecoderError.images(index: 1, none)) {
      try Generation.generate(
        base: fixture.base, adapter: nil,
        prompts: [Prompt(tokens: row.tokens, images: images), Prompt(tokens: row.tokens)], maxNewTokens: 1, stop: [],
        slots: 2, team: team)
    }
    let blind = try FamilyFixture("llama3").base
    #expect(throws: DecoderError.images(index: 0, .blind(images: 1))) {
      try Scoring.logits(base: blind, adapter: nil, tokens: [1, 2], images: images, team: team)
    }
  }

  static let refused: [(part: String, field: String, value: JSONValue)] = [
    ("vision_config", "num_channels", .integer(1)), ("vision_config", "attention_dropout", .number(1.1)),
    ("vision_config", "hidden_act", .string("quick_gelu")),
    ("vision_config", "image_size", .array([.integer(12), .integer(15)])),
    ("vision_config", "image_size", .integer(2)), ("vision_config", "num_attention_heads", .integer(4)),
    ("text_config", "model_type", .string("qwen2")), ("text_config", "qk_layer_norms", .bool(true)),
    ("", "scale_factor", .integer(3)), ("", "image_token_id", .integer(53)), ("", "vision_config", .null),
    ("", "quantization_config", .object(JSONObject([("bits", .integer(4))]))),
  ]

  @Test(arguments: refused.indices)
  func whatChangesTheMathematicsIsRefused(_ index: Int) throws {
    let (part, field, value) = Self.refused[index]
    let folder = try TemporaryFolder()
    var config = try Fixtures.json("vision/smolvlm/config.json")
    func set(_ object: inout JSONObject, _ name: String, _ value: JSONValue) {
      object.members.removeAll { $0.key == name }
      object.members.append(JSONObject.Member(key: name, value: value))
    }
    if part.isEmpty {
      set(&config, field, value)
    } else {
      var inner = try #require(config[part]?.object)
      set(&inner, field, value)
      set(&config, part, .object(inner))
    }
    try Data(JSONWriter.text(.object(config)).utf8).write(to: folder.url.appendingPathComponent("config.json"))
    #expect(throws: ModelFolderError.self) { try ModelFolder.configuration(at: folder.url) }
  }

  /// The layout of SmolVLM-256M-Instruct's own file.
  @Test func theFirstSmolVLMsConfiguration() throws {
    let text = """
      {"architectures": ["Idefics3ForConditionalGeneration"], "image_token_id": 49190, "model_type": "idefics3",
       "scale_factor": 4, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 49280,
       "text_config": {"_flash_attn_2_enabled": true, "_name_or_path": "None", "architectures": ["VLlama3ForCausalLM"],
        "head_dim": 64, "hidden_size": 576, "intermediate_size": 1536, "is_llama_config": true,
        "max_position_embeddings": 8192, "model_type": "llama", "neftune_noise_alpha": 0.0, "num_attention_heads": 9,
        "num_hidden_layers": 30, "num_key_value_heads": 3, "pad_token_id": 2,
        "perceiver_config": {"attention_dropout": 0.0, "hidden_act": "silu", "model_type": "vllama3"},
        "pixel_shuffle_factor": 4, "qk_layer_norms": false, "rms_norm_eps": 1e-05, "rope_interleaved": false,
        "rope_scaling": null, "rope_theta": 100000, "torch_dtype": "bfloat16", "use_resampler": false,
        "vocab_size": 49280},
       "vision_config": {"hidden_size": 768, "image_size": 512, "max_image_size": {"longest_edge": 512},
        "model_type": "idefics3", "num_attention_heads": 12, "patch_size": 16, "size": {"longest_edge": 2048},
        "tie_word_embeddings": false, "use_base_siglip": false}}
      """
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: folder.url.appendingPathComponent("config.json"))
    let configuration = try ModelFolder.configuration(at: folder.url)
    let vision = try #require(configuration.vision)
    #expect(vision.tokensPerImage == 64 && vision.patches == 1024 && vision.shuffledWidth == 12_288)
    #expect(configuration.headSize == 64 && configuration.ropeTheta == 100_000 && !configuration.tieWordEmbeddings)
    // As transformers counts them.
    #expect(configuration.parameterCount == 256_484_928)
  }
}
