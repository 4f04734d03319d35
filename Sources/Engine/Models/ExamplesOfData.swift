import Foundation
import HuggingFace
import Messages
import Recipe
import Training

extension DataPreview {
  /// What training would make of a data set, `base` being in memory already. Blocks.
  ///
  /// - Throws: what reading and tokenising throw, one line each.
  static func load(_ request: Request, base: LoadedBase) throws -> DataPreview {
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let tokenising = try base.tokenising(request.settings)
    return try DataPreview(
      of: data.task, training: data.training, evaluationExamples: data.evaluation.count, tokenizer: base.tokenizer,
      tokenising: tokenising, rendering: request.settings.rendering(tokenising.chat),
      sequenceLength: request.settings.sequenceLength)
  }
}
