import Foundation
import HuggingFace
import Recipe
import Text

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
    let whole = try tokenising.tokenize(
      training, sequenceLength: .max, shownLength: sequenceLength, source: task.displayName)
    let lengths = PartLengths(whole)
    let cut = whole.cut(to: sequenceLength, ids: training.map(\.id))
    let data = task as? any ReadData
    self.init(
      detected: (task as? any ReadData)?.detected ?? "\(task.displayName), \(Counted.text(training.count, "example"))",
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

/// Tokens with the text that each adds to those before it.
package enum TokenPieces {
  package static func of(_ example: TokenizedExample, tokenizer: Tokenizer) -> [TokenPiece] {
    let trained = Set(example.lossRanges.joined())
    let imageToken = example.imageRanges.first.map { example.tokens[$0.lowerBound] }
    let parts = example.tokens.indices.map { place -> [UInt8] in
      if let imageToken, example.tokens[place] == imageToken { return [] }
      // Behind its neighbour, since some tokenizers write the first token of a text in another way.
      let id = example.tokens[place]
      guard place > 0 else { return tokenizer.decodeBytes([id], skipSpecial: false) }
      let before = tokenizer.decodeBytes([example.tokens[place - 1]], skipSpecial: false)
      let both = tokenizer.decodeBytes([example.tokens[place - 1], id], skipSpecial: false)
      return both.starts(with: before)
        ? Array(both.dropFirst(before.count))
        : tokenizer.decodeBytes([id], skipSpecial: false)
    }
    let texts = texts(of: parts)
    var pieces: [TokenPiece] = []
    var run = 0
    for place in example.tokens.indices {
      let id = example.tokens[place]
      guard id == imageToken else {
        pieces.append(TokenPiece(id: id, text: texts[place], isTrained: trained.contains(place)))
        continue
      }
      run += 1
      if place + 1 < example.tokens.count, example.tokens[place + 1] == id { continue }
      let side = Int(Double(run).squareRoot())
      let size = side * side == run ? "\(side)×\(side)" : "\(run)"
      pieces.append(TokenPiece(id: id, text: "[image \(size)]", isTrained: false))
      run = 0
    }
    return pieces
  }

  /// Each part's text; parts are put together until they are whole characters.
  static func texts(of parts: [[UInt8]]) -> [String] {
    var texts = [String](repeating: "", count: parts.count)
    var start = 0
    var pending: [UInt8] = []
    for (place, part) in parts.enumerated() {
      if pending.isEmpty { start = place }
      pending += part
      // A character has at most four bytes: what is still broken then is not UTF-8.
      let broken = UTF8Validation.firstInvalidOffset(pending).map { pending.count - $0 }
      if let broken, broken < 4, place + 1 < parts.count { continue }
      texts[start] = String(decoding: pending, as: UTF8.self)
      pending = []
    }
    return texts
  }
}
