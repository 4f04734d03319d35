import Foundation
import Messages
import Training

/// What training would make of a data set, in the words of the bus. Blocks.
enum ExamplesOfData {
  /// - Throws: what reading and tokenising throw, one line each.
  static func load(_ request: DataExamples.Request, base: LoadedBase) throws -> DataExamples {
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let options = DataOptions(request.settings)
    let tokenising = try base.tokenising(options)
    let preview = try DataPreview(
      of: data.task, training: data.training, evaluationExamples: data.evaluation.count, tokenizer: base.tokenizer,
      tokenising: tokenising, rendering: options.rendering(tokenising.chat),
      sequenceLength: request.settings.sequenceLength)
    return DataExamples(
      detected: preview.detected, rendering: preview.rendering,
      facts: [preview.answerEnd.description, preview.textStart.description] + preview.notes,
      trainingExamples: preview.examples - preview.leftOut.count, evaluationExamples: preview.evaluationExamples,
      truncated: preview.truncated, leftOut: preview.leftOut, tokens: preview.tokens,
      trainedTokens: preview.trainedTokens, longest: preview.longest,
      samples: preview.samples.map { sample in
        DataExamples.Sample(
          place: sample.place,
          pieces: sample.pieces.map { DataExamples.Piece(text: $0.text, isTrained: $0.isTrained) },
          isTruncated: sample.truncated)
      })
  }
}
