import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

/// Whole runs on pictures: training, checkpoints, evaluation, and a folder from outside.
@Suite struct PictureTrainingTests {
  private let model: SeeingModel

  init() throws { model = try SeeingModel() }

  /// Four pictures, four answers, and one text without any.
  private var examples: [Example] {
    let names = ["37x23.png", "16x16.png", "420.jpg", "7x90.png"]
    return names.enumerated().map { index, name in
      Example(
        id: index, prompt: "<image>What?", completion: ["A", "second", "This", "pattern"][index],
        images: [SeeingModel.picture(name)])
    } + [Example(id: 4, prompt: "What is this?", completion: "none")]
  }

  private func trainer(
    _ data: [TokenizedExample], threads: Int = 1, seed: UInt64 = 77
  ) throws -> (trainer: Trainer, adapter: LoRAAdapter) {
    let adapter = try LoRAAdapter(
      specification: LoRASpecification(
        targets: Targets.all, in: model.base.configuration, rank: 4, alpha: 8,
        dropout: 0.1),
      configuration: model.base.configuration, seed: 5)
    let options = TinyModel.options(steps: 6) { $0.seed = seed }
    return (
      try Trainer(base: model.base, adapter: adapter, data: data, options: options, team: WorkerTeam(threads: threads)),
      adapter
    )
  }

