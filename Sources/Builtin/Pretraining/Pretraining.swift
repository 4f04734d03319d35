import Foundation
import HuggingFace
import Kernels
import Text
import Training
import Transformer

/// Everything that decides the embedded base. Equal options give equal bits on one instruction set at any thread count, as long as
/// `tokens` is reached before `budgetMinutes`.
package struct PretrainingOptions: Codable, Sendable, Equatable {
  package var seed: UInt64 = 0
  package var configuration = ModelConfiguration(
    vocabularySize: 1536, hiddenSize: 192, layers: 6, heads: 6, kvHeads: 3, headSize: 32, intermediateSize: 512,
    ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 32_768,
    names: .smolvlm, modelType: "smolvlm",
    vision: VisionConfiguration(
      imageSize: Picture.size, patchSize: Picture.cell / 2, hiddenSize: 64, layers: 2, heads: 2, intermediateSize: 128,
      scaleFactor: 2, imageToken: PretrainingTokenizer.imageToken))
  /// Tokens to train on; decides schedule and curriculum.
  package var tokens = 19_400_000
  /// Minutes of training, over all resumptions, after which it ends early: the schedule then runs by time.
  package var budgetMinutes = 150.0
  package var learningRate = 1e-3
  package var warmupSteps = 60
  /// Share of the training, at its end, over which the rate falls linearly to zero.
  package var decayShare = 0.4
  /// Share of the training over which exercises grow to their full size.
  package var curriculumShare = 0.3
  package var weightDecay = 0.01
  package var clip = 1.0
  package var sequences = 12
  package var sequenceLength = 192
  /// Share of the sequences that hold a picture, for a base that sees.
  package var pictureShare = 0.35
  /// Share of the learning rate for tower and connector. Their constructed start reads print from the first step on, and a step of Adam's moves
  /// the connector's output by the rate times its many inputs: at the full rate reading was gone after a few hundred steps.
  package var sightShare = 0.02
  /// Bytes of text that the tokenizer is trained on.
  package var tokenizerBytes = 2_000_000
  /// Seconds between checkpoints.
  package var checkpointSeconds = 60.0
  /// Share of the training between two probes.
  package var probeShare = 0.1
  package var probeInstances = 100

  package init() {}
}

/// What a step of `Pretraining` tells whoever watches.
package struct PretrainingProgress: Sendable {
  package let step: Int
  /// Tokens trained on so far.
  package let tokens: Int
  package let tokensPerSecond: Double
  /// Mean loss of the step, in nats per token that carries loss; not a number in the last report, which follows no step.
  package let loss: Double
  package let learningRate: Double
  /// 0…1 of the schedule.
  package let share: Double
  /// Estimated from the rate so far.
  package let secondsLeft: Double
  /// Scores 0…1, when they were just taken.
  package let probes: [(probe: Probe, score: Double)]
  /// Whether `probes` are those of the finished model, rounded to BF16.
  package let finished: Bool
}

