import Foundation
import HuggingFace
import Text

/// What training would make of a data set: its form, how much of it there is, what is cut, and the first examples token by token.
public struct DataPreview: Sendable, Equatable {
  /// One example as the model sees it.
  public struct Sample: Sendable, Equatable {
    /// The line or item of the file, or the task's own number.
    public let place: Int
    /// Of a conversation that makes one example of each answer, the turn (from 1) whose answer this one is.
    public let turn: Int?
    public let pieces: [TokenPiece]
    /// Whether it was cut at the sequence length.
    public let truncated: Bool

    public init(place: Int, turn: Int? = nil, pieces: [TokenPiece], truncated: Bool) {
      self.place = place
      self.turn = turn
      self.pieces = pieces
      self.truncated = truncated
    }
  }

  /// `messages, 1 204 conversations`.
  public let detected: String
  /// `the model's chat template`, `chat template chatml` or `plain text`.
  public let rendering: String
  /// What is trained on and what is evaluated on, before anything is left out.
  public let examples: Int
  public let evaluationExamples: Int
  /// How many are cut at the sequence length and still have something to learn.
  public let truncated: Int
  /// The places of those that have nothing left to learn and are left out.
  public let leftOut: [Int]
  /// Of what is trained on, after cutting.
  public let tokens: Int
  public let trainedTokens: Int
  /// Tokens of the longest example, before cutting.
  public let longest: Int
  /// The first ones of those that are trained on.
  public let samples: [Sample]
  /// What ends an answer, and whether it is trained.
  public let answerEnd: AnswerEnd
  /// Whether a text begins with a token of its own.
  public let textStart: TextStart
  /// The places of those in `leftOut` that have nothing to learn at any length.
  public let withoutAnswers: [Int]
  /// What a person should know of the data besides, a line each.
  public let notes: [String]

  public init(
    detected: String, rendering: String, examples: Int, evaluationExamples: Int, truncated: Int, leftOut: [Int],
    tokens: Int, trainedTokens: Int, longest: Int, samples: [Sample], answerEnd: AnswerEnd, textStart: TextStart,
    withoutAnswers: [Int] = [], notes: [String] = []
  ) {
    self.detected = detected
    self.rendering = rendering
    self.examples = examples
    self.evaluationExamples = evaluationExamples
    self.truncated = truncated
    self.leftOut = leftOut
    self.tokens = tokens
    self.trainedTokens = trainedTokens
    self.longest = longest
    self.samples = samples
    self.answerEnd = answerEnd
    self.textStart = textStart
    self.withoutAnswers = withoutAnswers
    self.notes = notes
  }

  /// How many a longer sequence would keep whole.
  public var cutCount: Int { truncated + leftOut.count - withoutAnswers.count }

  /// Nothing is left to train on at this length.
  public var isEmpty: Bool { trainedTokens == 0 }

  /// Reads and tokenises a whole file; only the folder's tokenizer and template are needed, and for pictures its configuration. Blocks.
  ///
  /// - Throws: what the rooms below throw, one line each, with `exitStatus`.
  public static func load(
    file: URL, evaluation: EvaluationChoice = .none, modelFolder: URL, options: DataOptions = DataOptions(),
    sequenceLength: Int = 256, samples: Int = 5
  ) throws -> DataPreview {
    if evaluation == .none,
      let preview = try visiting(
        file, modelFolder: modelFolder, options: options, sequenceLength: sequenceLength, samples: samples)
    {
      return preview
    }
    let task = try FileTask(
      file: file, evaluationFile: evaluation.file, evaluationShare: evaluation.share, reading: options.reading)
    return try load(
      task: task, examples: .max, modelFolder: modelFolder, options: options, sequenceLength: sequenceLength,
      samples: samples)
  }

