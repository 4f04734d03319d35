import HuggingFace
import Recipe
import Text

/// An example as it is written without a chat template.
struct PlainText {
  var tokens: [Int32]
  /// Of the answers that carry loss.
  var ranges: [Range<Int>] = []
  /// Learned answers whose own text ends with the end-of-text token, so that none was added.
  var ownEnds = 0
  /// Learned answers with a thought in a field of its own, which is not written.
  var withoutThoughts = 0
  /// Where in `tokens` the text begins that no end-of-text token ends, and that text.
  fileprivate(set) var openStart = 0
  fileprivate(set) var open = ""

  /// A stretch of the text.
  fileprivate struct Part {
    let text: String
    let isAnswer: Bool
    let isTrained: Bool
  }
}

/// What stands between two end-of-text tokens is tokenised as one text, as TRL does it with prompt and completion: many tokenizers put a
/// space before a text, and prompt and completion by themselves would have one each. A token that holds text of an answer and of what
/// is before it counts for the answer.
extension Tokenising {
  /// - Throws: `PlainTextError`; `ImageError` for a picture without a place.
  func plain(_ example: Example, images: [ImageTiles]) throws -> PlainText {
    if let messages = example.messages { return try plain(messages[...], images: images) }
    var result = PlainText(tokens: prefix)
    let parts = [
      PlainText.Part(text: try shown(example.prompt, images: images).text, isAnswer: false, isTrained: false),
      PlainText.Part(text: try shown(example.completion, images: []).text, isAnswer: true, isTrained: true),
    ]
    append(parts, to: &result)
    return result
  }

  /// A conversation: each turn that is not the assistant's ends with a line feed, each of the assistant's with the end-of-text token.
  ///
  /// - Throws: as above.
  func plain(_ messages: ArraySlice<ChatMessage>, images: [ImageTiles]) throws -> PlainText {
    var result = PlainText(tokens: prefix, openStart: prefix.count)
    var waiting = images[...]
    var parts: [PlainText.Part] = []
    for (index, message) in messages.enumerated() {
      if let calls = message.fields.value("tool_calls"), calls.array?.isEmpty != true {
        throw PlainTextError(turn: index + 1, calls: calls)
      }
      let own = sight.processor == nil ? 0 : ImagePrompt.placeholders(in: message.content)
      let content = try shown(message.content, images: Array(waiting.prefix(own))).text
      waiting = waiting.dropFirst(own)
      parts.append(
        PlainText.Part(
          text: message.isAssistant ? content : content + "\n", isAnswer: message.isAssistant,
          isTrained: message.isLearned))
      if message.isLearned, Self.hasThoughtField(message) { result.withoutThoughts += 1 }
      guard message.isAssistant, endOfText != nil else { continue }
      append(parts, to: &result)
      parts = []
    }
    append(parts, to: &result)
    if !waiting.isEmpty { throw ImageError.withoutPlace(waiting.count) }
    if turns == .last { result.ranges = Array(result.ranges.suffix(1)) }
    return result
  }

  private static func hasThoughtField(_ message: ChatMessage) -> Bool {
    ["reasoning_content", "thinking", "reasoning"].contains { name in
      message.fields.value(name)?.string.map { !$0.allSatisfy(\.isWhitespace) } ?? false
    }
  }

  /// One text of all parts; behind an answer that ends it the end-of-text token, unless the answer ends with it itself.
  private func append(_ parts: [PlainText.Part], to result: inout PlainText) {
    guard let last = parts.last else { return }
    let text = parts.map(\.text).joined()
    let start = result.tokens.count
    let encode: (String) -> [Int32] = encoding(from: start)
    let ids = encode(text)
    result.tokens += ids
    var spans: [Range<Int>] = []
    var end = 0
    for part in parts {
      if part.isAnswer { spans.append(end..<end + part.text.utf8.count) }
      end += part.text.utf8.count
    }
    let found = TokenSpans(encode: encode, bytes: innerBytes, isAdded: isAdded).ranges(of: spans, in: text, ids: ids)
    let answers = parts.filter(\.isAnswer)
    for (place, answer) in answers.enumerated() {
      let (lower, upper) = (start + found[place].lowerBound, start + found[place].upperBound)
      var range = lower..<(spans[place].isEmpty ? lower : upper)
      if let endOfText, last.isAnswer, place == answers.count - 1 {
        if !range.isEmpty, range.upperBound == result.tokens.count, result.tokens.last == endOfText {
          if answer.isTrained { result.ownEnds += 1 }
        } else {
          result.tokens.append(endOfText)
          range = lower..<result.tokens.count
        }
      }
      if answer.isTrained { result.ranges.append(range) }
    }
    let isOver = last.isAnswer && endOfText != nil
    (result.openStart, result.open) = isOver ? (result.tokens.count, "") : (start, text)
  }

  /// Tokenises a text whose first token has a place: behind an end-of-text token it is not the first text of all, before which a tokenizer
  /// may put a space.
  private func encoding(from place: Int) -> (String) -> [Int32] {
    guard place > prefix.count, let endOfText, case let end = String(decoding: bytes[endOfText], as: UTF8.self),
      encode(end) == [endOfText]
    else { return encode }
    return { text in
      let ids = encode(end + text)
      return ids.first == endOfText ? Array(ids.dropFirst()) : encode(text)
    }
  }
}

extension Tokenising {
  /// What is before an example's answer, and several texts of which one may follow it, each with that.
  ///
  /// - Throws: `PlainTextError`; `ImageError` for a picture without a place.
  func plain(_ texts: [String], of example: Example, images: [ImageTiles]) throws -> (asked: [Int32], whole: [[Int32]])
  {
    let asked = try plainPrompt(example, images: images)
    let before = asked.tokens[..<asked.openStart]
    let encodeBehind = encoding(from: asked.openStart)
    return (asked.tokens, texts.map { before + encodeBehind(asked.open + $0) })
  }

  /// What is before an example's answer, without a template.
  private func plainPrompt(_ example: Example, images: [ImageTiles]) throws -> PlainText {
    if let messages = example.messages { return try plain(messages.dropLast(), images: images) }
    var result = PlainText(tokens: prefix, openStart: prefix.count)
    let text = try shown(example.prompt, images: images).text
    append([PlainText.Part(text: text, isAnswer: false, isTrained: false)], to: &result)
    return result
  }
}

/// A conversation that plain text cannot hold.
package struct PlainTextError: ExitStatusError, Equatable {
  package let description: String
  package var exitStatus: Int32 { ExitStatus.badData }

  /// - Parameters:
  ///   - turn: from 1.
  ///   - calls: of tools, as the turn has them.
  init(turn: Int, calls: JSONValue) {
    let names = (calls.array ?? []).compactMap { call in
      (call.object?.value("function")?.object ?? call.object)?.value("name")?.string
    }
    let called = names.isEmpty ? "tools" : names.map(OneLine.name).joined(separator: ", ")
    description =
      "turn \(turn) calls \(called), and without a chat template only what a turn says is written; choose a template "
      + "that writes calls with --chat-template, or write the call as the turn's content"
  }
}
