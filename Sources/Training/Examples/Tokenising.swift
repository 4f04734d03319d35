import Foundation
import HuggingFace

/// From text to tokens.
///
/// Without a chat template, prompt and completion are tokenised separately and joined, so that the loss begins at a token boundary; of a
/// conversation each turn that is not the assistant's ends with a line feed, each of the assistant's with the end-of-text token. With one,
/// everything goes through it, a prompt as the user's turn, and the loss falls on what the assistant says. Pictures are put in the
/// place of `<image>` once the text is written out, and before it is tokenised.
public struct Tokenising: Sendable {
  /// What the tokenizer's post-processor puts before a text: a beginning-of-text token, or nothing.
  public let prefix: [Int32]
  /// The token that ends a completion, if the tokenizer has one.
  public let endOfText: Int32?
  public let chat: ChatTemplate?
  public let turns: TrainedTurns
  /// Whether the model can be shown pictures.
  public let sight: Sight
  /// The tokens that end an answer: end of text, and the chat template's end of turn.
  public private(set) var stopTokens: Set<Int32>
  private let encode: @Sendable (String) -> [Int32]
  private let bytes: @Sendable (Int32) -> [UInt8]
  /// Throws where a text since could not be encoded.
  private let check: @Sendable () throws -> Void

  public init(
    _ tokenizer: Tokenizer, chat: ChatTemplate? = nil, turns: TrainedTurns = .all, sight: Sight = .none
  ) {
    self.init(
      prefix: tokenizer.prefixTokens, endOfText: tokenizer.eosToken, chat: chat, turns: turns, sight: sight,
      bytes: { tokenizer.decodeBytes([$0], skipSpecial: false) }, check: { try tokenizer.check() },
      encode: { tokenizer.encode($0, addSpecial: false) })
  }

  package init(
    prefix: [Int32], endOfText: Int32?, chat: ChatTemplate? = nil, turns: TrainedTurns = .all, sight: Sight = .none,
    bytes: @escaping @Sendable (Int32) -> [UInt8] = { _ in [] }, check: @escaping @Sendable () throws -> Void = {},
    encode: @escaping @Sendable (String) -> [Int32]
  ) {
    self.prefix = prefix
    self.endOfText = endOfText
    self.chat = chat
    self.turns = turns
    self.sight = sight
    self.bytes = bytes
    self.check = check
    self.encode = encode
    stopTokens = endOfText.map { [$0] } ?? []
    if let end = endOfTurn() { stopTokens.insert(end) }
  }

  /// The tokens that a prompt is generated from, without a chat template: prefix and prompt.
  public func prompt(_ text: String) -> [Int32] {
    prefix + encode(text)
  }

  /// What an example's answer is generated from.
  ///
  /// - Throws: `ChatTemplateError` for a conversation that the template does not take; `ImageError` or `FileError` for a picture that
  ///   cannot be read or shown.
  public func prompt(for example: Example) throws -> ExamplePrompt {
    let images = try pictures(of: example)
    if let chat {
      let text = try chat.prompt(turnsOf(example).dropLast())
      return ExamplePrompt(tokens: encode(try shown(text, images: images).text), images: images)
    }
    guard let messages = example.messages else {
      return ExamplePrompt(tokens: prompt(try shown(example.prompt, images: images).text), images: images)
    }
    return ExamplePrompt(tokens: try plain(messages.dropLast(), images: images).tokens, images: images)
  }

  /// What the model wrote, without what the template itself puts before an answer, such as an empty thought.
  public func answer(_ output: String, to example: Example) -> String {
    guard let chat, let rendering = try? chat.training(turnsOf(example), turns: .last),
      let span = rendering.trained.last
    else { return output }
    let said = String(decoding: Array(rendering.text.utf8)[span], as: UTF8.self)
    let content = example.completion.trimmed
    guard !content.isEmpty, let place = said.range(of: content) else { return output }
    let lead = String(said[..<place.lowerBound]).trimmed
    let written = output.trimmed
    return lead.isEmpty || !written.hasPrefix(lead) ? output : String(written.dropFirst(lead.count)).trimmed
  }

  /// One example of at most `sequenceLength` tokens, nil if none of them would carry loss or a picture would be cut; `truncated` says
  /// whether it was cut.
  ///
  /// - Throws: as `prompt(for:)`.
  public func tokenize(
    _ example: Example, index: Int, sequenceLength: Int
  ) throws -> (example: TokenizedExample?, truncated: Bool) {
    let pictures = try pictures(of: example)
    return try cut(try whole(example, index: index, images: pictures), to: sequenceLength)
  }

  private func cut(
    _ example: TokenizedExample, to sequenceLength: Int
  ) throws -> (example: TokenizedExample?, truncated: Bool) {
    (example.cut(to: sequenceLength), example.tokens.count > sequenceLength)
  }

