import Foundation
import HuggingFace
import Messages
import Training

/// Reads and tokenises a data set as a run would, and keeps its first examples token by token. Blocks.
enum ExamplesOfData {
  static let samples = 5

  /// - Throws: what reading and tokenising throw, one line each.
  static func load(_ request: DataExamples.Request, base: LoadedBase) throws -> DataExamples {
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let options = try DataOptions(request.settings)
    let tokenising = try base.tokenising(options)
    // Lengths before the cut: what `sequence length` would have to be for nothing to be lost.
    let whole = try tokenising.tokenize(data.training, sequenceLength: Int.max, source: data.source)
    let cut = whole.cut(to: request.settings.sequenceLength, ids: data.training.map(\.id))
    guard !cut.examples.isEmpty else {
      throw TrainingError.noExamples(
        source: data.source, leftOut: cut.leftOut.count, sequenceLength: request.settings.sequenceLength)
    }
    let lengths = Dictionary(whole.examples.map { ($0.exampleIndex, $0.tokens.count) }) { first, _ in first }
    let shown = cut.examples.prefix(samples).map { example in
      DataExamples.Sample(
        place: data.training[example.exampleIndex].id,
        pieces: TokenPieces.of(example, tokenizer: base.tokenizer).map {
          DataExamples.Piece(text: $0.text, isTrained: $0.isTrained)
        },
        isTruncated: example.tokens.count < lengths[example.exampleIndex] ?? 0)
    }
    return DataExamples(
      detected: (data.task as? any ReadData)?.detected
        ?? "prompt and completion, \(data.training.count + data.evaluation.count) examples",
      rendering: options.rendering(tokenising.chat), trainingExamples: cut.examples.count,
      evaluationExamples: data.evaluation.count,
      truncated: cut.truncated, leftOut: cut.leftOut, tokens: cut.tokens, trainedTokens: cut.lossTokens,
      longest: lengths.values.max() ?? 0, samples: Array(shown))
  }
}
