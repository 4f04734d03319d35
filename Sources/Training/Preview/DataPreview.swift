import Foundation
import HuggingFace
import Recipe

extension DataPreview {
  /// Reads and tokenises a whole file; only the folder's tokenizer and template are needed, and for pictures its configuration. Blocks.
  ///
  /// - Throws: what the rooms below throw, one line each, with `exitStatus`.
  public static func load(
    file: URL, evaluation: EvaluationSource = .none, modelFolder: URL, settings: RunSettings = RunSettings(),
    sequenceLength: Int = 256, samples: Int = 5
  ) throws -> DataPreview {
    if evaluation == .none,
      let preview = try visiting(
        file, modelFolder: modelFolder, settings: settings, sequenceLength: sequenceLength, samples: samples)
    {
      return preview
    }
    let task = try FileTask(
      file: file, evaluation: evaluation, reading: settings.reading)
    return try load(
      task: task, examples: .max, modelFolder: modelFolder, settings: settings, sequenceLength: sequenceLength,
      samples: samples)
  }

  /// The same of any task, `examples` of its training split at most.
  public static func load(
    task: any TrainingTask, examples: Int, modelFolder: URL, settings: RunSettings = RunSettings(),
    sequenceLength: Int = 256, samples: Int = 5
  ) throws -> DataPreview {
    let tokenizer = try Tokenizer(folder: modelFolder)
    let chat = try settings.chat(modelFolder: modelFolder)
    return try DataPreview(
      of: task, training: task.examples(split: .train, count: examples, seed: 0),
      evaluationExamples: (task as? any ReadData).map { $0.examples(split: .evaluation, count: .max, seed: 0).count }
        ?? 0,
      tokenizer: tokenizer,
      tokenising: Tokenising(
        tokenizer, chat: chat, turns: settings.trainedTurns, sight: Sight(folder: modelFolder, tokenizer: tokenizer)),
      rendering: settings.rendering(chat), sequenceLength: sequenceLength, samples: samples)
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
          isTruncated: lengths.count(of: example) > example.tokens.count)
      }, answerEnd: tokenising.answerEnd, textStart: tokenising.textStart, withoutAnswers: whole.leftOut,
      notes: cut.notes
        + LeftOutNotes.lines(
          withoutAnswers: whole.leftOut, withoutBeginnings: tokenising.withoutBeginnings(training),
          placeName: data?.placeName ?? "examples") + (data?.notes ?? []))
  }

  /// The same, the file's examples counted while it is read and not kept; nil where one cannot be tokenised or nothing is to be learned.
  private static func visiting(
    _ file: URL, modelFolder: URL, settings: RunSettings, sequenceLength: Int, samples: Int
  ) throws -> DataPreview? {
    let tokenizer = try Tokenizer(folder: modelFolder)
    let chat = try settings.chat(modelFolder: modelFolder)
    let tokenising = Tokenising(
      tokenizer, chat: chat, turns: settings.trainedTurns, sight: Sight(folder: modelFolder, tokenizer: tokenizer))
    let counting = PreviewCounting(
      tokenising: tokenising, sequenceLength: sequenceLength, samples: samples, source: file.lastPathComponent)
    var found: DataFile?
    let counts = try counting.counts { give in
      found = try DataFile.visit(file, as: settings.reading) { give(Example($0)) }
    }
    guard let found, let counts, counts.kept > 0 else { return nil }
    return DataPreview(
      detected: found.detected, rendering: settings.rendering(chat), examples: counts.examples, evaluationExamples: 0,
      truncated: counts.noted.truncated, leftOut: counts.leftOut, tokens: counts.tokens,
      trainedTokens: counts.trainedTokens, longest: counts.longest,
      samples: counts.shown.map {
        Sample(
          place: $0.place, turn: $0.example.turn, pieces: TokenPieces.of($0.example, tokenizer: tokenizer),
          isTruncated: $0.isTruncated)
      }, answerEnd: tokenising.answerEnd, textStart: tokenising.textStart, withoutAnswers: counts.withoutAnswers,
      notes: counts.noted.notes
        + LeftOutNotes.lines(
          withoutAnswers: counts.withoutAnswers, withoutBeginnings: counts.withoutBeginnings,
          placeName: found.container.placeName + "s") + found.findings.notes)
  }
}
