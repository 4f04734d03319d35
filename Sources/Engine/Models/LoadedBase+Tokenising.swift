import HuggingFace
import Training

extension LoadedBase {
  /// How examples are written out for this model.
  ///
  /// - Throws: what reading a chat template throws.
  func tokenising(_ options: DataOptions) throws -> Tokenising {
    Tokenising(
      tokenizer, chat: try options.chat(modelFolder: folder), turns: options.turns,
      sight: Sight(folder: folder, tokenizer: tokenizer, vision: model.configuration.vision))
  }
}