  @Test func aRunGoesOnWithTheSameBits() throws {
    let data = try model.tokenising(splits: true).tokenize(examples, sequenceLength: 256, source: "f").examples
    #expect(data.count == 5 && data.reduce(0) { $0 + $1.images.count } == 4)
    let (whole, wholeAdapter) = try trainer(data, threads: 2)
    let losses = try (0..<6).map { _ in try whole.step().loss }
    #expect(losses.allSatisfy { $0.isFinite })

    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let (first, _) = try trainer(data)
    for step in 0..<3 { #expect(try first.step().loss == losses[step]) }
    try first.saveCheckpoint(to: file)
    // As after a kill: everything is read and cut again.
    let again = try model.tokenising(splits: true).tokenize(examples, sequenceLength: 256, source: "f").examples
    let (second, adapter) = try trainer(again)
    try second.restoreCheckpoint(from: file)
    for step in 3..<6 { #expect(try second.step().loss == losses[step]) }
    #expect(TinyModel.bits(adapter) == TinyModel.bits(wholeAdapter))

    // The same texts with other pictures are another run.
    var others = examples
    others[1].images = others[0].images
    let other = try model.tokenising(splits: true).tokenize(others, sequenceLength: 256, source: "f").examples
    let error = #expect(throws: TrainingError.self) { try trainer(other).trainer.restoreCheckpoint(from: file) }
    #expect(error?.description.contains("its training data is another") == true)
  }

  /// The loss of an example depends on its picture.
  @Test func picturesAreSeen() throws {
    func loss(_ name: String) throws -> Double {
      let data = try model.tokenising().tokenize(
        [Example(id: 1, prompt: "<image>", completion: "What", images: [SeeingModel.picture(name)])],
        sequenceLength: 64, source: "f")
      return try trainer(data.examples).trainer.step().loss
    }
    let (first, again, other) = (try loss("37x23.png"), try loss("37x23.png"), try loss("16x16.png"))
    #expect(first == again && first != other)
  }

  @Test func evaluationGeneratesFromPictures() throws {
    let team = WorkerTeam(threads: 2)
    let tokenising = try model.tokenising(splits: true)
    func outputs(_ slots: Int) throws -> [ExampleOutcome] {
      let result = try Evaluation.run(
        base: model.base, adapter: nil, tokenizer: model.tokenizer, tokenising: tokenising, examples: examples,
        metric: ExactMatch(), maxNewTokens: 8, slots: slots, team: team)
      return try #require(result).results
    }
    let found = try outputs(2)
    #expect(found.map(\.index) == [0, 1, 2, 3, 4])
    let again = try outputs(2)
    #expect(found == again)
    // The same as generating from the prompts themselves.
    let prompts = try examples.map { try tokenising.prompt(for: $0).prompt }
    #expect(prompts[0].images.count > 1 && prompts[4].images.isEmpty)
    let tokens = try Generation.generate(
      base: model.base, adapter: nil, prompts: prompts, maxNewTokens: 8, stop: tokenising.stopTokens, slots: 2,
      team: team)
    #expect(found.map(\.output) == tokens.map { model.tokenizer.decode($0, skipSpecial: true) })
    // Against a base that is shown nothing.
    let error = #expect(throws: TrainingError.self) {
      try Evaluation.run(
        base: model.base, adapter: nil, tokenizer: model.tokenizer, examples: examples, metric: ExactMatch(),
        maxNewTokens: 8, team: team)
    }
    #expect(error?.description.hasPrefix("evaluation: example 0: the base model has no vision tower") == true)
  }

  /// An adapter of the tower sees pictures in its own way, beside others that leave it as it is.
  @Test func picturesHaveTheirAdaptersTower() throws {
    let tokenising = try model.tokenising(splits: true)
    let prompts = try examples.map { try tokenising.prompt(for: $0).prompt }
    let team = WorkerTeam(threads: 2)
    let adapters = try ["vision+qkv", "o_proj", "vision"].enumerated().map { index, targets in
      let adapter = try LoRAAdapter(
        specification: LoRASpecification(
          targets: try Targets(parsing: targets), in: model.base.configuration, rank: 2, alpha: 8),
        configuration: model.base.configuration, seed: UInt64(index))
      for module in adapter.modules {
        for place in 0..<module.b.count { module.b.pointer[place] = Float(place % 7 + index) - 4 }
      }
      return adapter
    }
    let choices: [Int?] = [0, nil, 1, 2, 0]
    func decoder(_ adapter: LoRAAdapter?) throws -> Decoder {
      try Decoder(base: model.base, adapter: adapter, slots: 5, maxLength: 256, team: team)
    }
    let alone = try zip(prompts, choices).map { prompt, choice in
      try decoder(choice.map { adapters[$0] }).prefill(slot: 0, prompt: prompt)
    }
    let together = try Decoder(base: model.base, adapters: adapters, slots: 5, maxLength: 256, team: team)
      .prefill(prompts.indices.map { (slot: $0, prompt: AdaptedPrompt(prompts[$0], adapter: choices[$0])) })
    #expect(together == alone)
    #expect(try decoder(adapters[2]).prefill(slot: 0, prompt: prompts[0]) != alone[0])
    #expect(try decoder(nil).prefill(slot: 0, prompt: prompts[3]) != alone[3])
  }

  @Test func latencyOfASeeingBase() throws {
    var options = LatencyOptions(promptLength: 200, tokensPerBlock: 2, minimumRounds: 1, maximumRounds: 1)
    options.seed = 3
    let result = try Latency.measure(base: model.base, adapters: [], options: options, team: WorkerTeam(threads: 1))
    #expect(result != nil)
  }

  /// A folder of weights, tokenizer and processor files, and a data file with a picture beside it.
  @Test func aFolderAndAFileAreEnough() throws {
    let folder = try model.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let base = try ModelFolder.load(at: folder)
    #expect(base.configuration.vision == model.vision)
    let tokenizer = try Tokenizer(folder: folder)
    let processor = try Sight(folder: folder, tokenizer: tokenizer).required()
    #expect(processor.images == model.images() && processor.vision == model.vision)

    try RasterImage(contentsOf: SeeingModel.fixtures.appendingPathComponent("pictures/420.jpg"))
      .writePNG(to: folder.appendingPathComponent("photo.png"))
    let file = folder.appendingPathComponent("data.jsonl")
    let line = #"{"prompt": "What?", "completion": "A", "image": "photo.png"}"# + "\n"
    try Data(line.utf8).write(to: file)
    let preview = try DataPreview.load(file: file, modelFolder: folder)
    #expect(preview.detected == "prompt/completion, 1 example, 1 picture")
    #expect(preview.tokens == preview.longest && preview.samples.count == 1)
    #expect(
      preview.samples[0].pieces.map(\.text).joined()
        == "<fake_token_around_image><global-img>[image 2×2]<fake_token_around_image>What?A<end_of_utterance>")
    let short = try? DataPreview.load(file: file, modelFolder: folder, sequenceLength: 4)
    #expect(short?.leftOut == [1] && short?.samples.isEmpty == true)
    // A text model's folder says why it takes none.
    let error = #expect(throws: TrainingError.self) {
      try DataPreview.load(file: file, modelFolder: Fixture.folder.appendingPathComponent("tokenizers/digits"))
    }
    #expect(error?.description.contains("config.json") == true)
  }

  @Test func otherTowersAreOtherBases() throws {
    let (same, other) = (try SeeingModel(), try SeeingModel(seed: 2))
    #expect(RunFingerprint.base(model.base) == RunFingerprint.base(same.base))
    #expect(RunFingerprint.base(model.base) != RunFingerprint.base(other.base))
  }
}