  /// A whole data set.
  ///
  /// - Throws: `TrainingError.noExamples`, naming `source` (a file or a task), if nothing is left; `TrainingError.cannotRender` for an
  ///   example that the chat template does not take, `.cannotSee` for one whose picture cannot be read or shown.
  public func tokenize(_ examples: [Example], sequenceLength: Int, source: String) throws -> TokenizedDataset {
    var dataset = TokenizedDataset(examples: [], truncated: 0, leftOut: [])
    dataset.examples.reserveCapacity(examples.count)
    var known: [String: ImageTiles] = [:]
    for (index, example) in examples.enumerated() {
      let (tokenized, truncated) = try placed(example, source) {
        let pictures = try pictures(of: example, known: &known)
        return try cut(try whole(example, index: index, images: pictures), to: sequenceLength)
      }
      if let tokenized {
        dataset.examples.append(tokenized)
        if truncated { dataset.truncated += 1 }
      } else {
        dataset.leftOut.append(example.id)
      }
    }
    guard !dataset.examples.isEmpty else {
      throw TrainingError.noExamples(
        source: source, leftOut: dataset.leftOut.count, sequenceLength: sequenceLength)
    }
    return dataset
  }

  /// Says which example of which data set it was that the template did not take, or whose picture could not be shown.
  func placed<Value>(_ example: Example, _ source: String, _ body: () throws -> Value) throws -> Value {
    do {
      let value = try body()
      try check()
      return value
    } catch let error as ChatTemplateError {
      throw TrainingError.cannotRender(source: source, example: example.id, reason: error.description)
    } catch let error as any RoomError {
      throw TrainingError.cannotSee(
        source: source, example: example.id, reason: error.description, exitStatus: error.exitStatus)
    }
  }

  /// All tokens of an example, and those of them that carry loss.
  private func whole(_ example: Example, index: Int, images: [ImageTiles]) throws -> TokenizedExample {
    let (tokens, ranges) = try written(example, images: images)
    let imageRanges = try sight.processor?.ranges(of: images, in: tokens) ?? []
    for range in imageRanges where ranges.contains(where: { $0.overlaps(range) }) { throw ImageError.inAnswer }
    return TokenizedExample(
      tokens: tokens, lossRanges: ranges, exampleIndex: index, images: images, imageRanges: imageRanges)
  }

  private func written(
    _ example: Example, images: [ImageTiles]
  ) throws -> (tokens: [Int32], ranges: [Range<Int>]) {
    if let chat {
      let rendering = try chat.training(turnsOf(example), turns: turns)
      let (text, trained) = try shown(rendering.text, spans: rendering.trained, images: images)
      let ids = encode(text)
      return (ids, TokenSpans(encode: encode, bytes: bytes).ranges(of: trained, in: text, ids: ids))
    }
    if let messages = example.messages { return try plain(messages[...], images: images) }
    let start = prompt(try shown(example.prompt, images: images).text)
    let tokens = start + encode(try shown(example.completion, images: []).text) + (endOfText.map { [$0] } ?? [])
    return (tokens, [start.count..<tokens.count])
  }

  private func turnsOf(_ example: Example) -> [ChatMessage] {
    example.messages
      ?? [
        ChatMessage(role: "user", content: example.prompt), ChatMessage(role: "assistant", content: example.completion),
      ]
  }

  /// A conversation as plain text.
  private func plain(
    _ messages: ArraySlice<ChatMessage>, images: [ImageTiles]
  ) throws -> (tokens: [Int32], ranges: [Range<Int>]) {
    var tokens = prefix
    var ranges: [Range<Int>] = []
    var waiting = images[...]
    for message in messages {
      let start = tokens.count
      let own = sight.processor == nil ? 0 : ImagePrompt.placeholders(in: message.content)
      let content = try shown(message.content, images: Array(waiting.prefix(own))).text
      waiting = waiting.dropFirst(own)
      tokens += encode(message.isAssistant ? content : content + "\n")
      guard message.isAssistant else { continue }
      if let endOfText { tokens.append(endOfText) }
      ranges.append(start..<tokens.count)
    }
    if !waiting.isEmpty { throw ImageError.withoutPlace(waiting.count) }
    return (tokens, turns == .last ? ranges.suffix(1) : ranges)
  }

  /// The token that the template puts after an answer, if it is one token.
  private func endOfTurn() -> Int32? {
    let probe = Example(id: 0, prompt: "6", completion: "7")
    guard let (tokens, ranges) = try? written(probe, images: []), let last = ranges.last, last.count > 1 else {
      return nil
    }
    guard let rendering = try? chat?.training(turnsOf(probe), turns: .last), let span = rendering.trained.last else {
      return nil
    }
    let said = Array(rendering.text.utf8)[span]
    guard let answer = said.lastIndex(of: UInt8(ascii: "7")) else { return nil }
    let tail = String(decoding: said[(answer + 1)...], as: UTF8.self).trimmed
    let token = tokens[last.upperBound - 1]
    return !tail.isEmpty && String(decoding: bytes(token), as: UTF8.self).trimmed == tail ? token : nil
  }
}

extension String {
  /// Without white space at either end.
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