/// Makes the embedded base from nothing but numbers: tokenizer, constructed start, training, probes, and a Hugging Face folder in BF16.
/// A folder with a checkpoint in it is resumed, bit for bit, if its options are the same.
package final class Pretraining {
  package let options: PretrainingOptions
  package let folder: URL
  package let tokenizer: Tokenizer
  /// The model as it stands, in FP32.
  package var model: BaseModel { trainable.base }
  /// Steps done.
  package var step: Int { state.step }
  package var tokens: Int { state.tokens }

  private let team: WorkerTeam
  private let world: World
  private let corpus: Corpus
  private let sequences: CorpusSequences
  private let trainable: TrainableModel
  private let pass: FullTrainingPass
  private let optimiser: PretrainingOptimiser
  private let schedule: PretrainingSchedule
  private var state: PretrainingCheckpoint

  /// Trains the tokenizer or takes the one in `folder`, and takes up the checkpoint there if there is one.
  /// - Throws: `BuiltinError` for options that no training could follow, a checkpoint of other options, a folder that cannot be written.
  package init(
    options: PretrainingOptions = PretrainingOptions(), folder: URL, team: WorkerTeam, world: World = .standard
  ) throws {
    try Self.check(options)
    self.options = options
    self.folder = folder
    self.team = team
    self.world = world
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw BuiltinError.output(path: folder.path, reason: error.localizedDescription)
    }
    corpus = Corpus(world: world)
    let json = try Self.tokenizerJSON(folder: folder, corpus: corpus, options: options)
    let tokenizer = try Tokenizer(json: json)
    self.tokenizer = tokenizer
    guard tokenizer.vocabularySize == options.configuration.vocabularySize,
      let end = tokenizer.encode(PretrainingTokenizer.end, addSpecial: false).first
    else {
      throw BuiltinError.options(
        "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(options.configuration.vocabularySize)")
    }
    let special = PretrainingTokenizer.specialTokens.flatMap { tokenizer.encode($0, addSpecial: false) }
    let sight = try Self.sight(tokenizer: tokenizer, options: options)
    sequences = CorpusSequences(
      corpus: corpus, tokenizer: tokenizer, end: end,
      ordinary: (0..<Int32(options.configuration.vocabularySize)).filter { !special.contains($0) },
      seed: options.seed, length: options.sequenceLength, pictureShare: options.pictureShare, sight: sight)
    trainable = try TrainableModel(configuration: options.configuration, seed: options.seed)
    ConstructedStart.apply(to: trainable, seed: options.seed)
    if let sight, let vision = options.configuration.vision {
      try ConstructedSight(
        configuration: options.configuration, vision: vision,
        tensors: Dictionary(uniqueKeysWithValues: trainable.tensors.map { ($0.name, $0) }), sight: sight,
        token: { tokenizer.encode($0, addSpecial: false).first ?? end }
      ).apply(seed: options.seed)
    }
    pass = FullTrainingPass(model: trainable)
    optimiser = PretrainingOptimiser(model: trainable)
    schedule = PretrainingSchedule(options: options)
    state = PretrainingCheckpoint(options: options, step: 0, tokens: 0, seconds: 0, probed: 0)
    if FileManager.default.fileExists(atPath: checkpointURL.path) {
      state = try PretrainingCheckpoint.read(from: checkpointURL, options: options, optimiser: optimiser)
    }
  }

  /// Trains until the schedule ends or `progress` answers false, which is asked after each step and saves a checkpoint. Only a run that gets to the
  /// end writes the model.
  /// - Returns: whether it is finished.
  @discardableResult
  package func run(progress: (PretrainingProgress) -> Bool) throws -> Bool {
    var saved = ContinuousClock.now
    var share = schedule.share(tokens: state.tokens, seconds: state.seconds)
    while share < 1 {
      let began = ContinuousClock.now
      let loss = try trainStep(share: share)
      state.seconds += (ContinuousClock.now - began) / .seconds(1)
      share = schedule.share(tokens: state.tokens, seconds: state.seconds)
      var probes: [(probe: Probe, score: Double)] = []
      if share - state.probed >= options.probeShare {
        probes = try examine(trainable.base)
        state.probed = share
      }
      guard progress(report(loss: loss, share: share, probes: probes, finished: false)) else {
        try saveCheckpoint()
        return share >= 1
      }
      if (ContinuousClock.now - saved) / .seconds(1) > options.checkpointSeconds {
        try saveCheckpoint()
        saved = ContinuousClock.now
      }
    }
    try saveCheckpoint()
    try writeModel()
    let probes = try examine(ModelFolder.load(at: folder))
    _ = progress(report(loss: .nan, share: 1, probes: probes, finished: true))
    return true
  }

  /// Writes state and weights into the folder.
  package func saveCheckpoint() throws { try state.write(to: checkpointURL, optimiser: optimiser) }

  /// Writes the model as it stands, rounded to BF16, with its tokenizer.
  package func writeModel() throws {
    let files = sequences.sight.map { ProcessorFiles.files(images: $0.images, vision: $0.vision) } ?? [:]
    try ModelFolder.write(
      trainable.base, tokenizerJSON: Data(contentsOf: Self.tokenizerURL(folder)), bosToken: nil,
      eosToken: PretrainingTokenizer.end, files: files, to: folder, element: .bfloat16)
  }

  /// Every probe's score for a model of this tokenizer.
  package func examine(_ model: BaseModel) throws -> [(probe: Probe, score: Double)] {
    try Probe.allCases.filter { sequences.sight != nil || !$0.showsPicture }.map { probe in
      let score = try probe.score(
        model: model, tokenizer: tokenizer, sight: sequences.sight, corpus: corpus, world: world,
        count: options.probeInstances,
        seed: options.seed, team: team)
      return (probe, score)
    }
  }

  /// One step; answers its mean loss.
  private func trainStep(share: Double) throws -> Double {
    let batch = try sequences.batch(step: state.step, sequences: options.sequences, level: schedule.level(share: share))
    let rate = schedule.learningRate(step: state.step, share: share)
    let (step, pass, optimiser, options) = (state.step, self.pass, self.optimiser, self.options)
    team.run { w in
      pass.lossAndGradients(batch, step: step, worker: w)
      optimiser.update(
        w, step: step + 1, learningRate: rate, sightShare: options.sightShare, weightDecay: options.weightDecay,
        clip: options.clip)
    }
    let loss = pass.lossSum / Double(max(1, pass.lossTokens))
    guard loss.isFinite else { throw BuiltinError.diverged(step: step) }
    state.step += 1
    state.tokens += batch.tokens.count
    return loss
  }

  private func report(
    loss: Double, share: Double, probes: [(probe: Probe, score: Double)], finished: Bool
  ) -> PretrainingProgress {
    PretrainingProgress(
      step: state.step, tokens: state.tokens, tokensPerSecond: Double(state.tokens) / max(1e-9, state.seconds),
      loss: loss, learningRate: schedule.learningRate(step: state.step, share: share), share: share,
      secondsLeft: share > 0 ? state.seconds * (1 - share) / share : .infinity, probes: probes, finished: finished)
  }

  private var checkpointURL: URL { folder.appendingPathComponent(PretrainingCheckpoint.fileName) }

  private static func tokenizerURL(_ folder: URL) -> URL { folder.appendingPathComponent("tokenizer.json") }

  private static func tokenizerJSON(folder: URL, corpus: Corpus, options: PretrainingOptions) throws -> Data {
    let url = tokenizerURL(folder)
    if let data = try? Data(contentsOf: url) { return data }
    let data = PretrainingTokenizer.train(corpus: corpus, options: options)
    do {
      try data.write(to: url, options: .atomic)
    } catch {
      throw BuiltinError.output(path: url.path, reason: error.localizedDescription)
    }
    return data
  }

  /// How pictures are prepared, for a base that sees: whole, at the size that they are drawn in.
  private static func sight(tokenizer: Tokenizer, options: PretrainingOptions) throws -> VisionProcessor? {
    guard let vision = options.configuration.vision else { return nil }
    return try VisionProcessor(
      images: ImageProcessor(size: .longestEdge(vision.imageSize), splits: false, tileSize: vision.imageSize),
      tokenizer: tokenizer, vision: vision, source: "the embedded base's tokenizer")
  }

  private static func check(_ options: PretrainingOptions) throws(BuiltinError) {
    let configuration = options.configuration
    guard configuration.layers >= 2, configuration.kvHeads >= 3, configuration.hiddenSize > configuration.headSize,
      configuration.headSize >= 8
    else {
      throw .options(
        "the constructed start needs two layers, three KV heads, a head size of 8 and a larger hidden size")
    }
    guard options.tokens > 0, options.budgetMinutes > 0, options.sequences > 0, options.sequenceLength >= 8 else {
      throw .options("tokens, budget, sequences and sequence length must be positive, the last at least 8")
    }
    guard options.learningRate > 0, options.learningRate < 1, options.clip >= 0, options.weightDecay >= 0 else {
      throw .options("the learning rate must lie between 0 and 1; clip and weight decay must not be negative")
    }
  }
}

/// The embedded base's tokenizer: byte-level BPE with every digit a token of its own, so that figures are copied and added digit by digit.
enum PretrainingTokenizer {
  static let end = "<|eos|>"
  static let padding = "<|pad|>"

  /// The image tokens are those of Idefics3 and SmolVLM. Special tokens have the first ids, in this order.
  static let specialTokens =
    [
      end, padding, "<|im_start|>", "<end_of_utterance>", "<fake_token_around_image>", ImagePrompt.placeholder,
      "<global-img>",
    ]
    + (0..<9).map { "<|reserved_\($0)|>" }
  /// The id of `ImagePrompt.placeholder`.
  static let imageToken: Int32 = 5

  /// - Returns: the bytes of a `tokenizer.json`.
  static func train(corpus: Corpus, options: PretrainingOptions) -> Data {
    TokenizerTraining.trainByteLevelBPE(
      corpus: corpus.sample(bytes: options.tokenizerBytes, seed: options.seed),
      vocabularySize: options.configuration.vocabularySize, specialTokens: specialTokens, splitDigits: true)
  }
}
