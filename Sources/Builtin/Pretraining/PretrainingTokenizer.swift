import Foundation
import Text

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
