import HuggingFace
import Recipe
import Training

extension LoadedBase {
  /// How examples are written out for this model.
  ///
  /// - Throws: what reading a chat template throws.
  func tokenising(_ settings: RunSettings) throws -> Tokenising {
    Tokenising(
      tokenizer, chat: try settings.chat(modelFolder: folder), turns: settings.trainedTurns,
      sight: Sight(folder: folder, tokenizer: tokenizer, vision: model.configuration.vision))
  }
}