  /// The same of any task, `examples` of its training split at most.
  public static func load(
    task: any TrainingTask, examples: Int, modelFolder: URL, options: DataOptions = DataOptions(),
    sequenceLength: Int = 256, samples: Int = 5
  ) throws -> DataPreview {
    let tokenizer = try Tokenizer(folder: modelFolder)
    let chat = try options.chat(modelFolder: modelFolder)
    return try DataPreview(
      of: task, training: task.examples(split: .train, count: examples, seed: 0),
      evaluationExamples: (task as? any ReadData).map { $0.examples(split: .evaluation, count: .max, seed: 0).count }
        ?? 0,
      tokenizer: tokenizer,
      tokenising: Tokenising(
        tokenizer, chat: chat, turns: options.turns, sight: Sight(folder: modelFolder, tokenizer: tokenizer)),
      rendering: options.rendering(chat), sequenceLength: sequenceLength, samples: samples)
  }

  /// The same of examples that were drawn already, with a tokenizer that is in memory.
  ///
  /// - Parameter tokenising: made from `tokenizer`.
  public init(
    of task: any TrainingTask, training: [Example], evaluationExamples: Int, tokenizer: Tokenizer,
    tokenising: Tokenising, rendering: String, sequenceLength: Int, samples: Int = 5
  ) throws {
    // Lengths before the cut say what the sequence length would have to be for nothing to be lost.
    let whole = try tokenising.tokenize(training, sequenceLength: .max, source: task.displayName)
    let lengths = PartLengths(whole)
    let cut = whole.cut(to: sequenceLength, ids: training.map(\.id))
    let data = task as? any ReadData
    self.init(
      detected: (task as? any ReadData)?.detected ?? "\(task.displayName), \(training.count) examples",
      rendering: rendering, examples: whole.examples.count + whole.leftOut.count,
      evaluationExamples: evaluationExamples,
      truncated: cut.truncated, leftOut: cut.leftOut, tokens: cut.tokens, trainedTokens: cut.lossTokens,
      longest: lengths.longest,
      samples: cut.examples.prefix(max(0, samples)).map { example in
        Sample(
          place: training[example.exampleIndex].id, turn: example.turn,
          pieces: TokenPieces.of(example, tokenizer: tokenizer),
          truncated: lengths.count(of: example) > example.tokens.count)
      }, answerEnd: tokenising.answerEnd, textStart: tokenising.textStart, withoutAnswers: whole.leftOut,
      notes: cut.notes
        + LeftOutNotes.lines(
          withoutAnswers: whole.leftOut, withoutBeginnings: tokenising.withoutBeginnings(training),
          placeName: data?.placeName ?? "examples") + (data?.notes ?? []))
  }

  /// The same, the file's examples counted while it is read and not kept; nil where one cannot be tokenised or nothing is to be learned.
  private static func visiting(
    _ file: URL, modelFolder: URL, options: DataOptions, sequenceLength: Int, samples: Int
  ) throws -> DataPreview? {
    let tokenizer = try Tokenizer(folder: modelFolder)
    let chat = try options.chat(modelFolder: modelFolder)
    let tokenising = Tokenising(
      tokenizer, chat: chat, turns: options.turns, sight: Sight(folder: modelFolder, tokenizer: tokenizer))
    let counting = PreviewCounting(
      tokenising: tokenising, sequenceLength: sequenceLength, samples: samples, source: file.lastPathComponent)
    var found: DataFile?
    let counts = try counting.counts { give in
      found = try DataFile.visit(file, as: options.reading) { give(Example($0)) }
    }
    guard let found, let counts, counts.kept > 0 else { return nil }
    return DataPreview(
      detected: found.detected, rendering: options.rendering(chat), examples: counts.examples, evaluationExamples: 0,
      truncated: counts.noted.truncated, leftOut: counts.leftOut, tokens: counts.tokens,
      trainedTokens: counts.trainedTokens, longest: counts.longest,
      samples: counts.shown.map {
        Sample(
          place: $0.place, turn: $0.example.turn, pieces: TokenPieces.of($0.example, tokenizer: tokenizer),
          truncated: $0.isTruncated)
      }, answerEnd: tokenising.answerEnd, textStart: tokenising.textStart, withoutAnswers: counts.withoutAnswers,
      notes: counts.noted.notes
        + LeftOutNotes.lines(
          withoutAnswers: counts.withoutAnswers, withoutBeginnings: counts.withoutBeginnings,
          placeName: found.container.placeName + "s") + found.findings.notes)
  }
}
