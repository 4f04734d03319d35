import Foundation
import HuggingFace
import Text

extension Tokenising {
  /// What the model wrote, without what the template itself puts before an answer, such as an empty thought.
  public func answer(_ output: String, to example: Example) -> String {
    let lead = lead(beforeAnswerTo: example)
    guard !lead.isEmpty else { return output }
    let written = output.trimmed
    return written.hasPrefix(lead) ? String(written.dropFirst(lead.count)).trimmed : output
  }

  /// What the template itself puts before an answer, trimmed.
  func lead(beforeAnswerTo example: Example) -> String {
    var turns = turnsOf(example)
    if let last = turns.indices.last { turns[last].carriesLoss = true }
    guard let chat, let rendering = try? chat.training(turns, turns: .last), let first = rendering.trained.first,
      let last = rendering.trained.last
    else { return "" }
    // What follows the prompt; a template's own blocks may begin before or behind it.
    let bytes = Array(rendering.text.utf8)
    let prompt = Array(((try? chat.prompt(turns.dropLast())) ?? "").utf8)
    let start = !prompt.isEmpty && bytes.starts(with: prompt) ? prompt.count : first.lowerBound
    let said = String(decoding: bytes[min(start, last.upperBound)..<last.upperBound], as: UTF8.self)
    let content = example.completion.trimmed
    guard !content.isEmpty, let place = said.range(of: content) else { return "" }
    return String(said[..<place.lowerBound]).trimmed
  }

  /// What is given before several texts of which one may follow, and the tokens of each, as training tokenises an answer but without the
  /// token that ends it. Where the end of the prompt and the beginning of a text become one token, that end is a part of every text.
  ///
  /// With a template, what it puts between the header of an answer and the answer is given.
  ///
  /// - Throws: as `prompt(for:)`.
  package func continuations(_ texts: [String], of example: Example) throws -> (prompt: ExamplePrompt, texts: [[Int32]])
  {
    var prompt = try self.prompt(for: example)
    let alone = texts.map { encode($0) }
    if prompt.tokens.isEmpty, let endOfText { prompt.tokens = [endOfText] }
    guard !alone.contains(where: \.isEmpty) else { return (prompt, alone) }
    let (asked, whole) =
      try chat.map { try written(texts, of: example, images: prompt.images, by: $0) }
      ?? plain(texts, of: example, images: prompt.images)
    let shared = whole.reduce(asked.count) { count, tokens in
      zip(asked.prefix(count), tokens).prefix { $0 == $1 }.count
    }
    guard whole.allSatisfy({ $0.count > shared }) else { return (prompt, alone) }
    if shared > 0 {
      prompt.tokens = Array(asked.prefix(shared))
    } else if let endOfText {
      prompt.tokens = [endOfText]
    } else {
      return (prompt, alone)
    }
    let result = whole.map { Array($0.dropFirst(shared)) }
    for tokens in [prompt.tokens] + result { try checkRows(tokens) }
    return (prompt, result)
  }

  /// What a template writes before an example's answer, and several texts as such, each with that.
  ///
  /// - Throws: `ChatTemplateError`; `ImageError` for a picture without a place.
  private func written(
    _ texts: [String], of example: Example, images: [ImageTiles], by chat: ChatTemplate
  ) throws -> (asked: [Int32], whole: [[Int32]]) {
    let turns = turnsOf(example)
    let found = chat.answers(texts, after: turns.dropLast())
    let before = try found?.before ?? chat.asked(turns)
    func ids(_ text: String) throws -> [Int32] { encode(try shown(text, images: images).text) }
    return (try ids(before), try (found?.answers ?? texts).map { try ids(before + $0) })
  }
}
