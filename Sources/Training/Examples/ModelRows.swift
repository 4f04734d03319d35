import Recipe
import Text

/// Tokens beyond the model's embedding table: a tokenizer may have more than the model has rows, and such a token has no meaning there.
extension Tokenising {
  /// - Throws: `TokenWithoutRow` for the first of the tokens that is none of the model's.
  func checkRows(_ tokens: some Sequence<Int32>) throws {
    guard let modelRows, let token = tokens.first(where: { $0 < 0 || Int($0) >= modelRows }) else { return }
    let written = String(decoding: bytes[token], as: UTF8.self)
    throw TokenWithoutRow(
      token: token, text: written, rows: modelRows,
      isOfTemplate: chat != nil && ((try? probe())?.tokens.contains(token) ?? false))
  }

  /// The same of what the model is shown of an example's parts.
  func checkRows(_ parts: [TokenizedExample], cutTo length: Int) throws {
    guard modelRows != nil else { return }
    for part in parts where part.cut(to: length) != nil { try checkRows(part.tokens.prefix(length)) }
  }
}

/// A token of the tokenizer's that the model has no embedding for.
struct TokenWithoutRow: ExitStatusError, Equatable {
  let description: String
  var exitStatus: Int32 { ExitStatus.badData }

  /// - Parameters:
  ///   - text: what the token stands for.
  ///   - rows: of the model's embedding table.
  ///   - isOfTemplate: whether the chat template writes it.
  init(token: Int32, text: String, rows: Int, isOfTemplate: Bool) {
    let name = text.isEmpty ? "token \(token)" : "the token \(OneLine.name(text)) (\(token))"
    let way =
      isOfTemplate
      ? "the chat template writes it, so choose another with --chat-template \(BuiltinChatTemplate.names)|FILE, or give"
      : "take it out of the text, or give"
    description =
      "\(name) is none of the model's, whose embedding table has \(rows) rows (vocab_size in config.json); \(way) a model "
      + "whose table was made as large as its tokenizer"
  }
}
